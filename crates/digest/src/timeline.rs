//! The load over time.

use slowlog_event::{Execution, Observer, Timestamp};

/// The most buckets a timeline has.
const BUCKETS: usize = 256;

/// What happened in one bucket of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bucket {
    /// Executions that ended in it.
    pub executions: u64,
    /// Their durations, in microseconds.
    pub duration_us: u64,
    /// Microseconds within the bucket that executions took, whenever they ended. Divided by the
    /// width of the bucket: how many backends were busy.
    pub busy_us: u64,
}

/// Executions by time, in at most 256 buckets of a power of two seconds that begin at a multiple
/// of their width.
#[derive(Debug, Clone)]
pub struct Timeline {
    width_us: i64,
    first: i64,
    buckets: Vec<Bucket>,
    /// Where the bucket of the last execution begins, and its place.
    current: (i64, usize),
}

impl Default for Timeline {
    fn default() -> Self {
        Self { width_us: 1_000_000, first: 0, buckets: Vec::new(), current: (i64::MAX, 0) }
    }
}

impl Timeline {
    /// Width of a bucket in microseconds.
    pub fn width_us(&self) -> u64 {
        self.width_us as u64
    }

    /// The buckets from the first to the last with executions, empty ones between included, each
    /// with its start.
    pub fn buckets(&self) -> impl ExactSizeIterator<Item = (Timestamp, &Bucket)> {
        self.buckets.iter().enumerate().map(|(place, bucket)| {
            (Timestamp((self.first + place as i64).saturating_mul(self.width_us)), bucket)
        })
    }

    /// Makes room for the buckets of `start` and `end`.
    fn reach(&mut self, start: i64, end: i64) {
        loop {
            let (from, to) = (start.div_euclid(self.width_us), end.div_euclid(self.width_us));
            if self.buckets.is_empty() {
                self.first = from;
            }
            let first = self.first.min(from);
            let last = (self.first + self.buckets.len() as i64 - 1).max(to);
            if last.saturating_sub(first) >= BUCKETS as i64 {
                self.double();
                continue;
            }
            let missing = (self.first - first) as usize;
            if missing > 0 {
                self.buckets.splice(..0, std::iter::repeat_n(Bucket::default(), missing));
            }
            self.first = first;
            self.buckets.resize((last - first + 1) as usize, Bucket::default());
            return;
        }
    }

    fn double(&mut self) {
        let mut merged: Vec<Bucket> = Vec::with_capacity(self.buckets.len() / 2 + 1);
        let first = self.first.div_euclid(2);
        for (place, bucket) in self.buckets.iter().enumerate() {
            let target = ((self.first + place as i64).div_euclid(2) - first) as usize;
            if target == merged.len() {
                merged.push(*bucket);
                continue;
            }
            let sum = &mut merged[target];
            sum.executions += bucket.executions;
            sum.duration_us = sum.duration_us.saturating_add(bucket.duration_us);
            sum.busy_us = sum.busy_us.saturating_add(bucket.busy_us);
        }
        self.buckets = merged;
        self.first = first;
        self.width_us = self.width_us.saturating_mul(2);
    }
}

impl Observer for Timeline {
    #[inline]
    fn execution(&mut self, execution: &Execution<'_>) {
        let Some(end) = execution.end else { return };
        let start = end.minus(execution.duration).0;
        let end = end.0;
        // Most executions lie within the bucket of the one before: no division for those.
        let (begins, place) = self.current;
        if start >= begins
            && end < begins.saturating_add(self.width_us)
            && let Some(bucket) = self.buckets.get_mut(place)
        {
            bucket.executions += 1;
            bucket.duration_us = bucket.duration_us.saturating_add(execution.duration.0);
            bucket.busy_us = bucket.busy_us.saturating_add((end - start) as u64);
            return;
        }
        let known = start >= self.first.saturating_mul(self.width_us)
            && end < (self.first + self.buckets.len() as i64).saturating_mul(self.width_us);
        if !known {
            self.reach(start, end);
        }
        let place = |instant: i64| (instant.div_euclid(self.width_us) - self.first) as usize;
        let (from, to) = (place(start), place(end));
        self.current = ((self.first + to as i64) * self.width_us, to);
        let bucket = &mut self.buckets[to];
        bucket.executions += 1;
        bucket.duration_us = bucket.duration_us.saturating_add(execution.duration.0);
        for place in from..=to {
            let begins = (self.first + place as i64) * self.width_us;
            let busy = end.min(begins + self.width_us) - start.max(begins);
            let bucket = &mut self.buckets[place];
            bucket.busy_us = bucket.busy_us.saturating_add(busy as u64);
        }
    }
}
