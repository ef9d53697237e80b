//! What an application asks for, before a library makes SQL of it.

use super::model::Table;

/// A value of a condition or a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Number(i64),
    Text(String),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// How a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Test {
    Equal,
    Less,
    Greater,
    Like,
}

/// A comparison of a column with a value.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) column: &'static str,
    pub(super) test: Test,
    pub(super) value: Value,
}

/// Column equals value.
pub(super) fn is(column: &'static str, value: impl Into<Value>) -> Condition {
    Condition { column, test: Test::Equal, value: value.into() }
}

/// Column is compared with a value.
pub(super) fn compares(column: &'static str, test: Test, value: impl Into<Value>) -> Condition {
    Condition { column, test, value: value.into() }
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Page {
    pub(super) order: Option<(&'static str, bool)>,
    pub(super) limit: Option<i64>,
    pub(super) offset: Option<i64>,
}

/// The first rows by a column, downwards if asked for.
pub(super) fn by(column: &'static str, descending: bool, limit: i64) -> Page {
    Page { order: Some((column, descending)), limit: Some(limit), offset: None }
}

/// Everything that endpoints do to a database.
#[derive(Debug, Clone)]
pub(super) enum Query {
    /// Rows of a table that meet all conditions.
    Select { table: &'static Table, conditions: Vec<Condition>, page: Page },
    /// The row with an id.
    Find { table: &'static Table, id: i64 },
    /// Rows whose column is in a list.
    In { table: &'static Table, column: &'static str, values: Vec<i64> },
    /// Rows of a table by way of a table of pairs: `(pairs, its column, value)`.
    Through { table: &'static Table, pairs: &'static Table, column: &'static str, value: i64 },
    /// How many rows meet the conditions.
    Count { table: &'static Table, conditions: Vec<Condition> },
    /// Whether a row meets the conditions.
    Exists { table: &'static Table, conditions: Vec<Condition> },
    /// The next row in a state that nobody else has locked.
    Lock { table: &'static Table, condition: Condition },
    /// New rows.
    Insert { table: &'static Table, rows: Vec<Vec<Value>> },
    /// One column of the row with an id. Some libraries write all columns.
    Update { table: &'static Table, id: i64, column: &'static str, value: Value },
    /// Rows that meet a condition.
    Delete { table: &'static Table, condition: Condition },
    /// Written by hand, the same for every library and server.
    Text(String),
}
