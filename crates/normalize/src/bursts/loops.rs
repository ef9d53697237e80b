//! Loops in a sequence of statements: one statement again and again, or several in turn.

use super::conversation::Item;

/// Statements of one turn of a loop, at most.
pub(crate) const LONGEST_PERIOD: usize = 8;
/// Fewer turns are none.
const FEWEST_TURNS: u32 = 2;
/// A run that is longer than the others of its statement by this factor is a loop of its own.
const OUTLIER: u32 = 4;

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

/// The loops of a conversation, in order: `found` takes each. What is in no loop comes run by run.
///
/// `replaces(first, other)` says that the other statement may come in any turn of a loop that
/// begins with the first: an insert or an update, whichever a row needs.
pub(crate) fn loops(
    runs: &[Run],
    min_run: u32,
    replaces: impl Fn(u32, u32) -> bool,
    mut found: impl FnMut(Loop),
) {
    let mut at = 0;
    while at < runs.len() {
        let run = runs[at];
        // A long run explains itself, also as a part of something that repeats.
        if run.len < min_run
            && let Some((length, turns)) = longest_turns(&runs[at..], min_run, &replaces)
        {
            let part = &runs[at..at + length];
            let mut body = Body::new();
            for run in part {
                body.add(run.fingerprint);
            }
            found(Loop { start: run.start as usize, end: end_of(part), turns, body });
            at += length;
            continue;
        }
        let body = Body::of(run.fingerprint);
        found(Loop {
            start: run.start as usize,
            end: end_of(&runs[at..=at]),
            turns: run.len,
            body,
        });
        at += 1;
    }
}

fn end_of(runs: &[Run]) -> usize {
    runs.last().map_or(0, |run| (run.start + run.len) as usize)
}

/// The longest loop that begins with the first run: of how many runs, and how often it goes round.
fn longest_turns(
    runs: &[Run],
    min_run: u32,
    replaces: &impl Fn(u32, u32) -> bool,
) -> Option<(usize, u32)> {
    let first = runs.first()?.fingerprint;
    let next = |from: usize| {
        let until = runs.len().min(from + 1 + LONGEST_PERIOD);
        (from + 1..until).find(|place| runs[*place].fingerprint == first)
    };
    let mut best: Option<(usize, u32)> = None;
    // The first turns may lack a statement that others have: take the longest of them as measure.
    let (mut from, mut measures) = (0, 0);
    while let Some(to) = next(from).filter(|_| measures < 3) {
        let turn = &runs[from..to];
        // One that has a statement twice would fit almost anything.
        let once = |(place, run): (usize, &Run)| {
            turn[..place].iter().all(|other| other.fingerprint != run.fingerprint)
        };
        if turn.len() > 1 && turn.iter().enumerate().all(once) {
            let (length, turns) = follow(runs, turn, replaces);
            if best.is_none_or(|(longest, _)| length > longest) {
                best = Some((length, turns));
            }
        }
        from = to;
        measures += 1;
    }
    let (length, _) = best?;
    let length = outlier(&runs[..length], min_run).unwrap_or(length);
    let turns = runs[..length].iter().filter(|run| run.fingerprint == first).count() as u32;
    // A statement whose runs are long by themselves makes bursts of its own, with the one before it
    // as their parent.
    let part = &runs[..length];
    let long = |run: &Run| {
        let same = || part.iter().filter(|other| other.fingerprint == run.fingerprint);
        2 * same().filter(|other| other.len >= min_run).count() >= same().count()
    };
    (turns >= FEWEST_TURNS && !part.iter().any(long)).then_some((length, turns))
}

/// The place of the first run that is long, and far longer than the others of its statement.
fn outlier(runs: &[Run], min_run: u32) -> Option<usize> {
    runs.iter().position(|run| {
        let others = runs.iter().filter(|other| other.fingerprint == run.fingerprint);
        let (count, sum) = others.fold((0, 0), |(count, sum), other| (count + 1, sum + other.len));
        run.len >= min_run && run.len * (count - 1) > OUTLIER * (sum - run.len)
    })
}

/// How many runs follow a turn, each statement in its order, all but the first optional; and how
/// often the first comes. Each comes in half of the turns or more.
fn follow(runs: &[Run], turn: &[Run], replaces: &impl Fn(u32, u32) -> bool) -> (usize, u32) {
    let first = turn[0].fingerprint;
    let mut others = Body::of(first);
    let mut place = 0;
    let mut turns = 0;
    let mut length = 0;
    for run in runs {
        if run.fingerprint == first {
            turns += 1;
            place = 1;
        } else {
            let rest = &turn[place..];
            match rest.iter().position(|other| other.fingerprint == run.fingerprint) {
                Some(step) => place += step + 1,
                None if replaces(first, run.fingerprint) && others.add(run.fingerprint) => {}
                None => break,
            }
        }
        length += 1;
    }
    let often = |statement: &Run| {
        let comes = runs[..length].iter().filter(|run| run.fingerprint == statement.fingerprint);
        replaces(first, statement.fingerprint) || 2 * comes.count() >= turns as usize
    };
    if turn.iter().all(often) { (length, turns) } else { (0, 0) }
}

#[cfg(test)]
mod tests;
