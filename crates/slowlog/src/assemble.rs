//! From the records of a stream to executions, session by session.
//!
//! PostgreSQL may log a statement and its duration apart, and a plan before or after both. What
//! belongs together is found per session, in the order of the log; nothing crosses sessions or
//! streams.

use hashbrown::HashMap;
use slowlog_event::{
    ActorId, ErrorCode, Execution, FingerprintIndex, Incident, IncidentKind, Killed, Literal,
    LockStep, Micros, Observer, Position, Session, Severity, SlowEntry, Step, Timestamp,
};

use crate::batch::RecordKind;

/// Of a statement that waits for its duration, this much text is kept.
const KEPT_TEXT: usize = 64 * 1024;
/// And no text at all once so much of it waits.
const WAITING_TEXT: usize = 16 * 1024 * 1024;
/// Sessions that are remembered; past it the ones idle longest are forgotten.
const MOST_SESSIONS: usize = 65_536;
/// Bare durations that may turn out to be parse and bind steps of the statement that follows.
const STEPS_BEFORE_EXECUTE: usize = 2;

/// A record with its fingerprint and actor known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resolved<'a> {
    pub(crate) kind: RecordKind,
    pub(crate) time: Option<Timestamp>,
    pub(crate) session: Option<Session>,
    pub(crate) session_line: u32,
    pub(crate) session_lines: u32,
    pub(crate) transaction: Option<u64>,
    pub(crate) query_id: Option<i64>,
    pub(crate) actor: ActorId,
    pub(crate) fingerprint: Option<FingerprintIndex>,
    pub(crate) several_statements: bool,
    pub(crate) parameters: Option<bool>,
    pub(crate) literals: &'a [Literal],
    pub(crate) text: &'a [u8],
    pub(crate) text_tabbed: bool,
    pub(crate) slow: Option<&'a SlowEntry<'a>>,
    pub(crate) input: u32,
    pub(crate) position: Position,
}

impl<'a> Resolved<'a> {
    fn execution(&self, fingerprint: FingerprintIndex, duration: Micros) -> Execution<'a> {
        Execution {
            fingerprint,
            session: self.session,
            actor: self.actor,
            end: self.time,
            duration,
            transaction: self.transaction,
            query_id: self.query_id,
            plan_only: false,
            apart: false,
            parameters: self.parameters,
            literals: self.literals,
            text: &self.text[..self.text.len().min(KEPT_TEXT)],
            text_cut: self.text.len() > KEPT_TEXT,
            text_tabbed: self.text_tabbed,
            input: self.input,
            position: self.position,
            slow: self.slow,
        }
    }
}

/// A statement that waits: for its duration, or a plan for the statement that it belongs to.
#[derive(Debug, Default)]
struct Waiting {
    step: Option<Step>,
    duration: Micros,
    time: Option<Timestamp>,
    transaction: Option<u64>,
    query_id: Option<i64>,
    actor: Option<ActorId>,
    fingerprint: Option<FingerprintIndex>,
    parameters: Option<bool>,
    literals: [Literal; Literal::KEPT],
    literals_len: usize,
    text: Vec<u8>,
    text_cut: bool,
    input: u32,
    position: Position,
}

/// What is known of a session. With its key it fills a cache line: there can be many.
#[derive(Debug, Default)]
struct SessionState {
    /// The statement that was logged as it started.
    started: Option<Box<Waiting>>,
    /// What few sessions have.
    pending: Option<Box<Pending>>,
    /// The execution before, for a plan that comes behind it, and how long it took.
    last: Option<FingerprintIndex>,
    last_took: Micros,
    touched: u64,
    session_line: u32,
    counted: bool,
}

/// What waits in a session for an entry that it belongs to.
#[derive(Debug, Default)]
struct Pending {
    /// Plans whose statement has not ended yet; more than one if the client sent several
    /// statements at once.
    plans: Vec<Waiting>,
    /// Durations that found no statement so far.
    unclaimed: Vec<Micros>,
    /// What the session waits for, while it does.
    lock: Option<u64>,
}

impl SessionState {
    fn pending(&mut self) -> &mut Pending {
        self.pending.get_or_insert_default()
    }
}

/// Puts the records of one stream together.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    sessions: HashMap<Option<Session>, SessionState, foldhash::fast::RandomState>,
    clock: u64,
    pool: Pool,
    lines: LineNumbers,
}

/// Looks for gaps in the numbers that the entries of a session have.
#[derive(Debug, Default)]
struct LineNumbers {
    missing: u64,
    /// Some carriers have entries out of order: then a gap says nothing.
    is_disordered: bool,
}

impl LineNumbers {
    /// A session that is first seen in its midst has lost nothing: rotation is like that.
    #[inline]
    fn count(&mut self, state: &mut SessionState, record: &Resolved<'_>, restarted: bool) {
        let (line, before) = (record.session_line, state.session_line);
        if line != 0 {
            self.is_disordered |= restarted && line > 1;
            if before != 0 && line > before.saturating_add(1) {
                self.missing += u64::from(line - before - 1);
            }
            state.session_line = line.saturating_add(record.session_lines.saturating_sub(1));
        }
    }

    fn lost(&self) -> Option<u64> {
        (self.missing > 0 && !self.is_disordered).then_some(self.missing)
    }
}

/// Room for what waits, used again, so that a statement that waits costs no allocation.
#[derive(Debug, Default)]
struct Pool {
    waiting_text: usize,
    #[allow(clippy::vec_box, reason = "the boxes move to the sessions and back")]
    spare: Vec<Box<Waiting>>,
}

impl Assembler {
    /// Takes the next record of the stream.
    pub(crate) fn take(&mut self, record: &Resolved<'_>, observer: &mut impl Observer) {
        self.clock += 1;
        match record.kind {
            // What belongs to no session, or says nothing of one that is not known.
            RecordKind::Maintenance(kind, took) => {
                let kind = IncidentKind::Maintenance(kind, took);
                let (actor, time) = (record.actor, record.time);
                observer.incident(&Incident { kind, fingerprint: None, actor, time });
                return self.pass(record);
            }
            RecordKind::Other => return self.pass(record),
            _ => {}
        }
        if self.sessions.len() >= MOST_SESSIONS && !self.sessions.contains_key(&record.session) {
            self.forget_idle(observer);
        }
        let state = self.sessions.entry(record.session).or_default();
        // A process id without the start of its session names a new session when its lines are
        // counted from 1 again.
        let restarted = record.session_line != 0 && record.session_line < state.session_line;
        if restarted || record.kind == RecordKind::Connected {
            self.pool.end_session(state, record.session, observer);
            *state = SessionState::default();
        }
        self.lines.count(state, record, restarted);
        state.touched = self.clock;
        self.pool.step(state, record, observer);
        let incident =
            |kind| Incident { kind, fingerprint: None, actor: record.actor, time: record.time };
        match record.kind {
            RecordKind::Connected => {
                let open = self.sessions.len() as u64;
                observer.incident(&incident(IncidentKind::Connected(open)));
            }
            RecordKind::Disconnected(lasted) => {
                self.pool.end_session(state, record.session, observer);
                self.sessions.remove(&record.session);
                observer.incident(&incident(IncidentKind::Disconnected(lasted)));
            }
            // A client that was refused says no farewell.
            RecordKind::Error { severity: Severity::Fatal, .. } if record.session.is_some() => {
                self.pool.end_session(state, record.session, observer);
                self.sessions.remove(&record.session);
            }
            _ => {}
        }
    }

    /// Takes the number of an entry that is not used.
    fn pass(&mut self, record: &Resolved<'_>) {
        if let Some(state) = self.sessions.get_mut(&record.session) {
            let restarted = record.session_line != 0 && record.session_line < state.session_line;
            self.lines.count(state, record, restarted);
        }
    }

    /// The end of the stream: what waits is reported as it is.
    pub(crate) fn finish(&mut self, observer: &mut impl Observer) {
        let mut sessions: Vec<_> = self.sessions.drain().collect();
        sessions.sort_unstable_by_key(|(session, _)| *session);
        for (session, mut state) in sessions {
            self.pool.end_session(&mut state, session, observer);
        }
        if let Some(lost) = self.lines.lost() {
            let kind = IncidentKind::Lost(lost);
            observer.incident(&Incident { kind, fingerprint: None, actor: ActorId(0), time: None });
        }
    }

    /// Makes room for new sessions. The half that was idle longest goes.
    #[cold]
    fn forget_idle(&mut self, observer: &mut impl Observer) {
        let mut touched: Vec<u64> = self.sessions.values().map(|state| state.touched).collect();
        touched.sort_unstable();
        let limit = touched.get(touched.len() / 2).copied().unwrap_or_default();
        let mut idle: Vec<_> =
            self.sessions.extract_if(|_, state| state.touched <= limit).collect();
        idle.sort_unstable_by_key(|(session, _)| *session);
        for (session, mut state) in idle {
            self.pool.end_session(&mut state, session, observer);
        }
    }
}

impl Pool {
    #[inline]
    fn step(
        &mut self,
        state: &mut SessionState,
        record: &Resolved<'_>,
        observer: &mut impl Observer,
    ) {
        let incident = |kind| Incident {
            kind,
            fingerprint: record.fingerprint,
            actor: record.actor,
            time: record.time,
        };
        match record.kind {
            RecordKind::Finished(Step::Parse | Step::Bind, duration) => {
                observer.incident(&incident(IncidentKind::Step(duration)));
            }
            RecordKind::Finished(Step::Fetch, duration) => {
                self.drop_started(state, record.session, observer);
                observer.incident(&incident(IncidentKind::Fetch(duration)));
            }
            RecordKind::Finished(Step::Simple | Step::Execute, duration) => {
                self.drop_started(state, record.session, observer);
                give_up_durations(state, record.actor, observer);
                let Some(fingerprint) = record.fingerprint else { return };
                claim_plans(state, record.session, fingerprint, duration, observer);
                let execution = record.execution(fingerprint, duration);
                execute(state, &execution, observer);
                if let Some(slow) = record.slow {
                    failures(slow, &incident, observer);
                }
            }
            RecordKind::Untimed => {
                let Some(fingerprint) = record.fingerprint else { return };
                observer.untimed(&record.execution(fingerprint, Micros(0)));
            }
            RecordKind::Started(step) => {
                self.drop_started(state, record.session, observer);
                // Durations just before an `execute` were those of its parse and bind steps.
                if step == Step::Execute
                    && let Some(pending) = &mut state.pending
                {
                    let steps = pending.unclaimed.len().saturating_sub(STEPS_BEFORE_EXECUTE);
                    for duration in pending.unclaimed.drain(steps..) {
                        observer.incident(&incident(IncidentKind::Step(duration)));
                    }
                }
                give_up_durations(state, record.actor, observer);
                flush_plans(state, record.session, observer);
                state.started = Some(self.wait(record));
            }
            RecordKind::Duration(duration, Some(Step::Parse | Step::Bind)) => {
                observer.incident(&incident(IncidentKind::Step(duration)));
            }
            RecordKind::Duration(duration, step) => {
                if let Some(started) = state.started.take() {
                    self.finish_started(state, *started, record, duration, observer);
                } else if step.is_some() {
                    observer.incident(&incident(IncidentKind::UnpairedDuration(duration)));
                } else {
                    let unclaimed = &mut state.pending().unclaimed;
                    if unclaimed.len() >= STEPS_BEFORE_EXECUTE {
                        let oldest = unclaimed.remove(0);
                        observer.incident(&incident(IncidentKind::UnpairedDuration(oldest)));
                    }
                    unclaimed.push(duration);
                }
            }
            RecordKind::Plan { nested, duration, .. } => {
                observer.incident(&incident(IncidentKind::Plan));
                let Some(fingerprint) = record.fingerprint.filter(|_| !nested) else { return };
                // A portal of the extended protocol is closed behind its last execution.
                if state.last == Some(fingerprint) && state.last_took >= duration {
                    state.last = None;
                    return;
                }
                let first = state.pending().plans.first();
                let same_message =
                    first.is_some_and(|first| first.fingerprint == Some(fingerprint));
                if !(same_message && record.several_statements) {
                    flush_plans(state, record.session, observer);
                }
                let mut plan = *self.wait(record);
                plan.duration = duration;
                state.pending().plans.push(plan);
            }
            RecordKind::Error { severity, code, killed } => {
                let started = state.started.take();
                let fingerprint =
                    record.fingerprint.or(started.as_ref().and_then(|waiting| waiting.fingerprint));
                let incident = |kind| Incident { fingerprint, ..incident(kind) };
                observer.incident(&incident(IncidentKind::Error { severity, code }));
                if let Some(killed) = killed {
                    let started = started.as_ref().and_then(|waiting| waiting.time);
                    let at_least = started.zip(record.time).and_then(|(start, end)| {
                        u64::try_from(end.0.saturating_sub(start.0)).ok().map(Micros)
                    });
                    observer.incident(&incident(IncidentKind::Killed(killed, at_least)));
                }
                if let Some(started) = started {
                    self.release(started);
                }
                if severity >= Severity::Error {
                    give_up_durations(state, record.actor, observer);
                    if let Some(pending) = &mut state.pending {
                        pending.lock = None;
                    }
                }
            }
            RecordKind::TemporaryFile(bytes) => {
                let started = || state.started.as_ref().and_then(|started| started.fingerprint);
                let fingerprint = record.fingerprint.or_else(started);
                let kind = IncidentKind::TemporaryFile(bytes);
                observer.incident(&Incident { fingerprint, ..incident(kind) });
            }
            RecordKind::LockWait { object, kind, waited, step } => {
                let lock = &mut state.pending().lock;
                if *lock != Some(object) {
                    observer.incident(&incident(IncidentKind::LockWaitBegan(kind)));
                }
                *lock = (step == LockStep::Waits).then_some(object);
                if step == LockStep::Acquired {
                    observer.incident(&incident(IncidentKind::LockWaited(kind, waited)));
                }
            }
            RecordKind::Throttled(statements) => {
                observer.incident(&incident(IncidentKind::Throttled(statements)));
            }
            RecordKind::Connected
            | RecordKind::Disconnected(_)
            | RecordKind::SchemaChosen
            | RecordKind::LogOpened
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
        observer: &mut impl Observer,
    ) {
        let started = Box::new(started);
        if let (Some(fingerprint), Some(actor)) = (started.fingerprint, started.actor) {
            if started.step == Some(Step::Fetch) {
                let kind = IncidentKind::Fetch(duration);
                let fingerprint = Some(fingerprint);
                observer.incident(&Incident { kind, fingerprint, actor, time: record.time });
            } else {
                claim_plans(state, record.session, fingerprint, duration, observer);
                let execution = Execution {
                    // The id is known once the statement was parsed, after it was logged.
                    query_id: record.query_id.or(started.query_id),
                    end: record.time,
                    apart: true,
                    ..started.execution(record.session, duration)
                };
                execute(state, &execution, observer);
            }
        }
        self.release(started);
    }

    /// A statement that waited is over without a duration.
    fn drop_started(
        &mut self,
        state: &mut SessionState,
        session: Option<Session>,
        observer: &mut impl Observer,
    ) {
        let Some(started) = state.started.take() else { return };
        if started.fingerprint.is_some() && started.actor.is_some() {
            observer.untimed(&started.execution(session, Micros(0)));
        }
        self.release(started);
    }

    fn end_session(
        &mut self,
        state: &mut SessionState,
        session: Option<Session>,
        observer: &mut impl Observer,
    ) {
        self.drop_started(state, session, observer);
        give_up_durations(state, ActorId(0), observer);
        flush_plans(state, None, observer);
    }

    fn wait(&mut self, record: &Resolved<'_>) -> Box<Waiting> {
        let mut waiting = self.spare.pop().unwrap_or_default();
        waiting.step = match record.kind {
            RecordKind::Started(step) => Some(step),
            _ => None,
        };
        waiting.time = record.time;
        waiting.transaction = record.transaction;
        waiting.query_id = record.query_id;
        waiting.actor = Some(record.actor);
        waiting.fingerprint = record.fingerprint;
        waiting.parameters = record.parameters;
        waiting.literals_len = record.literals.len().min(Literal::KEPT);
        waiting.literals[..waiting.literals_len]
            .copy_from_slice(&record.literals[..waiting.literals_len]);
        let room = WAITING_TEXT.saturating_sub(self.waiting_text).min(KEPT_TEXT);
        let kept = &record.text[..record.text.len().min(room)];
        waiting.text.clear();
        waiting.text.extend_from_slice(kept);
        waiting.text_cut = kept.len() < record.text.len();
        self.waiting_text += kept.len();
        waiting.input = record.input;
        waiting.position = record.position;
        waiting
    }

    fn release(&mut self, mut waiting: Box<Waiting>) {
        self.waiting_text = self.waiting_text.saturating_sub(waiting.text.len());
        // A long text is given back: one of them in every session would be much.
        waiting.text.clear();
        waiting.text.shrink_to(4096);
        if self.spare.len() < 64 {
            self.spare.push(waiting);
        }
    }
}

impl Waiting {
    fn execution(&self, session: Option<Session>, duration: Micros) -> Execution<'_> {
        Execution {
            fingerprint: self.fingerprint.unwrap_or(FingerprintIndex(0)),
            session,
            actor: self.actor.unwrap_or(ActorId(0)),
            end: self.time,
            duration,
            transaction: self.transaction,
            query_id: self.query_id,
            plan_only: false,
            apart: false,
            parameters: self.parameters,
            literals: &self.literals[..self.literals_len],
            text: &self.text,
            text_cut: self.text_cut,
            text_tabbed: true,
            input: self.input,
            position: self.position,
            slow: None,
        }
    }
}

/// Reports an execution, and the session the first time.
#[inline]
fn execute(state: &mut SessionState, execution: &Execution<'_>, observer: &mut impl Observer) {
    if !state.counted && execution.session.is_some() {
        state.counted = true;
        observer.incident(&Incident {
            kind: IncidentKind::Session,
            fingerprint: None,
            actor: execution.actor,
            time: execution.end,
        });
    }
    state.last = Some(execution.fingerprint);
    state.last_took = execution.duration;
    observer.execution(execution);
}

/// Errors of MySQL that say that a statement took longer than it was allowed to.
const TIMEOUTS: [u32; 2] = [1969, 3024];

/// The error and the kill that an entry of a slow log has beside its time.
fn failures(
    slow: &SlowEntry<'_>,
    incident: &impl Fn(IncidentKind) -> Incident,
    observer: &mut impl Observer,
) {
    if slow.error != 0 {
        let code = Some(ErrorCode::Number(slow.error));
        observer.incident(&incident(IncidentKind::Error { severity: Severity::Error, code }));
    }
    if slow.killed != 0 {
        let timeout = TIMEOUTS.contains(&slow.error) || TIMEOUTS.contains(&slow.killed);
        let why = if timeout { Killed::Timeout } else { Killed::Request };
        observer.incident(&incident(IncidentKind::Killed(why, None)));
    }
}

/// Plans that wait belong to the statement that has ended if they are of the same text and took no
/// longer; otherwise they are executions that the log has no duration of.
#[inline]
fn claim_plans(
    state: &mut SessionState,
    session: Option<Session>,
    fingerprint: FingerprintIndex,
    duration: Micros,
    observer: &mut impl Observer,
) {
    let Some(pending) = &mut state.pending else { return };
    let plans = &mut pending.plans;
    let took = plans.iter().fold(Micros(0), |sum, plan| sum.saturating_add(plan.duration));
    let same = plans.first().is_some_and(|first| first.fingerprint == Some(fingerprint));
    if same && took <= duration {
        plans.clear();
    } else {
        flush_plans(state, session, observer);
    }
}

/// Plans without a statement are executions of their own.
fn flush_plans(state: &mut SessionState, session: Option<Session>, observer: &mut impl Observer) {
    let Some(pending) = &mut state.pending else { return };
    for plan in std::mem::take(&mut pending.plans) {
        let execution = Execution { plan_only: true, ..plan.execution(session, plan.duration) };
        execute(state, &execution, observer);
        // Another plan of the same text is another execution.
        state.last = None;
    }
}

/// Durations that no statement has claimed.
#[inline]
fn give_up_durations(state: &mut SessionState, actor: ActorId, observer: &mut impl Observer) {
    let Some(pending) = &mut state.pending else { return };
    for duration in pending.unclaimed.drain(..) {
        let kind = IncidentKind::UnpairedDuration(duration);
        observer.incident(&Incident { kind, fingerprint: None, actor, time: None });
    }
}
