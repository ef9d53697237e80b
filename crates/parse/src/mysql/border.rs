//! Where the statement of an entry ends.

use std::ops::Range;

use memchr::memchr;
use slowlog_lex::{Enclosure, Within, mysql_enclosure};

use super::head::{Start, follows_statement, may_begin_banner, start_at};

/// How far to look for the end of a literal that the head of an entry stands in.
const LOOK_AHEAD: usize = 1 << 20;

/// A block and what stands behind it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Log<'a> {
    pub(super) block: &'a [u8],
    /// Nothing follows; else an entry or banner does.
    pub(super) ends: bool,
}

/// The end of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Border {
    /// An entry or banner begins here.
    Head(usize),
    /// The beginning of an entry stands here that the end of the log has cut.
    Cut(usize),
    /// The end of the block.
    End,
    /// That depends on what follows the block.
    Open,
}

/// Finds the ends of statements.
///
/// A statement ends before the first head behind a `;` and a line end, unless it is inside a
/// literal, a quoted name or a comment there. Then the statement either holds the text of a log or
/// has a quote too many, and it must not swallow the entries behind it. So the head is text only
/// if, not further away than [`LOOK_AHEAD`], there is a head outside.
///
/// All heads that were looked at are kept until the statements have passed them, each with the
/// ways on from it that are known: by what the head stands in, a later head that the statement is
/// still enclosed at, without a head outside between them. So each stretch is walked at most once
/// for each of the eight enclosures, however many entries look ahead over it.
#[derive(Debug)]
pub(super) struct Borders {
    places: Vec<Place>,
    /// The first place that no statement has passed yet.
    current: usize,
    /// How far to look ahead.
    bytes_ahead: usize,
}

impl Default for Borders {
    fn default() -> Self {
        Self::looking_ahead(LOOK_AHEAD)
    }
}

#[derive(Debug, Clone, Copy)]
struct Place {
    at: usize,
    kind: Kind,
    /// Where it was looked for, and the lines from there.
    from: usize,
    lines: u64,
    ways: [Option<Way>; 8],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Head,
    /// A head that the end of the block has cut.
    Cut,
    /// The end of the block, and whether a statement may end here.
    End {
        is_finished: bool,
    },
}

/// A way on: to which place, and what the statement stands in there.
#[derive(Debug, Clone, Copy)]
struct Way {
    place: u32,
    enclosure: Enclosure,
}

impl Borders {
    pub(super) fn looking_ahead(bytes_ahead: usize) -> Self {
        Self { places: Vec::new(), current: 0, bytes_ahead }
    }

    /// Forgets the block before.
    pub(super) fn clear(&mut self) {
        self.places.clear();
        self.current = 0;
    }

    /// The first head within the statement that was asked for last: a literal of it, or quotes of
    /// several statements that happen to pair.
    pub(super) fn head_within(&self, statement: Range<usize>) -> Option<usize> {
        let first = self.places.get(self.current).map(|place| place.at);
        first.filter(|at| statement.contains(at))
    }

    /// The lines of a statement that was asked for last, if they were counted.
    pub(super) fn lines_of(&self, statement: Range<usize>) -> Option<u64> {
        let place = self.places.get(self.current)?;
        ((place.from..place.at) == statement).then_some(place.lines)
    }

    /// The end of the statement that begins at `text`. Statements are asked for in their order.
    /// `is_head` may know an entry by itself, where a line with `#` follows a statement, and
    /// `ends_outside` a text that nothing is open at the end of.
    pub(super) fn end_of_statement<'a>(
        &mut self,
        log: Log<'a>,
        text: usize,
        is_head: impl FnMut(usize) -> bool,
        ends_outside: impl FnOnce(&'a [u8]) -> bool,
    ) -> Border {
        while self.places.get(self.current).is_some_and(|place| place.at < text) {
            self.current += 1;
        }
        if self.current == self.places.len() {
            self.clear();
            self.places.push(next_place(log, text, is_head));
        }
        let Place { at, kind, .. } = self.places[self.current];
        if kind == Kind::Head && ends_outside(&log.block[text..at]) {
            return Border::Head(at);
        }
        let enclosure = mysql_enclosure(&log.block[text..at], Enclosure::default());
        let is_outside = enclosure.within == Within::Code;
        match kind {
            Kind::Head if is_outside => Border::Head(at),
            Kind::Head => self.look_ahead(log, self.current, enclosure),
            Kind::Cut if !log.ends => Border::Open,
            Kind::Cut if is_outside => Border::Cut(at),
            Kind::Cut => Border::End,
            Kind::End { is_finished } if log.ends || (is_outside && is_finished) => Border::End,
            Kind::End { .. } => Border::Open,
        }
    }

    /// The end of a statement that is open where a head stands.
    fn look_ahead(&mut self, log: Log<'_>, head: usize, enclosure: Enclosure) -> Border {
        let first = self.places[head].at;
        let mut last = Way { place: head as u32, enclosure };
        let border = loop {
            let Place { at, kind, .. } = self.places[last.place as usize];
            if at - first > self.bytes_ahead {
                break Border::Head(first);
            }
            let is_outside = last.enclosure.within == Within::Code;
            match kind {
                Kind::Head if is_outside => break Border::Head(at),
                Kind::End { is_finished: true } if is_outside => break Border::End,
                Kind::End { .. } if log.ends => break Border::Head(first),
                Kind::Cut if log.ends && is_outside => break Border::Cut(at),
                Kind::Cut | Kind::End { .. } if !log.ends => break Border::Open,
                Kind::Head | Kind::Cut | Kind::End { .. } => {}
            }
            last = self.way_on(log, last);
        };
        self.shorten(Way { place: head as u32, enclosure }, last);
        border
    }

    /// The next place on the way, or a later one.
    fn way_on(&mut self, log: Log<'_>, from: Way) -> Way {
        let place = from.place as usize;
        let number = number_of(from.enclosure);
        if let Some(way) = self.places[place].ways[number] {
            return way;
        }
        let start = self.places[place].at;
        if place + 1 == self.places.len() {
            let behind_line = memchr(b'\n', &log.block[start..]).map(|length| start + length + 1);
            let from = behind_line.unwrap_or(log.block.len());
            self.places.push(next_place(log, from, |_| false));
        }
        let end = self.places[place + 1].at;
        let enclosure = mysql_enclosure(&log.block[start..end], from.enclosure);
        let way = Way { place: from.place + 1, enclosure };
        self.places[place].ways[number] = Some(way);
        way
    }

    /// Makes all steps of a way lead to its last place.
    fn shorten(&mut self, first: Way, last: Way) {
        let mut step = first;
        while step.place < last.place {
            let way = &mut self.places[step.place as usize].ways[number_of(step.enclosure)];
            let Some(next) = way.replace(last) else { return };
            step = next;
        }
    }
}

/// The first place at or behind `from`, the start of a line, where a statement may end.
fn next_place(log: Log<'_>, from: usize, mut is_head: impl FnMut(usize) -> bool) -> Place {
    let block = log.block;
    let mut at = from;
    let mut lines = 0;
    let ways = [None; 8];
    loop {
        let rest = block.get(at..).unwrap_or_default();
        let line_end = |rest| memchr(b'\n', rest).map(|length| at + length);
        let mut end = None;
        let start = if rest.first() == Some(&b'#') {
            match follows_statement(block, at) {
                true if is_head(at) => Start::Entry,
                true => start_at(block, at),
                false => Start::Nothing,
            }
        } else {
            end = line_end(rest);
            let line = &block[at..end.unwrap_or(block.len())];
            let is_candidate = may_begin_banner(line) && follows_statement(block, at);
            if is_candidate { start_at(block, at) } else { Start::Nothing }
        };
        let kind = match start {
            Start::Entry | Start::Banner => Some(Kind::Head),
            Start::Cut => Some(Kind::Cut),
            Start::Nothing => None,
        };
        if let Some(kind) = kind {
            return Place { at, kind, from, lines, ways };
        }
        match end.or_else(|| line_end(rest)) {
            Some(end) => {
                at = end + 1;
                lines += 1;
            }
            None => {
                let is_finished = if log.ends {
                    block.trim_ascii_end().ends_with(b";")
                } else {
                    follows_statement(block, block.len())
                };
                let kind = Kind::End { is_finished };
                return Place { at: block.len(), kind, from, lines, ways };
            }
        }
    }
}

/// Numbers what a head may stand in. Outside of all, a way is over: that needs no number.
fn number_of(enclosure: Enclosure) -> usize {
    let within = match enclosure.within {
        Within::Code | Within::SingleQuotes => 0,
        Within::DoubleQuotes => 1,
        Within::Backticks => 2,
        Within::Comment => 3,
    };
    within * 2 + usize::from(enclosure.executable)
}
