//! Log-linear buckets: 128 to each power of two.
//!
//! Values below 128 µs have a bucket each; above, a bucket is at most 1/128 of its value wide, so
//! its upper edge is off by at most 0.8 %. Buckets are the same for every fingerprint and every
//! run, which makes merging an addition.

const SUB_BITS: u32 = 7;
const SUB_BUCKETS: u64 = 1 << SUB_BITS;

/// The bucket of a duration in microseconds.
#[inline]
pub fn bucket_of(micros: u64) -> u16 {
    if micros < SUB_BUCKETS {
        return micros as u16;
    }
    let shift = micros.ilog2() - SUB_BITS;
    // The top bits of the value, its leading one included, count on from the octave before.
    (u64::from(shift) * SUB_BUCKETS + (micros >> shift)) as u16
}

/// The largest duration of a bucket, in microseconds.
#[inline]
pub fn bucket_upper(bucket: u16) -> u64 {
    let bucket = u64::from(bucket);
    if bucket < SUB_BUCKETS {
        return bucket;
    }
    let shift = (bucket >> SUB_BITS) - 1;
    let top = bucket - shift * SUB_BUCKETS;
    ((u128::from(top + 1) << shift) - 1).min(u128::from(u64::MAX)) as u64
}

/// Counts by bucket, in the order of buckets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<(u16, u64)>,
}

impl Histogram {
    /// Sums counts that may name a bucket several times, in any order.
    pub fn from_counts(counts: impl IntoIterator<Item = (u16, u64)>) -> Self {
        let mut counts: Vec<_> = counts.into_iter().collect();
        if counts.len() > FEW_COUNTS {
            counts = by_bucket(&counts);
        } else {
            counts.sort_unstable();
            counts.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                kept.1 += u64::from(same) * next.1;
                same
            });
        }
        Self { counts }
    }

    /// The counts as bucket and number.
    pub fn counts(&self) -> &[(u16, u64)] {
        &self.counts
    }

    /// The percentile by nearest rank: the upper edge of the bucket that holds the value of rank
    /// `ceil(n * per_mille / 1000)`. `None` if nothing was counted.
    ///
    /// ```
    /// use slowlog_digest::Histogram;
    ///
    /// let histogram = Histogram::from_counts((1..=100).map(|micros| (micros, 1)));
    /// assert_eq!(histogram.percentile(500), Some(50));
    /// assert_eq!(histogram.percentile(950), Some(95));
    /// ```
    pub fn percentile(&self, per_mille: u64) -> Option<u64> {
        let total: u64 = self.counts.iter().map(|(_, count)| count).sum();
        let rank = (u128::from(total) * u128::from(per_mille)).div_ceil(1000).max(1);
        let mut below = 0u128;
        self.counts
            .iter()
            .find(|(_, count)| {
                below += u128::from(*count);
                below >= rank
            })
            .map(|(bucket, _)| bucket_upper(*bucket))
    }
}

/// Past so many counts, a table of all buckets takes less time than sorting.
const FEW_COUNTS: usize = 512;

/// Sums counts in a table of all buckets up to the last.
fn by_bucket(counts: &[(u16, u64)]) -> Vec<(u16, u64)> {
    let last = counts.iter().map(|(bucket, _)| *bucket).max().unwrap_or(0);
    let mut sums = vec![0; usize::from(last) + 1];
    for (bucket, count) in counts {
        sums[usize::from(*bucket)] += count;
    }
    (0..).zip(sums).filter(|(_, sum)| *sum > 0).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn buckets_are_contiguous() {
        for bucket in 0..bucket_of(u64::MAX) {
            let upper = bucket_upper(bucket);
            assert_eq!(bucket_of(upper), bucket);
            assert_eq!(bucket_of(upper + 1), bucket + 1);
        }
        assert_eq!(bucket_upper(bucket_of(u64::MAX)), u64::MAX);
    }

    proptest! {
        #[test]
        fn the_upper_edge_is_near(micros: u64) {
            let upper = bucket_upper(bucket_of(micros));
            prop_assert!(upper >= micros);
            prop_assert!(u128::from(upper - micros) * 1000 <= u128::from(micros) * 8);
        }

        #[test]
        fn percentiles_are_those_of_the_sorted_values(
            mut values in prop::collection::vec(0..10_000_000u64, 1..2 * FEW_COUNTS),
            per_mille in 1..=1000u64,
        ) {
            let histogram = Histogram::from_counts(values.iter().map(|value| (bucket_of(*value), 1)));
            values.sort_unstable();
            let rank = (values.len() as u64 * per_mille).div_ceil(1000).max(1) as usize;
            let exact = values[rank - 1];
            let found = histogram.percentile(per_mille).unwrap();
            prop_assert_eq!(bucket_of(found), bucket_of(exact));
        }
    }
}
