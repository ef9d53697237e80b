//! Lines of a block.

use memchr::memchr;

/// Iterates over the lines of a block as `start..end` offsets, `end` behind the line's `\n`.
#[derive(Debug)]
pub struct Lines<'a> {
    block: &'a [u8],
    start: usize,
}

impl<'a> Lines<'a> {
    /// The lines of `block`; a last line without `\n` counts.
    pub fn new(block: &'a [u8]) -> Self {
        Self { block, start: 0 }
    }
}

impl Iterator for Lines<'_> {
    type Item = (usize, usize);

    #[inline]
    fn next(&mut self) -> Option<(usize, usize)> {
        let start = self.start;
        let rest = self.block.get(start..).filter(|rest| !rest.is_empty())?;
        self.start = start + memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        Some((start, self.start))
    }
}
