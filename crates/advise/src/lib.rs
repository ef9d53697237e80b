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
mod calibrate;
mod candidate;
mod choose;
mod collation;
mod cost;
mod cover;
mod ddl;
mod evidence;
mod facts;
mod guess;
mod index_model;
mod naming;
mod offer;
mod plan;
mod prune;
mod reach;
mod redundant;
mod rejected;
mod resolve;
mod rules;
mod schema;
mod size;
mod statistics;
mod temporary;
mod term;
mod views;
mod workload;

pub use advice::{
    Advice, Confidence, IndexAdvice, RedundantIndex, RejectedIndex, RewriteAdvice, SameResult,
    Saves,
};
pub use advisor::Advisor;
pub use choose::Budget;
pub use rules::{Rule, rules};
pub use schema::{Characters, Column, ForeignKey, Index, IndexKey, Schema, Table, TypeClass, View};
pub use statistics::{BadStatistics, ColumnStatistics, Statistics, TableStatistics};
