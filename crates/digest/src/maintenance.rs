//! What the server did beside statements, over time.

use std::collections::BTreeMap;

use slowlog_event::{Maintenance, Micros, Timestamp};

/// So many buckets are kept of each kind.
const BUCKETS: usize = 256;

/// How often one kind of work was done, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaintenanceTotal {
    /// How often.
    pub count: u64,
    /// How long it took in all, in microseconds, where the log says.
    pub duration_us: Option<u64>,
    /// The longest.
    pub max_us: Option<u64>,
    width_us: i64,
    buckets: BTreeMap<i64, u64>,
}

impl MaintenanceTotal {
    /// Width of a bucket in microseconds: a power of two seconds.
    pub fn bucket_us(&self) -> u64 {
        self.width_us as u64
    }

    /// Buckets in which it was done, each with its start.
    pub fn buckets(&self) -> impl Iterator<Item = (Timestamp, u64)> {
        let start = |index: i64| Timestamp(index.saturating_mul(self.width_us));
        self.buckets.iter().map(move |(index, count)| (start(*index), *count))
    }

    fn add(&mut self, time: Option<Timestamp>, took: Option<Micros>) {
        self.count += 1;
        if let Some(Micros(took)) = took {
            let sum = self.duration_us.get_or_insert(0);
            *sum = sum.saturating_add(took);
            self.max_us = self.max_us.max(Some(took));
        }
        let Some(time) = time else { return };
        *self.buckets.entry(time.0.div_euclid(self.width_us)).or_default() += 1;
        while self.buckets.len() > BUCKETS {
            self.width_us = self.width_us.saturating_mul(2);
            let narrow = std::mem::take(&mut self.buckets);
            for (index, count) in narrow {
                *self.buckets.entry(index.div_euclid(2)).or_default() += count;
            }
        }
    }
}

/// Work by kind.
#[derive(Debug, Clone, Default)]
pub struct MaintenanceTotals(BTreeMap<Maintenance, MaintenanceTotal>);

impl MaintenanceTotals {
    /// The kinds that the log has.
    pub fn iter(&self) -> impl Iterator<Item = (Maintenance, &MaintenanceTotal)> {
        self.0.iter().map(|(kind, total)| (*kind, total))
    }

    /// One kind, if the log has it.
    pub fn get(&self, kind: Maintenance) -> Option<&MaintenanceTotal> {
        self.0.get(&kind)
    }

    pub(crate) fn count(
        &mut self,
        kind: Maintenance,
        time: Option<Timestamp>,
        took: Option<Micros>,
    ) {
        let empty = || MaintenanceTotal {
            count: 0,
            duration_us: None,
            max_us: None,
            width_us: 1_000_000,
            buckets: BTreeMap::new(),
        };
        self.0.entry(kind).or_insert_with(empty).add(time, took);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_grow_wider() {
        let mut totals = MaintenanceTotals::default();
        for second in 0..1000 {
            let time = Some(Timestamp(second * 7_000_000));
            totals.count(Maintenance::Checkpoint, time, Some(Micros(second as u64)));
        }
        let total = totals.get(Maintenance::Checkpoint).unwrap();
        assert_eq!(
            (total.count, total.duration_us, total.max_us),
            (1000, Some(499_500), Some(999))
        );
        assert_eq!(total.buckets().map(|(_, count)| count).sum::<u64>(), 1000);
        assert_eq!(total.bucket_us(), 32_000_000);
        assert!(total.buckets().count() <= BUCKETS);
    }
}
