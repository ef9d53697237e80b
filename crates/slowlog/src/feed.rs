//! Cutting the inputs into blocks of whole entries.
//!
//! Memory is bounded whatever the input holds: a block grows only while it has no second entry,
//! and at most to [`LONGEST_ENTRY`]; what an entry has beyond that is skipped to the next one.

use std::io::{self, Read};

use memchr::memchr_iter;
use slowlog_parse::Format;

use crate::analyzer::Progress;
use crate::sniff::{Sniffed, Stream, open};
use crate::source::SourceKind;

/// An entry is read up to this many bytes.
const LONGEST_ENTRY: usize = 16 * 1024 * 1024;
/// While skipping, a line without an end is kept up to this many bytes: longer than any head.
const LONGEST_HEAD: usize = 8 * 1024;

/// A piece of a stream that begins at an entry and ends before another.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// Counts on over all streams.
    pub(crate) number: u64,
    pub(crate) stream: usize,
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
pub(crate) struct Feed {
    streams: std::vec::IntoIter<Stream>,
    stream: usize,
    format: Option<Format>,
    inputs: std::vec::IntoIter<Sniffed>,
    current: Option<OpenInput>,
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
    /// Inputs that could not be read to their end.
    pub(crate) failures: Vec<(usize, io::Error)>,
    /// Bytes read of each input.
    pub(crate) bytes_read: Vec<u64>,
    all_bytes_read: u64,
    progress: Progress,
}

struct OpenInput {
    input: usize,
    reader: Box<dyn Read + Send>,
}

/// What came of an attempt to read more of a stream.
#[derive(PartialEq, Eq)]
enum Reading {
    More,
    /// The input ends within a line and the next one begins with an entry.
    Border,
    End,
}

impl Feed {
    pub(crate) fn new(
        streams: Vec<Stream>,
        inputs: usize,
        block_bytes: usize,
        progress: Progress,
    ) -> Self {
        Self {
            streams: streams.into_iter(),
            stream: usize::MAX,
            format: None,
            inputs: Vec::new().into_iter(),
            current: None,
            rest: Vec::new(),
            rest_segments: Vec::new(),
            begins_stream: false,
            skipping: false,
            within_line: false,
            next_number: 0,
            block_bytes,
            failures: Vec::new(),
            bytes_read: vec![0; inputs],
            all_bytes_read: 0,
            progress,
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
                block.stream = self.stream;
                block.begins_stream = std::mem::take(&mut self.begins_stream);
                self.next_number += 1;
                return Some(block);
            }
            let stream = self.streams.next()?;
            self.stream = self.stream.wrapping_add(1);
            self.format = Some(stream.format);
            self.inputs = stream.inputs.into_iter();
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
            let offset = self.bytes_read[open.input];
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
            let last =
                self.format.as_ref().and_then(|format| format.last_entry_start(&block.bytes));
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
                let Some(next) = self.inputs.as_slice().first() else { return Reading::End };
                let within_line = block.bytes.last().is_some_and(|byte| *byte != b'\n');
                if within_line && next.begins_with_entry {
                    return Reading::Border;
                }
                if let Some(sniffed) = self.inputs.next() {
                    self.open(sniffed, block);
                }
                continue;
            };
            let had = block.bytes.len();
            let room = target - had;
            block.bytes.reserve(room);
            let result = (&mut open.reader).take(room as u64).read_to_end(&mut block.bytes);
            let read = block.bytes.len() - had;
            self.bytes_read[open.input] += read as u64;
            self.all_bytes_read += read as u64;
            (self.progress.0)(self.all_bytes_read);
            if let Err(error) = result {
                self.failures.push((open.input, error));
                self.current = None;
            } else if read < room {
                self.current = None;
            }
            if read > 0 {
                return Reading::More;
            }
        }
    }

    /// Begins an input. Its bytes go on where those of the input before ended, since rotation may
    /// cut a log anywhere.
    fn open(&mut self, sniffed: Sniffed, block: &mut Block) {
        let input = sniffed.input;
        let reader: io::Result<Box<dyn Read + Send>> = match sniffed.kind {
            SourceKind::File(path) => open(&path).map(|(file, _)| -> Box<dyn Read + Send> {
                Box::new(file.take(sniffed.size.unwrap_or(u64::MAX)))
            }),
            SourceKind::Reader(reader) => Ok(Box::new(io::Cursor::new(sniffed.head).chain(reader))),
        };
        match reader {
            Ok(reader) => self.current = Some(OpenInput { input, reader }),
            Err(error) => return self.failures.push((input, error)),
        }
        let lines_before = memchr_iter(b'\n', &block.bytes).count() as u64;
        let start = block.bytes.len();
        block.segments.push(Segment { input, start, lines_before, offset: 0 });
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
        let head =
            self.format.as_ref().and_then(|format| format.first_entry_start(&bytes[line_start..]));
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
