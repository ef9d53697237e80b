//! What a statement asks of its tables: plain data, for advice on indexes and rewrites.
//!
//! Names are in the form in which the server compares them. No literal of the statement is kept,
//! with one exception, see [`Constant::word`]; what tells whether two literals are equal is for the
//! memory of one process, see [`Literal`].

use serde::{Deserialize, Serialize};
use slowlog_event::Literal;

/// What a statement asks of its tables, query block by query block.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Access {
    /// Every `SELECT`, and the reading side of a write. A parent stands before its children.
    pub blocks: Vec<Block>,
    /// What it writes.
    pub write: Option<Write>,
    /// Something was left out, because the statement is too large or not understood.
    pub partial: bool,
    /// `SQL_CALC_FOUND_ROWS`
    pub found_rows: bool,
}

/// Where a block stands in the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// The statement itself.
    Top,
    /// A branch of `UNION`, of which duplicates are removed.
    DistinctBranch,
    /// A branch of `INTERSECT` or `EXCEPT`, or of a mixture.
    OtherBranch,
    /// A branch of `UNION ALL`.
    Branch,
    /// A common table expression.
    With,
    /// A subquery of the `FROM` clause.
    Derived,
    /// `EXISTS (…)`
    Exists,
    /// `NOT EXISTS (…)`
    NotExists,
    /// `IN (…)`
    In,
    /// `NOT IN (…)`
    NotIn,
    /// A subquery that gives a value.
    Scalar,
}

/// One query block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Where it stands.
    pub role: Role,
    /// The block around it.
    pub parent: Option<u16>,
    /// It reads columns of a block around it.
    pub correlated: bool,
    /// What it reads from.
    pub sources: Vec<Source>,
    /// Conditions that all have to hold, each over one source.
    pub predicates: Vec<Predicate>,
    /// Equalities between columns of two sources.
    pub joins: Vec<Join>,
    /// It has a condition, be it one that is none of these.
    pub filtered: bool,
    /// `OR` groups: in each, one of the branches has to hold.
    pub alternatives: Vec<Vec<Vec<Predicate>>>,
    /// `ORDER BY`
    pub order: Vec<Key>,
    /// `GROUP BY`
    pub group: Vec<Operand>,
    /// `LIMIT`, `OFFSET`
    pub limit: Option<Limit>,
    /// `DISTINCT`
    pub distinct: bool,
    /// What of aggregates it computes.
    pub aggregates: Aggregates,
    /// Columns of the result and of everything that is no predicate.
    pub output: Vec<Column>,
    /// The result has all columns of some source.
    pub all_columns: bool,
    /// The result is columns as they are, and nothing else.
    pub plain_output: bool,
    /// `FOR UPDATE` and its like.
    pub locks: bool,
    /// Its rows are those that its conditions leave of its sources, one for one: a block around it
    /// can be read as one with it.
    pub transparent: bool,
    /// How a block around it may call its columns; only of a block that stands for a table.
    pub names: Vec<(String, Column)>,
    /// Sources that no condition links with the first one: each row of theirs is joined with all
    /// rows of the others.
    pub unlinked: Vec<u16>,
}

impl Block {
    /// A block that reads nothing.
    pub fn empty(role: Role, parent: Option<u16>) -> Self {
        Self {
            role,
            parent,
            correlated: false,
            sources: Vec::new(),
            predicates: Vec::new(),
            joins: Vec::new(),
            filtered: false,
            alternatives: Vec::new(),
            order: Vec::new(),
            group: Vec::new(),
            limit: None,
            distinct: false,
            aggregates: Aggregates::default(),
            output: Vec::new(),
            all_columns: false,
            plain_output: false,
            locks: false,
            transparent: false,
            names: Vec::new(),
            unlinked: Vec::new(),
        }
    }
}

/// The aggregates of a block.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Aggregates {
    /// It has any.
    pub any: bool,
    /// The result is `count(*)` and nothing else.
    pub only_count: bool,
    /// All that the result tells is whether there is any row: `count(*) > 0`.
    pub existence: bool,
    /// The result is the smallest (or, descending, the largest) value of a column, nothing else.
    pub extremum: Option<Key>,
}

/// What a block reads from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The schema, if the statement names it.
    pub schema: Option<String>,
    /// The table; empty for anything that is none.
    pub table: String,
    /// What its columns are qualified with.
    pub alias: String,
    /// It is the side of an outer join that may be missing.
    pub nullable: bool,
    /// The table as the statement writes it, where the server may tell capital letters apart.
    pub written: Option<Box<str>>,
}

/// The source of what is no column of any source.
pub const NO_SOURCE: u16 = u16::MAX;

/// A column; `source` is an index of [`Block::sources`], `None` where only a schema can tell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Column {
    /// Of which source.
    pub source: Option<u16>,
    /// Its name.
    pub name: String,
}

/// What is compared, sorted or grouped.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Operand {
    /// A column as it is.
    Column(Column),
    /// Something computed from columns of one source.
    Expression(Expression),
    /// Anything else.
    Other,
}

impl Operand {
    /// The column, if it is one.
    pub fn column(&self) -> Option<&Column> {
        match self {
            Self::Column(column) => Some(column),
            _ => None,
        }
    }
}

/// A computation from columns.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Expression {
    /// The text with plain column names; empty if it has a literal that must not be kept.
    pub text: String,
    /// The columns in it.
    pub columns: Vec<Column>,
    /// Its outermost part.
    pub kind: ExpressionKind,
    /// The literals in its text: an index on it needs them to be always the same.
    pub constants: Vec<Literal>,
}

/// The outermost part of an expression.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ExpressionKind {
    /// A call of this function, lower case.
    Function(String),
    /// A cast to this type, lower case.
    Cast(String),
    /// `+`, `-`, `*`, `/`, `%`, `||`
    Arithmetic,
    /// A value out of JSON, `->>`
    Json,
    /// `COLLATE`
    Collate,
    /// `AT TIME ZONE`
    TimeZone,
    /// `random()`, `rand()`
    Random,
    /// Anything else.
    Other,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predicate {
    /// What is tested.
    pub operand: Operand,
    /// How.
    pub test: Test,
    /// Against what.
    pub value: Value,
}

/// How a value is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Test {
    /// `=`
    Equal,
    /// `IN` a list of so many values, `= ANY` of an array (0: not known how many).
    In(u32),
    /// `IN` a subquery.
    InSubquery,
    /// `NOT IN` a list or a subquery.
    NotIn,
    /// `IS NULL`
    IsNull,
    /// `IS NOT NULL`
    IsNotNull,
    /// `<`, `<=`, or the upper half of `BETWEEN`
    Below,
    /// `>`, `>=`, or the lower half of `BETWEEN`
    Above,
    /// `LIKE 'x%'`
    Prefix,
    /// `LIKE` without a wildcard.
    Verbatim,
    /// `LIKE '%x'`; true where the pattern ignores case.
    Substring(bool),
    /// `LIKE` a parameter or an expression; true where the pattern ignores case.
    Pattern(bool),
    /// A regular expression.
    Regex,
    /// `@>` of JSON or arrays.
    Contains,
    /// `&&` of arrays or ranges.
    Overlaps,
    /// `?`, `?|`, `?&`
    HasKey,
    /// `@@`, `MATCH … AGAINST`
    FullText,
    /// `(a, b) < (1, 2)` where the server looks for no such thing in an index.
    RowBound,
    /// `<>` and anything else.
    Other,
}

/// What a predicate compares with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// A literal.
    Constant(Constant),
    /// A bind parameter.
    Parameter,
    /// A column of a block around it.
    Outer,
    /// A computation without columns, `now() - interval '1 day'`.
    Computed,
    /// A subquery.
    Subquery,
    /// Several values, or none.
    Other,
}

/// A literal, without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constant {
    /// What it is.
    pub class: ConstantClass,
    /// Equal literals have equal ones.
    pub literal: Literal,
    /// The literal as it stands in SQL, if it can be nothing but the name of a state: `'ready'`,
    /// `true`, `0`. A partial index needs it.
    pub word: Option<String>,
}

/// Classes of literals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConstantClass {
    /// `NULL`
    Null,
    /// `true`
    Boolean,
    /// `1`
    Integer,
    /// `1.0`
    Decimal,
    /// `'x'`
    Text,
    /// `date '2024-01-01'` and other literals with a type.
    Typed,
}

/// An equality of columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// One side.
    pub left: Column,
    /// The other side.
    pub right: Column,
}

/// A key to sort by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// What.
    pub operand: Operand,
    /// `DESC`
    pub descending: bool,
    /// `NULLS FIRST` or `LAST`, if it says so.
    pub nulls_first: Option<bool>,
}

/// `LIMIT`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// How many rows, if it is a literal; 10,000 for more.
    pub rows: Option<u64>,
    /// It skips rows.
    pub has_offset: bool,
    /// How many, if it is a literal; 10,000 for more.
    pub offset: Option<u64>,
}

/// A write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// Insert, update or delete.
    pub kind: WriteKind,
    /// The schema, if the statement names it.
    pub schema: Option<String>,
    /// The table.
    pub table: String,
    /// The columns that it sets; empty for all and for a delete.
    pub columns: Vec<String>,
    /// Columns that it sets to a state, with that state, see [`Constant::word`].
    pub states: Vec<(String, String)>,
    /// Rows of `VALUES`; 1 where there are none.
    pub rows: u32,
}

/// Kinds of writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WriteKind {
    /// New rows.
    Insert,
    /// Changed rows.
    Update,
    /// Rows taken away.
    Delete,
}
