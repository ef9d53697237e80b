//! Many executions in blocks of time.

use std::borrow::Cow;
use std::ops::Range;

use super::{BLOCKS, Block, Brief, make_room};
use crate::histogram::bucket_of;

/// So many executions of a block are kept by their buckets, in no order, before they become cells.
const LOOSE: usize = 256;

/// How many executions of a block are in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    bucket: u16,
    count: u16,
}

/// Where in what is kept of all blocks a block begins.
#[derive(Debug, Clone, Copy)]
struct Start {
    cell: u32,
    loose: u32,
}

/// Executions in blocks.
///
/// What an execution touches comes first, in one cache line: those of the last block become sums
/// only when many have come, or when the next block begins. Most blocks have few executions, which
/// are never put in order.
#[derive(Debug, Clone, Default)]
#[repr(C, align(64))]
pub(super) struct Spread {
    /// The last block: from this second on, and how many seconds are known to be of it.
    from: i64,
    width: u32,
    /// Where in what is loose the last block begins.
    open: u32,
    /// Of the loose executions of the last block.
    squares: u128,
    duration_us: u64,
    /// By block, the buckets of executions that are in no cell.
    loose: Vec<u16>,
    pub(super) width_log2: u32,
    /// Index of the first block.
    first: i64,
    blocks: Vec<Block>,
    starts: Vec<Start>,
    /// By block, in the order of buckets. A bucket may come again where a count is full.
    cells: Vec<Cell>,
}

impl Spread {
    pub(super) fn of(executions: &[Brief]) -> Self {
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
    pub(super) fn add(&mut self, second: i64, micros: u64) {
        if (second.wrapping_sub(self.from) as u64) < u64::from(self.width) {
            self.add_open(micros);
        } else {
            self.add_elsewhere(second, micros);
        }
    }

    /// Adds an execution of the last block.
    #[inline]
    fn add_open(&mut self, micros: u64) {
        if self.open_executions() >= LOOSE {
            self.settle();
        }
        self.duration_us = self.duration_us.saturating_add(micros);
        self.squares = self.squares.saturating_add(u128::from(micros).pow(2));
        make_room(&mut self.loose, 1);
        self.loose.push(bucket_of(micros));
    }

    /// Executions of the last block that are not among its sums.
    #[inline]
    fn open_executions(&self) -> usize {
        self.loose.len() - self.open as usize
    }

    /// Adds an execution of another block.
    fn add_elsewhere(&mut self, second: i64, micros: u64) {
        let place = self.block(second);
        if place + 1 == self.blocks.len() {
            return self.add_open(micros);
        }
        self.blocks[place].add(1, micros, u128::from(micros).pow(2));
        let bucket = bucket_of(micros);
        let Range { start, end } = self.cells_of(place);
        let at = start + self.cells[start..end].partition_point(|cell| cell.bucket < bucket);
        match self.cells[at..end].first_mut() {
            Some(cell) if cell.bucket == bucket && cell.count < u16::MAX => cell.count += 1,
            _ => {
                make_room(&mut self.cells, 1);
                self.cells.insert(at, Cell { bucket, count: 1 });
                self.starts[place + 1..].iter_mut().for_each(|start| start.cell += 1);
            }
        }
    }

    /// Where the cells of a block are.
    fn cells_of(&self, place: usize) -> Range<usize> {
        let end = self.starts.get(place + 1).map_or(self.cells.len(), |next| next.cell as usize);
        self.starts[place].cell as usize..end
    }

    /// Where its loose executions are.
    fn loose_of(&self, place: usize) -> Range<usize> {
        let end = self.starts.get(place + 1).map_or(self.loose.len(), |next| next.loose as usize);
        self.starts[place].loose as usize..end
    }

    /// The blocks, open executions included.
    pub(super) fn settled_blocks(&self) -> Cow<'_, [Block]> {
        let mut blocks = Cow::Borrowed(&self.blocks[..]);
        if self.open_executions() > 0
            && let Some(last) = blocks.to_mut().last_mut()
        {
            last.add(self.open_executions() as u64, self.duration_us, self.squares);
        }
        blocks
    }

    /// Adds the open executions to the sums of the last block.
    fn sum(&mut self) {
        let executions = self.open_executions() as u64;
        if let Some(last) = self.blocks.last_mut() {
            last.add(executions, self.duration_us, self.squares);
        }
        (self.duration_us, self.squares) = (0, 0);
    }

    /// Moves the open executions to the sums and the cells of the last block.
    fn settle(&mut self) {
        self.sum();
        let Some(start) = self.starts.last().map(|start| start.cell as usize) else { return };
        let new = cells(&mut self.loose[self.open as usize..]);
        self.loose.truncate(self.open as usize);
        let old = self.cells.split_off(start);
        merge(&old, &new, &mut self.cells);
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

    fn insert_block(&mut self, place: usize, index: i64) {
        let next = self.starts.get(place).copied();
        if next.is_none() {
            self.sum();
            self.open = self.loose.len() as u32;
            self.bound(index);
        }
        make_room(&mut self.blocks, 1);
        self.blocks.insert(place, Block { index, executions: 0, duration_us: 0, squares: 0 });
        let end = Start { cell: self.cells.len() as u32, loose: self.open };
        make_room(&mut self.starts, 1);
        self.starts.insert(place, next.unwrap_or(end));
    }

    /// Takes note of where the last block begins and ends.
    fn bound(&mut self, index: i64) {
        self.from = index << self.width_log2;
        self.width = 1u32.checked_shl(self.width_log2).unwrap_or(u32::MAX);
    }

    /// Puts blocks together, two and two.
    fn double(&mut self) {
        self.settle();
        self.width_log2 += 1;
        self.first >>= 1;
        self.bound(self.from >> self.width_log2);
        let mut blocks: Vec<Block> = Vec::with_capacity(self.blocks.len());
        let mut starts = Vec::with_capacity(self.blocks.len());
        let mut all = Vec::with_capacity(self.cells.len());
        let mut loose = Vec::with_capacity(self.loose.len());
        let mut place = 0;
        for pair in self.blocks.chunk_by(|a, b| a.index >> 1 == b.index >> 1) {
            let mut sum = Block { index: pair[0].index >> 1, ..pair[0] };
            starts.push(Start { cell: all.len() as u32, loose: loose.len() as u32 });
            let (first, mut last) = (place, place);
            if let Some(second) = pair.get(1) {
                sum.add(second.executions, second.duration_us, second.squares);
                last += 1;
            }
            place = last + 1;
            let middle = self.cells_of(first).end;
            let range = self.cells_of(first).start..self.cells_of(last).end;
            let (one, other) = (&self.cells[range.start..middle], &self.cells[middle..range.end]);
            let range = self.loose_of(first).start..self.loose_of(last).end;
            // The last block has no loose executions but open ones.
            if range.len() > LOOSE || place == self.blocks.len() {
                let mut both = Vec::new();
                merge(one, other, &mut both);
                merge(&both, &cells(&mut self.loose[range]), &mut all);
            } else {
                merge(one, other, &mut all);
                loose.extend_from_slice(&self.loose[range]);
            }
            blocks.push(sum);
        }
        blocks.shrink_to_fit();
        starts.shrink_to_fit();
        self.open = loose.len() as u32;
        (self.blocks, self.starts, self.cells, self.loose) = (blocks, starts, all, loose);
    }

    /// The durations of all blocks together, and their squares.
    pub(super) fn sums(&self) -> (u128, u128) {
        let open = (u128::from(self.duration_us), self.squares);
        self.blocks.iter().fold(open, |(sum, squares), block| {
            (sum + u128::from(block.duration_us), squares.saturating_add(block.squares))
        })
    }

    /// Counts by bucket: one may come several times.
    pub(super) fn counts(&self) -> impl Iterator<Item = (u16, u64)> {
        let settled = self.cells.iter().map(|cell| (cell.bucket, u64::from(cell.count)));
        settled.chain(self.loose.iter().map(|bucket| (*bucket, 1)))
    }
}

/// The cells of these executions, which are put in the order of buckets.
fn cells(loose: &mut [u16]) -> Vec<Cell> {
    loose.sort_unstable();
    // There are fewer of them than a count can hold.
    let runs = loose.chunk_by(|a, b| a == b);
    runs.map(|run| Cell { bucket: run[0], count: run.len() as u16 }).collect()
}

/// Adds the cells of two parts of a block, each in the order of buckets, in that order.
fn merge(mut a: &[Cell], mut b: &[Cell], into: &mut Vec<Cell>) {
    let start = into.len();
    while let Some(cell) = match (a.first(), b.first()) {
        (Some(x), Some(y)) if y.bucket < x.bucket => b.split_off_first(),
        (None, _) => b.split_off_first(),
        _ => a.split_off_first(),
    } {
        match into[start..].last_mut() {
            Some(last)
                if last.bucket == cell.bucket && last.count.checked_add(cell.count).is_some() =>
            {
                last.count += cell.count;
            }
            _ => {
                make_room(into, 1);
                into.push(*cell);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::histogram::Histogram;

    proptest! {
        #[test]
        fn cells_of_each_block_hold_its_executions_in_order(
            executions in prop::collection::vec((-9..2_000i64, 0..300u64), 1..4000),
            in_order: bool,
        ) {
            let mut executions = executions;
            if in_order {
                executions.sort_unstable();
            }
            let mut spread = Spread::default();
            for (second, micros) in &executions {
                spread.add(*second, *micros);
            }
            prop_assert_eq!(spread.blocks.len(), spread.starts.len());
            for (place, block) in spread.settled_blocks().iter().enumerate() {
                let cells = &spread.cells[spread.cells_of(place)];
                let loose = &spread.loose[spread.loose_of(place)];
                prop_assert!(loose.len() <= LOOSE);
                prop_assert!(cells.is_sorted_by(|a, b| a.bucket < b.bucket));
                let inside = executions.iter()
                    .filter(|(second, _)| second >> spread.width_log2 == block.index)
                    .map(|(_, micros)| (bucket_of(*micros), 1));
                prop_assert_eq!(inside.clone().count() as u64, block.executions);
                let counts = cells.iter().map(|cell| (cell.bucket, u64::from(cell.count)));
                let counts = counts.chain(loose.iter().map(|bucket| (*bucket, 1)));
                prop_assert_eq!(Histogram::from_counts(counts), Histogram::from_counts(inside));
            }
        }
    }

    #[test]
    fn an_execution_of_the_last_block_touches_one_cache_line() {
        assert_eq!(std::mem::offset_of!(Spread, loose) + size_of::<Vec<u16>>(), 64);
    }

    #[test]
    fn a_count_that_is_full_goes_on_in_another_cell() {
        let mut spread = Spread::default();
        let many = u64::from(u16::MAX) * 2 + 1;
        for _ in 0..many {
            spread.add(7, 5);
        }
        // Back in time, to a block that is not the last.
        spread.add(9_000, 5);
        for _ in 0..many {
            spread.add(7, 5);
        }
        assert_eq!(spread.counts().map(|(_, count)| count).sum::<u64>(), 2 * many + 1);
        assert_eq!(spread.settled_blocks()[0].executions, 2 * many);
    }
}
