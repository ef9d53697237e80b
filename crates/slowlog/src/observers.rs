//! Who listens to the assembled log.

use slowlog_digest::Digest;
use slowlog_event::{Execution, FingerprintIndex, Incident, Micros, Observer};
use slowlog_normalize::NPlusOneDetector;

/// The digest and the search for bursts, side by side.
#[derive(Debug)]
pub(crate) struct Observers {
    pub(crate) digest: Digest,
    pub(crate) bursts: NPlusOneDetector,
}

impl Observers {
    /// A stream is over: what follows are other sessions.
    pub(crate) fn end_stream(&mut self) {
        self.bursts.end_stream();
    }
}

impl Observer for Observers {
    #[inline]
    fn execution(&mut self, execution: &Execution<'_>) {
        self.digest.execution(execution);
        self.bursts.execution(execution);
    }

    #[inline]
    fn untimed(&mut self, execution: &Execution<'_>) {
        self.digest.untimed(execution);
        self.bursts.untimed(execution);
    }

    #[inline]
    fn incident(&mut self, incident: &Incident) {
        self.digest.incident(incident);
    }

    fn plan(&mut self, fingerprint: FingerprintIndex, took: Micros, plan: &[u8]) {
        self.digest.plan(fingerprint, took, plan);
    }
}

/// Does not listen.
#[derive(Debug)]
pub(crate) struct Nobody;

impl Observer for Nobody {
    fn execution(&mut self, _: &Execution<'_>) {}
}
