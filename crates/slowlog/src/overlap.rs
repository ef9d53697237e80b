//! Entries that stand in more than one log: counted once.
//!
//! With `log_destination = 'stderr,csvlog'` a server writes every entry twice, and the archive of a
//! week holds the logs of its days. Such logs have other bytes, and begin and end at other entries,
//! so entries are compared: by stamp, process, duration and the beginning of the statement. All of
//! it happens in the replay, which has the logs one after the other.
//!
//! Of two logs the one that begins later decides: nearly all of its first entries have to be in
//! the other. Then the one that is read later leaves out what it has within the period of the
//! other; near the ends of that period each entry is compared. Two servers do not share process,
//! stamp and microseconds of a row of entries.

mod mark;

use std::collections::{HashMap, VecDeque};

pub(crate) use mark::{Mark, head_marks, second};

/// With fewer entries in common, two logs are two logs.
const FEWEST: usize = 3;
/// The last entries that are compared with those of another log: so many, and so long before the
/// end.
const TAIL_MARKS: usize = 65_536;
const TAIL_SECONDS: i64 = 2;
/// The first entries: so many.
const HEAD_MARKS: usize = 65_536;

/// What is known of the entries of an input.
#[derive(Debug, Default)]
struct Known {
    /// Its first entries, as they were seen before it was read.
    sample: Vec<Mark>,
    /// Its stamps are whole seconds.
    is_coarse: bool,
    /// Its stream; `None` until it is read.
    stream: Option<usize>,
    /// Its first entries, all up to the second `head_ends`.
    head: Marks,
    head_ends: i64,
    /// Its last entries, all from the second behind `tail_begins` on.
    tail: Marks,
    tail_begins: i64,
    recent: VecDeque<Mark>,
    last: i64,
    /// Entries that were left out, and an input that has them.
    left_out: u64,
    copy_of: Option<usize>,
}

/// Marks by what does not depend on how precise a log is.
#[derive(Debug, Default)]
struct Marks(HashMap<(i64, u64), Vec<Mark>>);

impl Marks {
    fn insert(&mut self, mark: Mark) {
        self.0.entry((mark.second(), mark.value)).or_default().push(mark);
    }

    fn has(&self, mark: &Mark) -> bool {
        let alike = self.0.get(&(mark.second(), mark.value));
        alike.is_some_and(|alike| alike.iter().any(|known| known.is(mark)))
    }
}

/// Compares the entries of all inputs.
#[derive(Debug)]
pub(crate) struct Overlaps {
    inputs: Vec<Known>,
    /// The inputs that have one of their first entries in a second.
    heads: HashMap<i64, Vec<usize>>,
    /// Of an input and another: first entries of the other that were found in it.
    found: HashMap<(usize, usize), usize>,
    /// The input that is read, the second it is at, and whose first entries are in that second.
    current: usize,
    second: i64,
    near: Vec<usize>,
    /// The inputs that were read before in other streams, and whether they are of the same server,
    /// once that is clear.
    earlier: Vec<(usize, Option<bool>)>,
    /// The entries of this input are remembered: another may have them.
    is_kept: bool,
}

impl Overlaps {
    /// For inputs with these first entries. `None` if there are no two to compare.
    pub(crate) fn new(samples: Vec<Vec<Mark>>) -> Option<Self> {
        if samples.iter().filter(|sample| !sample.is_empty()).nth(1).is_none() {
            return None;
        }
        let mut heads: HashMap<i64, Vec<usize>> = HashMap::new();
        let known = |(input, sample): (usize, Vec<Mark>)| {
            for mark in &sample {
                let there = heads.entry(mark.second()).or_default();
                if !there.contains(&input) {
                    there.push(input);
                }
            }
            let ends = sample.iter().map(Mark::second).max();
            let begins = sample.first().map(Mark::second);
            Known {
                head_ends: ends.max(begins.map(|second| second + 1)).unwrap_or(i64::MIN),
                tail_begins: i64::MIN,
                last: i64::MIN,
                is_coarse: sample.iter().all(Mark::is_whole),
                sample,
                ..Known::default()
            }
        };
        Some(Self {
            inputs: samples.into_iter().enumerate().map(known).collect(),
            heads,
            found: HashMap::new(),
            current: usize::MAX,
            second: i64::MIN,
            near: Vec::new(),
            earlier: Vec::new(),
            is_kept: false,
        })
    }

    /// Takes the next entry. Returns whether another input has it and it has been counted there.
    ///
    /// `mark` is asked only where there may be one.
    #[inline]
    pub(crate) fn leaves_out(
        &mut self,
        (input, stream): (usize, usize),
        second: i64,
        mark: impl FnOnce() -> Option<Mark>,
    ) -> bool {
        if input != self.current {
            self.begin(input, stream);
        }
        if second != self.second {
            self.turn(second);
        }
        if self.near.is_empty() && self.earlier.is_empty() && !self.is_kept {
            return false;
        }
        mark().is_some_and(|mark| self.compare(mark))
    }

    /// The entries of another input begin.
    #[cold]
    fn begin(&mut self, input: usize, stream: usize) {
        self.end();
        let known = &mut self.inputs[input];
        known.stream = Some(stream);
        let first = known.sample.first().map(Mark::second);
        let begins_before = |other: &Known| {
            let begins = other.sample.first().map(Mark::second);
            begins.zip(first).is_some_and(|(begins, first)| begins <= first)
        };
        let others = || self.inputs.iter().enumerate().filter(|(other, _)| *other != input);
        self.is_kept = others().any(|(_, other)| other.stream.is_none() && begins_before(other));
        self.earlier = others()
            .filter(|(_, other)| other.stream.is_some_and(|its| its != stream))
            .filter(|(_, other)| first.is_none_or(|first| other.last >= first))
            .map(|(other, _)| (other, None))
            .collect();
        self.current = input;
        self.second = i64::MIN;
    }

    /// The input that was read is over.
    fn end(&mut self) {
        if let Some(known) = self.inputs.get_mut(self.current) {
            for mark in std::mem::take(&mut known.recent) {
                known.tail.insert(mark);
            }
        }
    }

    #[cold]
    fn turn(&mut self, second: i64) {
        self.second = second;
        self.near.clear();
        let stream = self.inputs[self.current].stream;
        let there = self.heads.get(&second).into_iter().flatten().copied();
        let of_others =
            |other: &usize| *other != self.current && self.inputs[*other].stream != stream;
        self.near.extend(there.filter(of_others));
    }

    fn compare(&mut self, mark: Mark) -> bool {
        let mut copy_of = None;
        for place in 0..self.near.len() {
            let other = self.near[place];
            let known = &self.inputs[other];
            let is_there = match known.stream {
                None => known.sample.iter().any(|known| known.is(&mark)),
                Some(_) => known.head.has(&mark),
            };
            if is_there {
                *self.found.entry((self.current, other)).or_default() += 1;
                let is_sure = self.is_sure(other, &mark) || self.begin_alike(other);
                copy_of = copy_of.or((known.stream.is_some() && is_sure).then_some(other));
                self.is_kept |= known.stream.is_none();
            }
        }
        for place in 0..self.earlier.len() {
            let (other, decided) = self.earlier[place];
            let known = &self.inputs[other];
            if copy_of.is_some() || mark.second() <= known.head_ends {
                continue;
            }
            let near_its_end = mark.second() > known.tail_begins;
            if near_its_end && !known.tail.has(&mark) {
                continue;
            }
            // Behind its first entries all of them have been looked for.
            let is_same = decided.unwrap_or_else(|| self.are_of_one_server(other));
            self.earlier[place].1 = Some(is_same);
            if is_same || (near_its_end && self.is_sure(other, &mark)) {
                copy_of = Some(other);
            }
        }
        let known = &mut self.inputs[self.current];
        if self.is_kept {
            known.remember(mark);
            let there = self.heads.entry(mark.second()).or_default();
            if mark.second() <= known.head_ends && !there.contains(&self.current) {
                there.push(self.current);
            }
        }
        if copy_of.is_some() {
            known.left_out += 1;
            known.copy_of = known.copy_of.or(copy_of);
        }
        copy_of.is_some()
    }

    /// Is it enough that one entry is the same? Of whole seconds one says little.
    fn is_sure(&self, other: usize, mark: &Mark) -> bool {
        let is_coarse = self.inputs[self.current].is_coarse || self.inputs[other].is_coarse;
        mark.has_process() && !is_coarse
    }

    /// Do the input that is read and another one have their first entries in common?
    fn begin_alike(&self, other: usize) -> bool {
        let (here, there) = (&self.inputs[self.current].sample, &self.inputs[other].sample);
        here.iter().filter(|mark| there.iter().any(|known| known.is(mark))).count() >= FEWEST
    }

    /// Were nearly all of the first entries of the one that begins later found in the other?
    fn are_of_one_server(&self, other: usize) -> bool {
        let (here, there) = (&self.inputs[self.current], &self.inputs[other]);
        let found = |pair| self.found.get(&pair).copied().unwrap_or(0);
        let begins = |known: &Known| known.sample.first().map_or(i64::MAX, |mark| mark.time.0);
        let (found, looked_for) = if begins(there) >= begins(here) {
            (found((self.current, other)), there.head.0.values().map(Vec::len).sum())
        } else {
            let ends = there.last;
            let within = here.sample.iter().filter(|mark| mark.second() <= ends).count();
            (found((other, self.current)), within)
        };
        found >= FEWEST && found * 10 >= looked_for * 9
    }

    /// How many entries of an input were left out, and an input that has them.
    pub(crate) fn left_out(&self, input: usize) -> Option<(u64, usize)> {
        let known = self.inputs.get(input)?;
        Some((known.left_out, known.copy_of?))
    }
}

impl Known {
    fn remember(&mut self, mark: Mark) {
        if mark.second() <= self.head_ends && self.head.0.len() < HEAD_MARKS {
            self.head.insert(mark);
        }
        self.last = self.last.max(mark.second());
        self.recent.push_back(mark);
        while let Some(oldest) = self.recent.front().copied()
            && (oldest.second() + TAIL_SECONDS < mark.second() || self.recent.len() > TAIL_MARKS)
        {
            self.tail_begins = self.tail_begins.max(oldest.second());
            self.recent.pop_front();
        }
    }
}
