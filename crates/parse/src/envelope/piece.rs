//! A line or an object of an envelope, opened.

use slowlog_event::{Position, Timestamp};

/// What a line or an object of an envelope carries.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Piece<'a> {
    /// The server's text, without a newline at its end.
    pub(super) text: &'a [u8],
    /// Who wrote it, as a hash of host, program and process.
    pub(super) writer: u64,
    /// The number of the message and of its part.
    pub(super) chunk: Option<(u64, u64)>,
    /// The text goes on in the next piece of its writer.
    pub(super) goes_on: bool,
    pub(super) time: Option<Timestamp>,
    pub(super) process: Option<u64>,
    /// As in [`super::Note`].
    pub(super) host: u64,
    /// Where it stands.
    pub(super) outer: Position,
    /// Length of the whole line or object.
    pub(super) outer_bytes: u64,
}

/// A number for a text, by FNV-1a: the same in every run.
pub(super) fn fold(seed: u64, text: &[u8]) -> u64 {
    text.iter().fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
