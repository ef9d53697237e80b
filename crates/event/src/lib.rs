//! The words that every part of slowlog shares.
//!
//! A log is a sequence of entries. Of each entry a parser makes at most one [`Event`]; of the
//! events of a session the assembler makes [`Execution`]s, in the order of the log, and hands
//! them to every [`Observer`].
//!
//! Times are integers: [`Micros`] for durations, [`Timestamp`] for instants. There is no float
//! and no clock in this crate.
//!
//! ```
//! use slowlog_event::{Dialect, Micros};
//!
//! assert_eq!(Micros::from_millis_text(b"0.942"), Some(Micros(942)));
//! assert!(Dialect::MySql.backslash_escapes());
//! ```

mod counter;
mod dialect;
mod event;
mod execution;
mod literal;
mod lock;
mod time;

pub use counter::Counter;
pub use dialect::Dialect;
pub use event::{
    Actor, Body, ErrorEntry, Event, Killed, LockStep, Maintenance, Position, Sampling, Session,
    Severity, SlowEntry, Stamped, Statement, Step,
};
pub use execution::{
    ActorId, ErrorCode, Execution, FingerprintIndex, Incident, IncidentKind, Observer,
    is_commented, without_tabs,
};
pub use literal::{Literal, TextHash};
pub use lock::LockKind;
pub use time::{Micros, Timestamp};
