//! What this log can show.

use slowlog_event::{Execution, Incident, IncidentKind, Micros, Observer, Sampling};

/// Can something be seen in the log?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It is there.
    Yes,
    /// It is not there, or nothing says that it would be.
    No,
    /// Some of it.
    Partly,
}

/// The thresholds that people set, in microseconds.
const THRESHOLDS: [u64; 17] = [
    1_000, 2_000, 5_000, 10_000, 20_000, 25_000, 50_000, 100_000, 200_000, 250_000, 300_000,
    500_000, 1_000_000, 2_000_000, 3_000_000, 5_000_000, 10_000_000,
];

/// With fewer executions the shortest of them says nothing of a threshold.
const ENOUGH_EXECUTIONS: u64 = 20;

/// What was seen, as far as it tells what the log can show.
#[derive(Debug, Clone, Default)]
pub struct Visibility {
    executions: u64,
    shortest: Option<Micros>,
    with_parameters: u64,
    without_parameters: u64,
    in_transaction: u64,
    with_session: u64,
    apart: u64,
    sampling: Option<Sampling>,
    lock_waits: bool,
    temp_files: bool,
    plans: bool,
}

impl Visibility {
    /// The duration below which the server logs no statement, in microseconds: 0 if it seems to
    /// log all of them, `None` if there are too few to tell.
    pub fn threshold_us(&self) -> Option<u64> {
        let shortest = self.shortest.filter(|_| self.executions >= ENOUGH_EXECUTIONS)?.0;
        Some(
            THRESHOLDS.iter().rev().find(|threshold| **threshold <= shortest).copied().unwrap_or(0),
        )
    }

    /// The shortest execution.
    pub fn shortest(&self) -> Option<Micros> {
        self.shortest
    }

    /// Executions whose bind parameters are not in the log.
    pub fn without_parameters(&self) -> u64 {
        self.without_parameters
    }

    /// Executions whose statement and duration are entries of their own.
    pub fn apart(&self) -> u64 {
        self.apart
    }

    /// The sampling that the log tells of; where that was changed, the one that left out most.
    pub fn sampling(&self) -> Option<Sampling> {
        self.sampling
    }

    /// Bind parameters; `None` if no statement had any.
    pub fn parameters(&self) -> Option<Seen> {
        match (self.with_parameters, self.without_parameters) {
            (0, 0) => None,
            (_, 0) => Some(Seen::Yes),
            (0, _) => Some(Seen::No),
            _ => Some(Seen::Partly),
        }
    }

    /// Waits for locks.
    pub fn lock_waits(&self) -> Seen {
        if self.lock_waits { Seen::Yes } else { Seen::No }
    }

    /// Temporary files.
    pub fn temp_files(&self) -> Seen {
        if self.temp_files { Seen::Yes } else { Seen::No }
    }

    /// Execution plans.
    pub fn plans(&self) -> Seen {
        if self.plans { Seen::Yes } else { Seen::No }
    }

    /// Which transaction a statement belongs to.
    pub fn transactions(&self) -> Seen {
        self.share(self.in_transaction)
    }

    /// Which session a statement belongs to.
    pub fn sessions(&self) -> Seen {
        self.share(self.with_session)
    }

    fn share(&self, seen: u64) -> Seen {
        match seen {
            0 => Seen::No,
            all if all == self.executions => Seen::Yes,
            _ => Seen::Partly,
        }
    }
}

impl Observer for Visibility {
    #[inline]
    fn execution(&mut self, execution: &Execution<'_>) {
        self.executions += 1;
        let shortest = self.shortest.get_or_insert(execution.duration);
        *shortest = execution.duration.min(*shortest);
        self.in_transaction += u64::from(execution.transaction.is_some());
        self.with_session += u64::from(execution.session.is_some());
        self.with_parameters += u64::from(execution.parameters == Some(true));
        self.without_parameters += u64::from(execution.parameters == Some(false));
        self.apart += u64::from(execution.apart);
        if let Some(slow) = execution.slow {
            self.plans |= slow.plan.is_some();
            let known = self.sampling.map_or(0, |sampling| sampling.limit);
            self.sampling =
                slow.sampling.filter(|sampling| sampling.limit > known).or(self.sampling);
        }
    }

    fn incident(&mut self, incident: &Incident) {
        match incident.kind {
            IncidentKind::LockWaitBegan(_) => self.lock_waits = true,
            IncidentKind::TemporaryFile(_) => self.temp_files = true,
            IncidentKind::Plan => self.plans = true,
            _ => {}
        }
    }
}
