//! The public name of a shape.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The version of the rules. A change of any rule changes it, and with it every id.
pub const FINGERPRINT_VERSION: &str = "v1";

/// The id of a normalised text: the first eight bytes of BLAKE3 over the version and the text.
///
/// ```
/// use slowlog_normalize::FingerprintId;
///
/// let id = FingerprintId::of(b"select ?");
/// assert_eq!(id.to_string().len(), 16);
/// assert_eq!(id.to_string().parse(), Ok(id));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FingerprintId(pub [u8; 8]);

impl FingerprintId {
    /// The id of a normalised text.
    pub fn of(text: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(FINGERPRINT_VERSION.as_bytes());
        hasher.update(b":");
        hasher.update(text);
        let mut id = [0; 8];
        id.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        Self(id)
    }
}

impl fmt::Display for FingerprintId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Debug for FingerprintId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no fingerprint id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoFingerprintId;

impl fmt::Display for NoFingerprintId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fingerprint id is 16 hex digits")
    }
}

impl std::error::Error for NoFingerprintId {}

impl FromStr for FingerprintId {
    type Err = NoFingerprintId;

    fn from_str(text: &str) -> Result<Self, NoFingerprintId> {
        let hex = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = if hex { u64::from_str_radix(text, 16).ok() } else { None };
        number.map(|number| Self(number.to_be_bytes())).ok_or(NoFingerprintId)
    }
}

impl Serialize for FingerprintId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FingerprintId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
