//! Looking at the inputs before reading them: carriers, format, order, copies.

mod given;
mod streams;

use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use slowlog_digest::{InputSummary, Problem, ProblemKind, ProblemPlace};
use slowlog_event::Position;
use slowlog_parse::{Envelope, YearHint, unsupported};

use crate::carrier::{self, Archive, Damage, Gauge, Member, Opened, Outline, Text};
use crate::closest::closest;
use crate::copies::{Content, Copies};
use crate::origin::{FilePlace, Origin, Place};
use crate::overlap::head_marks;
use crate::sections::{Anywhere, Section, parted, sections};
use crate::source::{Source, SourceKind};
pub(crate) use given::{Given, Recognised};
pub(crate) use streams::{Known, Sniffed, Wrapped};

/// Enough to tell the format of nearly every log.
pub(crate) const SAMPLE_BYTES: usize = 128 * 1024;
/// Where nothing is recognised, this much is looked at.
const LARGE_SAMPLE_BYTES: usize = 1024 * 1024;
/// So many files are kept open until they are read; the others are opened again by their name.
const MOST_OPEN: usize = 128;
/// Members of an archive, logs or not, whose names are kept.
const MOST_MEMBERS: usize = 65_536;

/// Looks at every source. Those that cannot be analysed are only in the summaries.
pub(crate) fn sniff(sources: Vec<Source>, given: &Given) -> (Vec<InputSummary>, Known) {
    let mut sniffer = Sniffer {
        given,
        summaries: Vec::with_capacity(sources.len()),
        known: Known { inputs: Vec::new(), formats: Vec::new() },
        copies: Copies::default(),
        several: sources.len() > 1,
        kept_open: 0,
    };
    for source in sources {
        sniffer.source(source);
    }
    let Sniffer { summaries, mut known, .. } = sniffer;
    known.sort();
    (summaries, known)
}

struct Sniffer<'g> {
    given: &'g Given,
    summaries: Vec<InputSummary>,
    known: Known,
    copies: Copies,
    /// There is more than one input.
    several: bool,
    /// Plain files that are kept open.
    kept_open: usize,
}

/// What is not read is not a loss as such: a problem says what it is.
fn problem(kind: ProblemKind, detail: impl Into<String>) -> Problem {
    Problem { kind, count: 1, first: None, detail: detail.into() }
}

/// The problem that an error is, and the bytes that were lost.
pub(crate) fn failure(error: &io::Error) -> (Problem, Option<u64>) {
    match Damage::of(error) {
        Some(damage) => (problem(ProblemKind::Damaged, &damage.reason), damage.lost_bytes),
        None => (problem(ProblemKind::Unreadable, error.to_string()), None),
    }
}

impl Sniffer<'_> {
    fn source(&mut self, source: Source) {
        let Source { name, kind, found } = source;
        let mut summary = InputSummary { name, ..InputSummary::default() };
        let (opened, origin) = match open(kind, self.kept_open < MOST_OPEN) {
            Ok(opened) => opened,
            Err(error) => return self.refuse(summary, failure(&error)),
        };
        if let Origin::Place(Place::Carried(file)) = &origin {
            summary.bytes = file.size;
        }
        match (opened, origin) {
            (Opened::Text(text), origin) => self.text(summary, text, origin, found, false),
            (Opened::Archive(archive), Origin::Place(Place::Carried(file))) => {
                self.archive(summary, *archive, &file);
            }
            (Opened::Archive(_), _) => {}
            (Opened::Closed(kind), origin) => {
                let is_pipe = matches!(origin, Origin::Once { .. });
                self.refuse(summary, (closed(kind, is_pipe), None));
            }
        }
    }

    /// Keeps an input that is not read.
    fn refuse(&mut self, mut summary: InputSummary, (problem, lost): (Problem, Option<u64>)) {
        summary.problems.push(problem);
        summary.lost_bytes = lost;
        self.summaries.push(summary);
    }

    /// Looks at every member. What is wrong with the archive itself is a problem of an input of
    /// its name.
    fn archive(&mut self, summary: InputSummary, mut archive: Archive, file: &FilePlace) {
        let is_compressed = archive.is_compressed();
        self.several = true;
        let mut members = 0;
        let result = loop {
            let member = match archive.next_member() {
                Ok(Some(member)) => member,
                Ok(None) => break Ok(()),
                Err(error) => break Err(failure(&error)),
            };
            members += 1;
            if members > MOST_MEMBERS {
                let detail = format!("it has more than {MOST_MEMBERS} members");
                break Err((problem(ProblemKind::TooManyMembers, detail), None));
            }
            let index = self.summaries.len();
            let shared = Arc::new(Mutex::new(archive));
            self.member(&summary.name, &shared, file, member, is_compressed);
            // Nobody else has it once the member was looked at.
            let Some(back) = Arc::into_inner(shared) else { return };
            archive = back.into_inner().unwrap_or_else(PoisonError::into_inner);
            match archive.finish_member() {
                Ok(bytes) => self.summaries[index].bytes = bytes,
                Err(error) => break Err(failure(&error)),
            }
        };
        // What was read to look at it was not the analysis.
        file.gauge.reset();
        match result {
            Err(problem) => self.refuse(summary, problem),
            Ok(()) if members == 0 => {
                self.refuse(summary, (problem(ProblemKind::Empty, ""), None));
            }
            Ok(()) => {}
        }
    }

    fn member(
        &mut self,
        archive_name: &str,
        archive: &Arc<Mutex<Archive>>,
        file: &FilePlace,
        member: Member,
        is_compressed: bool,
    ) {
        let name = format!("{archive_name}:{}", member.name);
        let bytes = member.bytes.unwrap_or_default();
        let summary = InputSummary { name, bytes, ..InputSummary::default() };
        if let Some(reason) = member.refusal {
            return self.refuse(summary, (problem(ProblemKind::Unreadable, reason), None));
        }
        match carrier::open_member(archive, member.offset) {
            Ok(Opened::Text(text)) => {
                let place = Place::Member { archive: file.clone(), offset: member.offset };
                self.text(summary, text, Origin::Place(place), true, is_compressed);
            }
            Ok(Opened::Archive(_)) => {}
            Ok(Opened::Closed(kind)) => self.refuse(summary, (closed(kind, false), None)),
            Err(error) => self.refuse(summary, failure(&error)),
        }
    }

    /// Finds the format of a text. `found` rather than named, it need not be a log. `hash_all`: it
    /// costs too much to come back for comparing it with others.
    fn text(
        &mut self,
        mut summary: InputSummary,
        text: Text,
        mut origin: Origin,
        found: bool,
        hash_all: bool,
    ) {
        let Text { mut reader, compression, encoding, is_plain } = text;
        (summary.compression, summary.encoding) = (compression, encoding);
        if let (true, Origin::Place(Place::Carried(file))) = (is_plain, &origin) {
            origin = Origin::Place(Place::Plain(file.clone()));
            self.kept_open += 1;
        }
        let mut sample = Vec::new();
        let mut filled = fill(&mut reader, &mut sample, SAMPLE_BYTES);
        // What has no end can be read on, but not again.
        let tail = match &origin {
            Origin::Place(Place::Plain(file)) if file.size > SAMPLE_BYTES as u64 => {
                last_bytes(file).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        let modified = match &origin {
            Origin::Place(place) => place.modified(),
            Origin::Once { .. } => None,
        };
        let foreign = unsupported(&sample);
        let mut recognised = None;
        if foreign.is_none() {
            recognised = self.given.recognise(&sample, &tail, modified);
            if recognised.is_none() && filled.is_ok() {
                filled = fill(&mut reader, &mut sample, LARGE_SAMPLE_BYTES);
                recognised = self.given.recognise(&sample, &tail, modified);
            }
        }
        // What has no envelope as a whole may begin or end with a log that has one.
        let in_doubt = recognised.as_ref().is_none_or(|recognised| {
            let halves: [&[u8]; 2] = sample.split_at(sample.len() / 2).into();
            let is_wrapped = |half| Envelope::detect(half, YearHint::default()).is_some();
            recognised.within.is_none() && halves.into_iter().any(is_wrapped)
        });
        if foreign.is_none()
            && in_doubt
            && let Some(text) = anywhere(&origin, &sample, &filled)
            && let Some(sections) = parted(self.given, text, modified)
        {
            return self.sections(&summary, text, &origin, sections);
        }
        let Some(recognised) = recognised else {
            summary.decompressed_bytes = match &origin {
                Origin::Place(Place::Plain(file)) => file.size,
                _ => sample.len() as u64,
            };
            if let Origin::Once { gauge, .. } = &origin {
                summary.bytes = gauge.bytes();
            }
            let kind = match self.given.prefix {
                _ if foreign.is_some() => ProblemKind::Unsupported,
                _ if sample.iter().all(u8::is_ascii_whitespace) => ProblemKind::Empty,
                _ if found => ProblemKind::NotALog,
                Some(_) => ProblemKind::WrongPrefix,
                None => ProblemKind::UnknownFormat,
            };
            summary.looks_like = closest(&sample);
            let what = match filled {
                Err(error) => failure(&error),
                Ok(()) => {
                    let detail = foreign.map_or_else(|| first_lines(&sample), str::to_owned);
                    (problem(kind, detail), None)
                }
            };
            self.refuse(summary, what);
            if let Some(summary) = self.summaries.last_mut().filter(|_| !found) {
                summary.problems.extend(unknown_language(&sample));
            }
            return;
        };
        let input = self.summaries.len();
        if let (Ok(()), Origin::Place(place)) = (&filled, &origin) {
            let rest: Option<&mut dyn Read> = if hash_all { Some(&mut reader) } else { None };
            let content = Content::new(input, place.clone(), &sample, rest);
            if let Some(original) = self.copies.original(content) {
                summary.duplicate_of = Some(self.summaries[original].name.clone());
                return self.summaries.push(summary);
            }
        }
        let mut recognised = recognised;
        if let Some(text) = anywhere(&origin, &sample, &filled) {
            let mut sections = sections(self.given, text, modified, recognised);
            if sections.len() > 1 {
                return self.sections(&summary, text, &origin, sections);
            }
            let Some(only) = sections.pop() else { return };
            recognised = only.recognised;
        }
        if let Origin::Once { reader: once, .. } = &mut origin {
            let behind: Box<dyn Read + Send> = match filled {
                Ok(()) => reader,
                Err(error) => Box::new(Failing(Some(error))),
            };
            *once = Box::new(io::Cursor::new(sample.clone()).chain(behind));
        }
        self.log(summary, recognised, (&sample, &tail), origin, Position::default());
    }

    fn sections(
        &mut self,
        whole: &InputSummary,
        text: Anywhere<'_>,
        origin: &Origin,
        sections: Vec<Section>,
    ) {
        self.several = true;
        for section in sections {
            self.section(whole, text, origin, section);
        }
    }

    /// A part of a text that has several formats: an input of its own, with the places of the text.
    fn section(
        &mut self,
        whole: &InputSummary,
        text: Anywhere<'_>,
        origin: &Origin,
        Section { begins, end, recognised }: Section,
    ) {
        let len = end - begins.byte;
        let sample = text.read(begins.byte, len.min(SAMPLE_BYTES as u64));
        let tail_len = (len - sample.len() as u64).min(SAMPLE_BYTES as u64);
        let tail = text.read(end - tail_len, tail_len);
        let mut summary = whole.clone();
        if whole.compression.is_none() {
            summary.bytes = len;
        } else if begins.byte > 0 {
            summary.bytes = 0;
        }
        if begins.byte > 0 {
            let place = ProblemPlace { line: begins.line + 1, byte: begins.byte };
            let problem = problem(ProblemKind::FormatChange, recognised.format.name());
            summary.problems.push(Problem { first: Some(place), ..problem });
        }
        let origin = match origin {
            Origin::Place(Place::Plain(file)) => {
                Origin::Place(Place::Plain(file.part(begins.byte, len)))
            }
            _ => {
                let reader = Box::new(io::Cursor::new(text.read(begins.byte, len)));
                Origin::Once { reader, gauge: Arc::default() }
            }
        };
        self.log(summary, recognised, (&sample, &tail), origin, begins);
    }

    /// Keeps a log, which begins with a sample and ends with another one.
    fn log(
        &mut self,
        mut summary: InputSummary,
        recognised: Recognised,
        (sample, tail): (&[u8], &[u8]),
        mut origin: Origin,
        begins: Position,
    ) {
        let input = self.summaries.len();
        let (sample_stamps, stamps) = recognised.stamps(sample, tail);
        let Recognised { format, within } = recognised;
        let text = within.as_ref().map_or(sample, |(_, sample, _)| &sample.text);
        summary.problems.extend(unknown_language(text));
        summary.format = Some(format.name());
        summary.prefix = format.prefix().map(ToString::to_string);
        // A line of a general log that lacks its stamp may be the rest of one that has it.
        let begins_with_entry =
            format.first_entry_start(text) == Some(0) && !text.starts_with(b"\t");
        let sample_ends = sample_stamps.map(|(_, last)| last);
        let marks = if self.several {
            head_marks(text, &format, self.given.zone.as_ref())
        } else {
            Vec::new()
        };
        let wrapped = within
            .map(|(envelope, _, _)| Wrapped { envelope, outline: Arc::new(Outline::default()) });
        if let Some(wrapped) = &wrapped {
            summary.envelope = Some(wrapped.envelope.name());
            // Its text is made of its bytes, beside the parsing.
            if let Origin::Place(Place::Plain(file)) = &origin
                && begins.byte == 0
            {
                origin = Origin::Place(Place::Carried(file.clone()));
            }
        }
        let format = self.known.format(format);
        self.known.inputs.push(Sniffed {
            input,
            origin,
            format,
            wrapped,
            begins,
            begins_with_entry,
            stamps,
            sample_ends,
            marks,
        });
        self.summaries.push(summary);
    }
}

/// Fails once, where the reader that it stands for did.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// A server that speaks a language whose messages nobody has told slowlog.
fn unknown_language(sample: &[u8]) -> Option<Problem> {
    Some(problem(ProblemKind::UnknownLanguage, slowlog_parse::unknown_language(sample)?))
}

/// A text that can be looked at anywhere: a plain file, or a text of which the sample is all.
fn anywhere<'a>(
    origin: &'a Origin,
    sample: &'a [u8],
    filled: &io::Result<()>,
) -> Option<Anywhere<'a>> {
    match origin {
        Origin::Place(Place::Plain(file)) => Some(Anywhere::File(file)),
        _ => (filled.is_ok() && sample.len() < SAMPLE_BYTES).then_some(Anywhere::Whole(sample)),
    }
}

/// The problem of an archive, or a second compression, that is left closed.
fn closed(kind: &'static str, is_pipe: bool) -> Problem {
    let reason = if is_pipe { "from a pipe" } else { "within an archive or a compressed file" };
    problem(ProblemKind::NotOpened, format!("{kind} {reason}"))
}

fn open(kind: SourceKind, keep: bool) -> io::Result<(Opened, Origin)> {
    let reader: Box<dyn Read + Send> = match kind {
        SourceKind::File(path) => {
            let file = File::open(&path)?;
            let metadata = file.metadata()?;
            if metadata.is_dir() {
                return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory"));
            }
            if metadata.is_file() {
                let mut place = FilePlace::new(&path, &metadata);
                let opened = place.open()?;
                if keep && matches!(&opened, Opened::Text(text) if text.is_plain) {
                    place.keep(file);
                }
                return Ok((opened, Origin::Place(Place::Carried(place))));
            }
            #[cfg(unix)]
            if std::os::unix::fs::FileTypeExt::is_block_device(&metadata.file_type()) {
                return Err(io::Error::other("is a block device"));
            }
            Box::new(file)
        }
        SourceKind::Reader(reader) => reader,
    };
    let gauge = Arc::new(Gauge::default());
    let opened = carrier::open_reader(reader, &gauge)?;
    Ok((opened, Origin::Once { reader: Box::new(io::empty()), gauge }))
}

/// Reads until `buffer` has `len` bytes or the reader ends.
fn fill(reader: &mut impl Read, buffer: &mut Vec<u8>, len: usize) -> io::Result<()> {
    let missing = len.saturating_sub(buffer.len()) as u64;
    reader.take(missing).read_to_end(buffer).map(drop)
}

fn last_bytes(file: &FilePlace) -> io::Result<Vec<u8>> {
    let mut tail = Vec::new();
    let mut plain = file.open_plain(file.size.saturating_sub(SAMPLE_BYTES as u64))?;
    fill(&mut plain, &mut tail, SAMPLE_BYTES)?;
    Ok(tail)
}

/// Three lines that say what the input looks like, each cut at 200 bytes.
fn first_lines(sample: &[u8]) -> String {
    let lines = sample.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let lines = lines.take(3).map(|line| String::from_utf8_lossy(&line[..line.len().min(200)]));
    lines.collect::<Vec<_>>().join("\n")
}
