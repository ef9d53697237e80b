//! What a record becomes, and statements that wait for what belongs to them.

use slowlog_event::{
    ActorId, Execution, FingerprintIndex, Incident, IncidentKind, Literal, Micros, Position,
    Session, Step, Timestamp, is_commented,
};

use crate::batch::RecordKind;

/// Of statements that wait for their duration, this much text is kept, and no text at all once so much of it waits.
const WAITING_TEXT: usize = 16 * 1024 * 1024;

/// A record with its fingerprint and actor known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resolved<'a> {
    pub(crate) kind: RecordKind,
    pub(crate) session_line: u32,
    pub(crate) session_lines: u32,
    /// `None` if it has no statement.
    pub(crate) fingerprint: Option<FingerprintIndex>,
    pub(crate) several_statements: bool,
    /// What it is if it is an execution; what of that any record has, otherwise.
    pub(crate) execution: Execution<'a>,
}

impl Resolved<'_> {
    #[inline]
    pub(super) fn incident(&self, kind: IncidentKind) -> Incident {
        Incident {
            kind,
            fingerprint: self.fingerprint,
            actor: self.execution.actor,
            time: self.execution.end,
            entry: self.execution.entry,
        }
    }
}

/// A statement that waits: for its duration, or a plan for the statement that it belongs to.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    pub(super) step: Option<Step>,
    pub(super) duration: Micros,
    pub(super) time: Option<Timestamp>,
    pub(super) transaction: Option<u64>,
    pub(super) query_id: Option<i64>,
    pub(super) actor: Option<ActorId>,
    pub(super) fingerprint: Option<FingerprintIndex>,
    pub(super) parameters: Option<bool>,
    pub(super) literals: [Literal; Literal::KEPT],
    pub(super) literals_len: usize,
    pub(super) text: Vec<u8>,
    pub(super) text_cut: bool,
    pub(super) input: u32,
    pub(super) position: Position,
    pub(super) entry: u64,
    /// It is counted elsewhere.
    pub(super) is_shut: bool,
}

impl Waiting {
    pub(super) fn execution(&self, session: Option<Session>, duration: Micros) -> Execution<'_> {
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
            commented: is_commented(&self.text),
            text_tabbed: true,
            input: self.input,
            position: self.position,
            entry: self.entry,
            slow: None,
        }
    }
}

/// Room for what waits, used again, so that a statement that waits costs no allocation.
#[derive(Debug, Default)]
pub(super) struct Pool {
    waiting_text: usize,
    #[allow(clippy::vec_box, reason = "the boxes move to the sessions and back")]
    spare: Vec<Box<Waiting>>,
}

impl Pool {
    pub(super) fn wait(&mut self, record: &Resolved<'_>) -> Box<Waiting> {
        let mut waiting = self.spare.pop().unwrap_or_default();
        waiting.step = match record.kind {
            RecordKind::Started(step) => Some(step),
            _ => None,
        };
        let execution = &record.execution;
        waiting.time = execution.end;
        waiting.transaction = execution.transaction;
        waiting.query_id = execution.query_id;
        waiting.actor = Some(execution.actor);
        waiting.fingerprint = record.fingerprint;
        waiting.parameters = execution.parameters;
        waiting.literals_len = execution.literals.len().min(Literal::KEPT);
        waiting.literals[..waiting.literals_len]
            .copy_from_slice(&execution.literals[..waiting.literals_len]);
        let room = WAITING_TEXT.saturating_sub(self.waiting_text);
        let kept = &execution.text[..execution.text.len().min(room)];
        waiting.text.clear();
        waiting.text.extend_from_slice(kept);
        waiting.text_cut = execution.text_cut || kept.len() < execution.text.len();
        self.waiting_text += kept.len();
        waiting.input = execution.input;
        waiting.position = execution.position;
        waiting.entry = execution.entry;
        waiting
    }

    pub(super) fn release(&mut self, mut waiting: Box<Waiting>) {
        self.waiting_text = self.waiting_text.saturating_sub(waiting.text.len());
        // A long text is given back: one of them in every session would be much.
        waiting.text.clear();
        waiting.text.shrink_to(4096);
        if self.spare.len() < 64 {
            self.spare.push(waiting);
        }
    }
}
