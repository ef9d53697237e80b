//! Loops of queries: one statement, or several in turn, for each row of another query's result.
//!
//! [`NPlusOneDetector`] observes executions in the order of the log. Per session, or per trace
//! where comments tell it, it keeps what was sent since the last silence and looks for statements
//! that come again and again in turn. What a loop is, is said at the end, when the whole log has
//! shown what is usual: how often a statement comes alone, and what comes before it.

mod chance;
mod conversation;
mod conversations;
mod finding;
mod framework;
mod learned;
mod link;
mod loops;
mod parameters;
mod parent;
mod pattern;
mod place;
mod pooling;
mod rewrite;
mod sort;
mod spread;
mod statement;
mod tags;
mod threshold;
mod weigh;
mod words;

use slowlog_event::{Execution, Observer};

use conversation::Conversation;
use conversations::Conversations;
use learned::{Learned, Room};
use pattern::Scope;
use pooling::Pooling;
use statement::{Class, Statements};
use tags::{Comments, Tags};
use threshold::Threshold;

pub use finding::{Burst, Finding, NPlusOne};
pub use link::Link;
pub use pattern::{BurstKind, Example};
pub use rewrite::Rewrite;
pub use weigh::Confidence;

/// Conversations that are remembered; past it the half that was idle longest is looked at. Each trace
/// is one, so there are always as many where requests have them: more would only wait in memory.
const MOST_CONVERSATIONS: usize = 4096;
/// Statements that all conversations together may hold, so that many idle sessions stay small.
const MOST_ITEMS: usize = 128 * 1024;
/// So many transactions without an end say something of the log.
const ENOUGH_UNENDED: u64 = 5;

/// How to look for bursts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BurstSettings {
    /// Bursts with fewer executions of a statement are left out.
    pub min_burst: u32,
    /// Keep every burst with the lines of its children, not only sums: memory then grows with what
    /// is found.
    pub list: bool,
}

impl Default for BurstSettings {
    fn default() -> Self {
        Self { min_burst: 5, list: false }
    }
}

/// Watches executions for N+1 queries.
#[derive(Debug, Default)]
pub struct NPlusOneDetector {
    search: Search,
    conversations: Conversations,
    pooling: Pooling,
    comments: Comments,
    clock: u64,
    begins: u64,
    /// BEGINs inside of what should have ended.
    unended: u64,
    /// More than a few transactions begin and do not end in this log.
    marks_missing: bool,
    threshold: Threshold,
    /// The log says that it has been sampled by statements.
    sampled: bool,
}

/// Looks for bursts in conversations.
#[derive(Debug, Default)]
struct Search {
    settings: BurstSettings,
    statements: Statements,
    learned: Learned,
    room: Room,
    /// Items in all conversations.
    held: usize,
}

impl Search {
    /// Looks at a conversation, which may be over.
    #[inline]
    fn look(&mut self, conversation: &mut Conversation, over: bool) {
        self.held -= conversation.items.len();
        let (statements, room) = (&self.statements, &mut self.room);
        self.learned.look(conversation, statements, self.settings, room, over);
        self.held += conversation.items.len();
    }

    /// Adds an execution to a conversation, which is looked at if that is over or full.
    #[inline]
    fn add(&mut self, conversation: &mut Conversation, execution: &Execution<'_>, route: u64) {
        self.learned.transaction_ids |= execution.transaction.is_some();
        if self.learned.transaction_ids {
            conversation.transaction = 0;
        }
        let over = conversation.is_over(execution, route);
        if over || conversation.is_due() {
            self.look(conversation, over);
        }
        conversation.push(execution, route);
        self.held += 1;
        self.learned.count(execution.fingerprint);
    }
}

/// What a conversation is held together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    Session(u64),
    Trace(u64),
    /// The statements of one actor, where sessions do not tell requests apart.
    Actor(u32),
}

impl Key {
    fn scope(self) -> Scope {
        match self {
            Self::Session(_) => Scope::Session,
            Self::Trace(_) => Scope::Trace,
            Self::Actor(_) => Scope::Pool,
        }
    }
}

impl NPlusOneDetector {
    /// A detector with these settings.
    pub fn new(settings: BurstSettings) -> Self {
        let search = Search { settings, ..Search::default() };
        Self { search, ..Self::default() }
    }

    /// What was found in the whole log.
    pub fn finish(mut self) -> NPlusOne {
        self.end_stream();
        let marks_missing = self.marks_missing;
        // A BEGIN inside of a transaction means that its COMMIT is not in the log.
        let marks_hold = !marks_missing && self.unended * 20 <= self.begins;
        let thresholded = self.threshold.is_there();
        let partial = marks_missing || thresholded || self.sampled;
        let Search { learned, statements, .. } = &self.search;
        // Those that take long enough to be logged may come in pairs by chance.
        let marks_hold = marks_hold && !thresholded;
        let pooled = self.pooling.is_usual();
        let mut found = finding::judge(learned, statements, marks_hold, partial, pooled);
        (found.pooled, found.marks_missing, found.partial) = (pooled, marks_missing, partial);
        found
    }

    /// The stream of log files is over: what comes next are other sessions.
    pub fn end_stream(&mut self) {
        for (_, mut conversation) in self.conversations.take_all() {
            self.search.look(&mut conversation, true);
        }
        self.search.held = 0;
        self.search.learned.transaction_ids = false;
    }

    /// Makes room. The half of the conversations that was idle longest is looked at.
    #[cold]
    fn close_idle(&mut self) {
        for (_, mut conversation) in self.conversations.take_idle() {
            self.search.look(&mut conversation, true);
            self.search.held -= conversation.items.len();
            self.conversations.recycle(conversation);
        }
    }
}

impl NPlusOneDetector {
    /// Where requests are spread over sessions: a transaction is of one request, and any other
    /// statement may be of any. What a session has sent since its last transaction is over.
    fn take_spread(&mut self, execution: &Execution<'_>, session: Key, tags: Tags) {
        let open = self.conversations.get(session);
        let transaction = open.map_or(0, |open| open.transaction);
        let transaction = execution.transaction.unwrap_or(transaction);
        let goes_on = transaction != 0
            && open
                .and_then(|open| open.items.last())
                .is_some_and(|last| last.transaction == transaction);
        if !goes_on {
            self.hand_over(session);
        }
        let key = if transaction == 0 { Key::Actor(execution.actor.0) } else { session };
        self.take(key, execution, tags);
    }

    /// Ends a transaction of a session: a loop within is looked for; a few statements are a part of
    /// what the actor does.
    fn hand_over(&mut self, session: Key) {
        let Some(mut part) = self.conversations.remove(session) else { return };
        let few = part.items.len() < self.search.settings.min_burst as usize;
        match part.actor.filter(|_| few && !part.items.is_empty()) {
            Some(actor) => {
                let all = self.conversations.of(Key::Actor(actor.0));
                all.scope = Scope::Pool;
                all.touched = self.clock;
                all.append(&part);
                part.clear();
            }
            None => {
                self.search.look(&mut part, true);
            }
        }
        *self.conversations.of(session) = part;
    }

    /// Adds an execution to a conversation.
    fn take(&mut self, key: Key, execution: &Execution<'_>, tags: Tags) {
        let conversation = self.conversations.of(key);
        conversation.touched = self.clock;
        conversation.scope = key.scope();
        self.search.add(conversation, execution, tags.route);
    }

    /// Makes room before a conversation begins.
    fn make_room(&mut self, key: Key) {
        if (self.conversations.len() >= MOST_CONVERSATIONS || self.search.held >= MOST_ITEMS)
            && self.conversations.get(key).is_none()
        {
            self.close_idle();
        }
    }
}

impl Observer for NPlusOneDetector {
    #[inline]
    fn execution(&mut self, execution: &Execution<'_>) {
        let Some(session) = execution.session else { return };
        let class = self.search.statements.class(execution);
        let tags =
            if execution.commented { self.comments.tags(execution.text) } else { Tags::default() };
        let key = if tags.trace == 0 { Key::Session(session.0) } else { Key::Trace(tags.trace) };
        self.clock += 1;
        self.threshold.take(execution.duration);
        let sampling = execution.slow.and_then(|slow| slow.sampling);
        self.sampled |= sampling.is_some_and(|sampling| sampling.limit > 1 && !sampling.by_session);
        self.make_room(key);
        match class {
            Class::Begin => {
                let conversation = self.conversations.of(key);
                conversation.touched = self.clock;
                self.begins += 1;
                self.unended += u64::from(conversation.transaction != 0);
                // Any number that no transaction had before; ids of the log are never so small. Where
                // ends are missing, what goes on is not known to be of it.
                let marks_hold = self.unended * 20 <= self.begins;
                self.marks_missing |= !marks_hold && self.unended >= ENOUGH_UNENDED;
                conversation.transaction = if self.marks_missing { 0 } else { self.clock };
            }
            Class::End => {
                if let Some(conversation) = self.conversations.get_mut(key) {
                    conversation.transaction = 0;
                }
                if tags.trace == 0 && self.pooling.is_so() {
                    self.hand_over(key);
                }
            }
            Class::Control => {}
            Class::Read | Class::Write => {
                let conversation = self.conversations.of(key);
                let transaction = execution.transaction.unwrap_or(conversation.transaction);
                if tags.trace == 0
                    && self.pooling.observe(execution.fingerprint.0, session.0, transaction)
                {
                    return self.take_spread(execution, key, tags);
                }
                conversation.touched = self.clock;
                conversation.scope = key.scope();
                self.search.add(conversation, execution, tags.route);
            }
        }
    }

    /// The order is what tells a loop. Where the log has no time, none is known to be saved.
    fn untimed(&mut self, execution: &Execution<'_>) {
        self.execution(execution);
    }
}
