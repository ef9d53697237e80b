//! Bursts that are alike, counted together: the same statements in turn, whatever was before.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::loops::Body;
use super::parameters::Change;

/// Past so many patterns new ones are not kept.
const MOST_PATTERNS: usize = 20_000;
/// Of a pattern so many parents are told apart.
const MOST_PARENTS: usize = 16;
/// Of a pattern so many kinds of bursts are told apart; past it the rest is counted with the last.
const MOST_CELLS: usize = 128;

/// What a burst is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BurstKind {
    /// Reads for each row of another read.
    Read,
    /// Writes for each row.
    Write,
    /// The same read with the same values: it wants a cache or a variable, not a join.
    Duplicate,
}

impl BurstKind {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "n_plus_one",
            Self::Write => "n_plus_one_write",
            Self::Duplicate => "duplicate",
        }
    }
}

/// How the statements of a burst are known to belong to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) enum Scope {
    /// A trace id in their comments.
    Trace,
    /// The log gives their transaction.
    Transaction,
    /// They stand between a BEGIN and a COMMIT.
    Marked,
    /// They follow one another in a session, which may serve many requests.
    #[default]
    Session,
    /// They follow one another in the log: a pool spreads requests over sessions.
    Pool,
}

/// Rows of the parent, where the log has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ParentRows {
    Unknown,
    /// As many as turns, or as different values.
    Match,
    Other,
}

/// How far before a burst its parent comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Distance {
    /// Just before.
    Next,
    /// Only other loops are between, or what else is of the same transaction or trace.
    Behind,
    /// There is none.
    Missing,
}

/// What speaks for a burst and against it, as far as the burst alone shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Signs {
    pub(crate) scope: Scope,
    pub(crate) change: Change,
    /// Class of the number of turns, see [`super::chance::length_class`].
    pub(crate) length: u8,
    /// The key has at least five values.
    pub(crate) many_values: bool,
    pub(crate) monotone: bool,
    /// The values of the burst before of the same pattern, though another parent.
    pub(crate) same_values: bool,
    /// Two statements of a turn have the same value in each turn.
    pub(crate) shared_key: bool,
    /// How far before the burst its parent comes.
    pub(crate) distance: Distance,
    /// The session has sent hardly anything else.
    pub(crate) only: bool,
    /// An execution takes long in the mean.
    pub(crate) heavy: bool,
    /// Stamps are finer than a second, so that silence shows.
    pub(crate) timed: bool,
    pub(crate) rows: ParentRows,
}

/// Sums over bursts. Times in microseconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sums {
    pub(crate) bursts: u64,
    pub(crate) executions: u64,
    pub(crate) duration_us: u64,
    /// Database time of one statement instead of each burst, as far as it can be guessed.
    pub(crate) instead_us: u64,
    /// From the start of the first child to the end of the last, where stamps are fine enough.
    pub(crate) span_us: u64,
    pub(crate) spans: u64,
    /// Turns of bursts, and how many bursts have so many.
    pub(crate) turns: BTreeMap<u32, u64>,
    pub(crate) example: Option<Example>,
}

/// A burst to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// Index of the input.
    pub input: u32,
    /// Line of the first entry: the parent, if there is one in the same input.
    pub first_line: u64,
    /// Line of the last child.
    pub last_line: u64,
}

/// Different numbers of turns that are counted apart.
const MOST_TURNS: usize = 512;

impl Sums {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.bursts += other.bursts;
        self.executions += other.executions;
        self.duration_us = self.duration_us.saturating_add(other.duration_us);
        self.instead_us = self.instead_us.saturating_add(other.instead_us);
        self.span_us = self.span_us.saturating_add(other.span_us);
        self.spans += other.spans;
        for (turns, bursts) in &other.turns {
            let full = self.turns.len() >= MOST_TURNS;
            let turns = if full && !self.turns.contains_key(turns) {
                self.turns.range(*turns..).next().map_or(*turns, |(known, _)| *known)
            } else {
                *turns
            };
            *self.turns.entry(turns).or_default() += bursts;
        }
        self.example = self.example.or(other.example);
    }

    /// Nearest rank.
    pub(crate) fn percentile(&self, per_mille: u64) -> u32 {
        let rank = (self.bursts * per_mille).div_ceil(1000).max(1);
        let mut seen = 0;
        for (turns, bursts) in &self.turns {
            seen += bursts;
            if seen >= rank {
                return *turns;
            }
        }
        0
    }
}

/// Bursts with the same parent and signs.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub(crate) parent: Option<u32>,
    pub(crate) signs: Signs,
    pub(crate) sums: Sums,
}

/// Bursts of the same statements.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) kind: BurstKind,
    pub(crate) body: Body,
    pub(crate) cells: Vec<Cell>,
    /// How many bursts have which parent.
    pub(crate) parents: Vec<(u32, u64)>,
    pub(crate) bursts: u64,
    /// Fewest and most turns.
    pub(crate) turns: (u32, u32),
    /// Values of the burst before, and of its parent.
    pub(crate) values: (u64, u64),
    /// How many bursts had the values of the one before, though another parent.
    pub(crate) same_values: u64,
    /// The values of all bursts.
    pub(crate) list: List,
    /// Statement and ordinal of the key that changes, with the number of its literals.
    pub(crate) key: Option<(u32, u8, u8)>,
}

/// Values that the bursts of a pattern go through, as long as they are few.
#[derive(Debug, Default)]
pub(crate) struct List {
    values: Vec<u64>,
    /// How many values came, those that came again included.
    came: u64,
    /// Bursts in which no value came twice.
    once: u64,
}

impl List {
    /// More values are those of rows.
    const MOST: usize = 32;

    /// Adds the values of a burst.
    pub(crate) fn add(&mut self, values: impl Iterator<Item = u64>, once: bool) {
        self.once += u64::from(once);
        for value in values {
            if self.values.len() > Self::MOST {
                return;
            }
            self.came += 1;
            if let Err(place) = self.values.binary_search(&value) {
                self.values.insert(place, value);
            }
        }
    }

    /// Do so many bursts go through a part of one short list, each value once? Then some of the values
    /// come again in other bursts.
    fn is_short(&self, bursts: u64) -> bool {
        let values = self.values.len();
        let again = bursts < 2 || 10 * values as u64 <= 9 * self.came;
        values <= Self::MOST && 2 * self.once > bursts && again
    }

    /// The same, if no burst of at most so many turns goes through less than half of it. What a log
    /// leaves out of a burst leaves the list.
    fn is_gone_through(&self, bursts: u64, turns: u32) -> bool {
        self.is_short(bursts) && self.values.len() <= 2 * turns as usize
    }
}

/// All patterns, in the order in which they were first seen.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    pub(crate) patterns: Vec<Pattern>,
    by_body: HashMap<(BurstKind, Body), u32, foldhash::fast::RandomState>,
}

impl Patterns {
    /// The pattern of a body; `None` if there are too many.
    pub(crate) fn get(&mut self, kind: BurstKind, body: Body) -> Option<u32> {
        let body = body.sorted();
        if let Some(known) = self.by_body.get(&(kind, body)) {
            return Some(*known);
        }
        if self.patterns.len() >= MOST_PATTERNS {
            return None;
        }
        let index = self.patterns.len() as u32;
        self.by_body.insert((kind, body), index);
        self.patterns.push(Pattern {
            kind,
            body,
            cells: Vec::new(),
            parents: Vec::new(),
            bursts: 0,
            turns: (u32::MAX, 0),
            values: (0, 0),
            same_values: 0,
            list: List::default(),
            key: None,
        });
        Some(index)
    }
}

impl Pattern {
    /// Do most bursts have the values of the one before, whatever was asked before them?
    pub(crate) fn is_fixed_list(&self) -> bool {
        self.key.is_some() && 2 * self.same_values > self.bursts
    }

    /// Do most bursts go through the same values, which may be the rows of a small table?
    pub(crate) fn is_gone_through(&self) -> bool {
        self.key.is_some() && self.list.is_gone_through(self.bursts, self.turns.1)
    }

    /// Are all values as few as those of a list in a program, and gone through as one is?
    pub(crate) fn may_be_a_list(&self) -> bool {
        self.key.is_some() && self.list.is_short(self.bursts)
    }

    /// Adds a burst. Returns the parent and signs that it was counted under.
    pub(crate) fn add(
        &mut self,
        parent: Option<u32>,
        signs: Signs,
        turns: u32,
        sums: &Sums,
    ) -> (Option<u32>, Signs) {
        self.bursts += 1;
        self.turns = (self.turns.0.min(turns), self.turns.1.max(turns));
        let parent = parent.filter(|parent| self.count_parent(*parent));
        let place = self
            .cells
            .iter()
            .position(|cell| cell.parent == parent && cell.signs == signs)
            .unwrap_or_else(|| {
                if self.cells.len() >= MOST_CELLS {
                    return self.cells.len() - 1;
                }
                self.cells.push(Cell { parent, signs, sums: Sums::default() });
                self.cells.len() - 1
            });
        let cell = &mut self.cells[place];
        cell.sums.merge(sums);
        (cell.parent, cell.signs)
    }

    /// Counts a burst with this parent; not if there are too many parents.
    fn count_parent(&mut self, parent: u32) -> bool {
        if let Some((_, bursts)) = self.parents.iter_mut().find(|(known, _)| *known == parent) {
            *bursts += 1;
            return true;
        }
        let room = self.parents.len() < MOST_PARENTS;
        if room {
            self.parents.push((parent, 1));
        }
        room
    }
}
