//! Shapes in few bytes: one is kept of every fingerprint, and looked at a few times at the end.

use super::Shape;
use super::access::Access;
use crate::kind::StatementKind;

/// A [`Shape`] in a tenth of its room. In memory alone: nothing says that another version of slowlog
/// reads it.
///
/// ```
/// use slowlog_event::Dialect;
/// use slowlog_normalize::{PackedShape, shape};
///
/// let shape = shape(b"SELECT a FROM t WHERE b = 1", b"", Dialect::Postgres);
/// let packed = PackedShape::new(&shape);
/// assert_eq!(packed.tables(), ["t"]);
/// assert_eq!(packed.access(), shape.access.map(|access| *access));
/// ```
#[derive(Debug, Clone)]
pub struct PackedShape {
    /// What the statement does.
    pub kind: StatementKind,
    /// A parser knew it, and nothing of it was left out.
    pub read_whole: bool,
    /// It is known what it asks of its tables.
    pub has_access: bool,
    /// The tables, and behind them the access.
    bytes: Box<[u8]>,
}

impl PackedShape {
    /// Packs a shape.
    pub fn new(shape: &Shape) -> Self {
        let access = shape.access.as_deref();
        // It fails for values without a length alone, and there are none.
        let bytes = postcard::to_allocvec(&(&shape.tables, access)).unwrap_or_default();
        Self {
            kind: shape.kind,
            read_whole: shape.parsed && !access.is_some_and(|access| access.partial),
            has_access: access.is_some(),
            bytes: bytes.into(),
        }
    }

    /// The same statement, asking something else of its tables.
    #[must_use]
    pub fn with_access(&self, access: Access) -> Self {
        Self::new(&Shape {
            kind: self.kind,
            tables: self.tables(),
            parsed: true,
            access: Some(Box::new(access)),
        })
    }

    /// See [`Shape::tables`].
    pub fn tables(&self) -> Vec<String> {
        postcard::take_from_bytes(&self.bytes).map(|(tables, _)| tables).unwrap_or_default()
    }

    /// See [`Shape::access`].
    pub fn access(&self) -> Option<Access> {
        let (_, access): (Vec<String>, Option<Access>) = postcard::from_bytes(&self.bytes).ok()?;
        access
    }
}
