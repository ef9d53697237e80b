//! Loops in a sequence of statements: one statement again and again, or several in turn.

use super::conversation::Item;

/// Statements of one turn of a loop, at most.
pub(crate) const LONGEST_PERIOD: usize = 8;
/// Fewer turns are none.
const FEWEST_TURNS: u32 = 2;
/// A run that is longer than the mean of the others of its statement by this factor is a loop of its
/// own.
const OUTLIER: u64 = 4;

/// Executions of one statement that follow one another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) fingerprint: u32,
    pub(crate) start: u32,
    pub(crate) len: u32,
}

/// A part of a conversation in which some statements come in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Loop {
    /// First item.
    pub(crate) start: usize,
    /// Behind the last item.
    pub(crate) end: usize,
    /// How often it goes round.
    pub(crate) turns: u32,
    /// Different statements, in the order of their first appearance.
    pub(crate) body: Body,
}

/// The statements of a loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Body {
    statements: [u32; LONGEST_PERIOD],
    len: u8,
}

impl Body {
    fn new() -> Self {
        Self { statements: [u32::MAX; LONGEST_PERIOD], len: 0 }
    }

    pub(crate) fn of(statement: u32) -> Self {
        let mut body = Self::new();
        body.add(statement);
        body
    }

    /// Is there room for the statement, or has it its place already?
    fn add(&mut self, statement: u32) -> bool {
        if self.has(statement) {
            return true;
        }
        let room = usize::from(self.len) < LONGEST_PERIOD;
        if room {
            self.statements[usize::from(self.len)] = statement;
            self.len += 1;
        }
        room
    }

    pub(crate) fn statements(&self) -> &[u32] {
        &self.statements[..usize::from(self.len)]
    }

    pub(crate) fn has(&self, statement: u32) -> bool {
        self.statements().contains(&statement)
    }

    /// The same for every loop of these statements, wherever it was entered.
    pub(crate) fn sorted(mut self) -> Self {
        self.statements[..usize::from(self.len)].sort_unstable();
        self
    }
}

/// Runs of the items, into a buffer that is used again.
pub(crate) fn runs(items: &[Item], runs: &mut Vec<Run>) {
    runs.clear();
    for (place, item) in items.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if run.fingerprint == item.fingerprint => run.len += 1,
            _ => runs.push(Run { fingerprint: item.fingerprint, start: place as u32, len: 1 }),
        }
    }
}

/// The loops of a conversation, in order: `found` takes each. Returns the first run that no loop can
/// be told of yet, since that depends on what follows the runs; if the conversation is `over`,
/// nothing does. So it makes no difference how often a conversation is looked at.
///
/// `replaces(first, other)` says that the other statement may come in any turn of a loop that
/// begins with the first: an insert or an update, whichever a row needs.
pub(crate) fn loops(
    runs: &[Run],
    min_run: u32,
    over: bool,
    replaces: impl Fn(u32, u32) -> bool,
    mut found: impl FnMut(Loop),
) -> usize {
    let mut at = 0;
    while at < runs.len() {
        let run = runs[at];
        let rest = &runs[at..];
        // A long run explains itself, also as a part of something that repeats.
        let begins = if run.len < min_run {
            longest_turns(rest, min_run, &replaces)
        } else {
            Begins { turns: None, is_open: rest.len() == 1 }
        };
        if begins.is_open && !over {
            return at;
        }
        let (length, turns) = begins.turns.unwrap_or((1, run.len));
        if turns >= FEWEST_TURNS {
            let part = &rest[..length];
            let mut body = Body::new();
            for run in part {
                body.add(run.fingerprint);
            }
            found(Loop { start: run.start as usize, end: end_of(part), turns, body });
        }
        at += length;
    }
    runs.len()
}

fn end_of(runs: &[Run]) -> usize {
    runs.last().map_or(0, |run| (run.start + run.len) as usize)
}

/// What begins with a run.
#[derive(Debug, Clone, Copy)]
struct Begins {
    /// The longest loop of several statements: of how many runs, and how often it goes round.
    turns: Option<(usize, u32)>,
    /// What follows the runs may change that.
    is_open: bool,
}

fn longest_turns(runs: &[Run], min_run: u32, replaces: &impl Fn(u32, u32) -> bool) -> Begins {
    let first = runs[0].fingerprint;
    let mut longest = 0;
    let mut is_open = false;
    // The first turns may lack a statement that others have: take the longest of them as measure.
    let mut from = 0;
    for _ in 0..3 {
        let until = from + 1 + LONGEST_PERIOD;
        let mut places = from + 1..until.min(runs.len());
        let Some(to) = places.find(|place| runs[*place].fingerprint == first) else {
            is_open |= until > runs.len();
            break;
        };
        let turn = &runs[from..to];
        // One that has a statement twice would fit almost anything.
        let once = |(place, run): (usize, &Run)| {
            turn[..place].iter().all(|other| other.fingerprint != run.fingerprint)
        };
        if turn.len() > 1 && turn.iter().enumerate().all(once) {
            let (length, is_loop) = follow(runs, turn, min_run, replaces);
            is_open |= length == runs.len();
            if is_loop {
                longest = longest.max(length);
            }
        }
        from = to;
    }
    if longest == 0 {
        return Begins { turns: None, is_open };
    }
    let mut length = longest;
    let mut parts = parts(&runs[..length], min_run);
    let part = |parts: &[(u32, Part)], run: &Run| {
        parts.iter().find(|(statement, _)| *statement == run.fingerprint).map(|(_, part)| *part)
    };
    let outlier = |run: &Run| part(&parts, run).is_some_and(|part| part.is_outlier(run, min_run));
    if let Some(place) = runs[..length].iter().position(outlier) {
        length = place;
        parts = self::parts(&runs[..length], min_run);
    }
    let turns = parts.first().map_or(0, |(_, part)| part.runs);
    let long = parts.iter().any(|(_, part)| part.is_long());
    Begins { turns: (turns >= FEWEST_TURNS && !long).then_some((length, turns)), is_open }
}

/// The statements of a loop, in the order of their first appearance.
fn parts(runs: &[Run], min_run: u32) -> Vec<(u32, Part)> {
    let mut parts: Vec<(u32, Part)> = Vec::with_capacity(LONGEST_PERIOD);
    for run in runs {
        let known = parts.iter().position(|(statement, _)| *statement == run.fingerprint);
        let place = known.unwrap_or_else(|| {
            parts.push((run.fingerprint, Part::default()));
            parts.len() - 1
        });
        parts[place].1.add(run, min_run);
    }
    parts
}

/// The runs of one statement in a loop.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    runs: u32,
    /// Runs that are long enough to be a burst.
    long: u32,
    executions: u32,
}

impl Part {
    fn add(&mut self, run: &Run, min_run: u32) {
        self.runs += 1;
        self.long += u32::from(run.len >= min_run);
        self.executions += run.len;
    }

    /// Is one of its runs long, and far longer than the others?
    fn is_outlier(&self, run: &Run, min_run: u32) -> bool {
        run.len >= min_run
            && u64::from(run.len) * u64::from(self.runs - 1)
                > OUTLIER * u64::from(self.executions - run.len)
    }

    /// A statement whose runs are long by themselves makes bursts of its own, with the one before
    /// it as their parent.
    fn is_long(&self) -> bool {
        self.runs > 0 && 2 * self.long >= self.runs
    }
}

/// So many turns tell whether a loop is one, so that not the rest of a log is followed in vain.
const TELLING_TURNS: u32 = 16;

/// How many runs follow a turn, each statement in its order, all but the first optional, and whether
/// that is a loop: each statement has to be in half of the turns.
fn follow(
    runs: &[Run],
    turn: &[Run],
    min_run: u32,
    replaces: &impl Fn(u32, u32) -> bool,
) -> (usize, bool) {
    let first = turn[0].fingerprint;
    let mut others = Body::of(first);
    let mut parts = [Part::default(); LONGEST_PERIOD];
    let mut other = Part::default();
    let (mut place, mut turns, mut length) = (0, 0, 0);
    let is_loop = |parts: &[Part], turns: u32| {
        turn.iter().zip(parts).all(|(statement, part)| {
            !part.is_long() && (2 * part.runs >= turns || replaces(first, statement.fingerprint))
        })
    };
    for run in runs {
        if run.fingerprint == first {
            if turns == TELLING_TURNS && !is_loop(&parts, turns) {
                return (length, false);
            }
            place = 0;
        }
        let rest = &turn[place..];
        let part = match rest.iter().position(|other| other.fingerprint == run.fingerprint) {
            Some(step) => {
                place += step + 1;
                &mut parts[place - 1]
            }
            None if replaces(first, run.fingerprint) && others.add(run.fingerprint) => &mut other,
            None => break,
        };
        part.add(run, min_run);
        turns += u32::from(run.fingerprint == first);
        length += 1;
    }
    let often = |(statement, part): (&Run, &Part)| {
        2 * part.runs >= turns || replaces(first, statement.fingerprint)
    };
    (length, turn.iter().zip(&parts).all(often))
}

#[cfg(test)]
mod tests;
