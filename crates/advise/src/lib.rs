//! Advice from a slow-query log and a schema: missing indexes, superfluous ones, rewrites.
//!
//! ```
//! use slowlog_advise::{Advisor, Schema};
//! use slowlog_digest::Digest;
//! use slowlog_event::Dialect;
//!
//! let schema = Schema::parse("CREATE TABLE t (id int PRIMARY KEY, a int);", Dialect::Postgres);
//! let advisor = Advisor { schema: Some(schema), ..Advisor::default() };
//! assert!(advisor.advise(&Digest::default(), Dialect::Postgres).indexes.is_empty());
//! ```

mod advice;
mod advisor;
mod ask;
mod candidate;
mod choose;
mod cost;
mod ddl;
mod facts;
mod guess;
mod index_model;
mod plan;
mod redundant;
mod rejected;
mod resolve;
mod rules;
mod schema;
mod statistics;
mod term;
mod workload;

pub use advice::{
    Advice, Confidence, IndexAdvice, RedundantIndex, RejectedIndex, RewriteAdvice, SameResult,
    Saves,
};
pub use advisor::Advisor;
pub use choose::Budget;
pub use rules::{Rule, rules};
pub use schema::{Column, ForeignKey, Index, IndexKey, Schema, Table, TypeClass};
pub use statistics::{BadStatistics, ColumnStatistics, Statistics, TableStatistics};
