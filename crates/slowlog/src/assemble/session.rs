//! What is remembered of a session.

use slowlog_event::{FingerprintIndex, Incident, Micros};

use super::waiting::{Resolved, Waiting};

/// What is known of a session. With its key it fills a cache line: there can be many.
#[derive(Debug, Default)]
pub(super) struct SessionState {
    /// The statement that was logged as it started.
    pub(super) started: Option<Box<Waiting>>,
    /// What few sessions have.
    pub(super) pending: Option<Box<Pending>>,
    /// The execution before, for a plan that comes behind it, and how long it took.
    pub(super) last: Option<FingerprintIndex>,
    pub(super) last_took: Micros,
    pub(super) last_admitted: bool,
    pub(super) touched: u64,
    pub(super) session_line: u32,
    pub(super) counted: bool,
}

/// What waits in a session for an entry that it belongs to.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// Plans whose statement has not ended yet; more than one if the client sent several
    /// statements at once.
    pub(super) plans: Vec<Waiting>,
    /// Durations that found no statement so far.
    pub(super) unclaimed: Vec<Incident>,
    /// What the session waits for, while it does.
    pub(super) lock: Option<u64>,
}

impl SessionState {
    /// Would its end change anything?
    pub(super) fn matters(&self) -> bool {
        self.counted || self.started.is_some() || self.pending.is_some()
    }

    pub(super) fn pending(&mut self) -> &mut Pending {
        self.pending.get_or_insert_default()
    }
}

/// Looks for gaps in the numbers that the entries of a session have.
#[derive(Debug, Default)]
pub(super) struct LineNumbers {
    missing: u64,
    /// Some carriers have entries out of order: then a gap says nothing.
    is_disordered: bool,
}

impl LineNumbers {
    /// A session that is first seen in its midst has lost nothing: rotation is like that.
    #[inline]
    pub(super) fn count(
        &mut self,
        state: &mut SessionState,
        record: &Resolved<'_>,
        restarted: bool,
    ) {
        let (line, before) = (record.session_line, state.session_line);
        if line != 0 {
            self.is_disordered |= restarted && line > 1;
            if before != 0 && line > before.saturating_add(1) {
                self.missing += u64::from(line - before - 1);
            }
            state.session_line = line.saturating_add(record.session_lines.saturating_sub(1));
        }
    }

    pub(super) fn lost(&self) -> Option<u64> {
        (self.missing > 0 && !self.is_disordered).then_some(self.missing)
    }
}
