//! Carriers that are broken.

use std::fmt;
use std::io;

/// What is wrong with a carrier. Everything before it was read.
#[derive(Debug, Clone)]
pub(crate) struct Damage {
    pub(crate) reason: String,
    /// Bytes of the input behind it, where that is known.
    pub(crate) lost_bytes: Option<u64>,
}

impl Damage {
    pub(super) fn new(reason: impl Into<String>, lost_bytes: Option<u64>) -> Self {
        Self { reason: reason.into(), lost_bytes: lost_bytes.filter(|bytes| *bytes > 0) }
    }

    pub(super) fn ends_early(what: &str, lost_bytes: Option<u64>) -> Self {
        Self::new(format!("{what} ends too early"), lost_bytes)
    }

    /// The damage that an error tells of; `None` if the input itself could not be read.
    pub(crate) fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Damage {}

impl From<Damage> for io::Error {
    fn from(damage: Damage) -> Self {
        Self::new(io::ErrorKind::InvalidData, damage)
    }
}
