//! Loops of queries: one statement, or several in turn, for each row of another query's result.
//!
//! [`NPlusOneDetector`] observes executions in the order of the log. Per session, or per trace
//! where comments tell it, it keeps what was sent since the last silence and looks for statements
//! that come again and again in turn. What a loop is, is said at the end, when the whole log has
//! shown what is usual: how often a statement comes alone, and what comes before it.

mod chance;
mod conversation;
mod finding;
mod framework;
mod link;
mod loops;
mod parameters;
mod pattern;
mod place;
mod pooling;
mod rewrite;
mod statement;
mod tags;
mod weigh;

use hashbrown::HashMap;
use slowlog_event::{Execution, FingerprintIndex, Literal, Observer};

use chance::{Runs, length_class};
use conversation::{Conversation, Item, UNKNOWN};
use loops::{Body, Loop, Run};
use parameters::{Parameters, parameters};
use pattern::{Distance, ParentRows, Patterns, Scope, Signs, Sums};
use pooling::Pooling;
use statement::{Class, Statements};

pub use finding::{Burst, Finding, NPlusOne};
pub use link::Link;
pub use pattern::{BurstKind, Example};
pub use rewrite::Rewrite;
pub use weigh::Confidence;

/// Conversations that are remembered; past it the half that was idle longest is looked at.
const MOST_CONVERSATIONS: usize = 65_536;
/// Statements that all conversations together may hold, so that many idle sessions stay small.
const MOST_ITEMS: usize = 512 * 1024;
/// A parent is looked for among so many statements before a burst.
const NEAR: usize = 4;
/// Of so many transactions on, those without an end say something of the log.
const ENOUGH_BEGINS: u64 = 20;
/// A loop that goes round less often is none.
const FEWEST_TURNS: u32 = 3;
/// A child that takes longer in the mean is no lookup: microseconds.
const HEAVY_US: u64 = 50_000;

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
    settings: BurstSettings,
    statements: Statements,
    conversations: HashMap<Key, Conversation, foldhash::fast::RandomState>,
    pooling: Pooling,
    clock: u64,
    /// Items in all conversations.
    held: usize,
    begins: u64,
    /// BEGINs inside of what should have ended.
    unended: u64,
    learned: Learned,
    room: Room,
}

/// What a conversation is held together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    Session(u64),
    Trace(u64),
    /// The statements of one actor, where sessions do not tell requests apart.
    Actor(u32),
}

/// What the log has shown so far.
#[derive(Debug, Default)]
struct Learned {
    /// The log gives transactions, so that BEGIN and COMMIT need not.
    transaction_ids: bool,
    executions: u64,
    /// Executions by fingerprint.
    counts: Vec<u64>,
    /// How often a statement follows itself, and how often loops of several statements go round
    /// that it is one of; by fingerprint.
    runs: Vec<[Runs; 2]>,
    patterns: Patterns,
    listed: Vec<finding::Listed>,
}

/// Buffers that are used again.
#[derive(Debug, Default)]
struct Room {
    runs: Vec<Run>,
    loops: Vec<Loop>,
    values: Vec<Literal>,
    parameters: Vec<(u32, Parameters)>,
}

impl NPlusOneDetector {
    /// A detector with these settings.
    pub fn new(settings: BurstSettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// What was found in the whole log.
    pub fn finish(mut self) -> NPlusOne {
        self.end_stream();
        // A BEGIN inside of a transaction means that its COMMIT is not in the log.
        let marks_hold = self.unended * 20 <= self.begins;
        let pooled = self.pooling.is_usual();
        let mut found = finding::judge(&self.learned, &self.statements, marks_hold, pooled);
        found.pooled = pooled;
        found.marks_missing = !marks_hold && self.begins >= ENOUGH_BEGINS;
        found
    }

    /// The stream of log files is over: what comes next are other sessions.
    pub fn end_stream(&mut self) {
        let mut open: Vec<_> = self.conversations.drain().collect();
        open.sort_unstable_by_key(|(key, _)| *key);
        for (_, conversation) in &mut open {
            self.learned.look(conversation, &self.statements, self.settings, &mut self.room, true);
        }
        self.held = 0;
        self.learned.transaction_ids = false;
    }

    /// Makes room. The half of the conversations that was idle longest is looked at.
    #[cold]
    fn close_idle(&mut self) {
        let mut touched: Vec<u64> =
            self.conversations.values().map(|conversation| conversation.touched).collect();
        touched.sort_unstable();
        let limit = touched.get(touched.len() / 2).copied().unwrap_or_default();
        let mut idle: Vec<_> = self
            .conversations
            .extract_if(|_, conversation| conversation.touched <= limit)
            .collect();
        idle.sort_unstable_by_key(|(key, _)| *key);
        for (_, conversation) in &mut idle {
            self.held -= conversation.items.len();
            self.learned.look(conversation, &self.statements, self.settings, &mut self.room, true);
        }
    }
}

impl Observer for NPlusOneDetector {
    #[inline]
    fn execution(&mut self, execution: &Execution<'_>) {
        let Some(session) = execution.session else { return };
        let class = self.statements.class(execution);
        let tags = tags::tags(execution.text);
        let work = matches!(class, Class::Read | Class::Write);
        let mut key = Key::Session(session.0);
        if tags.trace != 0 {
            key = Key::Trace(tags.trace);
        } else if work && execution.transaction.is_none() {
            let pooled = self.pooling.observe(execution.fingerprint.0, session.0);
            let marked = || self.conversations.get(&key).is_some_and(|open| open.transaction != 0);
            if pooled && !marked() {
                key = Key::Actor(execution.actor.0);
            }
        }
        self.clock += 1;
        if (self.conversations.len() >= MOST_CONVERSATIONS || self.held >= MOST_ITEMS)
            && !self.conversations.contains_key(&key)
        {
            self.close_idle();
        }
        let conversation = self.conversations.entry(key).or_default();
        conversation.touched = self.clock;
        conversation.scope = match key {
            Key::Trace(_) => Scope::Trace,
            Key::Session(_) => Scope::Session,
            Key::Actor(_) => Scope::Pool,
        };
        match class {
            Class::Begin => {
                self.begins += 1;
                self.unended += u64::from(conversation.transaction != 0);
                // Any number that no transaction had before; ids of the log are never so small.
                conversation.transaction = self.clock;
            }
            Class::End => conversation.transaction = 0,
            Class::Control => {}
            Class::Read | Class::Write => {
                self.learned.transaction_ids |= execution.transaction.is_some();
                if self.learned.transaction_ids {
                    conversation.transaction = 0;
                }
                let over = conversation.is_over(execution, tags.route);
                if over || conversation.is_full() {
                    self.held -= conversation.items.len();
                    let (learned, room) = (&mut self.learned, &mut self.room);
                    learned.look(conversation, &self.statements, self.settings, room, over);
                    self.held += conversation.items.len();
                }
                conversation.push(execution, tags.route);
                self.held += 1;
                self.learned.count(execution.fingerprint);
            }
        }
    }
}

impl Learned {
    #[inline]
    fn count(&mut self, fingerprint: FingerprintIndex) {
        let index = fingerprint.0 as usize;
        if index >= self.counts.len() {
            self.counts.resize(index + 1, 0);
            self.runs.resize(index + 1, Default::default());
        }
        self.counts[index] += 1;
        self.executions += 1;
    }

    /// Looks for bursts in a conversation and forgets it; if it is not over, what may go on stays.
    fn look(
        &mut self,
        conversation: &mut Conversation,
        statements: &Statements,
        settings: BurstSettings,
        room: &mut Room,
        over: bool,
    ) {
        loops::runs(&conversation.items[conversation.seen..], &mut room.runs);
        let seen = conversation.seen;
        let mut found = std::mem::take(&mut room.loops);
        found.clear();
        let same_rows = |one: u32, other: u32| {
            let facts = |statement| statements.get(FingerprintIndex(statement));
            facts(one).zip(facts(other)).is_some_and(|(one, other)| one.writes_same_table(other))
        };
        loops::loops(&room.runs, settings.min_burst, same_rows, |part| {
            found.push(Loop { start: part.start + seen, end: part.end + seen, ..part });
        });
        // The last loop may go on. If it is all there is, it is taken as it is.
        let open = found.last().filter(|_| !over && found.len() > 1).map(|last| last.start);
        if open.is_some() {
            found.pop();
        }
        let end = open.unwrap_or(conversation.items.len()) - seen;
        for run in room.runs.iter().filter(|run| (run.start as usize) < end) {
            self.runs[run.fingerprint as usize][0].count(run.len);
        }
        for part in &found {
            self.take(part, conversation, statements, settings, room);
        }
        room.loops = found;
        match open {
            Some(open) => {
                let kept = open.saturating_sub(NEAR);
                conversation.forget(kept);
                conversation.seen = open - kept;
            }
            None => {
                conversation.forget(conversation.items.len());
                conversation.seen = 0;
            }
        }
    }

    /// Takes a loop, or its parts, if it goes through several transactions with several turns each.
    fn take(
        &mut self,
        whole: &Loop,
        conversation: &Conversation,
        statements: &Statements,
        settings: BurstSettings,
        room: &mut Room,
    ) {
        if let [statement] = whole.body.statements() {
            self.runs[*statement as usize][1].count(1);
        }
        if whole.turns < 2 {
            return;
        }
        let items = &conversation.items;
        let mut start = whole.start;
        let mut at = whole.start;
        while at < whole.end {
            // A part: one transaction of several turns, or everything up to the next of those.
            let transaction = items[at].transaction;
            let same = |item: &&Item| item.transaction == transaction;
            let len = items[at..whole.end].iter().take_while(same).count();
            let turns = turns_of(&items[at..at + len], whole.body);
            if transaction != 0 && turns >= 2 && len < whole.end - whole.start {
                self.part(whole.body, start..at, conversation, statements, settings, room);
                self.part(whole.body, at..at + len, conversation, statements, settings, room);
                start = at + len;
            }
            at += len;
        }
        self.part(whole.body, start..whole.end, conversation, statements, settings, room);
    }

    fn part(
        &mut self,
        body: Body,
        range: std::ops::Range<usize>,
        conversation: &Conversation,
        statements: &Statements,
        settings: BurstSettings,
        room: &mut Room,
    ) {
        let items = &conversation.items[range.clone()];
        let Some(first) = items.first() else { return };
        let anchor = body.statements()[0];
        let turns = turns_of(items, body);
        let length = turns.max(1);
        if body.statements().len() > 1 {
            for statement in body.statements() {
                self.runs[*statement as usize][1].count(length);
            }
        }
        if conversation.scope == Scope::Pool && body.statements().len() > 1 {
            // Statements of several requests that happen to come in turn.
            return;
        }
        room.parameters.clear();
        for statement in body.statements() {
            let index = FingerprintIndex(*statement);
            let Some(facts) = statements.get(index) else { return };
            let found = parameters(conversation, items, index, facts, &mut room.values);
            room.parameters.push((*statement, found));
        }
        let most = room.parameters.iter().map(|(_, found)| found.executions).max().unwrap_or(0);
        if most < settings.min_burst || length < FEWEST_TURNS {
            return;
        }
        let facts = |statement: u32| statements.get(FingerprintIndex(statement));
        let Some(kind) = finding::kind(&room.parameters, facts) else { return };
        let Some(index) = self.patterns.get(kind, body) else { return };
        // The statement that tells most of the loop.
        let Some((statement, told)) =
            room.parameters.iter().min_by_key(|(_, found)| found.change).copied()
        else {
            return;
        };
        let before = &conversation.items[..range.start];
        let found = finding::parent(before, body, statement, &told, statements);
        if let Some(rows) = found.and_then(|parent| parent.most_rows(conversation, statements))
            && body.statements().len() == 1
            && rows < most
            && rows > 1
            && !most.is_multiple_of(rows)
        {
            // More turns than the parent has rows: what follows them is another request.
            let range = range.start..range.start + rows as usize;
            return self.part(body, range, conversation, statements, settings, room);
        }
        let parent = found.map(|parent| parent.place);
        let duration: u64 = items.iter().fold(0u64, |sum, item| sum.saturating_add(item.duration));
        let longest = items.iter().map(|item| item.duration).max().unwrap_or(0);
        let values = room
            .parameters
            .iter()
            .fold(0u64, |hash, (_, found)| hash.rotate_left(7) ^ found.values);
        let pattern = &mut self.patterns.patterns[index as usize];
        let same_values = pattern.bursts > 0 && pattern.values == values;
        pattern.values = values;
        pattern.same_values += u64::from(same_values);
        pattern.runs.count(length);
        pattern.key = pattern.key.or(told.key.map(|key| (statement, key, told.literals)));
        let transaction = first.transaction;
        let together = transaction != 0 && items.iter().all(|item| item.transaction == transaction);
        let signs = Signs {
            scope: match () {
                () if !together || conversation.scope == Scope::Trace => conversation.scope,
                () if self.transaction_ids => Scope::Transaction,
                () => Scope::Marked,
            },
            change: told.change,
            length: length_class(length),
            many_values: told.distinct >= 5,
            monotone: told.monotone,
            same_values,
            shared_key: finding::share_key(&room.parameters),
            distance: found.map_or(Distance::Far, |parent| parent.distance),
            only: conversation.lives_for(anchor),
            heavy: duration / items.len() as u64 >= HEAVY_US,
            rows: parent.map_or(ParentRows::Unknown, |parent| match before[parent].rows_sent {
                UNKNOWN => ParentRows::Unknown,
                rows if rows == most || rows == told.distinct => ParentRows::Match,
                _ => ParentRows::Other,
            }),
        };
        let sums = sums(items, most, duration, longest, parent.map(|parent| before[parent]));
        let parent_statement = parent.map(|parent| before[parent].fingerprint);
        let (parent_statement, signs) = pattern.add(parent_statement, signs, most, &sums);
        if settings.list {
            self.listed.push(finding::Listed::new(
                index,
                parent_statement,
                signs,
                parent.map(|parent| before[parent]),
                items,
            ));
        }
    }
}

/// How often a loop comes back to its first statement; of a single statement, how often it runs.
fn turns_of(items: &[Item], body: Body) -> u32 {
    let anchor = body.statements()[0];
    let single = body.statements().len() == 1;
    let mut before = u32::MAX;
    let mut turns = 0;
    for item in items {
        turns += u32::from(item.fingerprint == anchor && (single || before != anchor));
        before = item.fingerprint;
    }
    turns
}

/// What a burst costs, and what one statement instead of it would.
fn sums(items: &[Item], turns: u32, duration: u64, longest: u64, parent: Option<Item>) -> Sums {
    let (Some(first), Some(last)) = (items.first(), items.last()) else { return Sums::default() };
    // One statement for all rows costs about as much as the longest of the single ones, and a
    // tenth of their mean for each further row.
    let count = items.len() as u64;
    let instead = longest.saturating_add(duration / count * (count - 1) / 10).min(duration);
    let fine = |item: &Item| item.end != i64::MIN && item.end % 1_000_000 != 0;
    let span = (fine(first) || fine(last)).then(|| {
        let start = first.end.saturating_sub_unsigned(first.duration);
        u64::try_from(last.end.saturating_sub(start)).unwrap_or(0)
    });
    let first_line = parent
        .filter(|parent| parent.input == first.input)
        .map_or(first.line, |parent| parent.line.min(first.line));
    Sums {
        bursts: 1,
        executions: count,
        duration_us: duration,
        instead_us: instead,
        span_us: span.unwrap_or(0),
        spans: u64::from(span.is_some()),
        turns: std::iter::once((turns, 1)).collect(),
        example: Some(pattern::Example { input: first.input, first_line, last_line: last.line }),
    }
}
