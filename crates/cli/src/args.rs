//! The arguments.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use slowlog::digest::SampleRate;
use slowlog_event::Dialect;

/// Where does the time go? Reads slow-query logs and ranks what takes it.
#[derive(Debug, Parser)]
#[command(name = "slowlog", version, max_term_width = 100)]
#[command(after_help = "`slowlog pg.log` is the same as `slowlog analyze pg.log`.\n\
    Exit codes: 0 complete, 2 usage, 3 report made but input was lost, 4 nothing analysable,\n\
    6 output not written, 70 internal error.")]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Rank the queries of logs by the time they take.
    Analyze(AnalyzeArgs),
    /// Propose indexes and rewrites for the queries of logs.
    Indexes(IndexesArgs),
    /// Find queries that run once for each row of another one.
    #[command(name = "nplus1")]
    NPlusOne(NPlusOneArgs),
    /// Say what a log is, what it cannot show, and which setting would show it.
    Doctor(DoctorArgs),
    /// Print the fingerprints of the statements on standard input.
    Fingerprint(FingerprintArgs),
    /// Print the rules for rewrites.
    Rules(RulesArgs),
}

/// Ranks the queries of logs by the time they take.
///
/// The format and the log_line_prefix are found from the first lines. Literals are redacted unless
/// --samples raw is given.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    slowlog analyze /var/log/postgresql/postgresql-16-main.log\n  \
    slowlog analyze --top 50 --sort p95 'logs/*.log'\n  \
    zcat pg.log.gz | slowlog analyze --format json -o report.json -")]
pub(crate) struct AnalyzeArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,

    #[command(flatten)]
    pub(crate) advice: AdviceArgs,

    /// How to write the report.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Output")]
    pub(crate) format: Format,

    /// Write the report to a file instead of standard output.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,

    /// Queries to list [default: 20 as text, all as JSON].
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub(crate) top: Option<usize>,

    /// What to rank by.
    #[arg(long, value_enum, default_value_t, value_name = "KEY", help_heading = "Output")]
    pub(crate) sort: SortKey,

    /// Text of the slowest execution of each query: none, with literals redacted, or raw.
    #[arg(long, value_enum, default_value_t, value_name = "KIND", help_heading = "Output")]
    pub(crate) samples: Samples,

    /// How much JSON says: full adds the histogram of each query.
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL", help_heading = "Output")]
    pub(crate) detail: Detail,

    #[command(flatten)]
    pub(crate) manner: MannerArgs,
}

/// What is read, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct InputArgs {
    /// Log files, directories, patterns, or - for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Read directories with all that is below them.
    #[arg(short, long, help_heading = "Input")]
    pub(crate) recursive: bool,

    /// Read only logs of servers of this kind.
    #[arg(long, value_enum, default_value_t, value_name = "ENGINE", help_heading = "Input")]
    pub(crate) engine: Engine,

    /// The server's log_line_prefix, if it is not found by itself.
    #[arg(long, value_name = "STR", help_heading = "Input", env = "SLOWLOG_LINE_PREFIX")]
    pub(crate) line_prefix: Option<String>,

    /// The year in which a log begins whose stamps have none, as in syslog [default: by the time of
    /// its file].
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i64).range(1970..=9999), help_heading = "Input")]
    pub(crate) year: Option<i64>,

    /// Which share of the statements the server logs, as 0.01, 1 % or 1/100, for logs that do not
    /// say it: it scales the estimates.
    #[arg(long, value_name = "RATE", value_parser = sample_rate, help_heading = "Input")]
    pub(crate) sample_rate: Option<SampleRate>,

    /// Threads [default: all cores]. The report does not depend on it.
    #[arg(short = 'j', value_name = "N", help_heading = "Input")]
    pub(crate) threads: Option<std::num::NonZero<usize>>,

    /// Any line that is not understood makes the report incomplete (exit 3), not only 5 %.
    #[arg(long, help_heading = "Input")]
    pub(crate) strict: bool,

    /// Nothing to analyse is no failure (exit 0 instead of 4).
    #[arg(long, help_heading = "Input")]
    pub(crate) allow_empty: bool,
}

/// What is said beside the report.
#[derive(Debug, clap::Args)]
pub(crate) struct MannerArgs {
    /// Colours: by default on a terminal, unless NO_COLOR is set.
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", help_heading = "Output")]
    pub(crate) color: Color,

    /// Show no progress.
    #[arg(long, help_heading = "Output")]
    pub(crate) no_progress: bool,

    /// Say nothing but errors on standard error.
    #[arg(short, long, help_heading = "Output")]
    pub(crate) quiet: bool,

    /// Say how the inputs were read.
    #[arg(short, long, help_heading = "Output", conflicts_with = "quiet")]
    pub(crate) verbose: bool,
}

/// What advice rests on.
#[derive(Debug, clap::Args)]
pub(crate) struct AdviceArgs {
    /// The schema: the output of pg_dump -s, mysqldump --no-data or SHOW CREATE TABLE. Without it,
    /// tables are guessed from the queries.
    #[arg(long, value_name = "FILE", help_heading = "Advice")]
    pub(crate) schema: Option<PathBuf>,

    /// Statistics of the server, one JSON object a line; docs/GUIDE.md has the query for it.
    #[arg(long, value_name = "FILE", help_heading = "Advice")]
    pub(crate) stats: Option<PathBuf>,

    /// Propose at most so many indexes.
    #[arg(long, value_name = "N", help_heading = "Advice")]
    pub(crate) max_indexes: Option<usize>,

    /// Propose indexes of at most this size together, as 500MB or 2GB. Needs --stats.
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Advice")]
    pub(crate) max_index_size: Option<u64>,
}

/// Proposes indexes and rewrites for the queries of logs.
///
/// Each comes with the time at stake in this log, the queries that gain, the evidence, and how
/// sure it is. Nothing is executed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    pg_dump -s shop > schema.sql\n  \
    slowlog indexes --schema schema.sql /var/log/postgresql/postgresql-16-main.log\n  \
    slowlog indexes --schema schema.sql --format sql pg.log > indexes.sql")]
pub(crate) struct IndexesArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,

    #[command(flatten)]
    pub(crate) advice: AdviceArgs,

    /// How to write the advice; sql is the statements alone, with the evidence in comments.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Output")]
    pub(crate) format: IndexFormat,

    /// Write the advice to a file instead of standard output.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) manner: MannerArgs,
}

/// Prints the catalogue of rules for rewrites, or one page of it.
#[derive(Debug, clap::Args)]
pub(crate) struct RulesArgs {
    /// The id of a rule.
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
}

/// Finds loops of queries: one query for each row of another one's result.
///
/// What is called proven ran in one transaction or under one trace id; likely is what was right in
/// 98 of 100 checked cases; suspected is worth a look.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    slowlog nplus1 pg.log\n  \
    slowlog nplus1 --format jsonl pg.log > bursts.jsonl")]
pub(crate) struct NPlusOneArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,

    /// Fewest executions of a query that make a burst, at least 3.
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u32).range(3..), help_heading = "Input")]
    pub(crate) min_burst: u32,

    /// How to write what was found: jsonl has one burst a line, with the lines of its statements.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Output")]
    pub(crate) format: BurstFormat,

    /// Write to a file instead of standard output.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,

    /// Findings to list [default: 20 as text, all as JSON].
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub(crate) top: Option<usize>,

    #[command(flatten)]
    pub(crate) manner: MannerArgs,
}

/// Says what a log is, which settings of the server it shows, and what it cannot show.
///
/// For each of those there are the statements that would show it, what that costs in megabytes an
/// hour at the rate of this log, and the statements that take it back. Nothing is executed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    slowlog doctor /var/log/postgresql/postgresql-16-main.log\n  \
    slowlog doctor --format json mysql-slow.log.gz")]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,

    /// How to write what was found.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Output")]
    pub(crate) format: Format,

    /// Write to a file instead of standard output.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) manner: MannerArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum BurstFormat {
    #[default]
    Text,
    Json,
    Jsonl,
}

/// Prints the fingerprint of each statement on standard input as `id<TAB>text`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    echo \"SELECT * FROM t WHERE id IN (1, 2)\" | slowlog fingerprint\n  \
    slowlog fingerprint --dialect mysql --format jsonl < statements.jsonl")]
pub(crate) struct FingerprintArgs {
    /// The SQL dialect of the statements.
    #[arg(long, value_enum, default_value_t, value_name = "DIALECT")]
    pub(crate) dialect: DialectName,

    /// jsonl reads one object {"sql": …} a line and answers {"id", "text"} a line, in order.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<LineFormat>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum IndexFormat {
    #[default]
    Text,
    Json,
    Sql,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Engine {
    #[default]
    Auto,
    Postgres,
    Mysql,
}

impl Engine {
    pub(crate) fn dialect(self) -> Option<Dialect> {
        match self {
            Self::Auto => None,
            Self::Postgres => Some(Dialect::Postgres),
            Self::Mysql => Some(Dialect::MySql),
        }
    }
}

/// Bytes as `500MB`, `2 GB` or `1048576`; a unit is a power of 1,000.
fn size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit = match text[end..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => Some(1),
        "k" | "kb" => Some(1_000),
        "m" | "mb" => Some(1_000_000),
        "g" | "gb" => Some(1_000_000_000),
        "t" | "tb" => Some(1_000_000_000_000),
        _ => None,
    };
    let number: Option<u64> = text[..end].parse().ok();
    number
        .zip(unit)
        .and_then(|(number, unit)| number.checked_mul(unit))
        .ok_or_else(|| "expected a size as 500MB or 2GB".to_owned())
}

/// `0.01`, `1%` or `1/100`.
fn sample_rate(text: &str) -> Result<SampleRate, String> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let share = if let Some(percent) = text.strip_suffix('%') {
        number(percent).map(|percent| percent / 100.0)
    } else if let Some((part, whole)) = text.split_once('/') {
        number(part).zip(number(whole)).map(|(part, whole)| part / whole)
    } else {
        number(text)
    };
    share
        .filter(|share| (0.0..=1.0).contains(share))
        .and_then(|share| SampleRate::from_millionths((share * 1e6).round() as u32))
        .ok_or_else(|| "expected a share above 0 and up to 1, as 0.01, 1% or 1/100".to_owned())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LineFormat {
    Jsonl,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum SortKey {
    #[default]
    Total,
    Mean,
    P95,
    P99,
    Max,
    Calls,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Samples {
    None,
    #[default]
    Redacted,
    Raw,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Detail {
    #[default]
    Normal,
    Full,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum DialectName {
    #[default]
    Postgres,
    Mysql,
}

impl From<DialectName> for Dialect {
    fn from(name: DialectName) -> Self {
        match name {
            DialectName::Postgres => Self::Postgres,
            DialectName::Mysql => Self::MySql,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    /// Auto asks the stream and the environment.
    pub(crate) fn choice(self, stream: &std::io::Stdout) -> anstream::ColorChoice {
        match self {
            Self::Auto => anstream::AutoStream::choice(stream),
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
    }
}

/// Commands and options that may stand in the first place; anything else there is for `analyze`.
const FIRST_WORDS: [&str; 11] = [
    "analyze",
    "doctor",
    "nplus1",
    "indexes",
    "fingerprint",
    "rules",
    "help",
    "-h",
    "--help",
    "-V",
    "--version",
];

/// `slowlog pg.log` means `slowlog analyze pg.log`, and so does a pipe into `slowlog`.
pub(crate) fn with_default_command(
    arguments: impl Iterator<Item = OsString>,
) -> impl Iterator<Item = OsString> {
    let mut arguments = arguments.peekable();
    let program = arguments.next();
    let piped = !std::io::IsTerminal::is_terminal(&std::io::stdin());
    let inserted = match arguments.peek() {
        Some(first) => !FIRST_WORDS.iter().any(|word| first == word),
        None => piped,
    };
    program.into_iter().chain(inserted.then(|| "analyze".into())).chain(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        <Args as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn every_command_may_stand_first() {
        let command = <Args as clap::CommandFactory>::command();
        for name in command.get_subcommands().map(clap::Command::get_name) {
            assert!(FIRST_WORDS.contains(&name), "{name}");
        }
    }

    #[test]
    fn sample_rates_are_shares() {
        for text in ["0.01", "1%", "1 %", "1/100"] {
            assert_eq!(sample_rate(text).ok(), SampleRate::from_millionths(10_000), "{text}");
        }
        for text in ["0", "2", "-1", "1/0", "x", "", "NaN", "100"] {
            assert!(sample_rate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn analyze_is_the_default() {
        let with = |line: &str| {
            let words = line.split(' ').map(OsString::from);
            with_default_command(words)
                .map(|word| word.into_string().unwrap())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(with("slowlog pg.log"), "slowlog analyze pg.log");
        assert_eq!(with("slowlog --top 5 pg.log"), "slowlog analyze --top 5 pg.log");
        assert_eq!(with("slowlog fingerprint"), "slowlog fingerprint");
        assert_eq!(with("slowlog --version"), "slowlog --version");
    }
}
