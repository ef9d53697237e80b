//! The text of an index, and what has to be looked at before and after it is made.

use slowlog_event::Dialect;

use crate::ask::Keys;
use crate::facts::Facts;
use crate::index_model::{IndexModel, Method};
use crate::schema::{Table, TypeClass};

/// PostgreSQL cuts names at 63 bytes, MySQL refuses those of more than 64 characters.
const LONGEST_NAME: usize = 63;
/// Bytes of a key of InnoDB, and of one in the old row formats
/// (<https://dev.mysql.com/doc/refman/8.4/en/innodb-limits.html>).
const LONGEST_KEY: u32 = 3072;
const LONGEST_OLD_KEY: u32 = 767;

/// The statements for an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ddl {
    pub(crate) name: String,
    /// One statement; or, where PostgreSQL needs several, each in a line.
    pub(crate) statement: String,
    pub(crate) undo: String,
    pub(crate) caution: Option<String>,
    pub(crate) preflight: Vec<String>,
    pub(crate) columns: Vec<String>,
    pub(crate) method: &'static str,
    pub(crate) condition: Option<String>,
}

/// A name as it has to stand in a statement.
pub(crate) fn quoted(name: &str, dialect: Dialect) -> String {
    let plain = name.bytes().enumerate().all(|(place, byte)| {
        byte.is_ascii_lowercase() || byte == b'_' || (place > 0 && byte.is_ascii_digit())
    });
    if plain && !name.is_empty() && !is_reserved(name) {
        return name.to_owned();
    }
    let quote = dialect.identifier_quote() as char;
    format!("{quote}{}{quote}", name.replace(quote, &format!("{quote}{quote}")))
}

/// Words that one of the servers does not take as a name without quotes.
fn is_reserved(name: &str) -> bool {
    const MORE: [&str; 22] = [
        "user",
        "key",
        "keys",
        "index",
        "rank",
        "groups",
        "system",
        "range",
        "read",
        "write",
        "condition",
        "option",
        "release",
        "repeat",
        "schema",
        "row",
        "rows",
        "function",
        "usage",
        "change",
        "match",
        "position",
    ];
    let keyword = slowlog_lex::Keyword::of(name.as_bytes());
    keyword.is_reserved() || MORE.contains(&name)
}

pub(crate) fn table_name(table: &Table, dialect: Dialect) -> String {
    let (schema, name) = match &table.written {
        Some((schema, name)) => (schema, name),
        None => (&table.schema, &table.name),
    };
    let name = quoted(name, dialect);
    match schema {
        Some(schema) => format!("{}.{name}", quoted(schema, dialect)),
        None => name,
    }
}

/// Writes the statements for an index.
pub(crate) fn ddl(facts: &Facts<'_>, keys: &Keys, index: &IndexModel) -> Ddl {
    let table = &facts.schema.tables[index.table];
    let writer = Writer { facts, keys, table, index };
    match facts.dialect {
        Dialect::Postgres => writer.postgres(),
        Dialect::MySql => writer.mysql(),
    }
}

#[derive(Clone, Copy)]
struct Writer<'w, 'f> {
    facts: &'w Facts<'f>,
    keys: &'w Keys,
    table: &'w Table,
    index: &'w IndexModel,
}

impl Writer<'_, '_> {
    fn key_texts(&self) -> Vec<String> {
        let of = |key: &crate::index_model::ModelKey| {
            let text = self.keys.text(key.key);
            let mut out = if text.is_expression() {
                // A call needs no parentheses, anything else does; more do no harm.
                format!("({})", text.text)
            } else {
                quoted(&text.text, self.facts.dialect)
            };
            if key.pattern {
                out.push(' ');
                // That of `text` serves `varchar` as well.
                out.push_str("text_pattern_ops");
            }
            match self.index.method {
                Method::Trigrams => out.push_str(" gin_trgm_ops"),
                Method::Paths => out.push_str(" jsonb_path_ops"),
                _ => {}
            }
            if key.descending {
                out.push_str(" DESC");
            }
            if key.odd_nulls {
                out.push_str(if key.descending { " NULLS LAST" } else { " NULLS FIRST" });
            }
            out
        };
        self.index.keys.iter().map(of).collect()
    }

    /// `orders_user_id_created_at_idx`, as PostgreSQL itself would name it; what else tells an index
    /// from others on the same columns follows as words.
    fn name(&self) -> String {
        let mut name = self.table.name.clone();
        let mut push = |text: &str| {
            let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            for word in words.filter(|word| !word.is_empty()) {
                name.push('_');
                name.push_str(word);
            }
        };
        for key in &self.index.keys {
            push(&self.keys.text(key.key).text);
            for (is, word) in
                [(key.pattern, "pattern"), (key.descending, "desc"), (key.odd_nulls, "nulls")]
            {
                push(if is { word } else { "" });
            }
        }
        self.index.conditions.iter().for_each(|condition| push(condition));
        let mut name: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .collect();
        let suffix = match self.index.method {
            Method::Trigrams => "_trgm_idx",
            _ => "_idx",
        };
        let whole = format!("{name}{suffix}");
        if whole.len() <= LONGEST_NAME && !self.is_taken(&whole) {
            return whole;
        }
        // Short of space, or taken: some letters of a hash of all of it tell it from others.
        let mut hash: u32 = 2_166_136_261;
        for byte in name.bytes().chain(self.condition().unwrap_or_default().bytes()) {
            hash = (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
        }
        name.truncate(LONGEST_NAME - suffix.len() - 9);
        format!("{name}_{hash:08x}{suffix}")
    }

    /// In PostgreSQL, tables and indexes of a schema share their names; in MySQL those of a table do.
    fn is_taken(&self, name: &str) -> bool {
        let has = |table: &Table| table.indexes.iter().any(|index| index.name == name);
        match self.facts.dialect {
            Dialect::MySql => has(self.table),
            Dialect::Postgres => {
                let tables = self.facts.schema.tables.iter();
                let mut mine = tables.filter(|table| table.schema == self.table.schema);
                mine.any(|table| table.name == name || has(table))
            }
        }
    }

    fn condition(&self) -> Option<String> {
        if self.index.conditions.is_empty() {
            return None;
        }
        let upper = |text: &String| {
            text.replace(" is null", " IS NULL")
                .replace(" is not null", " IS NOT NULL")
                .replace('=', " = ")
        };
        Some(self.index.conditions.iter().map(upper).collect::<Vec<_>>().join(" AND "))
    }

    fn postgres(&self) -> Ddl {
        let dialect = Dialect::Postgres;
        let keys = self.key_texts();
        let name = self.name();
        let table = table_name(self.table, dialect);
        let method = match self.index.method {
            Method::BTree | Method::Other => "btree",
            _ => "gin",
        };
        let using = if method == "gin" { " USING gin" } else { "" };
        let condition = self.condition();
        let tail = condition.as_ref().map(|text| format!(" WHERE {text}")).unwrap_or_default();
        let include = self.include();
        let body = format!("{using} ({}){include}{tail}", keys.join(", "));
        let preflight = vec![
            "no transaction may stay open for long: CREATE INDEX CONCURRENTLY waits for all of them: \
             SELECT pid, xact_start, query FROM pg_stat_activity WHERE xact_start < now() - interval '5 minutes'"
                .to_owned(),
            "SET lock_timeout = '5s' and SET statement_timeout = 0, outside a transaction block".to_owned(),
            "free space for the index, and as much again for its sort".to_owned(),
            format!(
                "afterwards it must be valid: SELECT indisvalid FROM pg_index WHERE indexrelid = '{}'::regclass; \
                 if it is not, drop it and try again",
                self.qualified(&name)
            ),
            format!("then ANALYZE {table}"),
        ];
        let mut statements = Vec::new();
        if self.table.partitioned {
            // CONCURRENTLY is refused on a partitioned table.
            statements
                .push(format!("CREATE INDEX {} ON ONLY {table}{body};", quoted(&name, dialect)));
            statements.extend(self.of_partitions(&name, &body));
        }
        let caution = if self.table.partitioned && statements.len() > 1 {
            Some(format!(
                "{table} is partitioned: its index is valid once each partition has one; a partition made since the dump needs the same two statements"
            ))
        } else if self.table.partitioned {
            Some(format!(
                "{table} is partitioned: this makes an index that is invalid until each partition has one: \
                 on each, CREATE INDEX CONCURRENTLY … ON partition{body}, then ALTER INDEX {} ATTACH PARTITION …",
                self.qualified(&name)
            ))
        } else {
            None
        };
        if !self.table.partitioned {
            statements.push(format!(
                "CREATE INDEX CONCURRENTLY {} ON {table}{body};",
                quoted(&name, dialect)
            ));
        }
        let undo = if self.table.partitioned {
            format!("DROP INDEX {};", self.qualified(&name))
        } else {
            format!("DROP INDEX CONCURRENTLY {};", self.qualified(&name))
        };
        Ddl {
            undo,
            name,
            statement: statements.join("\n"),
            caution,
            preflight,
            columns: keys,
            method,
            condition,
        }
    }

    /// An index for each partition, and its part in the one of the parent; none if the dump does not
    /// name them, or if they have partitions themselves.
    fn of_partitions(&self, parent: &str, body: &str) -> Vec<String> {
        let dialect = Dialect::Postgres;
        let partitions = &self.table.partitions;
        let table = |(schema, name): &(Option<String>, String)| {
            self.facts.schema.table(schema.as_deref(), name).filter(|table| !table.partitioned)
        };
        let Some(tables) = partitions.iter().map(table).collect::<Option<Vec<&Table>>>() else {
            return Vec::new();
        };
        let two = |table: &Table| {
            let writer = Writer { table, ..*self };
            let name = writer.name();
            let on = table_name(table, dialect);
            [
                format!("CREATE INDEX CONCURRENTLY {} ON {on}{body};", quoted(&name, dialect)),
                format!(
                    "ALTER INDEX {} ATTACH PARTITION {};",
                    self.qualified(parent),
                    writer.qualified(&name)
                ),
            ]
        };
        tables.into_iter().flat_map(two).collect()
    }

    fn include(&self) -> String {
        if self.index.include.is_empty() {
            return String::new();
        }
        let names = self
            .index
            .include
            .iter()
            .map(|key| quoted(&self.keys.text(*key).text, self.facts.dialect));
        format!(" INCLUDE ({})", names.collect::<Vec<_>>().join(", "))
    }

    fn qualified(&self, index: &str) -> String {
        let index = quoted(index, Dialect::Postgres);
        match &self.table.schema {
            Some(schema) => format!("{}.{index}", quoted(schema, Dialect::Postgres)),
            None => index,
        }
    }

    fn mysql(&self) -> Ddl {
        let dialect = Dialect::MySql;
        let name = self.name();
        let table = table_name(self.table, dialect);
        let mut left = if self.is_old_format() { LONGEST_OLD_KEY } else { LONGEST_KEY };
        let mut keys = Vec::new();
        for key in &self.index.keys {
            let text = &self.keys.text(key.key).text;
            let mut out = quoted(text, dialect);
            if let Some(prefix) = self.prefix(text, &mut left) {
                out = format!("{out}({prefix})");
            }
            if key.descending {
                out.push_str(" DESC");
            }
            keys.push(out);
        }
        let innodb = self.table.engine.as_deref().is_none_or(|engine| engine == "innodb");
        let online = if innodb { ", ALGORITHM=INPLACE, LOCK=NONE" } else { "" };
        let statement = format!(
            "ALTER TABLE {table} ADD INDEX {} ({}){online};",
            quoted(&name, dialect),
            keys.join(", ")
        );
        let preflight = vec![
            "no transaction may stay open for long: the statement waits for a metadata lock, and all others wait behind it: \
             SELECT trx_mysql_thread_id, trx_started FROM information_schema.innodb_trx WHERE trx_started < now() - interval 1 minute"
                .to_owned(),
            "SET SESSION lock_wait_timeout = 5".to_owned(),
            "free space in tmpdir and in the tablespace for the index and its sort".to_owned(),
            "a replica applies it after the primary is done: it lags for as long as it takes; in a Galera cluster use wsrep_OSU_method = RSU node by node"
                .to_owned(),
            format!("then ANALYZE TABLE {table}"),
        ];
        let caution =
            (!innodb).then(|| "this engine locks the table until the index is there".to_owned());
        Ddl {
            undo: format!("ALTER TABLE {table} DROP INDEX {}{online};", quoted(&name, dialect)),
            name,
            statement,
            caution,
            preflight,
            columns: keys,
            method: "btree",
            condition: None,
        }
    }

    fn is_old_format(&self) -> bool {
        matches!(self.table.row_format.as_deref(), Some("compact" | "redundant"))
    }

    /// How many characters of a column fit, if not all of it can be a key.
    fn prefix(&self, column: &str, left: &mut u32) -> Option<u32> {
        let definition = self.table.column(column)?;
        let width = self.character_bytes(definition.charset());
        match definition.class {
            TypeClass::Long => {
                let characters = (*left / width).min(64);
                *left = left.saturating_sub(characters * width);
                Some(characters.max(1))
            }
            TypeClass::Text => {
                let length = definition.length.unwrap_or(1);
                let bytes = length * width;
                if bytes <= *left {
                    *left -= bytes;
                    return None;
                }
                let characters = (*left / width).min(191);
                *left = left.saturating_sub(characters * width);
                Some(characters.max(1))
            }
            _ => {
                *left = left.saturating_sub(8);
                None
            }
        }
    }

    fn character_bytes(&self, charset: Option<&str>) -> u32 {
        match charset.or(self.table.charset.as_deref()) {
            Some("latin1" | "ascii" | "binary" | "latin2" | "cp1252") => 1,
            Some("ucs2") => 2,
            Some("utf8" | "utf8mb3") => 3,
            _ => 4,
        }
    }
}
