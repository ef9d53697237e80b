//! Executions of one fingerprint by blocks of time.

use std::borrow::Cow;

use crate::histogram::{Histogram, bucket_of};

/// The number of blocks over which the executions of a fingerprint are spread at most.
const BLOCKS: i64 = 64;

/// Sums of one block of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Which block: start in seconds since the epoch, divided by the width.
    pub index: i64,
    /// Executions that ended in it.
    pub executions: u64,
    /// Their durations in microseconds.
    pub duration_us: u64,
    /// The squares of their durations.
    pub squares: u128,
}

/// Counts of one block and one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    /// Place of the block counted from the first; the first may move, so cells are renumbered.
    block: u16,
    bucket: u16,
    count: u32,
}

/// So many executions are kept one by one: that takes less room than the blocks they would be in,
/// and most of a great many fingerprints have no more.
const FEW: usize = 256;

/// At most 64 blocks of time, each with its sums and its histogram. A block is a power of two
/// seconds wide and begins at a multiple of its width, so that blocks of different logs line up;
/// when the executions spread over more time, the width doubles.
#[derive(Debug, Clone)]
pub struct TimeBlocks(Kept);

#[derive(Debug, Clone)]
enum Kept {
    /// Up to [`FEW`] executions.
    Few(Vec<Brief>),
    Many(Box<Spread>),
}

/// An execution, by the second in which it ended and its duration.
#[derive(Debug, Clone, Copy)]
struct Brief(u64);

impl Brief {
    /// Durations below 17 minutes and seconds until the year 2514.
    const MICROS_BITS: u32 = 30;

    #[inline]
    fn new(second: i64, micros: u64) -> Option<Self> {
        let second = u64::try_from(second).ok()?;
        let fits = micros >> Self::MICROS_BITS == 0 && second >> (64 - Self::MICROS_BITS) == 0;
        fits.then_some(Self(second << Self::MICROS_BITS | micros))
    }

    fn second(self) -> i64 {
        (self.0 >> Self::MICROS_BITS) as i64
    }

    fn micros(self) -> u64 {
        self.0 & ((1 << Self::MICROS_BITS) - 1)
    }
}

impl Default for TimeBlocks {
    fn default() -> Self {
        Self(Kept::Few(Vec::new()))
    }
}

impl TimeBlocks {
    /// Adds an execution that ended at `second` since the epoch. What has no time is counted at 0.
    #[inline]
    pub(crate) fn add(&mut self, second: i64, micros: u64) {
        match &mut self.0 {
            Kept::Many(spread) => return spread.add(second, micros),
            Kept::Few(few) => {
                if let Some(brief) = Brief::new(second, micros).filter(|_| few.len() < FEW) {
                    make_room(few, 1);
                    return few.push(brief);
                }
            }
        }
        self.spread(second, micros);
    }

    /// From a few executions to many.
    #[cold]
    fn spread(&mut self, second: i64, micros: u64) {
        if let Kept::Few(few) = &self.0 {
            let mut spread = Spread::of(few);
            spread.add(second, micros);
            self.0 = Kept::Many(Box::new(spread));
        }
    }

    /// Width of a block in seconds.
    pub fn width_seconds(&self) -> u64 {
        let width_log2 = match &self.0 {
            Kept::Few(few) => Spread::of(few).width_log2,
            Kept::Many(spread) => spread.width_log2,
        };
        1 << width_log2.min(63)
    }

    /// The blocks that have executions, in order of time.
    pub fn blocks(&self) -> Cow<'_, [Block]> {
        match &self.0 {
            Kept::Few(few) => Cow::Owned(Spread::of(few).settled_blocks().into_owned()),
            Kept::Many(spread) => spread.settled_blocks(),
        }
    }

    /// The durations of all blocks together, and their squares.
    pub(crate) fn sums(&self) -> (u128, u128) {
        let add = |(sum, squares): (u128, u128), micros: u64| {
            let micros = u128::from(micros);
            (sum + micros, squares.saturating_add(micros.pow(2)))
        };
        match &self.0 {
            Kept::Few(few) => few.iter().map(|brief| brief.micros()).fold((0, 0), add),
            Kept::Many(spread) => {
                let settled = spread.blocks.iter().fold((0, 0), |(sum, squares), block| {
                    let sum: u128 = sum + u128::from(block.duration_us);
                    (sum, block.squares.saturating_add(squares))
                });
                spread.recent().fold(settled, add)
            }
        }
    }

    /// The histogram of all blocks together.
    pub fn histogram(&self) -> Histogram {
        Histogram::from_counts(self.counts())
    }

    /// Executions in this bucket of durations and those above it.
    pub fn executions_from(&self, bucket: u16) -> u64 {
        self.counts().filter(|(other, _)| *other >= bucket).map(|(_, count)| count).sum()
    }

    /// Counts by bucket: one may come several times.
    fn counts(&self) -> impl Iterator<Item = (u16, u64)> {
        let (few, many) = match &self.0 {
            Kept::Few(few) => (&few[..], None),
            Kept::Many(spread) => (&[][..], Some(spread)),
        };
        let few = few.iter().map(|brief| (bucket_of(brief.micros()), 1));
        few.chain(many.into_iter().flat_map(|spread| spread.counts()))
    }
}

/// Executions in blocks.
///
/// What an execution touches comes first, in two cache lines: those of the last block are sums and
/// cells only when many have come, as finding their places costs more than everything else.
#[derive(Debug, Clone, Default)]
#[repr(C, align(64))]
struct Spread {
    /// The last block: from this second on, and before that one.
    from: i64,
    until: i64,
    recent_len: u8,
    /// Durations of the last block that are not in its sums and cells yet.
    recent: [u32; RECENT],
    width_log2: u32,
    /// Index of the first block.
    first: i64,
    blocks: Vec<Block>,
    /// Ordered by block and bucket.
    cells: Vec<Cell>,
    /// Where the cells of the last block begin.
    last_block_cells: usize,
}

/// As many as two cache lines have room for.
const RECENT: usize = 26;

impl Block {
    fn add(&mut self, micros: u64) {
        self.executions += 1;
        self.duration_us = self.duration_us.saturating_add(micros);
        self.squares = self.squares.saturating_add(u128::from(micros).pow(2));
    }
}

impl Spread {
    fn of(executions: &[Brief]) -> Self {
        let mut spread = Self::default();
        let seconds = || executions.iter().map(|brief| brief.second());
        if let (Some(first), Some(last)) = (seconds().min(), seconds().max()) {
            while (last >> spread.width_log2) - (first >> spread.width_log2) >= BLOCKS {
                spread.width_log2 += 1;
            }
        }
        for brief in executions {
            spread.add(brief.second(), brief.micros());
        }
        spread
    }

    #[inline]
    fn add(&mut self, second: i64, micros: u64) {
        match u32::try_from(micros) {
            Ok(micros) if (self.from..self.until).contains(&second) => self.add_recent(micros),
            _ => self.add_elsewhere(second, micros),
        }
    }

    #[inline]
    fn add_recent(&mut self, micros: u32) {
        self.recent[usize::from(self.recent_len)] = micros;
        self.recent_len += 1;
        if usize::from(self.recent_len) == RECENT {
            self.settle();
        }
    }

    /// Adds an execution of another block, or one that takes more than an hour.
    fn add_elsewhere(&mut self, second: i64, micros: u64) {
        let block = self.block(second);
        let is_last = block + 1 == self.blocks.len();
        if let (true, Ok(micros)) = (is_last, u32::try_from(micros)) {
            return self.add_recent(micros);
        }
        self.blocks[block].add(micros);
        let from = if is_last { self.last_block_cells } else { 0 };
        self.count(from, (block as u16, bucket_of(micros)));
    }

    fn recent(&self) -> impl Iterator<Item = u64> {
        self.recent[..usize::from(self.recent_len)].iter().map(|micros| u64::from(*micros))
    }

    /// The blocks, the recent executions included.
    fn settled_blocks(&self) -> Cow<'_, [Block]> {
        let mut blocks = Cow::Borrowed(&self.blocks[..]);
        if self.recent_len > 0
            && let Some(last) = blocks.to_mut().last_mut()
        {
            self.recent().for_each(|micros| last.add(micros));
        }
        blocks
    }

    /// Moves the recent executions to the sums and the cells of the last block.
    fn settle(&mut self) {
        let block = self.blocks.len().saturating_sub(1) as u16;
        let Some(last) = self.blocks.last_mut() else { return };
        let mut buckets = [0; RECENT];
        let recent = self.recent[..usize::from(self.recent_len)].iter();
        for (bucket, micros) in buckets.iter_mut().zip(recent) {
            last.add(u64::from(*micros));
            *bucket = bucket_of(u64::from(*micros));
        }
        let buckets = &mut buckets[..usize::from(std::mem::take(&mut self.recent_len))];
        buckets.sort_unstable();
        let mut new = [Cell { block, bucket: 0, count: 0 }; RECENT];
        let mut len = 0;
        let mut cells = self.cells[self.last_block_cells..].iter_mut().peekable();
        for bucket in buckets {
            while cells.next_if(|cell| cell.bucket < *bucket).is_some() {}
            let known = cells.peek_mut().filter(|cell| cell.bucket == *bucket);
            if let Some(cell) = known.filter(|cell| cell.count < u32::MAX) {
                cell.count += 1;
                continue;
            }
            if len == 0 || new[len - 1].bucket != *bucket {
                len += 1;
            }
            let cell = &mut new[len - 1];
            (cell.bucket, cell.count) = (*bucket, cell.count + 1);
        }
        self.insert(&new[..len]);
    }

    /// Puts new cells of the last block, in their order, among those that it has.
    fn insert(&mut self, new: &[Cell]) {
        let mut from = self.cells.len();
        make_room(&mut self.cells, new.len());
        self.cells.extend_from_slice(new);
        let mut to = self.cells.len();
        for cell in new.iter().rev() {
            while from > self.last_block_cells && self.cells[from - 1].bucket > cell.bucket {
                (from, to) = (from - 1, to - 1);
                self.cells[to] = self.cells[from];
            }
            to -= 1;
            self.cells[to] = *cell;
        }
    }

    /// Counts one execution in its cell, which is not before `from`.
    fn count(&mut self, from: usize, key: (u16, u16)) {
        let place =
            from + self.cells[from..].partition_point(|cell| (cell.block, cell.bucket) < key);
        match self.cells.get_mut(place) {
            Some(cell) if (cell.block, cell.bucket) == key && cell.count < u32::MAX => {
                cell.count += 1;
            }
            _ => {
                make_room(&mut self.cells, 1);
                let (block, bucket) = key;
                self.cells.insert(place, Cell { block, bucket, count: 1 });
                let is_last = usize::from(block) + 1 == self.blocks.len();
                self.last_block_cells += usize::from(!is_last);
            }
        }
    }

    /// Place of the block that `second` belongs to; makes it, and doubles the width as often as it
    /// takes.
    fn block(&mut self, second: i64) -> usize {
        if self.blocks.is_empty() {
            self.first = second >> self.width_log2;
            self.insert_block(0, self.first);
            return 0;
        }
        loop {
            let index = second >> self.width_log2;
            let last = self.from >> self.width_log2;
            if last == index {
                return self.blocks.len() - 1;
            }
            if last.max(index).saturating_sub(self.first.min(index)) >= BLOCKS {
                self.double();
                continue;
            }
            self.first = self.first.min(index);
            // Mostly a new one behind the last.
            let place = if index > last {
                Err(self.blocks.len())
            } else {
                self.blocks.binary_search_by_key(&index, |block| block.index)
            };
            return place.unwrap_or_else(|place| {
                self.insert_block(place, index);
                place
            });
        }
    }

    /// Takes note of where the last block begins and ends.
    fn bound(&mut self, index: i64) {
        self.from = index << self.width_log2;
        let width = 1i64.checked_shl(self.width_log2).unwrap_or(i64::MAX);
        self.until = self.from.saturating_add(width);
    }

    fn insert_block(&mut self, place: usize, index: i64) {
        if place == self.blocks.len() {
            self.settle();
        }
        make_room(&mut self.blocks, 1);
        self.blocks.insert(place, Block { index, executions: 0, duration_us: 0, squares: 0 });
        if place + 1 == self.blocks.len() {
            self.last_block_cells = self.cells.len();
            self.bound(index);
        }
        for cell in self.cells.iter_mut().rev() {
            if usize::from(cell.block) < place {
                break;
            }
            cell.block += 1;
        }
    }

    fn double(&mut self) {
        self.settle();
        self.width_log2 += 1;
        self.first >>= 1;
        self.bound(self.from >> self.width_log2);
        let mut places = Vec::with_capacity(self.blocks.len());
        let mut merged: Vec<Block> = Vec::with_capacity(self.blocks.len());
        for block in &self.blocks {
            let index = block.index >> 1;
            match merged.last_mut() {
                Some(last) if last.index == index => {
                    last.executions += block.executions;
                    last.duration_us = last.duration_us.saturating_add(block.duration_us);
                    last.squares += block.squares;
                }
                _ => merged.push(Block { index, ..*block }),
            }
            places.push((merged.len() - 1) as u16);
        }
        merged.shrink_to_fit();
        self.blocks = merged;
        for cell in &mut self.cells {
            cell.block = places[usize::from(cell.block)];
        }
        self.merge_cells();
        let last = self.blocks.len().saturating_sub(1) as u16;
        self.last_block_cells = self.cells.partition_point(|cell| cell.block < last);
    }

    /// Puts the cells in order again after two blocks at a time have become one: each block holds
    /// one or two ascending runs.
    fn merge_cells(&mut self) {
        let cells = std::mem::take(&mut self.cells);
        self.cells.reserve_exact(cells.len());
        for block in cells.chunk_by(|a, b| a.block == b.block) {
            let second = block.windows(2).position(|pair| pair[0].bucket > pair[1].bucket);
            let (mut a, mut b) = block.split_at(second.map_or(block.len(), |last| last + 1));
            while let Some(cell) = match (a.first(), b.first()) {
                (Some(x), Some(y)) if y.bucket < x.bucket => b.split_off_first(),
                (None, _) => b.split_off_first(),
                _ => a.split_off_first(),
            } {
                match self.cells.last_mut() {
                    Some(last)
                        if (last.block, last.bucket) == (cell.block, cell.bucket)
                            && last.count.checked_add(cell.count).is_some() =>
                    {
                        last.count += cell.count;
                    }
                    _ => self.cells.push(*cell),
                }
            }
        }
    }

    /// Counts by bucket: one may come several times.
    fn counts(&self) -> impl Iterator<Item = (u16, u64)> {
        let settled = self.cells.iter().map(|cell| (cell.bucket, u64::from(cell.count)));
        settled.chain(self.recent().map(|micros| (bucket_of(micros), 1)))
    }
}

/// Makes room for so many more. Half as much again instead of twice: most fingerprints have few
/// executions, and there can be a great many fingerprints.
#[inline]
fn make_room<T>(vec: &mut Vec<T>, more: usize) {
    if vec.capacity() - vec.len() < more {
        vec.reserve_exact((vec.len() / 2).max(more).max(2));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn blocks_keep_every_execution(
            executions in prop_oneof![
                prop::collection::vec((0..1_000_000i64, 0..5_000_000u64), 1..600),
                prop::collection::vec((0..200i64, prop_oneof![0..5_000u64, 0..1u64 << 34]), 1..600),
                prop::collection::vec((-9..1_000i64, 0..200u64), 1..600),
            ]
        ) {
            let mut blocks = TimeBlocks::default();
            for (second, micros) in &executions {
                blocks.add(*second, *micros);
            }
            let all = Histogram::from_counts(executions.iter().map(|(_, micros)| (bucket_of(*micros), 1)));
            prop_assert_eq!(blocks.histogram(), all);
            prop_assert!(blocks.blocks().len() <= 64);
            let width = blocks.width_seconds() as i64;
            for block in &*blocks.blocks() {
                let inside: Vec<u64> = executions.iter()
                    .filter(|(second, _)| second.div_euclid(width) == block.index)
                    .map(|(_, micros)| *micros)
                    .collect();
                prop_assert_eq!(block.executions, inside.len() as u64);
                prop_assert_eq!(block.duration_us, inside.iter().sum::<u64>());
                prop_assert_eq!(block.squares, inside.iter().map(|m| u128::from(*m) * u128::from(*m)).sum::<u128>());
            }
            let mut spread = Spread::default();
            for (second, micros) in &executions {
                spread.add(*second, *micros);
            }
            spread.settle();
            prop_assert!(blocks.blocks()[..] == spread.blocks[..]);
            let sums = (
                executions.iter().map(|(_, micros)| u128::from(*micros)).sum(),
                executions.iter().map(|(_, micros)| u128::from(*micros).pow(2)).sum(),
            );
            prop_assert_eq!(blocks.sums(), sums);
            let cells: u64 = spread.cells.iter().map(|cell| u64::from(cell.count)).sum();
            prop_assert_eq!(cells, executions.len() as u64);
            prop_assert!(spread.cells.is_sorted_by_key(|cell| (cell.block, cell.bucket)));
        }
    }
}
