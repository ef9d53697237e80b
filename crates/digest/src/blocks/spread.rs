//! Many executions in blocks of time.

use std::borrow::Cow;

use super::{BLOCKS, Block, Brief, make_room};
use crate::histogram::bucket_of;

/// So many executions of the last block are kept by their buckets before they become cells.
const OPEN: usize = 256;

/// How many executions of a block are in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    bucket: u16,
    count: u16,
}

/// Executions in blocks.
///
/// What an execution touches comes first, in one cache line: those of the last block become sums and
/// cells only when many have come, or when the next block begins.
#[derive(Debug, Clone, Default)]
#[repr(C, align(64))]
pub(super) struct Spread {
    /// The last block: from this second on, and before that one.
    from: i64,
    until: i64,
    /// Of the executions below: sums, and in which buckets they are.
    squares: u128,
    duration_us: u64,
    open: Vec<u16>,
    pub(super) width_log2: u32,
    /// Index of the first block.
    first: i64,
    blocks: Vec<Block>,
    /// By block, where its cells begin.
    starts: Vec<u32>,
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
        if (self.from..self.until).contains(&second) {
            self.add_open(micros);
        } else {
            self.add_elsewhere(second, micros);
        }
    }

    /// Adds an execution of the last block.
    #[inline]
    fn add_open(&mut self, micros: u64) {
        if self.open.len() >= OPEN {
            self.settle();
        }
        self.duration_us = self.duration_us.saturating_add(micros);
        self.squares = self.squares.saturating_add(u128::from(micros).pow(2));
        make_room(&mut self.open, 1);
        self.open.push(bucket_of(micros));
    }

    /// Adds an execution of another block.
    fn add_elsewhere(&mut self, second: i64, micros: u64) {
        let place = self.block(second);
        if place + 1 == self.blocks.len() {
            return self.add_open(micros);
        }
        self.blocks[place].add(1, micros, u128::from(micros).pow(2));
        let bucket = bucket_of(micros);
        let (start, end) = self.range(place);
        let at = start + self.cells[start..end].partition_point(|cell| cell.bucket < bucket);
        match self.cells[at..end].first_mut() {
            Some(cell) if cell.bucket == bucket && cell.count < u16::MAX => cell.count += 1,
            _ => {
                make_room(&mut self.cells, 1);
                self.cells.insert(at, Cell { bucket, count: 1 });
                self.starts[place + 1..].iter_mut().for_each(|start| *start += 1);
            }
        }
    }

    /// Where the cells of a block are.
    fn range(&self, place: usize) -> (usize, usize) {
        let end = self.starts.get(place + 1).map_or(self.cells.len(), |end| *end as usize);
        (self.starts[place] as usize, end)
    }

    /// The blocks, open executions included.
    pub(super) fn settled_blocks(&self) -> Cow<'_, [Block]> {
        let mut blocks = Cow::Borrowed(&self.blocks[..]);
        if !self.open.is_empty()
            && let Some(last) = blocks.to_mut().last_mut()
        {
            last.add(self.open.len() as u64, self.duration_us, self.squares);
        }
        blocks
    }

    /// Moves the open executions to the sums and the cells of the last block.
    fn settle(&mut self) {
        let (Some(last), Some(start)) = (self.blocks.last_mut(), self.starts.last()) else {
            return;
        };
        last.add(self.open.len() as u64, self.duration_us, self.squares);
        (self.duration_us, self.squares) = (0, 0);
        self.open.sort_unstable();
        let middle = self.cells.len();
        for run in self.open.chunk_by(|a, b| a == b) {
            make_room(&mut self.cells, 1);
            self.cells.push(Cell { bucket: run[0], count: run.len() as u16 });
        }
        self.open.clear();
        if middle > *start as usize {
            let new = self.cells.split_off(middle);
            let old = self.cells.split_off(*start as usize);
            merge(&old, &new, &mut self.cells);
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

    fn insert_block(&mut self, place: usize, index: i64) {
        let is_last = place == self.blocks.len();
        if is_last {
            self.settle();
            self.bound(index);
        }
        make_room(&mut self.blocks, 1);
        self.blocks.insert(place, Block { index, executions: 0, duration_us: 0, squares: 0 });
        let start = self.starts.get(place).map_or(self.cells.len() as u32, |start| *start);
        make_room(&mut self.starts, 1);
        self.starts.insert(place, start);
    }

    /// Takes note of where the last block begins and ends.
    fn bound(&mut self, index: i64) {
        self.from = index << self.width_log2;
        let width = 1i64.checked_shl(self.width_log2).unwrap_or(i64::MAX);
        self.until = self.from.saturating_add(width);
    }

    fn double(&mut self) {
        self.settle();
        self.width_log2 += 1;
        self.first >>= 1;
        self.bound(self.from >> self.width_log2);
        let mut blocks: Vec<Block> = Vec::with_capacity(self.blocks.len());
        let mut starts = Vec::with_capacity(self.blocks.len());
        let mut cells = Vec::with_capacity(self.cells.len());
        let mut place = 0;
        for pair in self.blocks.chunk_by(|a, b| a.index >> 1 == b.index >> 1) {
            let mut sum = Block { index: pair[0].index >> 1, ..pair[0] };
            starts.push(cells.len() as u32);
            let (start, middle) = self.range(place);
            let mut end = middle;
            if let Some(second) = pair.get(1) {
                sum.add(second.executions, second.duration_us, second.squares);
                end = self.range(place + 1).1;
            }
            merge(&self.cells[start..middle], &self.cells[middle..end], &mut cells);
            blocks.push(sum);
            place += pair.len();
        }
        blocks.shrink_to_fit();
        starts.shrink_to_fit();
        (self.blocks, self.starts, self.cells) = (blocks, starts, cells);
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
        settled.chain(self.open.iter().map(|bucket| (*bucket, 1)))
    }
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
            executions in prop::collection::vec((-9..2_000i64, 0..300u64), 1..2000)
        ) {
            let mut spread = Spread::default();
            for (second, micros) in &executions {
                spread.add(*second, *micros);
            }
            spread.settle();
            prop_assert_eq!(spread.blocks.len(), spread.starts.len());
            for (place, block) in spread.blocks.iter().enumerate() {
                let (start, end) = spread.range(place);
                let cells = &spread.cells[start..end];
                prop_assert!(cells.is_sorted_by(|a, b| a.bucket < b.bucket));
                let inside = executions.iter()
                    .filter(|(second, _)| second >> spread.width_log2 == block.index)
                    .map(|(_, micros)| (bucket_of(*micros), 1));
                let counts = cells.iter().map(|cell| (cell.bucket, u64::from(cell.count)));
                prop_assert_eq!(Histogram::from_counts(counts), Histogram::from_counts(inside));
            }
        }
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
