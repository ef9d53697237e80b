//! What the log has shown so far: conversations looked at, loops taken apart.

use std::ops::Range;

use hashbrown::{HashMap, HashSet};
use slowlog_event::{FingerprintIndex, Literal};

use super::BurstSettings;
use super::chance::{Runs, length_class};
use super::conversation::{Conversation, Item, UNKNOWN, is_vague};
use super::finding::Listed;
use super::loops::{self, Body, Loop, Run};
use super::parameters::{Parameters, parameters};
use super::parent::parent;
use super::pattern::{BurstKind, Distance, Example, ParentRows, Patterns, Scope, Signs, Sums};
use super::sort::{kind, share_key};
use super::spread::Distances;
use super::statement::Statements;

/// A loop that goes round less often is none.
const FEWEST_TURNS: u32 = 3;
/// A child that takes longer in the mean is no lookup: microseconds.
const HEAVY_US: u64 = 50_000;

/// What the log has shown so far.
#[derive(Debug, Default)]
pub(super) struct Learned {
    /// The log gives transactions, so that BEGIN and COMMIT need not.
    pub(super) transaction_ids: bool,
    pub(super) executions: u64,
    /// By fingerprint.
    counts: Vec<Counts>,
    /// How often a statement follows itself; by fingerprint.
    runs: Vec<Runs>,
    /// How often loops of several statements go round that a statement is one of, and how often it
    /// comes near itself where a pool spreads requests over sessions: few do.
    rarer_runs: HashMap<u32, [Runs; 2], foldhash::fast::RandomState>,
    /// How far apart statements come where a pool spreads them over sessions.
    distances: Distances,
    pub(super) patterns: Patterns,
    /// Statements that come in turn with one that takes the next row of a queue.
    pub(super) queued: HashSet<u32, foldhash::fast::RandomState>,
    pub(super) listed: Vec<Listed>,
}

/// What most executions touch, side by side.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    executions: u64,
    /// Conversations that had, or had left, nothing else: runs of one.
    alone: u64,
}

/// Buffers that are used again.
#[derive(Debug, Default)]
pub(super) struct Room {
    runs: Vec<Run>,
    loops: Vec<Loop>,
    values: Vec<Literal>,
    parameters: Vec<(u32, Parameters)>,
}

impl Learned {
    #[inline]
    pub(super) fn count(&mut self, fingerprint: FingerprintIndex) {
        let index = fingerprint.0 as usize;
        if index >= self.counts.len() {
            self.counts.resize(index + 1, Counts::default());
            self.runs.resize(index + 1, Runs::default());
        }
        self.counts[index].executions += 1;
        self.executions += 1;
    }

    /// How often a statement was executed.
    pub(super) fn executions_of(&self, statement: u32) -> Option<u64> {
        self.counts.get(statement as usize).map(|counts| counts.executions)
    }

    /// How often each statement of a loop in such a scope began a run of which length.
    pub(super) fn runs(&self, body: Body, scope: Scope) -> Vec<Runs> {
        let statements = body.statements().iter();
        let runs_of = |statement: &u32| match scope {
            Scope::Pool => self.rarer_runs.get(statement).map(|[_, near]| near),
            _ if body.statements().len() > 1 => {
                self.rarer_runs.get(statement).map(|[runs, _]| runs)
            }
            _ => None,
        };
        let is_single = scope != Scope::Pool && body.statements().len() == 1;
        statements
            .map(|statement| match self.runs.get(*statement as usize).filter(|_| is_single) {
                Some(runs) => runs.and_single(self.counts[*statement as usize].alone),
                None => runs_of(statement).copied().unwrap_or_default(),
            })
            .collect()
    }

    /// Looks for bursts in a conversation and forgets it. If it is not over, what may go on stays,
    /// and what may be its parent.
    #[inline]
    pub(super) fn look(
        &mut self,
        conversation: &mut Conversation,
        statements: &Statements,
        settings: BurstSettings,
        room: &mut Room,
        over: bool,
    ) {
        // Most have but one statement.
        if let Some(only) = conversation.only().filter(|_| over) {
            self.counts[only as usize].alone += 1;
            return conversation.clear();
        }
        self.look_closely(conversation, statements, settings, room, over);
    }

    fn look_closely(
        &mut self,
        conversation: &mut Conversation,
        statements: &Statements,
        settings: BurstSettings,
        room: &mut Room,
        over: bool,
    ) {
        if conversation.scope == Scope::Pool {
            return self.look_spread(conversation, statements, settings, room);
        }
        let seen = conversation.seen;
        loops::runs(&conversation.items[seen..], &mut room.runs);
        let same_rows = |one: u32, other: u32| {
            let facts = |statement| statements.get(FingerprintIndex(statement));
            facts(one).zip(facts(other)).is_some_and(|(one, other)| one.writes_same_table(other))
        };
        let mut found = std::mem::take(&mut room.loops);
        let mut look = |over: bool| {
            found.clear();
            loops::loops(&room.runs, settings.min_burst, over, same_rows, |part| {
                found.push(Loop { start: part.start + seen, end: part.end + seen, ..part });
            })
        };
        let mut told = look(over);
        if told == 0 && conversation.is_full() {
            // Nothing can be told of it, and there is no room to wait: it is taken as it is.
            told = look(true);
        }
        for run in &room.runs[..told] {
            self.runs[run.fingerprint as usize].count(run.len);
        }
        for part in &found {
            self.take(part, conversation, statements, settings, room);
        }
        room.loops = found;
        let open = room.runs.get(told).map(|run| seen + run.start as usize);
        conversation.forget_before(open.unwrap_or(conversation.items.len()));
    }

    /// Looks for bursts among the statements of several requests at a time.
    fn look_spread(
        &mut self,
        conversation: &mut Conversation,
        statements: &Statements,
        settings: BurstSettings,
        room: &mut Room,
    ) {
        // Transactions came when they ended.
        conversation.items.sort_by_key(|item| (item.input, item.line));
        let mut distances = std::mem::take(&mut self.distances);
        distances.learn(conversation.items.iter().map(|item| item.fingerprint));
        let mut part = Conversation::of(Scope::Pool);
        distances.near(|statement, near| {
            let length = near.len() as u32;
            self.rarer_runs.entry(statement.0).or_default()[1].count(length);
            if length < settings.min_burst {
                return;
            }
            let first = near[0].1 as usize;
            let before =
                &conversation.items[first.saturating_sub(distances.before(statement))..first];
            part.clear();
            for item in before {
                part.append_item(conversation, item);
            }
            let start = part.items.len();
            for (_, place) in near {
                part.append_item(conversation, &conversation.items[*place as usize]);
            }
            let range = start..part.items.len();
            self.part(Body::of(statement.0), range, &part, statements, settings, room);
        });
        self.distances = distances;
        conversation.clear();
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
        range: Range<usize>,
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
                self.rarer_runs.entry(*statement).or_default()[0].count(length);
            }
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
        if room
            .parameters
            .iter()
            .any(|(one, _)| facts(*one).is_some_and(|facts| facts.skips_locked))
        {
            self.queued.extend(body.statements());
        }
        let Some(kind) = kind(&room.parameters, facts) else { return };
        let Some(index) = self.patterns.get(kind, body) else { return };
        // The statement that tells most of the loop.
        let Some((statement, told)) =
            room.parameters.iter().min_by_key(|(_, found)| found.change).copied()
        else {
            return;
        };
        let transaction = first.transaction;
        let together = transaction != 0 && items.iter().all(|item| item.transaction == transaction);
        let before = &conversation.items[..range.start];
        // A transaction reads its own list. One that writes may have been begun for it.
        let within = if together && kind == BurstKind::Read { transaction } else { 0 };
        let scope = conversation.scope;
        let found = parent(before, body, statement, &told, statements, scope, within);
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
        // The same page again has the same rows again. A list stays, whatever was asked before.
        let asked = parent.map_or(0, |place| {
            let literals = conversation.literals(&before[place]).iter();
            literals.fold(1, |hash: u64, value| hash.rotate_left(7) ^ value.sort_key())
        });
        let same_rows = parent.is_some() && pattern.values.1 == asked;
        let same_values = pattern.bursts > 0 && pattern.values.0 == values && !same_rows;
        pattern.values = (values, asked);
        pattern.same_values += u64::from(same_values);
        if let Some(key) = told.key {
            let executions = items.iter().filter(|item| item.fingerprint == statement);
            let values =
                executions.filter_map(|item| conversation.literals(item).get(usize::from(key)));
            let values = values.map(|value| value.sort_key());
            pattern.list.add(values, told.distinct == told.executions);
        }
        pattern.key = pattern.key.or(told.key.map(|key| (statement, key, told.literals)));
        let signs = Signs {
            scope: match () {
                () if !together || scope == Scope::Trace => scope,
                () if self.transaction_ids => Scope::Transaction,
                () => Scope::Marked,
            },
            change: told.change,
            length: length_class(length),
            many_values: told.distinct >= 5,
            monotone: told.monotone,
            same_values,
            shared_key: share_key(&room.parameters),
            distance: found.map_or(Distance::Missing, |parent| parent.distance),
            only: conversation.lives_for(anchor),
            heavy: duration / items.len() as u64 >= HEAVY_US,
            timed: items.iter().any(is_fine),
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
            self.listed.push(Listed::new(
                index,
                parent_statement,
                signs,
                found.filter(|parent| parent.is_sure).map(|parent| before[parent.place]),
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

/// Is its stamp finer than a second?
fn is_fine(item: &Item) -> bool {
    item.end != i64::MIN && !is_vague(item.end, item.duration)
}

/// What a burst costs, and what one statement instead of it would.
fn sums(items: &[Item], turns: u32, duration: u64, longest: u64, parent: Option<Item>) -> Sums {
    let (Some(first), Some(last)) = (items.first(), items.last()) else { return Sums::default() };
    // One statement for all rows costs about as much as the longest of the single ones, and a
    // tenth of their mean for each further row.
    let count = items.len() as u64;
    let instead = longest.saturating_add(duration / count * (count - 1) / 10).min(duration);
    let span = (is_fine(first) || is_fine(last)).then(|| {
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
        example: Some(Example { input: first.input, first_line, last_line: last.line }),
    }
}
