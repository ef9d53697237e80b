//! The binary as a user meets it: what it reads, what it writes, how it ends.

mod exit_codes;
mod input;
#[cfg(target_os = "linux")]
mod memory;
mod output;
mod redaction;
mod run;
mod terminal;
