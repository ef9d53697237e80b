//! Waits for locks, by who waits for what.

use std::collections::BTreeMap;

use slowlog_event::{FingerprintIndex, Incident, IncidentKind, LockKind, Micros};

/// How many pairs of a statement and a kind of lock are kept.
const MOST_PAIRS: usize = 4096;

/// Waits of one statement for one kind of lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LockWaits {
    /// How many.
    pub waits: u64,
    /// How long those took that ended with the lock, in microseconds.
    pub waited_us: u64,
    /// The longest of them.
    pub max_us: u64,
}

/// Waits by the statement that waited and the kind of lock, each where the log says.
#[derive(Debug, Clone, Default)]
pub struct Locks(BTreeMap<(Option<FingerprintIndex>, Option<LockKind>), LockWaits>);

impl Locks {
    /// All of them.
    pub fn iter(
        &self,
    ) -> impl Iterator<Item = (Option<FingerprintIndex>, Option<LockKind>, &LockWaits)> {
        self.0.iter().map(|((fingerprint, kind), waits)| (*fingerprint, *kind, waits))
    }

    pub(crate) fn count(&mut self, incident: &Incident) {
        let (kind, began, Micros(waited)) = match incident.kind {
            IncidentKind::LockWaitBegan(kind) => (kind, 1, Micros(0)),
            IncidentKind::LockWaited(kind, waited) => (kind, 0, waited),
            _ => return,
        };
        let key = (incident.fingerprint, kind);
        if self.0.len() >= MOST_PAIRS && !self.0.contains_key(&key) {
            return;
        }
        let waits = self.0.entry(key).or_default();
        waits.waits += began;
        waits.waited_us = waits.waited_us.saturating_add(waited);
        waits.max_us = waits.max_us.max(waited);
    }
}
