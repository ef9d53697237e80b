//! What a server knows of its data: a file of one JSON object a line.
//!
//! ```text
//! {"table":"app.users","rows":120000,"pages":1765}
//! {"table":"app.users","column":"status","distinct":3,"nulls":0,"correlation":0.9,"common":["active"],"shares":[0.97]}
//! ```
//!
//! `distinct` below zero is a share of the rows, as in `pg_stats`. `docs/GUIDE.md` has the
//! queries that write it.

use std::collections::HashMap;

use serde::Deserialize;
use slowlog_event::Literal;

/// Statistics of a server.
#[derive(Debug, Clone, Default)]
pub struct Statistics {
    tables: HashMap<String, TableStatistics>,
    columns: HashMap<(String, String), ColumnStatistics>,
}

/// Statistics of a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TableStatistics {
    /// Rows.
    pub rows: f64,
    /// Pages of 8 KiB.
    pub pages: f64,
}

/// Statistics of a column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ColumnStatistics {
    /// Distinct values; below zero a share of the rows.
    pub distinct: f64,
    /// Share of NULL.
    pub nulls: f64,
    /// How far the order of the rows is that of the column, from -1 to 1.
    pub correlation: f64,
    /// The most common values and their shares.
    pub common: Vec<(Literal, f64)>,
}

/// A line that is no statistics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadStatistics {
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl std::fmt::Display for BadStatistics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for BadStatistics {}

#[derive(Deserialize)]
struct Line {
    table: String,
    column: Option<String>,
    rows: Option<f64>,
    pages: Option<f64>,
    distinct: Option<f64>,
    nulls: Option<f64>,
    correlation: Option<f64>,
    common: Option<Vec<Option<String>>>,
    shares: Option<Vec<f64>>,
}

/// How many common values of a column are kept.
const MOST_COMMON: usize = 100;

impl Statistics {
    /// Reads one JSON object a line.
    ///
    /// # Errors
    ///
    /// The first line that is none.
    pub fn parse(text: &str) -> Result<Self, BadStatistics> {
        let mut statistics = Self::default();
        for (place, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let line: Line = serde_json::from_str(line).map_err(|error| BadStatistics {
                line: place + 1,
                reason: format!("expected an object with \"table\": {error}"),
            })?;
            statistics.add(line);
        }
        Ok(statistics)
    }

    fn add(&mut self, line: Line) {
        let table = line.table.to_ascii_lowercase();
        let Some(column) = line.column else {
            let rows = line.rows.unwrap_or(-1.0);
            // A table that was never analysed has -1 rows.
            if rows >= 0.0 {
                let pages = line.pages.unwrap_or(rows / 80.0).max(1.0);
                self.tables.insert(table, TableStatistics { rows, pages });
            }
            return;
        };
        let common =
            line.common.unwrap_or_default().into_iter().zip(line.shares.unwrap_or_default());
        let common = common
            .take(MOST_COMMON)
            .filter_map(|(value, share)| Some((literal(&value?), share)))
            .collect();
        self.columns.insert(
            (table, column.to_ascii_lowercase()),
            ColumnStatistics {
                distinct: line.distinct.unwrap_or(0.0),
                nulls: line.nulls.unwrap_or(0.0).clamp(0.0, 1.0),
                correlation: line.correlation.unwrap_or(0.0),
                common,
            },
        );
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    pub(crate) fn table(&self, table: &str) -> Option<TableStatistics> {
        if self.tables.is_empty() {
            return None;
        }
        self.tables.get(&table.to_ascii_lowercase()).copied()
    }

    pub(crate) fn column(&self, table: &str, column: &str) -> Option<&ColumnStatistics> {
        if self.columns.is_empty() {
            return None;
        }
        self.columns.get(&(table.to_ascii_lowercase(), column.to_ascii_lowercase()))
    }
}

/// A value as statements have it: PostgreSQL writes truth as one letter.
fn literal(value: &str) -> Literal {
    let value = match value {
        "t" => "true",
        "f" => "false",
        other => other,
    };
    Literal::from_text(value.as_bytes())
}
