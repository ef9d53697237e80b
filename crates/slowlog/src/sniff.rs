//! Looking at the inputs before reading them: format, order, copies.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use slowlog_digest::{InputSummary, Problem, ProblemKind};
use slowlog_event::{Dialect, Timestamp};
use slowlog_parse::{Format, Prefix};

use crate::source::{Source, SourceKind};

/// Enough to tell the format of nearly every log.
const SAMPLE_BYTES: usize = 128 * 1024;
/// Where nothing is recognised, this much is looked at.
const LARGE_SAMPLE_BYTES: usize = 1024 * 1024;
/// Files of one stream may overlap by so much: servers write stamps out of order by a little.
const OVERLAP_US: i64 = 2_000_000;

/// An input whose format is known.
pub(crate) struct Sniffed {
    /// Its place among the inputs given.
    pub(crate) input: usize,
    pub(crate) kind: SourceKind,
    /// What was taken from a reader that cannot go back; empty for a file.
    pub(crate) head: Vec<u8>,
    /// A file is read up to the size that it had at first.
    pub(crate) size: Option<u64>,
    pub(crate) format: Format,
    /// Its first line is the head of an entry.
    pub(crate) begins_with_entry: bool,
    stamps: Option<(Timestamp, Timestamp)>,
}

/// Inputs that belong together, in the order of time.
pub(crate) struct Stream {
    pub(crate) format: Format,
    pub(crate) inputs: Vec<Sniffed>,
}

/// What is known of the inputs before looking at them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    /// The only dialect that counts.
    pub(crate) engine: Option<Dialect>,
    pub(crate) prefix: Option<Prefix>,
}

impl Given {
    /// The format of a log by its beginning and its end.
    fn format(&self, sample: &[u8], tail: &[u8]) -> Option<Format> {
        let Some(prefix) = &self.prefix else {
            return Format::detect(&[sample, tail], self.engine);
        };
        [prefix.clone(), prefix.clone().with_one_blank(), prefix.clone().behind_stamp()]
            .map(|prefix| Format::PostgresStderr(vec![prefix]))
            .into_iter()
            .find(|format| format.first_entry_start(sample).is_some())
    }
}

/// Looks at every source. Those that cannot be analysed are only in the summaries.
pub(crate) fn sniff(sources: Vec<Source>, given: &Given) -> (Vec<InputSummary>, Vec<Stream>) {
    let mut summaries: Vec<InputSummary> = Vec::with_capacity(sources.len());
    let mut known: Vec<Sniffed> = Vec::new();
    for (input, source) in sources.into_iter().enumerate() {
        let mut summary = InputSummary { name: source.name.clone(), ..InputSummary::default() };
        let original = known.iter().find(|earlier| is_copy(earlier, &source));
        if let Some(original) = original {
            summary.duplicate_of = Some(summaries[original.input].name.clone());
        } else {
            match look(input, source, given) {
                Ok(sniffed) => {
                    summary.format = Some(sniffed.format.name());
                    summary.prefix = sniffed.format.prefix().map(ToString::to_string);
                    known.push(sniffed);
                }
                Err((problem, bytes)) => {
                    summary.bytes = bytes;
                    summary.problems.push(problem);
                }
            }
        }
        summaries.push(summary);
    }
    let streams = streams(known);
    for (number, stream) in streams.iter().enumerate() {
        for sniffed in &stream.inputs {
            summaries[sniffed.input].stream = number;
        }
    }
    (summaries, streams)
}

/// Opens a source and finds its format.
fn look(input: usize, source: Source, given: &Given) -> Result<Sniffed, (Problem, u64)> {
    let problem = |kind, detail: String| Problem { kind, count: 1, first: None, detail };
    let Source { kind, found, .. } = source;
    let unreadable = |error: io::Error| (problem(ProblemKind::Unreadable, error.to_string()), 0);
    let (mut reader, size, kind): (Box<dyn Read + Send>, _, _) = match kind {
        SourceKind::File(path) => {
            let (file, size) = open(&path).map_err(unreadable)?;
            (Box::new(file), size, SourceKind::File(path))
        }
        SourceKind::Reader(reader) => (reader, None, SourceKind::Reader(Box::new(io::empty()))),
    };
    let mut sample = Vec::new();
    fill(&mut reader, &mut sample, SAMPLE_BYTES).map_err(unreadable)?;
    // A pipe and its like have no size: they are read on, not again.
    let tail = match &kind {
        SourceKind::File(path) if size.is_some_and(|size| size > SAMPLE_BYTES as u64) => {
            last_bytes(path).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    let mut format = given.format(&sample, &tail);
    if format.is_none() {
        fill(&mut reader, &mut sample, LARGE_SAMPLE_BYTES).map_err(unreadable)?;
        format = given.format(&sample, &tail);
    }
    let bytes = size.unwrap_or(sample.len() as u64);
    let Some(format) = format else {
        let kind = match given.prefix {
            _ if sample.iter().all(u8::is_ascii_whitespace) => ProblemKind::Empty,
            _ if found => ProblemKind::NotALog,
            Some(_) => ProblemKind::WrongPrefix,
            None => ProblemKind::UnknownFormat,
        };
        return Err((problem(kind, first_lines(&sample)), bytes));
    };
    let begins_with_entry = format.first_entry_start(&sample) == Some(0);
    let stamps = format.first_and_last_stamp(&sample).map(|(first, last)| {
        let tail = format.first_and_last_stamp(&tail);
        (first, tail.map_or(last, |(_, tail)| tail.max(last)))
    });
    let (kind, head) = match kind {
        SourceKind::File(path) if size.is_some() => (SourceKind::File(path), Vec::new()),
        _ => (SourceKind::Reader(reader), sample),
    };
    Ok(Sniffed { input, kind, head, size, format, begins_with_entry, stamps })
}

/// Opens a file; its size if it is a regular one.
pub(crate) fn open(path: &Path) -> io::Result<(File, Option<u64>)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory"));
    }
    Ok((file, metadata.is_file().then_some(metadata.len())))
}

/// Reads until `buffer` has `len` bytes or the reader ends.
fn fill(reader: &mut impl Read, buffer: &mut Vec<u8>, len: usize) -> io::Result<()> {
    let missing = len.saturating_sub(buffer.len()) as u64;
    reader.take(missing).read_to_end(buffer).map(drop)
}

fn last_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let len = file.metadata()?.len();
    file.seek(SeekFrom::Start(len.saturating_sub(SAMPLE_BYTES as u64)))?;
    let mut tail = Vec::new();
    fill(&mut file, &mut tail, SAMPLE_BYTES)?;
    Ok(tail)
}

/// Three lines that say what the input looks like, each cut at 200 bytes.
fn first_lines(sample: &[u8]) -> String {
    let lines = sample.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let lines = lines.take(3).map(|line| String::from_utf8_lossy(&line[..line.len().min(200)]));
    lines.collect::<Vec<_>>().join("\n")
}

/// Has `source` the same content as an input that was seen before?
fn is_copy(earlier: &Sniffed, source: &Source) -> bool {
    let (SourceKind::File(a), SourceKind::File(b)) = (&earlier.kind, &source.kind) else {
        return false;
    };
    earlier.size.is_some_and(|size| size > 0)
        && source.size() == earlier.size
        && same_content(a, b).unwrap_or(false)
}

/// Compares two files of the same size; different ones mostly differ in their first bytes.
fn same_content(a: &Path, b: &Path) -> io::Result<bool> {
    let (mut a, mut b) = (File::open(a)?, File::open(b)?);
    let (mut a_part, mut b_part) = (Vec::new(), Vec::new());
    loop {
        a_part.clear();
        b_part.clear();
        fill(&mut a, &mut a_part, SAMPLE_BYTES)?;
        fill(&mut b, &mut b_part, SAMPLE_BYTES)?;
        if a_part != b_part {
            return Ok(false);
        }
        if a_part.is_empty() {
            return Ok(true);
        }
    }
}

/// Puts inputs of one server together. Two are one stream when their format is the same and one
/// ends before the other begins; an input without stamps is a stream of its own.
fn streams(mut known: Vec<Sniffed>) -> Vec<Stream> {
    // In the order of time; those without a stamp stay where they are, at the end.
    known.sort_by_key(|sniffed| sniffed.stamps.map_or(i64::MAX, |(first, _)| first.0));
    let mut streams: Vec<Stream> = Vec::new();
    for sniffed in known {
        let follows = |stream: &&mut Stream| {
            let last = stream.inputs.last().and_then(|input| input.stamps);
            stream.format.continues_in(&sniffed.format)
                && matches!((last, sniffed.stamps), (Some((_, end)), Some((begin, _)))
                    if end.0 <= begin.0.saturating_add(OVERLAP_US))
        };
        if let Some(stream) = streams.iter_mut().find(follows) {
            stream.format.merge(&sniffed.format);
            stream.inputs.push(sniffed);
        } else {
            streams.push(Stream { format: sniffed.format.clone(), inputs: vec![sniffed] });
        }
    }
    streams
}
