//! Logs of several formats in one text, one behind the other, as `cat *.log` makes them.
//!
//! Each is a section that is read by its own format. A section ends where the entries of its format
//! do, if those of another begin there; formats that take turns line by line are not parted, and
//! what is none of the first is counted as not understood.

use std::io::Read;

use memchr::{memchr, memchr_iter};
use slowlog_event::{Position, Timestamp};
use slowlog_parse::Reader;

use crate::origin::FilePlace;
use crate::sniff::{Given, Recognised};

/// Formats that follow one another in one text, at most.
const MOST_SECTIONS: usize = 16;
/// So much is looked at to know whether entries of a format are still there.
const CHUNK: u64 = 128 * 1024;

/// A part of a text in one format.
pub(crate) struct Section {
    /// Where it begins, with the lines before it.
    pub(crate) begins: Position,
    pub(crate) end: u64,
    pub(crate) recognised: Recognised,
}

/// A text that can be read anywhere.
#[derive(Clone, Copy)]
pub(crate) enum Anywhere<'a> {
    Whole(&'a [u8]),
    File(&'a FilePlace),
}

impl Anywhere<'_> {
    pub(crate) fn len(self) -> u64 {
        match self {
            Self::Whole(text) => text.len() as u64,
            Self::File(file) => file.size,
        }
    }

    /// So many bytes from a place on, or fewer at the end.
    pub(crate) fn read(self, from: u64, bytes: u64) -> Vec<u8> {
        match self {
            Self::Whole(text) => {
                let end = (from + bytes).min(text.len() as u64);
                text[from as usize..end as usize].to_vec()
            }
            Self::File(file) => {
                let mut part = Vec::new();
                // What cannot be read will be told when it is to be read.
                let _ = file.open_plain(from).map(|file| file.take(bytes).read_to_end(&mut part));
                part
            }
        }
    }

    fn newlines(self, from: u64, to: u64) -> u64 {
        let starts = (from..to).step_by(CHUNK as usize);
        starts.map(|at| memchr_iter(b'\n', &self.read(at, CHUNK.min(to - at))).count() as u64).sum()
    }
}

/// The sections of a text that was recognised by its beginning: nearly always one.
pub(crate) fn sections(
    given: &Given,
    text: Anywhere<'_>,
    modified: Option<Timestamp>,
    first: Recognised,
) -> Vec<Section> {
    let mut borders = Vec::new();
    let (mut begin, mut current) = (0, first);
    if let Some((at, before)) = before(given, text, modified, &current) {
        borders.push((0, before));
        begin = at;
    }
    while borders.len() + 1 < MOST_SECTIONS
        && let Some((at, next)) = change(given, text, modified, begin, &current)
    {
        borders.push((begin, std::mem::replace(&mut current, next)));
        begin = at;
    }
    borders.push((begin, current));
    let ends: Vec<u64> = borders.iter().skip(1).map(|(at, _)| *at).chain([text.len()]).collect();
    let (mut line, mut counted) = (0, 0);
    let section = |((byte, recognised), end): ((u64, Recognised), u64)| {
        line += text.newlines(counted, byte);
        counted = byte;
        Section { begins: Position { byte, line }, end, recognised }
    };
    borders.into_iter().zip(ends).map(section).collect()
}

/// The sections of a text whose beginning has too little of its format to be recognised by: two or
/// more, and each a log for itself.
pub(crate) fn parted(
    given: &Given,
    text: Anywhere<'_>,
    modified: Option<Timestamp>,
) -> Option<Vec<Section>> {
    let sample = text.read(0, CHUNK);
    let first = beginning(given, &sample, sample.len() / 2, modified)?;
    let sections = sections(given, text, modified, first);
    let is_log = |section: &Section| {
        let part = text.read(section.begins.byte, CHUNK.min(section.end - section.begins.byte));
        given.recognise(&part, &[], modified).is_some_and(|own| own.is_like(&section.recognised))
    };
    (sections.len() > 1 && sections.iter().all(is_log)).then_some(sections)
}

/// What a text begins with, by so many bytes, or by half of them, and so on.
fn beginning(
    given: &Given,
    text: &[u8],
    bytes: usize,
    modified: Option<Timestamp>,
) -> Option<Recognised> {
    let lengths = std::iter::successors(Some(bytes), |len| Some(len / 2));
    lengths
        .take_while(|len| *len > 0)
        .find_map(|len| given.recognise(&text[..behind_line(text, len)], &[], modified))
}

/// What stands before the first entry of a format, if it is a log of another; where that ends.
fn before(
    given: &Given,
    text: Anywhere<'_>,
    modified: Option<Timestamp>,
    current: &Recognised,
) -> Option<(u64, Recognised)> {
    let sample = text.read(0, CHUNK);
    let (first, _) = current.span(&sample)?;
    let before = given.recognise(&sample[..first], &[], modified)?;
    let is_log = !before.is_like(current) && before.span(&sample[..first])?.0 == 0;
    (is_log && before.is_whole(&sample[..first])).then_some((first as u64, before))
}

/// Where behind `begin` the entries of a format end and those of another begin.
fn change(
    given: &Given,
    text: Anywhere<'_>,
    modified: Option<Timestamp>,
    begin: u64,
    current: &Recognised,
) -> Option<(u64, Recognised)> {
    let (mut low, mut high) = (begin, text.len());
    // The end is looked at first: there they nearly always are.
    let mut middle = high - CHUNK.min(high - low);
    while high - low > CHUNK {
        match current.span(&text.read(middle, CHUNK)) {
            Some(_) => low = middle,
            None => high = middle,
        }
        middle = low + (high - low) / 2;
    }
    let part = text.read(low, 3 * CHUNK);
    let (_, last) = current.span(&part)?;
    // The further lines of a header may look like one themselves.
    let mut behind = behind_line(&part, last);
    while let Some((head, _)) = current.span(&part[behind..]) {
        behind = behind_line(&part, behind + head);
    }
    let rest = &part[behind..];
    let next = beginning(given, rest, rest.len(), modified)?;
    if next.is_like(current) {
        return None;
    }
    let at = behind + next.span(rest)?.0;
    current.is_whole(&part[last..at]).then_some((low + at as u64, next))
}

fn behind_line(text: &[u8], from: usize) -> usize {
    memchr(b'\n', &text[from..]).map_or(text.len(), |length| from + length + 1)
}

impl Recognised {
    /// Where the first and the last entry begin in a part of a log.
    fn span(&self, part: &[u8]) -> Option<(usize, usize)> {
        match &self.within {
            None => {
                let first = self.format.first_entry_start(part)?;
                let last = self.format.last_entry_start(part).unwrap_or(first);
                Some((first, last.max(first)))
            }
            Some((envelope, ..)) => {
                let notes = envelope.sample(part).notes;
                let mut places = notes.iter().map(|note| note.outer.byte as usize);
                let first = places.next()?;
                if !envelope.is_by_line() {
                    // Where the last object ends, no place tells.
                    return Some((first, part.len()));
                }
                Some(places.fold((first, first), |(low, high), at| (low.min(at), high.max(at))))
            }
        }
    }

    /// May one go on in the other?
    fn is_like(&self, other: &Self) -> bool {
        let envelope = |of: &Self| of.within.as_ref().map(|(envelope, ..)| envelope.name());
        self.format.name() == other.format.name() && envelope(self) == envelope(other)
    }

    /// Does the last entry end where the part does, be it that another log follows?
    fn is_whole(&self, part: &[u8]) -> bool {
        self.within.is_some()
            || Reader::new(&self.format).read(part, false, false, |_| {}).open_from.is_none()
    }
}
