//! From the bytes of a database log to events.
//!
//! [`detect_prefixes`] finds the `log_line_prefix` of a PostgreSQL log from its first lines, or
//! [`Prefix::parse`] takes it as the server's configuration has it. [`Reader::read`] then makes
//! the [`Event`](slowlog_event::Event)s of a block of whole entries; [`last_entry_start`] tells
//! where a block can be cut. Nothing here reads files or keeps state between blocks.
//!
//! ```
//! use slowlog_event::{Body, Micros};
//! use slowlog_parse::{Prefix, Reader};
//!
//! let log = b"2026-03-01 10:00:00.000 UTC [77] LOG:  duration: 0.942 ms  statement: SELECT\n\t1\n";
//! let prefix = Prefix::parse("%m [%p] ")?;
//! let mut reader = Reader::new(std::slice::from_ref(&prefix));
//! let mut durations = Vec::new();
//! let account = reader.read(log, true, |event| {
//!     if let Body::Statement(statement) = event.body {
//!         durations.extend(statement.duration);
//!     }
//! });
//! assert_eq!(durations, [Micros(942)]);
//! assert_eq!(account.parsed_bytes, log.len() as u64);
//! # Ok::<(), slowlog_parse::PrefixError>(())
//! ```

mod account;
mod lines;
mod postgres;

pub use account::{Account, Foreign};
pub use lines::Lines;
pub use postgres::{
    BindParameters, Escape, Prefix, PrefixError, Reader, bind_parameters, detect_prefixes,
    first_and_last_stamp, first_entry_start, last_entry_start,
};
