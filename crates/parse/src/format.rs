//! The formats of logs, and a reader for any of them.

use slowlog_event::{Dialect, Event, Timestamp};

use crate::Account;
use crate::mysql::{
    AzureReader, GeneralLogReader, SlowLogReader, TableForm, TableReader, begins_general_log,
    first_and_last_azure_stamp, first_and_last_general_stamp, first_and_last_row_stamp,
    first_and_last_slow_stamp, first_azure_row, first_general_entry, first_row, first_slow_entry,
    is_azure_log, is_general_log, is_slow_log, last_azure_row, last_general_entry, last_row,
    last_slow_entry,
};
use crate::postgres::{
    CsvReader, JsonReader, Prefix, StderrReader, detect_prefixes, first_and_last_csv_stamp,
    first_and_last_json_stamp, first_and_last_stamp, first_csv_entry, first_entry_start,
    first_json_entry, is_csv_log, is_json_log, last_csv_entry, last_entry_start, last_json_entry,
};
use crate::sink::{Function, Sink};
use crate::zone::Zone;

/// How a log is written. Code asks it questions instead of comparing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// What PostgreSQL writes to stderr, with the prefixes that its lines have: mostly one, but
    /// the setting may change while the server runs.
    PostgresStderr(Vec<Prefix>),
    /// PostgreSQL's csvlog.
    PostgresCsv,
    /// PostgreSQL's jsonlog, and its like.
    PostgresJson,
    /// The slow query log of MySQL, MariaDB, Percona Server or TiDB.
    MySqlSlow,
    /// The table `slow_log` or `general_log` of MySQL or MariaDB.
    MySqlTable(TableForm),
    /// The general query log of MySQL or MariaDB.
    MySqlGeneral,
    /// The slow log of Azure Database for MySQL as rows of JSON.
    MySqlAzure,
}

impl Format {
    /// Finds the format of a log from parts of it, such as its beginning and its end; with a
    /// dialect, only among those of that.
    ///
    /// ```
    /// use slowlog_parse::Format;
    ///
    /// let log = b"# Time: 2026-03-01T10:00:00.000000Z\n# Query_time: 1.5  Lock_time: 0.0\nSELECT 1;\n";
    /// assert_eq!(Format::detect(&[log], None), Some(Format::MySqlSlow));
    /// ```
    pub fn detect(parts: &[&[u8]], dialect: Option<Dialect>) -> Option<Self> {
        let wanted = |of: Dialect| dialect.is_none_or(|dialect| dialect == of);
        let first = parts.first().copied().unwrap_or_default();
        if wanted(Dialect::MySql) && begins_general_log(first) {
            return Some(Self::MySqlGeneral);
        }
        if wanted(Dialect::MySql) && is_slow_log(first) {
            return Some(Self::MySqlSlow);
        }
        if wanted(Dialect::MySql) && is_general_log(first) {
            return Some(Self::MySqlGeneral);
        }
        if wanted(Dialect::MySql)
            && let Some(form) = TableForm::detect_separated(first)
        {
            return Some(Self::MySqlTable(form));
        }
        if wanted(Dialect::Postgres) && is_csv_log(first) {
            return Some(Self::PostgresCsv);
        }
        if wanted(Dialect::Postgres) && is_json_log(first) {
            return Some(Self::PostgresJson);
        }
        if wanted(Dialect::MySql) && is_azure_log(first) {
            return Some(Self::MySqlAzure);
        }
        let prefixes = if wanted(Dialect::Postgres) { detect_prefixes(parts) } else { Vec::new() };
        if !prefixes.is_empty() {
            return Some(Self::PostgresStderr(prefixes));
        }
        let form = wanted(Dialect::MySql).then(|| TableForm::detect_dump(parts)).flatten();
        form.map(Self::MySqlTable)
    }

    /// Its name in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::PostgresStderr(_) => "postgresql_stderr",
            Self::PostgresCsv => "postgresql_csv",
            Self::PostgresJson => "postgresql_json",
            Self::MySqlSlow => "mysql_slow",
            Self::MySqlTable(form) if form.is_general() => "mysql_general_table",
            Self::MySqlTable(_) => "mysql_slow_table",
            Self::MySqlGeneral => "mysql_general",
            Self::MySqlAzure => "mysql_slow_json",
        }
    }

    /// The SQL dialect of its statements.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::PostgresStderr(_) | Self::PostgresCsv | Self::PostgresJson => Dialect::Postgres,
            Self::MySqlSlow | Self::MySqlTable(_) | Self::MySqlGeneral | Self::MySqlAzure => {
                Dialect::MySql
            }
        }
    }

    /// Is what it says a statement as it begins, so that no entry has the time that it took?
    pub fn lacks_times(&self) -> bool {
        match self {
            Self::MySqlTable(form) => form.is_general(),
            Self::MySqlGeneral => true,
            _ => false,
        }
    }

    /// Does it say who a session belongs to only where the session begins?
    pub fn names_sessions_once(&self) -> bool {
        self.lacks_times()
    }

    /// Does the server put a TAB at the start of each continuation line of a statement?
    pub fn indents_continuations(&self) -> bool {
        matches!(self, Self::PostgresStderr(_))
    }

    /// The `log_line_prefix` of its first lines, if it has such a thing.
    pub fn prefix(&self) -> Option<&Prefix> {
        match self {
            Self::PostgresStderr(prefixes) => prefixes.first(),
            _ => None,
        }
    }

    /// May a log of this format go on in one of the other?
    pub fn continues_in(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::PostgresStderr(_), Self::PostgresStderr(_)) => self.prefix() == other.prefix(),
            _ => self == other,
        }
    }

    /// Takes over what lines of the other may look like.
    pub fn merge(&mut self, other: &Self) {
        if let (Self::PostgresStderr(prefixes), Self::PostgresStderr(more)) = (self, other) {
            for prefix in more {
                if !prefixes.contains(prefix) {
                    prefixes.push(prefix.clone());
                }
            }
        }
    }

    /// The offset of the first line that begins an entry.
    pub fn first_entry_start(&self, block: &[u8]) -> Option<usize> {
        match self {
            Self::PostgresStderr(prefixes) => first_entry_start(prefixes, block),
            Self::PostgresCsv => first_csv_entry(block),
            Self::PostgresJson => first_json_entry(block),
            Self::MySqlSlow => first_slow_entry(block),
            Self::MySqlTable(form) => first_row(block, form),
            Self::MySqlGeneral => first_general_entry(block),
            Self::MySqlAzure => first_azure_row(block),
        }
    }

    /// The offset of the last line that begins an entry: where a block can be cut.
    pub fn last_entry_start(&self, block: &[u8]) -> Option<usize> {
        match self {
            Self::PostgresStderr(prefixes) => last_entry_start(prefixes, block),
            Self::PostgresCsv => last_csv_entry(block),
            Self::PostgresJson => last_json_entry(block),
            Self::MySqlSlow => last_slow_entry(block),
            Self::MySqlTable(form) => last_row(block, form),
            Self::MySqlGeneral => last_general_entry(block),
            Self::MySqlAzure => last_azure_row(block),
        }
    }

    /// The stamps of the first and the last entry in a part of a log that have one.
    pub fn first_and_last_stamp(&self, part: &[u8]) -> Option<(Timestamp, Timestamp)> {
        match self {
            Self::PostgresStderr(prefixes) => first_and_last_stamp(prefixes, part),
            Self::PostgresCsv => first_and_last_csv_stamp(part),
            Self::PostgresJson => first_and_last_json_stamp(part),
            Self::MySqlSlow => first_and_last_slow_stamp(part),
            Self::MySqlTable(form) => first_and_last_row_stamp(part, form),
            Self::MySqlGeneral => first_and_last_general_stamp(part),
            Self::MySqlAzure => first_and_last_azure_stamp(part),
        }
    }
}

/// Reads blocks of whole entries of a log. What it makes of a block does not depend on the blocks
/// before, but for the numbers of actors.
#[derive(Debug)]
pub struct Reader<'f>(Kind<'f>);

#[derive(Debug)]
enum Kind<'f> {
    Stderr(StderrReader<'f>),
    Csv(CsvReader),
    Json(JsonReader),
    Slow(Box<SlowLogReader>),
    Table(TableReader<'f>),
    General(GeneralLogReader),
    Azure(AzureReader),
}

impl<'f> Reader<'f> {
    /// A reader for logs of this format.
    pub fn new(format: &'f Format) -> Self {
        Self(match format {
            Format::PostgresStderr(prefixes) => Kind::Stderr(StderrReader::new(prefixes)),
            Format::PostgresCsv => Kind::Csv(CsvReader::default()),
            Format::PostgresJson => Kind::Json(JsonReader::default()),
            Format::MySqlSlow => Kind::Slow(Box::default()),
            Format::MySqlTable(form) => Kind::Table(TableReader::new(form)),
            Format::MySqlGeneral => Kind::General(GeneralLogReader),
            Format::MySqlAzure => Kind::Azure(AzureReader::default()),
        })
    }

    /// Stamps that do not say their zone, or not clearly, are in this one. By default an
    /// abbreviation means what PostgreSQL takes it for, and local times are UTC.
    pub fn set_zone(&mut self, zone: Zone) {
        match &mut self.0 {
            Kind::Stderr(reader) => reader.set_zone(zone),
            Kind::Csv(reader) => reader.set_zone(zone),
            Kind::Json(reader) => reader.set_zone(zone),
            Kind::Slow(reader) => reader.set_zone(zone),
            Kind::Table(reader) => reader.set_zone(zone),
            // Those say theirs, or have no time that a report rests on.
            Kind::General(_) | Kind::Azure(_) => {}
        }
    }

    /// Hands the events of a block to `sink` in order and returns where its bytes went.
    ///
    /// A block begins with an entry, unless nothing stands before it in the log (`begins_log`):
    /// then rotation may have cut an entry, whose rest is known to say nothing. Where the block
    /// does not end the log and its last entry may go on behind it, that entry is not read:
    /// [`Account::open_from`] tells where to begin again with more of the log.
    pub fn read(
        &mut self,
        block: &[u8],
        begins_log: bool,
        ends_log: bool,
        sink: impl FnMut(&Event<'_>),
    ) -> Account {
        self.read_into(block, begins_log, ends_log, &mut Function(sink))
    }

    /// The same for a sink that knows statements.
    #[inline]
    pub fn read_into(
        &mut self,
        block: &[u8],
        begins_log: bool,
        ends_log: bool,
        sink: &mut impl Sink,
    ) -> Account {
        match &mut self.0 {
            Kind::Stderr(reader) => reader.read(block, begins_log, |event| sink.event(event)),
            Kind::Csv(reader) => {
                reader.read(block, begins_log, ends_log, |event| sink.event(event))
            }
            Kind::Json(reader) => {
                reader.read(block, begins_log, ends_log, |event| sink.event(event))
            }
            Kind::Slow(reader) => reader.read_into(block, begins_log, ends_log, sink),
            Kind::Table(reader) => {
                reader.read(block, begins_log, ends_log, |event| sink.event(event))
            }
            Kind::General(reader) => {
                reader.read(block, begins_log, ends_log, |event| sink.event(event))
            }
            Kind::Azure(reader) => reader.read(block, ends_log, |event| sink.event(event)),
        }
    }
}
