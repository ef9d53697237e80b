//! How large tables are and how selective conditions: from statistics, from the log, by a guess.
//!
//! Defaults are those of PostgreSQL where it has one
//! (<https://github.com/postgres/postgres/blob/master/src/include/utils/selfuncs.h>).

use std::collections::{HashMap, HashSet};

use slowlog_event::{Dialect, Literal};
use slowlog_normalize::access::Test;

use crate::schema::{Schema, TypeClass};
use crate::statistics::Statistics;

/// Rows that a server reads and tests in a microsecond: a floor for the size of a table that a
/// statement has read as a whole.
const ROWS_PER_MICROSECOND: f64 = 10.0;
/// Rows of a table of which nothing is known.
const ROWS_UNKNOWN: f64 = 20_000.0;
/// Rows on a page of 8 KiB.
const ROWS_PER_PAGE: f64 = 80.0;

/// A column that so many tables have, …
const OWNER_TABLES: usize = 4;
/// … and at least one of so many, is an owner's.
const OWNER_SHARE: usize = 3;
/// How many owners there are, where nothing tells.
const OWNERS: f64 = 200.0;

const RANGE: f64 = 0.005;
const BOUND: f64 = 1.0 / 3.0;
const PREFIX: f64 = 0.005;
/// A part of a text is looked for in order to find little.
const PART: f64 = 0.0001;
const CONTAINS: f64 = 0.005;
const EXPRESSION: f64 = 0.005;

/// What is known of the tables.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) statistics: &'a Statistics,
    pub(crate) dialect: Dialect,
    tables: Vec<TableFacts>,
    /// Columns that say to whom rows of very different tables belong: the tenants.
    owners: HashSet<String>,
}

/// The size of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableFacts {
    pub(crate) rows: f64,
    pub(crate) pages: f64,
    pub(crate) source: Basis,
}

/// Where a number comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basis {
    Statistics,
    /// A plan that reads the whole table.
    Plan,
    /// The time, or the rows examined, that a statement on the whole table takes.
    Log,
    Guess,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(schema: &'a Schema, statistics: &'a Statistics, dialect: Dialect) -> Self {
        let of = |name: &str| match statistics.table(name) {
            Some(known) => {
                TableFacts { rows: known.rows, pages: known.pages, source: Basis::Statistics }
            }
            None => TableFacts {
                rows: ROWS_UNKNOWN,
                pages: ROWS_UNKNOWN / ROWS_PER_PAGE,
                source: Basis::Guess,
            },
        };
        let tables = schema.tables.iter().map(|table| of(&table.full_name())).collect();
        Self { schema, statistics, dialect, tables, owners: owners(schema) }
    }

    pub(crate) fn table(&self, table: usize) -> TableFacts {
        self.tables[table]
    }

    /// A statement read the whole table in so many microseconds, or examined so many rows. Of
    /// several the quickest counts: the others waited for something.
    pub(crate) fn saw_scan(&mut self, table: usize, mean_us: f64, examined: Option<f64>) {
        let rows = examined.unwrap_or(mean_us * ROWS_PER_MICROSECOND).max(1.0);
        let facts = &mut self.tables[table];
        let better = match facts.source {
            Basis::Statistics | Basis::Plan => false,
            Basis::Log => rows < facts.rows,
            Basis::Guess => true,
        };
        if better {
            *facts =
                TableFacts { rows, pages: (rows / ROWS_PER_PAGE).max(1.0), source: Basis::Log };
        }
    }

    /// A plan read so many rows of the table. It may have stopped before the end.
    pub(crate) fn saw_plan(&mut self, table: usize, rows: f64) {
        let facts = &mut self.tables[table];
        let better = match facts.source {
            Basis::Statistics => false,
            Basis::Plan => rows > facts.rows,
            Basis::Log | Basis::Guess => true,
        };
        if better {
            let pages = (rows / ROWS_PER_PAGE).max(1.0);
            *facts = TableFacts { rows: rows.max(1.0), pages, source: Basis::Plan };
        }
    }

    /// How many distinct values a column has.
    pub(crate) fn distinct(&self, table: usize, column: &str) -> f64 {
        let rows = self.tables[table].rows.max(1.0);
        let definition = &self.schema.tables[table];
        if let Some(known) = self.statistics.column(&definition.full_name(), column)
            && known.distinct != 0.0
        {
            let distinct = known.distinct;
            return if distinct < 0.0 { (-distinct * rows).max(1.0) } else { distinct };
        }
        let unique = definition.indexes.iter().any(|index| {
            index.unique
                && index.is_plain()
                && index.keys.len() == 1
                && index.keys[0].text == column
        });
        if unique {
            return rows;
        }
        let class = definition.column(column).map_or(TypeClass::Unknown, |column| column.class);
        let guessed = guessed_distinct(column, class, rows);
        if self.owners.contains(column) { guessed.min(OWNERS) } else { guessed }
    }

    /// Does the column have so few values that an index on it alone is of no use?
    pub(crate) fn is_flat(&self, table: usize, column: &str) -> bool {
        self.distinct(table, column) < 20.0
    }

    /// Is anything known of the column but its type?
    pub(crate) fn knows_column(&self, table: usize, column: &str) -> bool {
        self.statistics.column(&self.schema.tables[table].full_name(), column).is_some()
    }

    pub(crate) fn correlation(&self, table: usize, column: &str) -> f64 {
        let name = self.schema.tables[table].full_name();
        self.statistics.column(&name, column).map_or(0.0, |known| known.correlation)
    }

    /// The share of rows in which a column is NULL.
    pub(crate) fn nulls(&self, table: usize, column: &str) -> f64 {
        let definition = &self.schema.tables[table];
        if let Some(known) = self.statistics.column(&definition.full_name(), column) {
            return known.nulls;
        }
        match definition.column(column) {
            Some(column) if column.not_null => 0.0,
            // What seldom happens to a row, and is marked by its time.
            _ if SELDOM.iter().any(|word| column.starts_with(word)) => 0.95,
            _ => 0.3,
        }
    }

    /// The share of rows that a condition leaves. `literal` is what it compares with.
    pub(crate) fn selectivity(
        &self,
        table: usize,
        column: &str,
        test: Test,
        literal: Option<Literal>,
    ) -> f64 {
        match test {
            Test::Equal | Test::Verbatim => self.equal(table, column, literal),
            Test::In(count) => {
                let count = if count == 0 { 10.0 } else { f64::from(count) };
                (self.equal(table, column, None) * count).min(0.5)
            }
            Test::InSubquery => (self.equal(table, column, None) * 10.0).min(0.5),
            Test::NotIn => 0.9,
            Test::IsNull => self.nulls(table, column).max(1e-6),
            Test::IsNotNull => 1.0 - self.nulls(table, column),
            Test::Below | Test::Above | Test::RowBound => BOUND,
            Test::Prefix => PREFIX,
            Test::Pattern(_) => 0.05,
            Test::Substring(_) | Test::Regex => PART,
            Test::Contains | Test::Overlaps | Test::HasKey | Test::FullText => CONTAINS,
            Test::Other => 0.9,
        }
    }

    fn equal(&self, table: usize, column: &str, literal: Option<Literal>) -> f64 {
        let rows = self.tables[table].rows.max(1.0);
        let name = self.schema.tables[table].full_name();
        let distinct = self.distinct(table, column).max(1.0);
        let Some(known) = self.statistics.column(&name, column) else {
            return (1.0 / distinct).max(1.0 / rows);
        };
        if let Some((_, share)) =
            literal.and_then(|literal| known.common.iter().find(|(value, _)| *value == literal))
        {
            return *share;
        }
        let shares: f64 = known.common.iter().map(|(_, share)| share).sum();
        let others = distinct - known.common.len() as f64;
        let left = (1.0 - known.nulls - shares).max(0.0);
        // A value that is not among all the values there are is rare.
        if others < 1.0 { 1.0 / rows } else { (left / others).max(1.0 / rows) }
    }

    /// The same for an expression.
    pub(crate) fn expression_selectivity(
        &self,
        table: usize,
        columns: &[String],
        test: Test,
    ) -> f64 {
        match test {
            Test::Equal | Test::Verbatim | Test::In(_) => {
                let distinct =
                    columns.iter().map(|column| self.distinct(table, column)).fold(1.0, f64::max);
                (1.0 / distinct).clamp(1.0 / self.tables[table].rows.max(1.0), 0.5)
            }
            Test::Below | Test::Above | Test::RowBound => BOUND,
            Test::Other | Test::NotIn => 0.9,
            _ => EXPRESSION,
        }
    }

    /// Does a plain index on the column serve `LIKE 'x%'`? In PostgreSQL only where it sorts by
    /// bytes; which collation the database has a dump does not say.
    pub(crate) fn sorts_bytes(&self, table: usize, column: &str) -> bool {
        let collation =
            || self.schema.tables[table].column(column)?.collation.as_deref().map(str::to_owned);
        self.dialect == Dialect::MySql
            || collation()
                .is_some_and(|name| matches!(name.as_str(), "C" | "c" | "POSIX" | "posix"))
    }

    pub(crate) fn range() -> f64 {
        RANGE
    }
}

/// Columns that a large share of all tables have, and that name what else they belong to.
fn owners(schema: &Schema) -> HashSet<String> {
    let mut count: HashMap<&str, usize> = HashMap::new();
    let whole = schema.tables.iter().filter(|table| !table.partition);
    let tables = whole.clone().count();
    for column in whole.flat_map(|table| &table.columns) {
        if column.name.len() > 2 && column.name.ends_with("id") {
            *count.entry(&column.name).or_default() += 1;
        }
    }
    let many = |count: usize| count >= OWNER_TABLES && count * OWNER_SHARE >= tables;
    count.into_iter().filter(|(_, n)| many(*n)).map(|(name, _)| name.to_owned()).collect()
}

/// Words that name columns with a few values, at the end of a name.
const FLAT: [&str; 30] = [
    "status",
    "state",
    "type",
    "kind",
    "role",
    "level",
    "plan",
    "tier",
    "gender",
    "country",
    "currency",
    "language",
    "lang",
    "locale",
    "priority",
    "severity",
    "channel",
    "stage",
    "phase",
    "mode",
    "visibility",
    "category",
    "active",
    "enabled",
    "deleted",
    "archived",
    "flag",
    "published",
    "verified",
    "processed",
];

/// Words that begin the names of columns which say that a row is out of use.
const SELDOM: [&str; 8] =
    ["deleted", "removed", "archived", "cancel", "banned", "blocked", "suspended", "revoked"];

/// Words that name columns which tell rows apart, at the end of a name.
const NAMING: [&str; 21] = [
    "email",
    "mail",
    "sku",
    "code",
    "token",
    "slug",
    "hash",
    "uuid",
    "guid",
    "ref",
    "reference",
    "name",
    "title",
    "url",
    "uri",
    "path",
    "phone",
    "number",
    "key",
    "login",
    "username",
];

/// Distinct values by the name and the type of a column.
fn guessed_distinct(column: &str, class: TypeClass, rows: f64) -> f64 {
    let last = column.rsplit('_').next().unwrap_or(column);
    let begins = ["is_", "has_", "can_"].iter().any(|begin| column.starts_with(begin));
    let few = match class {
        TypeClass::Boolean => 2.0,
        TypeClass::Enumeration => 5.0,
        _ if begins => 2.0,
        _ if FLAT.contains(&last) => 4.0,
        TypeClass::Temporal => return (rows * 0.5).max(1.0),
        TypeClass::Uuid => return rows.max(1.0),
        // A foreign key: each parent has some.
        _ if last == "id" || column.ends_with("id") => return (rows / 50.0).max(1.0),
        TypeClass::Integer if ["qty", "quantity", "count", "attempts", "rank"].contains(&last) => {
            100.0
        }
        _ if NAMING.contains(&last) => return (rows / 2.0).max(1.0),
        TypeClass::Integer | TypeClass::Number => return (rows / 20.0).max(1.0),
        TypeClass::Text | TypeClass::Long | TypeClass::Unknown => 200.0,
        _ => return (rows / 20.0).max(1.0),
    };
    f64::min(few, rows.max(1.0))
}
