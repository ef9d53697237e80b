//! How large tables are and how selective conditions: from statistics, from the log, by a guess.
//!
//! Defaults are those of PostgreSQL where it has one
//! (<https://github.com/postgres/postgres/blob/master/src/include/utils/selfuncs.h>).

use std::collections::{HashMap, HashSet};

use slowlog_event::{Dialect, Literal};
use slowlog_normalize::access::Test;

use crate::naming;
use crate::schema::{ForeignKey, Schema, TypeClass};
use crate::statistics::{ColumnStatistics, Statistics, TableStatistics};

/// Rows that a server reads and tests in a microsecond: a floor for the size of a table that a
/// statement has read as a whole.
const ROWS_PER_MICROSECOND: f64 = 10.0;
/// Rows of a table of which nothing is known.
const ROWS_UNKNOWN: f64 = 20_000.0;
/// Rows on a page of 8 KiB.
const ROWS_PER_PAGE: f64 = 80.0;

/// How many owners there are, where nothing tells.
const OWNERS: f64 = 200.0;

const RANGE: f64 = 0.005;
const BOUND: f64 = 1.0 / 3.0;
const TIME_BOUND: f64 = 0.15;
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
    /// Under which names the statistics may know each table: its own, or that of its largest partition,
    /// as PostgreSQL collects none of a partitioned table by itself.
    names: Vec<(String, Option<String>)>,
    /// Columns that say to whom rows of very different tables belong: the tenants.
    owners: HashSet<String>,
    /// By table, the columns that refer to another table, with its place.
    parents: Vec<HashMap<&'a str, usize>>,
    /// By table, the foreign keys that refer to it: places of their tables, and among those of them.
    referrers: Vec<Vec<(usize, usize)>>,
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
        let unknown = TableFacts {
            rows: ROWS_UNKNOWN,
            pages: ROWS_UNKNOWN / ROWS_PER_PAGE,
            source: Basis::Guess,
        };
        let mut tables = Vec::with_capacity(schema.tables.len());
        let mut names = Vec::with_capacity(schema.tables.len());
        let mut referrers = vec![Vec::new(); schema.tables.len()];
        for (place, table) in schema.tables.iter().enumerate() {
            let name = table.full_name();
            let parts = schema.partitions_of(table).filter_map(|partition| {
                let name = partition.full_name();
                statistics.table(&name).map(|known| (name, known))
            });
            let parts: Vec<(String, TableStatistics)> = parts.collect();
            let sum = (!parts.is_empty()).then(|| TableStatistics {
                rows: parts.iter().map(|(_, known)| known.rows).sum(),
                pages: parts.iter().map(|(_, known)| known.pages).sum(),
            });
            // A parent has no rows of its own; it may have been counted when it had none at all.
            let known = statistics.table(&name).filter(|known| sum.is_none() || known.rows > 0.0);
            tables.push(known.or(sum).map_or(unknown, |known| TableFacts {
                rows: known.rows,
                pages: known.pages.max(sum.map_or(0.0, |sum| sum.pages)),
                source: Basis::Statistics,
            }));
            let largest = parts.into_iter().max_by(|(_, a), (_, b)| a.rows.total_cmp(&b.rows));
            names.push((name, largest.map(|(name, _)| name)));
            for (key, of) in table.foreign_keys.iter().enumerate() {
                if let Some(parent) = schema.place(of.schema.as_deref(), &of.table) {
                    referrers[parent].push((place, key));
                }
            }
        }
        let owners = naming::owners(schema);
        let parents = schema.tables.iter().map(|table| naming::parents(schema, table)).collect();
        Self { schema, statistics, dialect, tables, names, owners, parents, referrers }
    }

    /// The foreign keys that refer to a table, each with the place of its table.
    pub(crate) fn referrers(&self, table: usize) -> impl Iterator<Item = (usize, &'a ForeignKey)> {
        let schema = self.schema;
        self.referrers[table]
            .iter()
            .map(move |(place, key)| (*place, &schema.tables[*place].foreign_keys[*key]))
    }

    fn known(&self, table: usize, column: &str) -> Option<&'a ColumnStatistics> {
        let (name, partition) = &self.names[table];
        let statistics = self.statistics;
        let of = |name: &String| statistics.column(name, column);
        of(name).or_else(|| of(partition.as_ref()?))
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
        if let Some(known) = self.known(table, column)
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
        let mut guessed = naming::guessed_distinct(column, class, rows);
        // No more than there are rows that it can refer to.
        if let Some(parent) = self.parents[table].get(column).map(|parent| self.tables[*parent])
            && parent.source != Basis::Guess
        {
            guessed = guessed.min(parent.rows.max(1.0));
        }
        if self.owners.contains(column) { guessed.min(OWNERS) } else { guessed }
    }

    /// Does the column have so few values that an index on it alone is of no use?
    pub(crate) fn is_flat(&self, table: usize, column: &str) -> bool {
        self.distinct(table, column) < 20.0
    }

    /// Does the column count something, by its name?
    pub(crate) fn is_small(&self, table: usize, column: &str) -> bool {
        let class = self.schema.tables[table].column(column).map(|column| column.class);
        class == Some(TypeClass::Integer) && naming::is_small(column)
    }

    /// Does the column say to whom rows of many tables belong?
    pub(crate) fn is_owner(&self, column: &str) -> bool {
        self.owners.contains(column)
    }

    /// Is anything known of the column but its type?
    pub(crate) fn knows_column(&self, table: usize, column: &str) -> bool {
        self.known(table, column).is_some()
    }

    pub(crate) fn correlation(&self, table: usize, column: &str) -> f64 {
        self.known(table, column).map_or(0.0, |known| known.correlation)
    }

    /// The share of rows in which a column is NULL.
    pub(crate) fn nulls(&self, table: usize, column: &str) -> f64 {
        let definition = &self.schema.tables[table];
        if let Some(known) = self.known(table, column) {
            return known.nulls;
        }
        match definition.column(column) {
            Some(column) if column.not_null => 0.0,
            // What seldom happens to a row, and is marked by its time.
            _ if naming::happens_seldom(column) => 0.95,
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
            Test::Below | Test::Above => {
                self.bound(table, column) * (1.0 - self.nulls(table, column))
            }
            Test::RowBound => BOUND,
            Test::Prefix => PREFIX,
            Test::Pattern(_) => 0.05,
            Test::Substring(_) | Test::Regex => PART,
            Test::Contains | Test::Overlaps | Test::HasKey | Test::FullText => CONTAINS,
            Test::Other => 0.9,
        }
    }

    /// Where nothing tells, one bound on a time is for what is new, or for what is old: a small part.
    fn bound(&self, table: usize, column: &str) -> f64 {
        let column = self.schema.tables[table].column(column);
        match column.map(|column| column.class) {
            Some(TypeClass::Temporal) => TIME_BOUND,
            _ => BOUND,
        }
    }

    fn equal(&self, table: usize, column: &str, literal: Option<Literal>) -> f64 {
        let rows = self.tables[table].rows.max(1.0);
        let distinct = self.distinct(table, column).max(1.0);
        let Some(known) = self.known(table, column) else {
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
        let collation = || self.schema.tables[table].column(column)?.collation();
        self.dialect == Dialect::MySql
            || collation().is_some_and(|name| matches!(name, "C" | "c" | "POSIX" | "posix"))
    }

    pub(crate) fn range() -> f64 {
        RANGE
    }
}
