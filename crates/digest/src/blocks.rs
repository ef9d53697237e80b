//! Executions of one fingerprint by blocks of time.

mod spread;

use std::borrow::Cow;

use crate::histogram::{Histogram, bucket_of};
use spread::Spread;

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

impl Block {
    /// Adds so many executions.
    #[inline]
    fn add(&mut self, executions: u64, duration_us: u64, squares: u128) {
        self.executions += executions;
        self.duration_us = self.duration_us.saturating_add(duration_us);
        self.squares = self.squares.saturating_add(squares);
    }
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
    /// Up to [`FEW`] executions, each of which fits into a [`Brief`].
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
            Kept::Many(spread) => spread.sums(),
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
            let sums = (
                executions.iter().map(|(_, micros)| u128::from(*micros)).sum(),
                executions.iter().map(|(_, micros)| u128::from(*micros).pow(2)).sum(),
            );
            prop_assert_eq!(blocks.sums(), sums);
        }
    }
}
