//! PostgreSQL's logs.

mod body;
mod borders;
mod clock;
mod columns;
mod csvlog;
mod detect;
mod fields;
mod head;
mod jsonlog;
mod label;
mod language;
mod masked;
mod message;
mod parameters;
mod prefix;
mod reader;
mod states;
mod tails;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use borders::{first_and_last_stamp, first_entry_start, last_entry_start, line_label};
pub(crate) use clock::Clock;
pub use csvlog::CsvReader;
pub(crate) use csvlog::{first_and_last_csv_stamp, first_csv_entry, is_csv_log, last_csv_entry};
pub use detect::detect_prefixes;
pub(crate) use detect::first_label;
pub(crate) use fields::decimal;
pub use jsonlog::JsonReader;
pub(crate) use jsonlog::{
    entry_stamp, first_and_last_json_stamp, first_json_entry, is_json_log, last_json_entry,
};
pub(crate) use label::{Label, label};
pub use language::unknown_language;
pub use parameters::{BindParameters, bind_parameters};
pub use prefix::{Escape, Prefix, PrefixError};
pub use reader::StderrReader;
pub(crate) use write::{write_csv_entry, write_json_entry, write_stderr_entry};
