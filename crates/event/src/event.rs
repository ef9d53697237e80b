//! What a parser says of one log entry. Everything borrows the block of bytes it was read from.

use std::borrow::Cow;

use crate::{Counter, Micros, Timestamp};

/// A place in an input. Bytes count from 0, lines from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// Offset of the first byte.
    pub byte: u64,
    /// Number of the line that the byte stands in.
    pub line: u64,
}

/// Identifies a server session within a stream: the session id or process id of the log as a
/// number. Process ids are used again, so the same key may name several sessions, one after the
/// other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Session(pub u64);

/// Who sent a statement, as far as the log says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Actor<'a> {
    /// Database user.
    pub user: Option<&'a [u8]>,
    /// Database, or schema on MySQL.
    pub database: Option<&'a [u8]>,
    /// Application name.
    pub application: Option<&'a [u8]>,
    /// Client host without its port.
    pub client: Option<&'a [u8]>,
}

/// One log entry: its own line, its continuation lines, and the DETAIL, CONTEXT and STATEMENT
/// entries that belong to it.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// Where its first line stands, counted from the start of the block.
    pub position: Position,
    /// The stamp of the entry, which for a finished statement is its end.
    pub time: Option<Timestamp>,
    /// The session that wrote it.
    pub session: Option<Session>,
    /// The number of the entry within its session, where the log has one; it restarts at 1.
    pub session_line: Option<u64>,
    /// How many numbers the entry has taken: in stderr each of its parts has one.
    pub session_lines: u32,
    /// Who the session belongs to.
    pub actor: Actor<'a>,
    /// Set where the reader has seen the actor before: of one reader, equal numbers mean equal
    /// actors. It spares comparing names.
    pub actor_number: Option<u32>,
    /// The server's own id of the query, where the log has one that is not zero.
    pub query_id: Option<i64>,
    /// Is the session inside a transaction that has a virtual transaction id here?
    pub transaction: Option<u64>,
    /// What it says.
    pub body: Body<'a>,
}

/// Severity of a PostgreSQL message, in the server's order of importance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// DEBUG, DEBUG1 to DEBUG5.
    Debug,
    /// INFO.
    Info,
    /// NOTICE.
    Notice,
    /// WARNING.
    Warning,
    /// LOG.
    Log,
    /// ERROR: the statement failed.
    Error,
    /// FATAL: the session ended.
    Fatal,
    /// PANIC: every session ended.
    Panic,
}

/// Which step of a statement's life an entry reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// A statement of the simple protocol, run as a whole.
    Simple,
    /// Parsing a prepared statement (extended protocol).
    Parse,
    /// Binding and planning it (extended protocol).
    Bind,
    /// Executing it (extended protocol).
    Execute,
    /// Fetching more rows of a suspended portal (extended protocol).
    Fetch,
}

/// A statement that an entry reports.
#[derive(Debug, Clone)]
pub struct Statement<'a> {
    /// The step that it reports.
    pub step: Step,
    /// How long the step took; `None` where the statement is logged as it starts.
    pub duration: Option<Micros>,
    /// The text as it stands in the log: continuation lines keep their leading TAB.
    pub text: &'a [u8],
    /// The bind parameters as the log lists them (`$1 = 'x', $2 = NULL`).
    pub parameters: Option<&'a [u8]>,
    /// The PREPARE statement that an `EXECUTE name` runs.
    pub prepared: Option<&'a [u8]>,
}

/// Why the server ended a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Killed {
    /// `statement_timeout`, `lock_timeout`, `transaction_timeout` and their like.
    Timeout,
    /// Somebody cancelled it or ended the session.
    Request,
    /// A conflict with recovery on a standby.
    Recovery,
}

/// A failed statement or another error.
#[derive(Debug, Clone, Copy)]
pub struct ErrorEntry<'a> {
    /// ERROR, FATAL or PANIC.
    pub severity: Severity,
    /// The five characters of the SQLSTATE, where the log has it.
    pub state: Option<[u8; 5]>,
    /// Set when the server ended the statement before it was done.
    pub killed: Option<Killed>,
    /// The statement that failed.
    pub statement: Option<&'a [u8]>,
}

/// How the server chose the statements that it logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    /// One of so many is logged.
    pub limit: u32,
    /// Whole sessions were chosen, not single statements.
    pub by_session: bool,
}

/// Which moment of a statement the stamp of its entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamped {
    /// Its end.
    End,
    /// Its start.
    Start,
    /// One of the two, by the version of the server.
    ByServer,
    /// The same, where the form of the entry says that the server is MariaDB.
    ByMariaDb,
}

/// An entry of a slow log of MySQL, MariaDB or Percona Server.
#[derive(Debug, Clone, Copy)]
pub struct SlowEntry<'a> {
    /// What the time of the event is a stamp of.
    pub stamped: Stamped,
    /// How long the statement took; `None` where the log has no number that can be read.
    pub duration: Option<Micros>,
    /// The statement without the `;` that the server puts behind it. An administrator command
    /// reads `administrator command: Quit`.
    pub text: &'a [u8],
    /// The entry does not name its schema: the last one that the file named since the server
    /// opened it holds, if there is one.
    pub inherits_database: bool,
    /// The values of a prepared statement, where the server lists them behind its text.
    pub arguments: Option<&'a [u8]>,
    /// What the server counted, each counter at most once.
    pub counters: &'a [(Counter, u64)],
    /// The server's number of the error that the statement ended with; 0 for none.
    pub error: u32,
    /// Why it was killed, as the server numbers it; 0 for not killed.
    pub killed: u32,
    /// Set where the log says that not every statement is in it.
    pub sampling: Option<Sampling>,
    /// The stored routine that ran the statement.
    pub routine: Option<&'a [u8]>,
    /// The rows of `# explain:` lines with those marks, as they stand in the log.
    pub plan: Option<&'a [u8]>,
}

/// What an entry says, as far as slowlog uses it.
#[derive(Debug, Clone)]
pub enum Body<'a> {
    /// A statement, finished or starting.
    Statement(Statement<'a>),
    /// An entry of a MySQL slow log.
    Slow(SlowEntry<'a>),
    /// The server has opened its log: schemas named before do not hold on.
    LogOpened {
        /// The server's version as it names it, as `8.0.36` or `10.11.6-MariaDB-log`.
        version: &'a [u8],
    },
    /// So many statements without an index were left out of the log
    /// (`log_throttle_queries_not_using_indexes`).
    Throttled(u64),
    /// The duration of a statement that an earlier entry named; with the step where the log says.
    Duration {
        /// How long it took.
        duration: Micros,
        /// PARSE or BIND in the command tag marks a step that is no execution.
        step: Option<Step>,
    },
    /// An execution plan of auto_explain.
    Plan {
        /// Time spent in the executor.
        duration: Micros,
        /// The plan, in one of auto_explain's formats.
        plan: &'a [u8],
        /// The query that was planned.
        query: Cow<'a, [u8]>,
        /// Run by a function of another statement.
        nested: bool,
    },
    /// An error.
    Error(ErrorEntry<'a>),
    /// A temporary file, reported as it is removed.
    TemporaryFile {
        /// Its size.
        bytes: u64,
        /// The statement that made it.
        statement: Option<&'a [u8]>,
    },
    /// A wait for a lock: reported once after `deadlock_timeout`, and when it is over.
    LockWait {
        /// The waiting process.
        process: u64,
        /// What it waits for, as the log names it.
        object: &'a [u8],
        /// How long it has waited.
        waited: Micros,
        /// What became of the wait.
        step: LockStep,
        /// The statement that waits.
        statement: Option<&'a [u8]>,
    },
    /// A new session has come.
    Connected,
    /// The session has chosen another schema, that of the actor.
    SchemaChosen,
    /// The session is over.
    Disconnected {
        /// How long it lasted.
        lasted: Option<Micros>,
    },
    /// What the server does beside statements.
    Maintenance {
        /// What.
        kind: Maintenance,
        /// How long it took, where the log says.
        took: Option<Micros>,
    },
    /// Nothing that is used. It is told where entries are numbered, so that gaps can be seen.
    Other,
}

/// What the log says of a wait for a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LockStep {
    /// It goes on.
    Waits,
    /// The lock is there.
    Acquired,
    /// It ended without the lock.
    GaveUp,
}

/// What a server does beside statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Maintenance {
    /// A checkpoint or restartpoint has ended.
    Checkpoint,
    /// One has begun before its time: `max_wal_size` was reached, or somebody asked for it.
    RequestedCheckpoint,
    /// Autovacuum has cleaned a table.
    Autovacuum,
    /// Autovacuum has taken statistics of a table.
    Autoanalyze,
    /// The server takes connections.
    Start,
    /// A process of it has crashed, which ends all sessions.
    Crash,
}

impl Maintenance {
    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Checkpoint => "checkpoint",
            Self::RequestedCheckpoint => "checkpoint_requested",
            Self::Autovacuum => "autovacuum",
            Self::Autoanalyze => "autoanalyze",
            Self::Start => "start",
            Self::Crash => "crash",
        }
    }
}
