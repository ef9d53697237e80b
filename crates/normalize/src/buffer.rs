//! The output of a pass: a vector whose whole length is allocated, and a cursor into it.

/// Writes without asking for room at each byte: [`Buffer::reserve`] makes room for a token.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    len: usize,
}

/// What a token may write without asking for more.
const ROOM: usize = 64;

impl Buffer {
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn truncate(&mut self, len: usize) {
        debug_assert!(len <= self.len);
        self.len = len;
    }

    #[inline]
    pub(crate) fn text(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    #[inline]
    pub(crate) fn span(&self, (start, end): (usize, usize)) -> &[u8] {
        self.bytes.get(start..end.min(self.len)).unwrap_or_default()
    }

    /// Makes room for the next token, however long a keyword or placeholder it is.
    #[inline]
    pub(crate) fn reserve(&mut self) {
        if self.bytes.len() - self.len < ROOM {
            self.grow(ROOM);
        }
    }

    #[cold]
    fn grow(&mut self, room: usize) {
        let len = (self.len + room).max(self.bytes.len() * 2).max(4096);
        self.bytes.resize(len, 0);
    }

    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        self.bytes[self.len] = byte;
        self.len += 1;
    }

    /// Writes a blank and keeps it if asked to: no branch to guess wrong.
    #[inline]
    pub(crate) fn blank_if(&mut self, wanted: bool) {
        self.bytes[self.len] = b' ';
        self.len += usize::from(wanted);
    }

    pub(crate) fn extend(&mut self, text: &[u8]) {
        if self.bytes.len() - self.len < text.len() + ROOM {
            self.grow(text.len() + ROOM);
        }
        self.bytes[self.len..self.len + text.len()].copy_from_slice(text);
        self.len += text.len();
    }

    /// Appends `text[start..end]` in lower case.
    #[inline]
    pub(crate) fn extend_lower(&mut self, text: &[u8], start: usize, end: usize) {
        let len = end - start;
        // Words are short: sixteen bytes are copied whatever the length is.
        if len <= 16
            && let Some(chunk) = text.get(start..).and_then(<[u8]>::first_chunk::<16>)
            && let Some(room) = self.bytes[self.len..].first_chunk_mut::<16>()
        {
            *room = chunk.map(|byte| byte.to_ascii_lowercase());
            self.len += len;
            return;
        }
        self.extend_lower_long(&text[start..end]);
    }

    #[cold]
    fn extend_lower_long(&mut self, text: &[u8]) {
        let start = self.len;
        self.extend(text);
        self.bytes[start..self.len].make_ascii_lowercase();
    }
}
