//! Does a log leave out what takes less time than others?
//!
//! Of a server that logs everything, few statements take as little time as the shortest: the
//! durations thin out towards it. A threshold cuts where there are many.

use slowlog_event::Micros;

/// Of so many executions on, the shortest of them says something of the log, and of so many on, how
/// many are hardly longer.
const ENOUGH_EXECUTIONS: u64 = 20;
const MANY_EXECUTIONS: u64 = 1000;
/// What people set as thresholds, and ten, a hundred, ... times these, in microseconds.
const USUAL_US: [u64; 5] = [100, 200, 250, 300, 500];
/// Logs count microseconds: of durations of a few, those next to each other are far apart.
const TELLING_US: u64 = 10;

/// Durations are counted by eighths of powers of two.
const EIGHTHS: usize = 64 * 8;

/// The shortest executions of a log.
#[derive(Debug)]
pub(super) struct Threshold {
    executions: u64,
    shortest: Micros,
    counts: Box<[u32; EIGHTHS]>,
}

impl Default for Threshold {
    fn default() -> Self {
        Self { executions: 0, shortest: Micros(u64::MAX), counts: Box::new([0; EIGHTHS]) }
    }
}

impl Threshold {
    #[inline]
    pub(super) fn take(&mut self, duration: Micros) {
        self.executions += 1;
        self.shortest = self.shortest.min(duration);
        let count = &mut self.counts[eighth(duration.0) % EIGHTHS];
        *count = count.saturating_add(1);
    }

    /// Are the shorter executions missing?
    pub(super) fn is_there(&self) -> bool {
        if self.executions < ENOUGH_EXECUTIONS {
            return false;
        }
        let shortest = self.shortest.0;
        if self.executions >= MANY_EXECUTIONS && shortest >= TELLING_US {
            let from = eighth(shortest) % EIGHTHS;
            let count = |place: usize| u64::from(self.counts.get(place).copied().unwrap_or(0));
            // The first may be cut in two.
            let (at_once, then) = (count(from) + count(from + 1), count(from + 2));
            if at_once >= then && at_once >= self.executions / 100 {
                return true;
            }
        }
        let tens = std::iter::successors(Some(1), |ten: &u64| ten.checked_mul(10));
        tens.take_while(|ten| 100 * ten <= shortest).any(|ten| {
            let just_above = |usual: u64| (usual..usual * 11 / 10).contains(&shortest);
            USUAL_US.iter().any(|usual| just_above(usual * ten))
        })
    }
}

/// The power of two of a duration and the three bits behind its first.
#[inline]
fn eighth(micros: u64) -> usize {
    let shift = (u64::BITS - micros.leading_zeros()).saturating_sub(4);
    (u64::from(shift) * 8 + (micros >> shift)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves_out(durations: impl Iterator<Item = u64>) -> bool {
        let mut threshold = Threshold::default();
        durations.for_each(|micros| threshold.take(Micros(micros)));
        threshold.is_there()
    }

    /// Durations as those of many small statements are spread: their logarithms like a bell, by
    /// twelve dice for each.
    fn usual(count: u64) -> impl Iterator<Item = u64> {
        let mut state = 1u64;
        let mut die = move || {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (state >> 40) % 1000
        };
        (0..count).map(move |_| {
            let bell: u64 = (0..12).map(|_| die()).sum();
            (20.0 * (bell as f64 / 1000.0 - 4.0).exp2()) as u64 + 5
        })
    }

    #[test]
    fn a_cut_shows_wherever_it_is() {
        assert!(!leaves_out(usual(20_000)));
        for threshold in [37, 90, 133, 370] {
            assert!(
                leaves_out(usual(200_000).filter(|micros| *micros >= threshold)),
                "{threshold}"
            );
        }
        // A few executions tell by a number that people set.
        assert!(leaves_out((0..30).map(|n| 500_000 + n * n * 1000)));
        assert!(!leaves_out((0..30).map(|n| 570_000 + n * n * 1000)));
        assert!(!leaves_out((0..10).map(|n| 500_000 + n)));
        assert!(!leaves_out(std::iter::empty()));
    }

    #[test]
    fn eighths_of_powers_of_two() {
        assert_eq!([0, 1, 7, 8, 15, 16, 17, 18].map(eighth), [0, 1, 7, 8, 15, 16, 16, 17]);
        assert!(eighth(u64::MAX) < EIGHTHS);
        for micros in 1..100_000 {
            assert!(eighth(micros) <= eighth(micros + 1));
        }
    }
}
