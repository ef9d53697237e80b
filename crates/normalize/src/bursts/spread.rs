//! Loops whose statements a pool has spread over sessions, among those of other requests.
//!
//! Of the requests that a pool serves at a time each sends the next statement about as often as
//! any other. So the children of a loop come some statements apart, as many as there are requests,
//! and then no more for long. A statement that is sent evenly comes at any distance from the one
//! before it as often as its share of the log says. The near distances that come oftener than that
//! are those within its loops; whether there are any, or only chance, is judged by the lengths of
//! what comes near one another, as of runs in a session.

use slowlog_event::FingerprintIndex;

/// Classes of distances: 1, 2 and 3, 4 to 7, and so on up to 511.
const CLASSES: usize = 9;
/// One in the fixed-point numbers here.
const ONE: u64 = 1 << 30;
/// Fewer distances say nothing.
const FEWEST: u64 = 4;

/// How far apart the executions of each statement come.
#[derive(Debug, Default)]
pub(super) struct Distances {
    /// By fingerprint.
    seen: Vec<[Distance; CLASSES]>,
    /// Places of the statements, ordered by fingerprint; room that is used again.
    places: Vec<(u32, u32)>,
}

/// How often a class of distances was seen, and how often chance would show it, in thousandths.
#[derive(Debug, Clone, Copy, Default)]
struct Distance {
    seen: u64,
    expected: u64,
}

impl Distances {
    /// Learns from statements in the order of the log.
    pub(super) fn learn(&mut self, statements: impl Iterator<Item = u32>) {
        self.places.clear();
        self.places.extend(statements.zip(0..));
        self.places.sort_unstable();
        let all = self.places.len() as u64;
        for of_one in self.places.chunk_by(|one, other| one.0 == other.0) {
            let (statement, count) = (of_one[0].0 as usize, of_one.len() as u64);
            if statement >= self.seen.len() {
                self.seen.resize(statement + 1, Default::default());
            }
            let seen = &mut self.seen[statement];
            for pair in of_one.windows(2) {
                let class = (pair[1].1 - pair[0].1).ilog2() as usize;
                if let Some(distance) = seen.get_mut(class) {
                    distance.seen += 1;
                }
            }
            // The share of distances that are greater, by chance.
            let others = (ONE - ONE * count / all).max(1);
            let mut greater = others;
            for distance in seen {
                let next = greater * greater / ONE;
                let share = (greater - next) * ONE / others;
                distance.expected += (count - 1) * 1000 * share / ONE;
                greater = next;
            }
        }
    }

    /// The greatest distance that tells of a loop; 0 where none does.
    fn reach(&self, statement: u32) -> u32 {
        let Some(distances) = self.seen.get(statement as usize) else { return 0 };
        let tells = |distance: &&Distance| distance.seen * 1000 >= distance.expected.max(500);
        let classes = distances.iter().take_while(tells).count();
        let seen: u64 = distances[..classes].iter().map(|distance| distance.seen).sum();
        if seen < FEWEST { 0 } else { (1 << classes) - 1 }
    }

    /// The executions of each statement that come near one another: their places, in order.
    pub(super) fn near(&self, mut found: impl FnMut(FingerprintIndex, &[(u32, u32)])) {
        for of_one in self.places.chunk_by(|one, other| one.0 == other.0) {
            let statement = of_one[0].0;
            let reach = self.reach(statement);
            for near in of_one.chunk_by(|one, other| other.1 - one.1 <= reach) {
                found(FingerprintIndex(statement), near);
            }
        }
    }

    /// So many statements before the first child may its parent come.
    pub(super) fn before(&self, statement: FingerprintIndex) -> usize {
        self.reach(statement.0) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest part of statement 1, where `is_sent` tells when that is sent.
    fn longest(is_sent: impl Fn(u64) -> bool) -> usize {
        let mut distances = Distances::default();
        distances.learn((0..2000).map(|step| u32::from(is_sent(step))));
        let mut longest = 0;
        distances.near(|of, near| {
            if of.0 == 1 {
                longest = longest.max(near.len());
            }
        });
        longest
    }

    #[test]
    fn a_loop_among_other_requests_is_one_part() {
        // Ten of each 400 come one to seven apart.
        let places = [0, 3, 4, 9, 11, 18, 19, 24, 26, 31];
        assert_eq!(longest(|step| places.contains(&(step % 400))), 10);
        // One that is sent evenly is no loop.
        assert_eq!(longest(|step| step % 40 == 0), 1);
    }
}
