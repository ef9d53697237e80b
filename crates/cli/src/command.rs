//! One module for each command.

pub(crate) mod analyze;
pub(crate) mod fingerprint;
