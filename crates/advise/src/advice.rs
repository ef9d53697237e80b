//! What is advised.

use serde::Serialize;
use slowlog_normalize::FingerprintId;

/// How sure an advice on an index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// From the shape of the queries and their time alone.
    Suspected,
    /// Plans or counts of rows in the log say so, too.
    Supported,
}

impl Confidence {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Suspected => "suspected",
            Self::Supported => "supported",
        }
    }
}

/// What a fix would save in the log that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Saves {
    /// The time of all queries that gain.
    pub at_stake_us: u64,
    /// At least so much; absent where the log cannot say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_us: Option<u64>,
    /// Most likely so much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likely_us: Option<u64>,
    /// At most so much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high_us: Option<u64>,
    /// What the figures rest on.
    pub basis: &'static str,
}

/// An index to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IndexAdvice {
    /// `I1`, `I2`, …: the first saves the most.
    pub id: String,
    /// `schema.table`
    pub table: String,
    /// Keys as they stand in the statement.
    pub columns: Vec<String>,
    /// Condition of a partial index.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// `btree`, `gin`
    pub method: &'static str,
    /// The statement.
    pub ddl: String,
    /// What is unusual about making it: of a partitioned table, of an engine that locks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caution: Option<String>,
    /// What to look at before and after.
    pub preflight: Vec<String>,
    /// The statement that takes it back.
    pub undo: String,
    /// What it saves.
    pub saves: Saves,
    /// About how large it becomes; absent without statistics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// What it costs the writes of the log; absent if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writes_cost_us: Option<u64>,
    /// How sure.
    pub confidence: Confidence,
    /// The queries that gain.
    pub queries: Vec<FingerprintId>,
    /// Why.
    pub evidence: Vec<String>,
    /// The index that is superfluous once this one is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
}

/// A tempting index that is not advised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectedIndex {
    /// The statement that would make it.
    pub ddl: String,
    /// Why not.
    pub reason: String,
    /// The query that it was thought of for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<FingerprintId>,
}

/// An index that another one makes superfluous.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RedundantIndex {
    /// `schema.table`
    pub table: String,
    /// The superfluous one.
    pub index: String,
    /// The one that does its work.
    pub covered_by: String,
    /// The statement that drops it: not in one go with the making of another.
    pub ddl: String,
    /// Why, and what to look at.
    pub reason: String,
}

/// A query to write in another way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RewriteAdvice {
    /// `R1`, `R2`, …: the first has the most at stake.
    pub id: String,
    /// Which rule, see `docs/rules`.
    pub rule: &'static str,
    /// The query.
    pub query: FingerprintId,
    /// What it is about.
    pub title: String,
    /// Why, and how to write it.
    pub why: String,
    /// Text to go by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    /// Does the result stay the same?
    pub same_result: SameResult,
    /// What is at stake.
    pub saves: Saves,
}

/// Does a rewrite give the same rows?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SameResult {
    /// Always.
    Yes,
    /// On the condition that the advice names.
    If,
    /// No, by intent.
    No,
}

/// All advice on a log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Advice {
    /// Indexes to make.
    pub indexes: Vec<IndexAdvice>,
    /// Tempting ones that are not advised.
    pub rejected_indexes: Vec<RejectedIndex>,
    /// Indexes that are superfluous.
    pub redundant_indexes: Vec<RedundantIndex>,
    /// Queries to write in another way.
    pub rewrites: Vec<RewriteAdvice>,
    /// What was left out, and why.
    pub notes: Vec<String>,
}
