//! The log tables of MySQL and its relatives, `mysql.slow_log` and `mysql.general_log`, in the
//! forms in which they leave the server: the file of the CSV engine, exports as CSV or with TABs,
//! dumps as INSERT statements.
//!
//! The tables are written by `Log_to_csv_event_handler` in `sql/log.cc`. Their columns are fixed
//! by the server, but an export may name and order them as it likes.

mod column;
mod field;
mod form;
mod reader;
mod row;
#[cfg(test)]
mod tests;
mod values;

pub(super) use column::Column;
pub use form::TableForm;
pub use reader::TableReader;
pub(crate) use reader::{first_and_last_row_stamp, first_row, last_row};
pub(super) use values::{Code, Plain, Value, Values, event};
