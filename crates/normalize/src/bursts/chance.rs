//! Could independent requests have made a run as long as that?
//!
//! On a pooled session a hot endpoint follows itself by chance. Its runs are geometric: of the runs
//! of at least `n`, a share `q` goes on. The short runs of a statement, which are no bursts, tell
//! `q` and how many runs began; from them follows how many runs of `n` chance alone would make.

/// Lengths of runs that are counted apart: 1 to 12, then up to 15, 19, 29, and more.
const UPPER: [u32; 16] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 19, 29, u32::MAX];
/// One in the fixed-point numbers here.
const ONE: u64 = 1 << 20;

/// How often a statement began a run of which length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Runs {
    counts: [u32; UPPER.len()],
}

/// The class of a length of runs.
#[inline]
pub(crate) fn length_class(turns: u32) -> u8 {
    UPPER.iter().position(|upper| turns <= *upper).unwrap_or(UPPER.len() - 1) as u8
}

impl Runs {
    #[inline]
    pub(crate) fn count(&mut self, turns: u32) {
        let count = &mut self.counts[usize::from(length_class(turns))];
        *count = count.saturating_add(1);
    }

    /// These, and so many of one turn.
    pub(crate) fn and_single(mut self, more: u64) -> Self {
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        self.counts[0] = self.counts[0].saturating_add(more);
        self
    }

    /// How many there are of a class.
    pub(crate) fn of(&self, class: u8) -> u64 {
        u64::from(self.counts[usize::from(class)])
    }

    /// The share of runs of at least `least` that go on by one more: the most that those of up to 4,
    /// 8 or 12 admit. Of geometric runs fewer are in each further four lengths; where more are,
    /// those are bursts.
    fn going_on(&self, least: usize) -> u64 {
        let counts = self.counts.map(u64::from);
        let mut most = 0;
        let mut before = u64::MAX;
        for window in [4, 8, 12] {
            let four: u64 = counts[window - 4..window].iter().sum();
            if four > before {
                break;
            }
            before = four;
            // One more of each than was seen, so that a few runs do not make a certainty.
            let gone_on = counts[least..window].iter().sum::<u64>() + 1;
            let could = counts[least - 1..window - 1].iter().sum::<u64>() + 2;
            most = most.max(gone_on * ONE / could);
        }
        most.min(ONE - 1)
    }

    /// How many runs of a class chance would have made, in thousandths. Runs shorter than `least`, 1
    /// or 2, tell nothing: a loop of several statements that breaks off within its second turn may
    /// be a part of two different ones.
    pub(crate) fn expected(&self, class: u8, least: usize) -> u64 {
        let class = usize::from(class);
        let short: u64 = self.counts[least - 1..4].iter().map(|count| u64::from(*count)).sum();
        let q = self.going_on(least);
        let power = |exponent: usize| (0..exponent).fold(ONE, |power, _| (power * q).div_ceil(ONE));
        // Runs of up to 4 are all of them but for those that went on as often as it takes.
        let starts =
            short.saturating_mul(1000).saturating_mul(ONE) / (ONE - power(5 - least)).max(1);
        let shortest = if class == 0 { 1 } else { UPPER[class - 1] as usize + 1 };
        let longer = UPPER.get(class + 1).map_or(0, |_| power(UPPER[class] as usize + 1 - least));
        let share = power(shortest.saturating_sub(least)).saturating_sub(longer);
        let expected = u128::from(starts) * u128::from(share) / u128::from(ONE);
        u64::try_from(expected).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn geometric_runs_are_chance_and_longer_ones_are_not() {
        // A hot endpoint: every second request is the same.
        let mut runs = Runs::default();
        for (length, count) in [(1, 512), (2, 256), (3, 128), (4, 64), (5, 32), (6, 16), (7, 8)] {
            (0..count).for_each(|_| runs.count(length));
        }
        let expected = runs.expected(length_class(5), 1);
        assert_eq!(runs.of(length_class(5)), 32);
        assert!((30_000..35_000).contains(&expected), "{expected}");
        // The same statement as a child of pages of 20 to 30 rows.
        (0..40).for_each(|_| runs.count(25));
        let expected = runs.expected(length_class(25), 1);
        assert_eq!(runs.of(length_class(25)), 40);
        assert!(expected < 10, "{expected}");
    }
}
