//! The slow log of MySQL, MariaDB, Percona Server and what writes the same shape.
//!
//! What the servers write is in `sql/log.cc`, `File_query_log::write_slow` of MySQL and
//! `MYSQL_QUERY_LOG::write` of MariaDB: lines with `#` that say what was measured, perhaps
//! `use db;` and `SET timestamp=…;`, then the text as the client sent it, then `;` and a line end.
//! Nothing in the text is escaped, so that it may hold all of this itself.

mod account;
mod administrator;
mod arguments;
mod azure;
mod border;
mod counters;
mod detect;
mod fields;
mod general;
mod head;
mod header;
mod layout;
mod reader;
mod rows;
mod server;
mod speakers;
mod stamp;
#[cfg(test)]
mod tests;
mod usual;
mod write;
mod write_event;

pub use arguments::statement_arguments;
pub use azure::AzureReader;
pub(crate) use azure::{first_and_last_azure_stamp, first_azure_row, is_azure_log, last_azure_row};
pub(crate) use detect::{first_and_last_slow_stamp, is_slow_log};
pub use fields::{HeaderFields, header_fields};
pub use general::GeneralLogReader;
pub(crate) use general::{
    begins_general_log, first_and_last_general_stamp, first_general_entry, is_general_log,
    last_general_entry,
};
pub(crate) use head::{first_slow_entry, last_slow_entry};
pub use reader::SlowLogReader;
pub use rows::{TableForm, TableReader};
pub(crate) use rows::{first_and_last_row_stamp, first_row, last_row};
pub use server::SlowLogServer;
pub(crate) use write::write_slow_entry;
pub use write_event::write_slow_event;
