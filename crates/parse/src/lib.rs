//! From the bytes of a database log to events.
//!
//! [`Format::detect`] finds the format of a log from its first bytes, the `log_line_prefix` of
//! PostgreSQL included; [`Prefix::parse`] takes that as the server's configuration has it.
//! [`Reader::read`] then makes the [`Event`](slowlog_event::Event)s of a block of whole entries;
//! [`Format::last_entry_start`] tells where a block can be cut. Nothing here reads files or keeps
//! state between blocks.
//!
//! ```
//! use slowlog_event::{Body, Micros};
//! use slowlog_parse::{Format, Prefix, Reader};
//!
//! let log = b"2026-03-01 10:00:00.000 UTC [77] LOG:  duration: 0.942 ms  statement: SELECT\n\t1\n";
//! let format = Format::PostgresStderr(vec![Prefix::parse("%m [%p] ")?]);
//! assert_eq!(Format::detect(&[log], None), Some(format.clone()));
//! let mut reader = Reader::new(&format);
//! let mut durations = Vec::new();
//! let account = reader.read(log, true, true, |event| {
//!     if let Body::Statement(statement) = &event.body {
//!         durations.extend(statement.duration);
//!     }
//! });
//! assert_eq!(durations, [Micros(942)]);
//! assert_eq!(account.parsed_bytes, log.len() as u64);
//! # Ok::<(), slowlog_parse::PrefixError>(())
//! ```

mod account;
mod envelope;
mod fate;
mod format;
mod json;
mod lines;
mod mysql;
mod postgres;
mod sink;
mod span;
mod unsupported;
mod writer;
mod zone;

pub use account::{Account, Foreign};
pub use envelope::{
    Envelope, EnvelopeAccount, LastMessage, Note, Sighting, TooLargeToTurn, Unwrapped, Unwrapper,
    YearHint,
};
pub use format::{Format, Reader};
pub use lines::Lines;
pub use mysql::{
    AzureReader, GeneralLogReader, HeaderFields, SlowLogReader, SlowLogServer, TableForm,
    TableReader, header_fields, statement_arguments, write_slow_event,
};
pub use postgres::{
    BindParameters, CsvReader, Escape, JsonReader, Prefix, PrefixError, StderrReader,
    bind_parameters, detect_prefixes, unknown_language,
};
pub use sink::Sink;
pub use unsupported::unsupported;
pub use writer::{Literals, Written};
pub use zone::{UnknownZoneError, Zone};
