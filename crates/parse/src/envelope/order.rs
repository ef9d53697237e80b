//! Pieces that came in another order than that of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use slowlog_event::{Position, Timestamp};

use super::piece::Piece;

/// How pieces are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// As they come.
    AsRead,
    /// By their stamps, as far as [`WINDOW_PIECES`] and its like allow.
    NearlySorted,
    /// From the last to the first, which needs all of them.
    NewestFirst,
}

/// A piece waits for those that come late until so many have come behind it,
const WINDOW_PIECES: usize = 2048;
/// or so many bytes,
const WINDOW_BYTES: usize = 4 * 1024 * 1024;
/// or one that is so much younger.
const WINDOW_US: i64 = 10_000_000;
/// What is turned round has to fit into so many bytes.
const MOST_TURNED: usize = 256 * 1024 * 1024;

/// A log whose newest entries come first, and that is too large to be turned round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "its newest entries come first and it is too large to be turned round here: give it oldest first, as `tac` makes it of lines"
)]
pub struct TooLargeToTurn;

/// A piece without its text.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    writer: u64,
    chunk: Option<(u64, u64)>,
    goes_on: bool,
    time: Option<Timestamp>,
    process: Option<u64>,
    host: u64,
    outer: Position,
    outer_bytes: u64,
}

impl Waiting {
    fn of(piece: &Piece<'_>) -> Self {
        let &Piece { text: _, writer, chunk, goes_on, time, process, host, outer, outer_bytes } =
            piece;
        Self { writer, chunk, goes_on, time, process, host, outer, outer_bytes }
    }

    fn with(self, text: &[u8]) -> Piece<'_> {
        let Self { writer, chunk, goes_on, time, process, host, outer, outer_bytes } = self;
        Piece { text, writer, chunk, goes_on, time, process, host, outer, outer_bytes }
    }
}

/// Pieces that wait for their turn.
#[derive(Debug)]
pub(super) struct Waitlist {
    order: Order,
    /// By time and arrival; the number is that of its slot.
    heap: BinaryHeap<Reverse<(i64, u64, usize)>>,
    slots: Vec<Option<(Waiting, Vec<u8>)>>,
    free: Vec<usize>,
    bytes: usize,
    arrived: u64,
    latest: i64,
    /// All pieces of a log that is turned round, and their texts one after the other.
    turned: Vec<(Waiting, usize)>,
    texts: Vec<u8>,
}

impl Waitlist {
    pub(super) fn new(order: Order) -> Self {
        Self {
            order,
            heap: BinaryHeap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            bytes: 0,
            arrived: 0,
            latest: i64::MIN,
            turned: Vec::new(),
            texts: Vec::new(),
        }
    }

    /// Takes a piece, and hands on those whose turn it is.
    pub(super) fn take(
        &mut self,
        piece: &Piece<'_>,
        sink: &mut impl FnMut(&Piece<'_>),
    ) -> Result<(), TooLargeToTurn> {
        match self.order {
            Order::AsRead => sink(piece),
            Order::NearlySorted => self.sort(piece, sink),
            Order::NewestFirst => {
                self.turned.push((Waiting::of(piece), self.texts.len()));
                self.texts.extend_from_slice(piece.text);
                let size = self.texts.len() + self.turned.len() * size_of::<(Waiting, usize)>();
                if size > MOST_TURNED {
                    return Err(TooLargeToTurn);
                }
            }
        }
        Ok(())
    }

    fn sort(&mut self, piece: &Piece<'_>, sink: &mut impl FnMut(&Piece<'_>)) {
        // What has no stamp stays behind what came before it.
        let time = piece.time.map_or(self.latest, |time| time.0);
        self.latest = self.latest.max(time);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.slots[slot] = Some((Waiting::of(piece), piece.text.to_vec()));
        self.bytes += piece.text.len();
        self.heap.push(Reverse((time, self.arrived, slot)));
        self.arrived += 1;
        while let Some(Reverse((first, _, _))) = self.heap.peek()
            && (self.heap.len() > WINDOW_PIECES
                || self.bytes > WINDOW_BYTES
                || self.latest.saturating_sub(*first) > WINDOW_US)
        {
            self.give(sink);
        }
    }

    fn give(&mut self, sink: &mut impl FnMut(&Piece<'_>)) {
        let Some(Reverse((_, _, slot))) = self.heap.pop() else { return };
        self.free.push(slot);
        if let Some((waiting, text)) = self.slots[slot].take() {
            self.bytes -= text.len();
            sink(&waiting.with(&text));
        }
    }

    /// Hands on all that is left.
    pub(super) fn finish(&mut self, sink: &mut impl FnMut(&Piece<'_>)) {
        while !self.heap.is_empty() {
            self.give(sink);
        }
        while let Some((waiting, start)) = self.turned.pop() {
            sink(&waiting.with(&self.texts[start..]));
            self.texts.truncate(start);
        }
    }
}
