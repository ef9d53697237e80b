//! What a log says, small.
//!
//! A [`Digest`] observes the executions of an analysis and keeps, per fingerprint, exact sums and
//! an integer histogram by blocks of time. Its size depends on the number of fingerprints, not on
//! the length of the log. Every number is an integer; percentiles are off by at most 0.8 %.
//!
//! ```
//! use slowlog_digest::{bucket_of, bucket_upper};
//!
//! let upper = bucket_upper(bucket_of(1_000_000));
//! assert!(upper >= 1_000_000 && upper - 1_000_000 < 8_000);
//! ```

mod actors;
mod blocks;
mod constants;
mod digest;
mod figures;
mod fingerprints;
mod histogram;
mod inputs;
mod locks;
mod maintenance;
mod query;
mod selection;
mod timeline;
mod totals;
mod visibility;

pub use actors::{ActorNames, Actors, NameKind, NameTotal};
pub use blocks::{Block, TimeBlocks};
pub use constants::Constants;
pub use digest::Digest;
pub use figures::{CounterSum, Figures, SampleRate};
pub use fingerprints::{Fingerprint, Fingerprints};
pub use histogram::{Histogram, bucket_of, bucket_upper};
pub use inputs::{Completeness, InputSummary, Problem, ProblemKind, ProblemPlace};
pub use locks::{LockWaits, Locks};
pub use maintenance::{MaintenanceTotal, MaintenanceTotals};
pub use query::{Besides, Query, Sample, SampleText, SlowSample};
pub use selection::{Excluded, Selection};
pub use timeline::{Bucket, Timeline};
pub use totals::Totals;
pub use visibility::{Seen, Visibility};
