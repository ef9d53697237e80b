//! Query fingerprints: one text and one id for all statements of one shape.
//!
//! A fingerprint comes from tokens, never from a successful parse: a statement that is cut off or
//! that no parser knows has one as well. What a parse adds, tables and the kind of statement, is
//! a [`Shape`], taken once per fingerprint.
//!
//! ```
//! use slowlog_event::Dialect;
//! use slowlog_normalize::{FingerprintId, Normalizer};
//!
//! let mut normalizer = Normalizer::new(Dialect::MySql);
//! let one = FingerprintId::of(normalizer.normalize(b"SELECT a FROM t WHERE b='x'").text);
//! let two = FingerprintId::of(normalizer.normalize(b"select `a` from t where b = \"y\"").text);
//! assert_eq!(one, two);
//! ```

mod buffer;
mod bursts;
mod exact;
mod fingerprint;
mod frame;
mod hint;
mod keyword;
mod kind;
mod lists;
mod literals;
mod name;
mod normalizer;
mod pass;
pub mod plan;
mod prepared;
mod rule;
mod shape;
mod slot;
mod statement;
mod tables;
mod template;
#[cfg(test)]
mod tests;
mod trie;
mod words;

pub use bursts::{
    Burst, BurstKind, BurstSettings, Confidence, Example, Finding, Link, NPlusOne,
    NPlusOneDetector, Rewrite,
};
pub use fingerprint::{FINGERPRINT_VERSION, FingerprintId, NoFingerprintId};
pub use kind::StatementKind;
pub use normalizer::{Normalized, Normalizer};
pub use prepared::prepared_query;
pub use shape::{PackedShape, Shape, access, shape, view};
pub use template::{Repeat, Seen};
