//! Values in few bytes, for what is kept of every fingerprint and looked at once or twice.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value as bytes. In memory alone: nothing says that another version of slowlog reads them.
///
/// ```
/// use slowlog_normalize::Packed;
///
/// let tables = vec!["orders".to_owned(), "items".to_owned()];
/// assert_eq!(Packed::new(&tables).unpack(), Some(tables));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed<T> {
    bytes: Box<[u8]>,
    of: PhantomData<T>,
}

impl<T: Serialize + DeserializeOwned> Packed<T> {
    /// Packs a value.
    pub fn new(value: &T) -> Self {
        let bytes = postcard::to_allocvec(value).unwrap_or_default();
        Self { bytes: bytes.into(), of: PhantomData }
    }

    /// The value; `None` if it is of a kind that cannot be packed.
    pub fn unpack(&self) -> Option<T> {
        postcard::from_bytes(&self.bytes).ok()
    }
}
