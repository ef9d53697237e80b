//! The slow log of MySQL, MariaDB, Percona Server and what writes the same shape.
//!
//! What the servers write is in `sql/log.cc`, `File_query_log::write_slow` of MySQL and
//! `MYSQL_QUERY_LOG::write` of MariaDB: lines with `#` that say what was measured, perhaps
//! `use db;` and `SET timestamp=…;`, then the text as the client sent it, then `;` and a line end.
//! Nothing in the text is escaped, so that it may hold all of this itself.

mod border;
mod counters;
mod detect;
mod fields;
mod head;
mod header;
mod reader;
mod stamp;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use detect::{first_and_last_slow_stamp, is_slow_log};
pub use fields::{HeaderFields, header_fields};
pub(crate) use head::{first_slow_entry, last_slow_entry};
pub use reader::SlowLogReader;
pub(crate) use write::write_slow_entry;
