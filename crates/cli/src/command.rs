//! One module for each command.

pub(crate) mod analyze;
pub(crate) mod doctor;
pub(crate) mod fingerprint;
pub(crate) mod indexes;
pub(crate) mod input;
pub(crate) mod nplus1;
pub(crate) mod rules;
