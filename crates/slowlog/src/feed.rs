//! Cutting the inputs into blocks of whole entries.
//!
//! Memory is bounded whatever the input holds: a block grows only while it has no second entry,
//! and at most to [`LONGEST_ENTRY`]; what an entry has beyond that is skipped to the next one.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Mutex};

use memchr::memchr_iter;
use slowlog_event::Timestamp;
use slowlog_parse::{Format, LastMessage};

use crate::analyzer::Progress;
use crate::carrier::{Archive, Beside, Gauge, Outline, Unwrapping};
use crate::origin::{FilePlace, Origin, Place};
use crate::sniff::{Sniffed, Wrapped};

/// An entry is read up to this many bytes.
const LONGEST_ENTRY: usize = 16 * 1024 * 1024;
/// Inputs of one stream may overlap by so much: servers write stamps out of order by a little.
const OVERLAP_US: i64 = 2_000_000;
/// While skipping, a line without an end is kept up to this many bytes: longer than any head.
const LONGEST_HEAD: usize = 8 * 1024;

/// A piece of a stream that begins at an entry and ends before another.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// Counts on over all streams.
    pub(crate) number: u64,
    /// The number of its format.
    pub(crate) format: usize,
    pub(crate) bytes: Vec<u8>,
    /// The inputs whose bytes it has: mostly one.
    pub(crate) segments: Vec<Segment>,
    /// Its last entry is longer than [`LONGEST_ENTRY`] and cut here.
    pub(crate) cut: bool,
    /// It is the first of its stream.
    pub(crate) begins_stream: bool,
    /// Its last entry does not go on in the next block.
    pub(crate) ends_log: bool,
    /// What was skipped before it, since the entry was too long.
    pub(crate) skipped: Vec<Skipped>,
}

/// A part of an overlong entry that was not kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Skipped {
    pub(crate) input: usize,
    pub(crate) bytes: u64,
    pub(crate) newlines: u64,
}

/// Bytes of one input in a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment {
    pub(crate) input: usize,
    /// Where in the block they begin.
    pub(crate) start: usize,
    /// Lines of the block before them.
    pub(crate) lines_before: u64,
    /// Offset in the input of the first of them.
    pub(crate) offset: u64,
}

impl Block {
    /// Moves what stands behind `at` to the end of a rest.
    pub(crate) fn split_off(&mut self, at: usize, rest: &mut Vec<u8>, segments: &mut Vec<Segment>) {
        rest.extend_from_slice(&self.bytes[at..]);
        self.bytes.truncate(at);
        segments.extend(behind(&self.segments, rest, at));
        self.segments.retain(|segment| segment.start < at || segment.start == 0);
    }

    /// Puts a rest that [`Block::split_off`] has made before the block.
    pub(crate) fn put_before(&mut self, rest: &[u8], segments: &[Segment]) {
        let newlines = memchr_iter(b'\n', rest).count() as u64;
        self.bytes.splice(..0, rest.iter().copied());
        let last = segments.last().map(|segment| segment.input);
        let mut all = segments.to_vec();
        for segment in &self.segments {
            // The bytes of an input go on where those of the rest have ended.
            if segment.start > 0 || Some(segment.input) != last {
                all.push(Segment {
                    start: segment.start + rest.len(),
                    lines_before: segment.lines_before + newlines,
                    ..*segment
                });
            }
        }
        self.segments = all;
    }
}

/// Hands out the blocks of all streams, one after the other.
///
/// A stream is a chain of inputs of one format of which each begins where the one before ends, as
/// rotation makes them. Where an input ends is known once it was read: what comes out of a carrier
/// has no end that could be looked at before.
pub(crate) struct Feed<'f> {
    formats: &'f [Format],
    /// Inputs that have not been begun, in the order of time.
    waiting: VecDeque<Sniffed>,
    /// The next one of the stream.
    next: Option<Sniffed>,
    current: Option<OpenInput>,
    /// The message that the last input of the stream has ended with, if it was in an envelope.
    last_message: Option<LastMessage>,
    /// An archive that is open, and may have the next input, too.
    archive: Option<(FilePlace, Arc<Mutex<Archive>>)>,
    stream: usize,
    format: usize,
    /// The bytes behind the last cut, and whose they are.
    rest: Vec<u8>,
    rest_segments: Vec<Segment>,
    begins_stream: bool,
    /// An overlong entry was cut: everything is skipped until the next head.
    skipping: bool,
    /// The last byte handed out or skipped was within a line.
    within_line: bool,
    next_number: u64,
    block_bytes: usize,
    progress: Progress,
    /// Bytes of the inputs as they are given that were read so far.
    raw_bytes_read: u64,
    /// By input: what became of it.
    pub(crate) fates: Vec<Fate>,
}

/// What became of an input.
#[derive(Debug, Default)]
pub(crate) struct Fate {
    pub(crate) stream: usize,
    /// Where in its file it begins.
    pub(crate) begins: u64,
    /// Bytes of its text.
    pub(crate) bytes_read: u64,
    /// Bytes of what it was given as, if it could be read only once.
    pub(crate) raw_bytes: Option<u64>,
    /// Why it could not be read to its end.
    pub(crate) failure: Option<io::Error>,
}

struct OpenInput {
    input: usize,
    text: Opened,
    /// The place in the file of the first byte of its text.
    begins: u64,
    /// The first stamp, and the last that is known.
    stamps: Option<(Timestamp, Timestamp)>,
    gauge: Arc<Gauge>,
    outline: Option<Arc<Outline>>,
    /// The bytes that its text has to have, if it is a plain file.
    size: Option<u64>,
    /// It cannot be opened again, and its size is known at its end.
    is_once: bool,
}

enum Opened {
    /// Read where it is used: it costs next to nothing.
    Plain(Box<dyn Read + Send>),
    Beside(Beside),
}

/// What came of an attempt to read more of a stream.
#[derive(PartialEq, Eq)]
enum Reading {
    More,
    /// The input ends within a line and the next one begins with an entry.
    Border,
    End,
}

impl<'f> Feed<'f> {
    /// Of `inputs` in all, some are known and in the order of time.
    pub(crate) fn new(
        known: Vec<Sniffed>,
        formats: &'f [Format],
        inputs: usize,
        block_bytes: usize,
        progress: Progress,
    ) -> Self {
        Self {
            formats,
            waiting: known.into(),
            next: None,
            current: None,
            last_message: None,
            archive: None,
            stream: usize::MAX,
            format: 0,
            rest: Vec::new(),
            rest_segments: Vec::new(),
            begins_stream: false,
            skipping: false,
            within_line: false,
            next_number: 0,
            block_bytes,
            progress,
            raw_bytes_read: 0,
            fates: std::iter::repeat_with(Fate::default).take(inputs).collect(),
        }
    }

    /// The next block; `block` gives its buffers. `None` at the end.
    pub(crate) fn next_block(&mut self, mut block: Block) -> Option<Block> {
        loop {
            block.bytes.clear();
            block.segments.clear();
            block.skipped.clear();
            block.bytes.append(&mut self.rest);
            block.segments.append(&mut self.rest_segments);
            if self.fill(&mut block) {
                block.number = self.next_number;
                block.format = self.format;
                block.begins_stream = std::mem::take(&mut self.begins_stream);
                self.next_number += 1;
                return Some(block);
            }
            let first = self.waiting.pop_front()?;
            self.stream = self.stream.wrapping_add(1);
            self.format = first.format;
            self.next = Some(first);
            self.last_message = None;
            self.begins_stream = true;
            self.skipping = false;
            self.within_line = false;
        }
    }

    /// Fills a block from the current stream; `false` if the stream has nothing left.
    fn fill(&mut self, block: &mut Block) -> bool {
        let mut target = self.block_bytes.max(block.bytes.len() + 1);
        block.cut = false;
        block.ends_log = false;
        // Behind an overlong entry that was cut nothing was kept that would say whose bytes come.
        if let Some(open) = self.current.as_ref().filter(|_| block.segments.is_empty()) {
            let offset = open.begins + self.fates[open.input].bytes_read;
            block.segments.push(Segment { input: open.input, start: 0, lines_before: 0, offset });
        }
        loop {
            while block.bytes.len() < target {
                match self.read(block, target) {
                    Reading::More => {}
                    Reading::Border | Reading::End if !self.skipping => {
                        block.ends_log = true;
                        return !block.bytes.is_empty() || !block.skipped.is_empty();
                    }
                    reading => {
                        if self.skip(block) {
                            return true;
                        }
                        self.drop_all(block);
                        self.skipping = false;
                        if reading == Reading::End {
                            return !block.skipped.is_empty();
                        }
                    }
                }
            }
            if self.skipping && !self.skip(block) {
                target = self.block_bytes.max(block.bytes.len() + 1);
                continue;
            }
            let last = self.formats[self.format].last_entry_start(&block.bytes);
            match last.filter(|cut| *cut > 0) {
                Some(cut) => {
                    self.cut(block, cut);
                    return true;
                }
                None if block.bytes.len() >= LONGEST_ENTRY => {
                    block.cut = true;
                    block.ends_log = true;
                    self.skipping = true;
                    self.within_line = block.bytes.last() != Some(&b'\n');
                    return true;
                }
                None => {
                    target = (block.bytes.len() * 2).min(LONGEST_ENTRY).max(block.bytes.len() + 1);
                }
            }
        }
    }

    /// Reads until the block has `target` bytes, or to the end of the input.
    fn read(&mut self, block: &mut Block, target: usize) -> Reading {
        loop {
            let Some(open) = &mut self.current else {
                let Some(next) = &self.next else { return Reading::End };
                let within_line = block.bytes.last().is_some_and(|byte| *byte != b'\n');
                if within_line && next.begins_with_entry {
                    return Reading::Border;
                }
                if let Some(next) = self.next.take() {
                    self.open(next, block);
                }
                continue;
            };
            let had = block.bytes.len();
            let room = target - had;
            block.bytes.reserve(room);
            let result = open.text.read_to(room as u64, &mut block.bytes);
            let read = block.bytes.len() - had;
            let fate = &mut self.fates[open.input];
            fate.bytes_read += read as u64;
            self.raw_bytes_read += match open.text {
                Opened::Plain(_) => read as u64,
                Opened::Beside(_) => open.gauge.news(),
            };
            (self.progress.0)(self.raw_bytes_read);
            let ended = result.is_err() || read < room;
            fate.failure = result.err();
            if ended {
                self.close();
            }
            if read > 0 {
                return Reading::More;
            }
        }
    }

    /// Begins an input. Its bytes go on where those of the input before ended, since rotation may
    /// cut a log anywhere.
    fn open(&mut self, sniffed: Sniffed, block: &mut Block) {
        let Sniffed { input, origin, wrapped, stamps, begins, .. } = sniffed;
        self.fates[input].stream = self.stream;
        self.fates[input].begins = begins.byte;
        let is_once = matches!(origin, Origin::Once { .. });
        let format = &self.formats[self.format];
        let before = self.last_message.take();
        let unwrap = |reader| match &wrapped {
            Some(Wrapped { envelope, outline }) => {
                let outline = Arc::clone(outline);
                Box::new(Unwrapping::new(reader, envelope, format, outline, begins, before))
            }
            None => reader,
        };
        let size = match &origin {
            Origin::Place(Place::Plain(file)) if wrapped.is_none() => Some(file.size),
            _ => None,
        };
        let (text, gauge) = match origin {
            Origin::Place(place) => {
                let gauge = Arc::clone(place.gauge());
                let reader = place.open(&mut self.archive);
                let text = match place {
                    Place::Plain(_) if wrapped.is_none() => reader.map(Opened::Plain),
                    _ => reader.map(unwrap).and_then(Beside::new).map(Opened::Beside),
                };
                (text, gauge)
            }
            Origin::Once { reader, gauge } => {
                (Beside::new(unwrap(reader)).map(Opened::Beside), gauge)
            }
        };
        match text {
            Ok(text) => {
                // What an envelope says of places is of the file.
                let begins = if wrapped.is_some() { 0 } else { begins.byte };
                let outline = wrapped.map(|wrapped| wrapped.outline);
                let open = OpenInput { input, text, begins, stamps, gauge, outline, size, is_once };
                self.current = Some(open);
                let lines_before = memchr_iter(b'\n', &block.bytes).count() as u64;
                let start = block.bytes.len();
                block.segments.push(Segment { input, start, lines_before, offset: begins });
            }
            Err(error) => {
                self.fates[input].failure = Some(error);
                self.next = self.follower(stamps);
            }
        }
    }

    /// Ends an input, and finds the one that goes on with its stream.
    fn close(&mut self) {
        let Some(open) = self.current.take() else { return };
        let OpenInput { input, text, mut stamps, gauge, outline, size, is_once, .. } = open;
        let fate = &mut self.fates[input];
        if fate.failure.is_none() && size.is_some_and(|size| fate.bytes_read < size) {
            fate.failure = Some(io::Error::other("it was truncated while it was read"));
        }
        if let Opened::Beside(text) = text {
            let tail = self.formats[self.format].first_and_last_stamp(&text.tail());
            self.last_message = outline.as_ref().and_then(|outline| outline.last());
            let tail = tail.or_else(|| {
                let latest = outline.and_then(|outline| outline.latest())?;
                Some((latest, latest))
            });
            if let (Some((_, last)), Some((_, tail))) = (&mut stamps, tail) {
                *last = tail.max(*last);
            }
            self.fates[input].raw_bytes = is_once.then(|| gauge.bytes());
        }
        self.next = self.follower(stamps);
    }

    /// The first input waiting that begins where one with these stamps has ended. Without stamps
    /// nobody knows.
    fn follower(&mut self, stamps: Option<(Timestamp, Timestamp)>) -> Option<Sniffed> {
        let (_, end) = stamps?;
        let follows = |next: &Sniffed| {
            let begin = next.stamps.map(|(begin, _)| begin.0.saturating_add(OVERLAP_US));
            next.format == self.format && begin.is_some_and(|begin| end.0 <= begin)
        };
        let place = self.waiting.iter().position(follows)?;
        self.waiting.remove(place)
    }

    /// Keeps what stands behind `cut` for the next block.
    fn cut(&mut self, block: &mut Block, cut: usize) {
        block.split_off(cut, &mut self.rest, &mut self.rest_segments);
    }

    /// Drops the rest of an overlong entry; `false` if its end is not there yet.
    fn skip(&mut self, block: &mut Block) -> bool {
        let bytes = &block.bytes;
        let line_start = if self.within_line {
            memchr::memchr(b'\n', bytes).map_or(bytes.len(), |newline| newline + 1)
        } else {
            0
        };
        let head = self.formats[self.format].first_entry_start(&bytes[line_start..]);
        let skipped = if let Some(head) = head {
            line_start + head
        } else {
            // A line whose end is not there yet may turn out to be a head.
            let last_line = memchr::memrchr(b'\n', bytes).map_or(0, |newline| newline + 1);
            let undecided = last_line.max(line_start);
            if bytes.len() - undecided > LONGEST_HEAD { bytes.len() } else { undecided }
        };
        self.within_line = head.is_none() && skipped > 0 && bytes.get(skipped - 1) != Some(&b'\n');
        Self::drop_first(block, skipped);
        self.skipping = head.is_none();
        head.is_some()
    }

    fn drop_all(&mut self, block: &mut Block) {
        Self::drop_first(block, block.bytes.len());
        self.within_line = false;
    }

    fn drop_first(block: &mut Block, bytes: usize) {
        let (dropped, kept) = block.bytes.split_at(bytes);
        if let Some(first) = block.segments.first().filter(|_| bytes > 0) {
            let newlines = memchr_iter(b'\n', dropped).count() as u64;
            block.skipped.push(Skipped { input: first.input, bytes: bytes as u64, newlines });
        }
        let segments: Vec<Segment> = behind(&block.segments, kept, bytes).collect();
        block.segments = segments;
        block.bytes.drain(..bytes);
    }
}

impl Opened {
    /// Reads so many bytes, or to the end.
    fn read_to(&mut self, bytes: u64, into: &mut Vec<u8>) -> io::Result<()> {
        let reader: &mut dyn Read = match self {
            Self::Plain(reader) => reader,
            Self::Beside(reader) => reader,
        };
        reader.take(bytes).read_to_end(into).map(drop)
    }
}

/// The segments of `rest`, the bytes behind `cut` of a block with these segments.
fn behind<'a>(
    segments: &'a [Segment],
    rest: &'a [u8],
    cut: usize,
) -> impl Iterator<Item = Segment> + 'a {
    let within = segments.iter().rposition(|segment| segment.start <= cut).unwrap_or(0);
    segments[within..].iter().map(move |segment| {
        let start = segment.start.saturating_sub(cut);
        Segment {
            input: segment.input,
            start,
            lines_before: memchr_iter(b'\n', &rest[..start]).count() as u64,
            offset: segment.offset + cut.saturating_sub(segment.start) as u64,
        }
    })
}
