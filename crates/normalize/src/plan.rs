//! What an execution plan in a log says of tables: how they were read, how many rows that took and
//! how many it gave.
//!
//! auto_explain writes plans as text, JSON, YAML or XML
//! (<https://www.postgresql.org/docs/current/auto-explain.html>), MariaDB as the lines of
//! `EXPLAIN` with the counts of `ANALYZE`
//! (<https://mariadb.com/kb/en/explain-in-the-slow-query-log/>). All of them have a property a
//! line, those of a node before the next node, so they are read line by line. No literal is kept.

mod maria;
mod postgres;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

/// More nodes of a plan than this are left out.
const MOST_NODES: usize = 24;
/// Longer names are no names.
const LONGEST_NAME: usize = 128;

/// What a plan says, node by node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PlanFacts {
    /// How tables were read, in the order of the plan.
    pub reads: Vec<TableRead>,
    /// Sorts, in the order of the plan.
    pub sorts: Vec<SortFacts>,
}

/// How a table was read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TableRead {
    /// The table, without its schema.
    pub table: Box<str>,
    /// The index that was used.
    pub index: Option<Box<str>>,
    /// No index chose the rows: all of them were read.
    pub whole: bool,
    /// Rows that the planner expected, each time.
    pub estimated: Option<u64>,
    /// Rows that there were, over all loops. `None` where the plan was not measured.
    pub rows: Option<u64>,
    /// Rows that were read and thrown away, over all loops.
    pub removed: u64,
    /// How often the table was read.
    pub loops: u64,
}

/// A sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SortFacts {
    /// Rows that came out of it, over all loops.
    pub rows: Option<u64>,
    /// KiB on disk, if it did not fit into memory.
    pub disk_kb: Option<u64>,
}

impl TableRead {
    /// Rows that were read.
    pub fn examined(&self) -> Option<u64> {
        Some(self.rows?.saturating_add(self.removed))
    }
}

impl PlanFacts {
    /// Reads a plan of auto_explain, in any of its formats, or the `# explain:` lines of MariaDB.
    /// Of what is no plan, nothing.
    ///
    /// ```
    /// use slowlog_normalize::plan::PlanFacts;
    ///
    /// let plan = PlanFacts::read(
    ///     b"Seq Scan on t  (cost=0.00..1.00 rows=5 width=4) (actual time=0.1..0.2 rows=2 loops=1)\n\
    ///       \x20 Filter: (a = 1)\n  Rows Removed by Filter: 998",
    /// );
    /// assert_eq!((&*plan.reads[0].table, plan.reads[0].examined()), ("t", Some(1000)));
    /// ```
    pub fn read(plan: &[u8]) -> Self {
        let text = String::from_utf8_lossy(plan);
        let mut facts =
            if text.starts_with("# explain:") { maria::read(&text) } else { postgres::read(&text) };
        facts.reads.truncate(MOST_NODES);
        facts.sorts.truncate(MOST_NODES);
        facts
    }

    /// Does it say anything?
    pub fn is_empty(&self) -> bool {
        self.reads.is_empty() && self.sorts.is_empty()
    }
}

fn name(text: &str) -> Box<str> {
    let text = text.trim().trim_matches('"');
    text.get(..LONGEST_NAME).unwrap_or(text).into()
}
