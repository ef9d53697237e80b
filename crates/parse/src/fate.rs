//! What becomes of a record that may hold text which looks like a record.

/// How a record ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The offset behind it.
    At(usize),
    /// The block ends inside the quotes of this column.
    Within(usize),
    /// Quotes are closed by something that is no end of a column.
    Broken,
}

/// What becomes of the bytes of a record.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fate {
    /// A record that ends here, as far as it goes at the end of a log.
    Parsed { end: usize, cut_in: Option<usize> },
    /// Its quotes are broken; here is the next.
    Damaged(usize),
    /// More of the log is needed.
    Open,
}

/// What becomes of the record at `at`, by how it ends: the same whatever follows the block. `next`
/// finds the next place that looks like a record in as much of the block as it is given. A record
/// may be longer than that by `bytes_ahead`; beyond, its quotes are broken.
#[inline]
pub(crate) fn fate(
    end: End,
    block: &[u8],
    at: usize,
    ends_log: bool,
    bytes_ahead: usize,
    mut next: impl FnMut(&[u8]) -> Option<usize>,
) -> Fate {
    match end {
        End::At(end) if end - at <= bytes_ahead => Fate::Parsed { end, cut_in: None },
        End::At(end) => match next(&block[..end]) {
            Some(next) if end - next > bytes_ahead => Fate::Damaged(next),
            _ => Fate::Parsed { end, cut_in: None },
        },
        End::Within(column) if ends_log => match next(block) {
            Some(next) => Fate::Damaged(next),
            None => Fate::Parsed { end: block.len(), cut_in: Some(column) },
        },
        End::Within(_) => match next(block) {
            Some(next) if block.len() - next > bytes_ahead => Fate::Damaged(next),
            _ => Fate::Open,
        },
        End::Broken => Fate::Damaged(next(block).unwrap_or(block.len())),
    }
}
