//! What the assembled log says, in order, and who listens.

use std::borrow::Cow;
use std::fmt;

use crate::{
    Killed, Literal, LockKind, Maintenance, Micros, Position, Session, Severity, SlowEntry,
    Timestamp,
};

/// Index of a fingerprint in the table of the running analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FingerprintIndex(pub u32);

/// Index of an actor (user, database, application, client) in the table of the running analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorId(pub u32);

/// One completed statement with a time.
#[derive(Debug, Clone, Copy)]
pub struct Execution<'a> {
    /// What was run.
    pub fingerprint: FingerprintIndex,
    /// Where it ran.
    pub session: Option<Session>,
    /// Who ran it.
    pub actor: ActorId,
    /// When it ended.
    pub end: Option<Timestamp>,
    /// How long it took.
    pub duration: Micros,
    /// Virtual transaction it ran in, where the log says.
    pub transaction: Option<u64>,
    /// The server's own id of the query.
    pub query_id: Option<i64>,
    /// Known by its plan alone: the time is that of the executor.
    pub plan_only: bool,
    /// The statement and its duration are entries of their own.
    pub apart: bool,
    /// Are the values of its bind parameters in the log? `None` if it has no parameters.
    pub parameters: Option<bool>,
    /// The first [`Literal::KEPT`] literals, bind parameters filled in.
    pub literals: &'a [Literal],
    /// The statement as it stands in the log, cut at 64 KiB.
    pub text: &'a [u8],
    /// Is `text` cut, here or by the server?
    pub text_cut: bool,
    /// Does `text` [begin or end with a comment](is_commented)?
    pub commented: bool,
    /// Has the log put a TAB at the start of each continuation line of `text`?
    pub text_tabbed: bool,
    /// Index of the input it was read from.
    pub input: u32,
    /// Where in that input.
    pub position: Position,
    /// Number of the entry with the statement, counted over the whole analysis.
    pub entry: u64,
    /// What a slow log of MySQL says beyond that.
    pub slow: Option<&'a SlowEntry<'a>>,
}

impl<'a> Execution<'a> {
    /// The statement as the client sent it, without the TABs of the log.
    pub fn sent_text(&self) -> Cow<'a, [u8]> {
        if self.text_tabbed { without_tabs(self.text) } else { Cow::Borrowed(self.text) }
    }
}

/// Does a statement begin or end with a comment? That is where libraries put tags. Whoever has just
/// read the text can tell for less than whoever comes to it later.
#[inline]
pub fn is_commented(text: &[u8]) -> bool {
    let may_end = text.last().is_some_and(|last| matches!(last, b'/' | b';') || *last <= b' ');
    text.starts_with(b"/*") || may_end && ends_with_comment(text)
}

fn ends_with_comment(text: &[u8]) -> bool {
    let end = text.trim_ascii_end();
    end.strip_suffix(b";").unwrap_or(end).ends_with(b"*/")
}

/// Takes the TAB away that PostgreSQL's stderr log puts behind every newline of a message.
pub fn without_tabs(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.windows(2).any(|pair| pair == b"\n\t") {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut after_newline = false;
    for &byte in text {
        if !(after_newline && byte == b'\t') {
            plain.push(byte);
        }
        after_newline = byte == b'\n';
    }
    Cow::Owned(plain)
}

/// Something else that happened in a session.
#[derive(Debug, Clone, Copy)]
pub struct Incident {
    /// What.
    pub kind: IncidentKind,
    /// The statement it happened to.
    pub fingerprint: Option<FingerprintIndex>,
    /// Who ran it.
    pub actor: ActorId,
    /// When it was logged.
    pub time: Option<Timestamp>,
    /// Number of the entry that says so, counted over the whole analysis.
    pub entry: u64,
}

/// The kinds of [`Incident`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentKind {
    /// A parse or bind step of the extended protocol.
    Step(Micros),
    /// More rows of a suspended portal; the time belongs to the fingerprint, it is no execution.
    Fetch(Micros),
    /// A duration that found no statement.
    UnpairedDuration(Micros),
    /// A plan that belongs to an execution.
    Plan,
    /// An error.
    Error {
        /// ERROR, FATAL or PANIC.
        severity: Severity,
        /// Which, where the log says.
        code: Option<ErrorCode>,
    },
    /// A statement that the server ended; its time is at least this, where known.
    Killed(Killed, Option<Micros>),
    /// A temporary file of so many bytes.
    TemporaryFile(u64),
    /// A wait for a lock, counted once when it begins.
    LockWaitBegan(Option<LockKind>),
    /// The time that a wait for a lock took.
    LockWaited(Option<LockKind>, Micros),
    /// A client has connected; so many sessions are known to be open.
    Connected(u64),
    /// A session is over; it lasted so long, where the log says.
    Disconnected(Option<Micros>),
    /// What the server does beside statements, and how long that took, where the log says.
    Maintenance(Maintenance, Option<Micros>),
    /// So many lines are missing by their numbers.
    Lost(u64),
    /// A session that runs its first execution.
    Session,
    /// So many statements were left out of the log.
    Throttled(u64),
}

/// What a server calls an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorCode {
    /// The SQLSTATE of PostgreSQL.
    State([u8; 5]),
    /// The number of MySQL.
    Number(u32),
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(state) => write!(f, "{}", state.escape_ascii()),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

/// Listens to the assembled log. Calls come from one thread in the order of the log.
pub trait Observer {
    /// A completed statement.
    fn execution(&mut self, execution: &Execution<'_>);

    /// A statement that was logged without a time: it has the stamp of its start as its end, and 0
    /// as its duration, which means nothing. Ignored by default.
    fn untimed(&mut self, execution: &Execution<'_>) {
        let _ = execution;
    }

    /// Anything else. Ignored by default.
    fn incident(&mut self, incident: &Incident) {
        let _ = incident;
    }

    /// A plan of auto_explain, as the log has it, of a statement that took so long. Whether or not
    /// the statement itself is logged. Ignored by default.
    fn plan(&mut self, fingerprint: FingerprintIndex, took: Micros, plan: &[u8]) {
        let _ = (fingerprint, took, plan);
    }
}
