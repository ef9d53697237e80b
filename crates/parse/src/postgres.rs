//! PostgreSQL's logs.

mod body;
mod clock;
mod columns;
mod csvlog;
mod detect;
mod head;
mod jsonlog;
mod language;
mod message;
mod parameters;
mod prefix;
mod reader;
mod states;
mod tails;
#[cfg(test)]
mod tests;

pub(crate) use clock::Clock;
pub use csvlog::CsvReader;
pub(crate) use csvlog::{first_and_last_csv_stamp, first_csv_entry, is_csv_log, last_csv_entry};
pub use detect::detect_prefixes;
pub(crate) use detect::first_label;
pub(crate) use head::{
    Label, decimal, first_and_last_stamp, first_entry_start, label, last_entry_start, line_label,
};
pub use jsonlog::JsonReader;
pub(crate) use jsonlog::{
    entry_stamp, first_and_last_json_stamp, first_json_entry, is_json_log, last_json_entry,
};
pub use language::unknown_language;
pub use parameters::{BindParameters, bind_parameters};
pub use prefix::{Escape, Prefix, PrefixError};
pub use reader::StderrReader;
