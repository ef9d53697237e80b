//! Analyze slow-query logs: the library door of slowlog.
//!
//! [`Analyzer`] reads [`Source`]s, in parallel and in bounded memory, and returns an [`Analysis`]:
//! a [`Digest`](slowlog_digest::Digest) of the executions and an account of every byte of every
//! input. The result does not depend on the number of threads.
//!
//! ```
//! use slowlog::{Analyzer, Source};
//!
//! let log = "2026-03-01 10:00:00 UTC [7] LOG:  duration: 0.942 ms  statement: SELECT 1\n";
//! let analysis = Analyzer::new().analyze(vec![Source::reader("example", log.as_bytes())])?;
//! assert_eq!(analysis.digest.totals().executions, 1);
//! assert_eq!(analysis.digest.totals().duration_us, 942);
//! # Ok::<(), slowlog::Error>(())
//! ```
//!
//! See also `examples/top_queries.rs`.

mod analysis;
mod analyzer;
mod assemble;
mod batch;
mod carrier;
mod closest;
mod copies;
mod error;
mod feed;
mod filter;
mod gate;
mod observers;
mod origin;
mod outbox;
mod outer;
mod overlap;
mod pipeline;
mod replay;
mod sections;
mod shapes;
mod sniff;
mod source;
mod speakers;
mod texts;
mod worker;

pub use analysis::Analysis;
pub use analyzer::Analyzer;
pub use error::Error;
pub use slowlog_advise as advise;
pub use slowlog_digest as digest;
pub use slowlog_event as event;
pub use slowlog_normalize as normalize;
pub use slowlog_parse::{Literals, UnknownZoneError, Zone};
pub use source::{Source, expand};
