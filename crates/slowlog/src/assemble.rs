//! From the records of a stream to executions, session by session.
//!
//! PostgreSQL may log a statement and its duration apart, and a plan before or after both. What
//! belongs together is found per session, in the order of the log; nothing crosses sessions or
//! streams.

mod plans;
mod session;
mod waiting;

use hashbrown::HashMap;
use slowlog_event::{
    ActorId, ErrorCode, Execution, Incident, IncidentKind, Killed, LockStep, Micros, Session,
    Severity, SlowEntry, Step,
};

use crate::batch::RecordKind;
use crate::gate::Gate;
use plans::{claim_plans, flush_plans, report_plan};
use session::{LineNumbers, SessionState};
pub(crate) use waiting::Resolved;
use waiting::{Pool, Waiting};

/// Sessions that are remembered; past it the ones idle longest are forgotten.
const MOST_SESSIONS: usize = 65_536;
/// Bare durations that may turn out to be parse and bind steps of the statement that follows.
const STEPS_BEFORE_EXECUTE: usize = 2;

/// Puts the records of one stream together.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    sessions: HashMap<Option<Session>, SessionState, foldhash::fast::RandomState>,
    clock: u64,
    pool: Pool,
    lines: LineNumbers,
}

impl Assembler {
    /// Takes the next record of the stream.
    pub(crate) fn take(&mut self, record: &Resolved<'_>, gate: &mut Gate<'_>) {
        self.clock += 1;
        match record.kind {
            // What belongs to no session, or says nothing of one that is not known.
            RecordKind::Maintenance(kind, took) => {
                gate.incident(&record.incident(IncidentKind::Maintenance(kind, took)));
                return self.pass(record);
            }
            RecordKind::Other => return self.pass(record),
            _ => {}
        }
        if self.sessions.len() >= MOST_SESSIONS
            && !self.sessions.contains_key(&record.execution.session)
        {
            self.forget_idle(gate);
        }
        let state = self.sessions.entry(record.execution.session).or_default();
        // A process id without the start of its session names a new session when its lines are
        // counted from 1 again.
        let restarted = record.session_line != 0 && record.session_line < state.session_line;
        if restarted || matches!(record.kind, RecordKind::Connected) {
            if state.matters() {
                gate.keep(record.execution.entry);
            }
            self.pool.end_session(state, record.execution.session, gate);
            *state = SessionState::default();
        }
        self.lines.count(state, record, restarted);
        state.touched = self.clock;
        if let RecordKind::Finished(Step::Simple | Step::Execute, duration) = record.kind {
            return self.pool.finished(state, record, duration, gate);
        }
        self.pool.step(state, record, gate);
        let incident = |kind| record.incident(kind);
        match record.kind {
            RecordKind::Connected => {
                let open = self.sessions.len() as u64;
                gate.incident(&incident(IncidentKind::Connected(open)));
            }
            RecordKind::Disconnected(lasted) => {
                if state.matters() {
                    gate.keep(record.execution.entry);
                }
                self.pool.end_session(state, record.execution.session, gate);
                self.sessions.remove(&record.execution.session);
                gate.incident(&incident(IncidentKind::Disconnected(lasted)));
            }
            // A client that was refused says no farewell.
            RecordKind::Error { severity: Severity::Fatal, .. }
                if record.execution.session.is_some() =>
            {
                self.pool.end_session(state, record.execution.session, gate);
                self.sessions.remove(&record.execution.session);
            }
            _ => {}
        }
    }

    /// Takes the number of an entry that is not used.
    fn pass(&mut self, record: &Resolved<'_>) {
        if let Some(state) = self.sessions.get_mut(&record.execution.session) {
            let restarted = record.session_line != 0 && record.session_line < state.session_line;
            self.lines.count(state, record, restarted);
        }
    }

    /// The end of the stream: what waits is reported as it is.
    pub(crate) fn finish(&mut self, gate: &mut Gate<'_>) {
        let mut sessions: Vec<_> = self.sessions.drain().collect();
        sessions.sort_unstable_by_key(|(session, _)| *session);
        for (session, mut state) in sessions {
            self.pool.end_session(&mut state, session, gate);
        }
        if let Some(lost) = self.lines.lost() {
            let kind = IncidentKind::Lost(lost);
            let (actor, time, entry) = (ActorId(0), None, 0);
            gate.incident(&Incident { kind, fingerprint: None, actor, time, entry });
        }
    }

    /// Makes room for new sessions. The half that was idle longest goes.
    #[cold]
    fn forget_idle(&mut self, gate: &mut Gate<'_>) {
        let mut touched: Vec<u64> = self.sessions.values().map(|state| state.touched).collect();
        touched.sort_unstable();
        let limit = touched.get(touched.len() / 2).copied().unwrap_or_default();
        let mut idle: Vec<_> =
            self.sessions.extract_if(|_, state| state.touched <= limit).collect();
        idle.sort_unstable_by_key(|(session, _)| *session);
        for (session, mut state) in idle {
            self.pool.end_session(&mut state, session, gate);
        }
    }
}

impl Pool {
    /// A statement is over: most records are that, so that it has a way of its own.
    #[inline]
    fn finished(
        &mut self,
        state: &mut SessionState,
        record: &Resolved<'_>,
        duration: Micros,
        gate: &mut Gate<'_>,
    ) {
        self.drop_started(state, record.execution.session, gate);
        give_up_durations(state, gate);
        let Some(fingerprint) = record.fingerprint else { return };
        let execution = &record.execution;
        let admitted = if state.pending.is_none() {
            execute(state, execution, gate)
        } else {
            let plans = claim_plans(state, execution.session, fingerprint, duration, gate);
            execute_with_plans(state, execution, &plans, gate)
        };
        if let Some(slow) = execution.slow.filter(|_| admitted) {
            failures(slow, &|kind| record.incident(kind), gate);
        }
    }

    /// Anything else that happens in a session.
    #[inline(never)]
    fn step(&mut self, state: &mut SessionState, record: &Resolved<'_>, gate: &mut Gate<'_>) {
        let incident = |kind| record.incident(kind);
        match record.kind {
            RecordKind::Finished(Step::Parse | Step::Bind, duration) => {
                gate.incident(&incident(IncidentKind::Step(duration)));
            }
            RecordKind::Finished(Step::Fetch, duration) => {
                self.drop_started(state, record.execution.session, gate);
                gate.incident(&incident(IncidentKind::Fetch(duration)));
            }
            RecordKind::Untimed => {
                if record.fingerprint.is_some() {
                    gate.untimed(&record.execution);
                }
            }
            RecordKind::Started(step) => {
                self.drop_started(state, record.execution.session, gate);
                // Durations just before an `execute` were those of its parse and bind steps.
                if step == Step::Execute
                    && let Some(pending) = &mut state.pending
                {
                    let steps = pending.unclaimed.len().saturating_sub(STEPS_BEFORE_EXECUTE);
                    for unclaimed in pending.unclaimed.drain(steps..) {
                        if let IncidentKind::UnpairedDuration(took) = unclaimed.kind {
                            let entry = unclaimed.entry;
                            let kind = IncidentKind::Step(took);
                            gate.incident(&Incident { entry, ..incident(kind) });
                            gate.release(entry);
                        }
                    }
                }
                give_up_durations(state, gate);
                flush_plans(state, record.execution.session, gate);
                state.started = Some(self.wait(record));
                gate.hold(record.execution.entry);
            }
            RecordKind::Duration(duration, Some(Step::Parse | Step::Bind)) => {
                gate.incident(&incident(IncidentKind::Step(duration)));
            }
            RecordKind::Duration(duration, step) => {
                if let Some(started) = state.started.take() {
                    self.finish_started(state, *started, record, duration, gate);
                } else if step.is_some() {
                    gate.incident(&incident(IncidentKind::UnpairedDuration(duration)));
                } else {
                    let unclaimed = &mut state.pending().unclaimed;
                    if unclaimed.len() >= STEPS_BEFORE_EXECUTE {
                        report_unclaimed(&unclaimed.remove(0), gate);
                    }
                    gate.hold(record.execution.entry);
                    unclaimed.push(incident(IncidentKind::UnpairedDuration(duration)));
                }
            }
            RecordKind::Plan { nested, duration, .. } => {
                let Some(fingerprint) = record.fingerprint.filter(|_| !nested) else {
                    gate.incident(&incident(IncidentKind::Plan));
                    return;
                };
                // A portal of the extended protocol is closed behind its last execution.
                if state.last == Some(fingerprint) && state.last_took >= duration {
                    state.last = None;
                    gate.belongs(&incident(IncidentKind::Plan), state.last_admitted);
                    return;
                }
                let first = state.pending().plans.first();
                let same_message =
                    first.is_some_and(|first| first.fingerprint == Some(fingerprint));
                if !(same_message && record.several_statements) {
                    flush_plans(state, record.execution.session, gate);
                }
                let mut plan = *self.wait(record);
                plan.duration = duration;
                plan.is_shut = gate.is_shut;
                gate.hold(plan.entry);
                state.pending().plans.push(plan);
            }
            RecordKind::Error { severity, code, killed } => {
                let started = state.started.take();
                // An error that does not name the statement is that of the one that runs.
                let (fingerprint, actor) = match &started {
                    Some(started) if record.fingerprint.is_none() => {
                        (started.fingerprint, started.actor.unwrap_or(record.execution.actor))
                    }
                    _ => (record.fingerprint, record.execution.actor),
                };
                let incident = |kind| Incident { fingerprint, actor, ..incident(kind) };
                let admitted = gate.incident(&incident(IncidentKind::Error { severity, code }));
                if let Some(killed) = killed {
                    let started = started.as_ref().and_then(|waiting| waiting.time);
                    let at_least = started.zip(record.execution.end).and_then(|(start, end)| {
                        u64::try_from(end.0.saturating_sub(start.0)).ok().map(Micros)
                    });
                    gate.incident(&incident(IncidentKind::Killed(killed, at_least)));
                }
                if let Some(started) = started {
                    if admitted {
                        gate.keep(started.entry);
                    }
                    gate.release(started.entry);
                    self.release(started);
                }
                if severity >= Severity::Error {
                    give_up_durations(state, gate);
                    if let Some(pending) = &mut state.pending {
                        pending.lock = None;
                    }
                }
            }
            RecordKind::TemporaryFile(bytes) => {
                let started = || state.started.as_ref().and_then(|started| started.fingerprint);
                let fingerprint = record.fingerprint.or_else(started);
                let kind = IncidentKind::TemporaryFile(bytes);
                gate.incident(&Incident { fingerprint, ..incident(kind) });
            }
            RecordKind::LockWait { object, kind, waited, step } => {
                let lock = &mut state.pending().lock;
                if *lock != Some(object) && step != LockStep::GaveUp {
                    gate.incident(&incident(IncidentKind::LockWaitBegan(kind)));
                }
                *lock = (step == LockStep::Waits).then_some(object);
                if step == LockStep::Acquired {
                    gate.incident(&incident(IncidentKind::LockWaited(kind, waited)));
                }
            }
            RecordKind::Throttled(statements) => {
                gate.incident(&incident(IncidentKind::Throttled(statements)));
            }
            RecordKind::Connected
            | RecordKind::Disconnected(_)
            | RecordKind::SchemaChosen
            | RecordKind::LogOpened
            | RecordKind::Finished(Step::Simple | Step::Execute, _)
            | RecordKind::Maintenance(..)
            | RecordKind::Other => {}
        }
    }

    /// A duration has come for the statement that waits.
    fn finish_started(
        &mut self,
        state: &mut SessionState,
        started: Waiting,
        record: &Resolved<'_>,
        duration: Micros,
        gate: &mut Gate<'_>,
    ) {
        let started = Box::new(started);
        let mut admitted = false;
        if let (Some(fingerprint), Some(actor)) = (started.fingerprint, started.actor) {
            if started.step == Some(Step::Fetch) {
                let kind = IncidentKind::Fetch(duration);
                let fingerprint = Some(fingerprint);
                let (time, entry) = (record.execution.end, started.entry);
                admitted = gate.incident(&Incident { kind, fingerprint, actor, time, entry });
            } else {
                let plans =
                    claim_plans(state, record.execution.session, fingerprint, duration, gate);
                let execution = Execution {
                    // The id is known once the statement was parsed, after it was logged.
                    query_id: record.execution.query_id.or(started.query_id),
                    end: record.execution.end,
                    apart: true,
                    ..started.execution(record.execution.session, duration)
                };
                admitted = execute_with_plans(state, &execution, &plans, gate);
            }
        }
        if admitted {
            gate.keep(record.execution.entry);
        }
        gate.release(started.entry);
        self.release(started);
    }

    /// A statement that waited is over without a duration.
    #[inline]
    fn drop_started(
        &mut self,
        state: &mut SessionState,
        session: Option<Session>,
        gate: &mut Gate<'_>,
    ) {
        if let Some(started) = state.started.take() {
            self.give_up(started, session, gate);
        }
    }

    fn give_up(&mut self, started: Box<Waiting>, session: Option<Session>, gate: &mut Gate<'_>) {
        if started.fingerprint.is_some() && started.actor.is_some() {
            gate.untimed(&started.execution(session, Micros(0)));
        }
        gate.release(started.entry);
        self.release(started);
    }

    fn end_session(
        &mut self,
        state: &mut SessionState,
        session: Option<Session>,
        gate: &mut Gate<'_>,
    ) {
        self.drop_started(state, session, gate);
        give_up_durations(state, gate);
        flush_plans(state, session, gate);
    }
}

/// Reports an execution, and the session the first time; says whether it was asked for.
#[inline]
fn execute(state: &mut SessionState, execution: &Execution<'_>, gate: &mut Gate<'_>) -> bool {
    state.last = Some(execution.fingerprint);
    state.last_took = execution.duration;
    state.last_admitted = gate.execution(execution);
    if state.last_admitted && !state.counted && execution.session.is_some() {
        state.counted = true;
        gate.belongs(
            &Incident {
                kind: IncidentKind::Session,
                fingerprint: None,
                actor: execution.actor,
                time: execution.end,
                entry: execution.entry,
            },
            true,
        );
    }
    state.last_admitted
}

/// The same with the plans that belong to it.
#[inline(never)]
fn execute_with_plans(
    state: &mut SessionState,
    execution: &Execution<'_>,
    plans: &[Waiting],
    gate: &mut Gate<'_>,
) -> bool {
    let admitted = execute(state, execution, gate);
    for plan in plans {
        report_plan(plan, execution, admitted, gate);
    }
    admitted
}

/// Errors of MySQL that say that a statement took longer than it was allowed to.
const TIMEOUTS: [u32; 2] = [1969, 3024];

/// The error and the kill that an entry of a slow log has beside its time.
#[inline]
fn failures(
    slow: &SlowEntry<'_>,
    incident: &impl Fn(IncidentKind) -> Incident,
    gate: &mut Gate<'_>,
) {
    if slow.error != 0 {
        let code = Some(ErrorCode::Number(slow.error));
        gate.incident(&incident(IncidentKind::Error { severity: Severity::Error, code }));
    }
    if slow.killed != 0 {
        let timeout = TIMEOUTS.contains(&slow.error) || TIMEOUTS.contains(&slow.killed);
        let why = if timeout { Killed::Timeout } else { Killed::Request };
        gate.incident(&incident(IncidentKind::Killed(why, None)));
    }
}

/// Durations that no statement has claimed.
#[inline]
fn give_up_durations(state: &mut SessionState, gate: &mut Gate<'_>) {
    let Some(pending) = &mut state.pending else { return };
    for duration in pending.unclaimed.drain(..) {
        report_unclaimed(&duration, gate);
    }
}

fn report_unclaimed(duration: &Incident, gate: &mut Gate<'_>) {
    gate.incident(duration);
    gate.release(duration.entry);
}
