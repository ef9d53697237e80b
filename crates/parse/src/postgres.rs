//! PostgreSQL's stderr log.

mod clock;
mod detect;
mod head;
mod message;
mod parameters;
mod prefix;
mod reader;
mod tails;
#[cfg(test)]
mod tests;

pub use detect::detect_prefixes;
pub(crate) use head::{first_and_last_stamp, first_entry_start, last_entry_start};
pub use parameters::{BindParameters, bind_parameters};
pub use prefix::{Escape, Prefix, PrefixError};
pub use reader::StderrReader;
