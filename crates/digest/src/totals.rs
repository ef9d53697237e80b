//! Sums over the whole log.

use slowlog_event::{ErrorCode, Incident, IncidentKind, Severity, Timestamp};

/// What was counted, as `CONTRACT` and docs/JSON.md define it. Durations are in microseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Completed statements with a time.
    pub executions: u64,
    /// Their durations, those of fetches included.
    pub duration_us: u64,
    /// Sessions with at least one execution.
    pub sessions: u64,
    /// Entries of severity ERROR.
    pub errors: u64,
    /// Entries of severity FATAL and PANIC.
    pub fatal_errors: u64,
    /// Statements that the server ended.
    pub killed: u64,
    /// How long those had run at least, where the log shows their start.
    pub killed_lower_bound_us: Option<u64>,
    /// Parse and bind steps of the extended protocol.
    pub parse_bind_steps: u64,
    /// Their durations.
    pub parse_bind_us: u64,
    /// Durations of fetches from suspended portals.
    pub fetch_us: u64,
    /// Statements logged without a time.
    pub statements_without_time: u64,
    /// Durations that found no statement.
    pub unpaired_durations: u64,
    /// Their sum.
    pub unpaired_us: u64,
    /// Plans of auto_explain.
    pub plans: u64,
    /// Executions known by their plan alone.
    pub plan_only_executions: u64,
    /// Their durations.
    pub plan_only_us: u64,
    /// Temporary files.
    pub temp_files: u64,
    /// Their sizes in bytes.
    pub temp_bytes: u64,
    /// Waits for locks.
    pub lock_waits: u64,
    /// How long the waits took that ended with the lock.
    pub lock_wait_us: u64,
    /// Deadlocks that the server has broken.
    pub deadlocks: u64,
    /// Connections that were received.
    pub connections: u64,
    most_open: u64,
    /// Sessions that ended.
    pub disconnections: u64,
    /// How long those had lasted.
    pub session_us: u64,
    /// Lines that are missing by their numbers.
    pub lost_lines: u64,
    /// Statements without an index that MySQL left out of its log.
    pub throttled: u64,
    /// First start and last end of an execution.
    pub period: Option<(Timestamp, Timestamp)>,
}

/// `deadlock_detected`, of PostgreSQL.
const DEADLOCK: ErrorCode = ErrorCode::State(*b"40P01");

impl Totals {
    /// The most sessions that were known to be open at once. `None` where the log does not tell
    /// when sessions begin and end.
    pub fn peak_connections(&self) -> Option<u64> {
        (self.disconnections > 0 && self.connections > 0).then_some(self.most_open)
    }

    pub(crate) fn count(&mut self, incident: &Incident) {
        let add = |sum: &mut u64, more: u64| *sum = sum.saturating_add(more);
        match incident.kind {
            IncidentKind::Step(duration) => {
                self.parse_bind_steps += 1;
                add(&mut self.parse_bind_us, duration.0);
            }
            IncidentKind::Fetch(duration) => {
                add(&mut self.fetch_us, duration.0);
                add(&mut self.duration_us, duration.0);
            }
            IncidentKind::UnpairedDuration(duration) => {
                self.unpaired_durations += 1;
                add(&mut self.unpaired_us, duration.0);
            }
            IncidentKind::Plan => self.plans += 1,
            IncidentKind::Error { severity, code } => {
                self.deadlocks += u64::from(code == Some(DEADLOCK));
                match severity {
                    Severity::Error => self.errors += 1,
                    _ => self.fatal_errors += 1,
                }
            }
            IncidentKind::Killed(_, at_least) => {
                self.killed += 1;
                if let Some(at_least) = at_least {
                    add(self.killed_lower_bound_us.get_or_insert(0), at_least.0);
                }
            }
            IncidentKind::TemporaryFile(bytes) => {
                self.temp_files += 1;
                add(&mut self.temp_bytes, bytes);
            }
            IncidentKind::LockWaitBegan(_) => self.lock_waits += 1,
            IncidentKind::LockWaited(_, waited) => add(&mut self.lock_wait_us, waited.0),
            IncidentKind::Connected(open) => {
                self.connections += 1;
                self.most_open = self.most_open.max(open);
            }
            IncidentKind::Disconnected(lasted) => {
                self.disconnections += 1;
                add(&mut self.session_us, lasted.unwrap_or_default().0);
            }
            IncidentKind::Maintenance(..) => {}
            IncidentKind::Lost(lines) => add(&mut self.lost_lines, lines),
            IncidentKind::Session => self.sessions += 1,
            IncidentKind::Throttled(statements) => add(&mut self.throttled, statements),
        }
    }
}
