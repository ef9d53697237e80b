//! Texts of a block that outlive its reading.

use crate::batch::Span;

/// Keeps texts of a block as spans. What the reader has unescaped stands nowhere in the block: it
/// is kept apart, as if it stood behind the end of the block.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    block_len: usize,
    unescaped: Vec<u8>,
}

impl Texts {
    /// Begins anew with another block.
    pub(crate) fn begin(&mut self, block: &[u8]) {
        self.block_len = block.len();
        self.unescaped.clear();
    }

    /// The span of a text that is a part of the block or stands elsewhere.
    #[inline]
    pub(crate) fn keep(&mut self, block: &[u8], text: &[u8]) -> Span {
        let mut start = (text.as_ptr() as usize).wrapping_sub(block.as_ptr() as usize);
        if start.checked_add(text.len()).is_none_or(|end| end > block.len()) {
            start = self.block_len + self.unescaped.len();
            self.unescaped.extend_from_slice(text);
        }
        Span { start: start as u32, len: text.len() as u32 }
    }

    /// The text of a span that was kept. The block may have become shorter behind it.
    #[inline]
    pub(crate) fn get<'a>(&'a self, block: &'a [u8], span: Span) -> &'a [u8] {
        match (span.start as usize).checked_sub(self.block_len) {
            _ if span.len == 0 => b"",
            Some(start) => &self.unescaped[start..start + span.len as usize],
            None => span.of(block),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_within_the_block_and_elsewhere() {
        let block = b"block of bytes";
        let mut texts = Texts::default();
        texts.begin(block);
        let kept = [&block[6..8], b"elsewhere", &block[9..], b"", b"again"];
        let spans = kept.map(|text| texts.keep(block, text));
        assert_eq!(spans.map(|span| texts.get(block, span)), kept);
        assert_eq!(texts.get(&block[..8], spans[1]), b"elsewhere");
    }
}
