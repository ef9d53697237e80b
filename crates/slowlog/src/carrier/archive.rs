//! Archives, member by member. A member can be come back to: what stands before it is passed over,
//! and an archive that is beyond it already is opened again.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::codec::Codec as _;
use super::damage::Damage;
use super::input::{Ahead, Input};
use super::magic::ArchiveKind;
use super::raw::Gauge;
use super::zip::Checks;
use super::{LAYER_BYTES, Opened, innermost, open_file, tar, zip};

/// Names of more characters are cut.
const LONGEST_NAME: usize = 1024;

/// What a header says.
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    /// Length of its content as it is stored; `None` if that is known behind it.
    pub(super) bytes: Option<u64>,
    pub(super) refusal: Option<Refusal>,
    pub(super) zip: Option<Checks>,
}

/// Why a member cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Encrypted,
    Sparse,
    NoLength,
    /// A method of compression.
    Method(u16),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encrypted => f.write_str("it is encrypted"),
            Self::Sparse => f.write_str("it is stored as a sparse file"),
            Self::NoLength => f.write_str("it is stored without its length"),
            Self::Method(number) => write!(f, "its compression is method {number} of zip"),
        }
    }
}

/// A file in an archive.
pub(crate) struct Member {
    /// As it stands there. It names no place of this machine.
    pub(crate) name: String,
    /// Where in the archive it is.
    pub(crate) offset: u64,
    /// What it takes up there, where its header says so.
    pub(crate) bytes: Option<u64>,
    /// Why it cannot be read.
    pub(crate) refusal: Option<String>,
}

/// An archive that is being read.
pub(crate) struct Archive {
    path: PathBuf,
    size: u64,
    gauge: Arc<Gauge>,
    kind: ArchiveKind,
    input: Ahead,
    compression: Option<&'static str>,
    content: Option<Content>,
}

/// The content of the member at hand.
struct Content {
    offset: u64,
    entry: Entry,
    inflate: Option<flate2::Decompress>,
    crc: flate2::Crc,
    /// Bytes of the archive that were read of it.
    packed: u64,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// All of it was read; whether it is whole is to be seen.
    Unchecked,
    Done,
}

impl Content {
    /// Bytes of the archive that are still to come of it.
    fn left(&self) -> Option<u64> {
        self.entry.bytes.map(|bytes| bytes - self.packed)
    }
}

impl Archive {
    pub(super) fn new(
        path: &Path,
        size: u64,
        gauge: Arc<Gauge>,
        kind: ArchiveKind,
        input: Ahead,
        compression: Option<&'static str>,
    ) -> Self {
        let path = path.to_path_buf();
        Self { path, size, gauge, kind, input, compression, content: None }
    }

    /// Does it have to be read from its beginning to come to a member?
    pub(crate) fn is_compressed(&self) -> bool {
        self.compression.is_some()
    }

    /// The next file; `None` behind the last.
    pub(crate) fn next_member(&mut self) -> io::Result<Option<Member>> {
        self.finish_member()?;
        let offset = self.input.position();
        let entry = match self.kind {
            ArchiveKind::Tar => tar::next_entry(&mut self.input)?,
            ArchiveKind::Zip => zip::next_entry(&mut self.input)?,
        };
        let Some(entry) = entry else {
            if self.is_compressed() {
                // Its checksum stands at its end.
                self.input.skip(u64::MAX)?;
            }
            return Ok(None);
        };
        let mut name = String::from_utf8_lossy(&entry.name).into_owned();
        if let Some((cut, _)) = name.char_indices().nth(LONGEST_NAME) {
            name.truncate(cut);
            name.push('…');
        }
        let refusal = entry.refusal.map(|refusal| refusal.to_string());
        let member = Member { name, offset, bytes: entry.bytes, refusal };
        let is_deflated = entry.zip.is_some_and(|checks| checks.is_deflated);
        self.content = Some(Content {
            offset,
            inflate: is_deflated.then(|| flate2::Decompress::new(false)),
            entry,
            crc: flate2::Crc::new(),
            packed: 0,
            state: State::Open,
        });
        Ok(Some(member))
    }

    /// Passes over what is left of the member at hand. Returns what it takes up in the archive.
    pub(crate) fn finish_member(&mut self) -> io::Result<u64> {
        let Some(content) = &self.content else { return Ok(0) };
        if content.entry.refusal == Some(Refusal::NoLength) {
            let left = self.input.left();
            return Err(Damage::new("what follows a member without a length is lost", left).into());
        }
        let is_tar = content.entry.zip.is_none();
        if let (Some(left), Some(bytes)) = (content.left(), content.entry.bytes) {
            let rest = left.saturating_add(if is_tar { tar::padding(bytes) } else { 0 });
            // The last padding of a tar may be absent.
            if self.input.skip(rest)? < left {
                // The member tells how much of it is lost.
                let what = format!("{} archive", self.kind.name());
                return Err(Damage::ends_early(&what, None).into());
            }
            self.content = None;
            return Ok(bytes);
        }
        let mut unread = vec![0; LAYER_BYTES];
        while self.read(&mut unread)? > 0 {}
        Ok(self.content.take().map_or(0, |content| content.packed))
    }

    /// Goes to the member at this offset.
    fn go_to(&mut self, offset: u64) -> io::Result<()> {
        let at = |content: &Content| content.offset == offset && content.packed == 0;
        if self.content.as_ref().is_some_and(at) {
            return Ok(());
        }
        self.content = None;
        if self.input.position() > offset {
            match open_file(&self.path, self.size, &self.gauge)? {
                Opened::Archive(archive) if archive.kind == self.kind => *self = *archive,
                _ => return Err(io::Error::other("it was changed while it was read")),
            }
        }
        let missing = offset - self.input.position();
        if self.input.skip(missing)? < missing {
            return Err(self.ends_early().into());
        }
        self.next_member().map(drop)
    }

    fn ends_early(&self) -> Damage {
        let left = self.content.as_ref().and_then(Content::left);
        Damage::ends_early(&format!("{} archive", self.kind.name()), left)
    }

    /// Content of the member at hand.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(content) = &mut self.content else { return Ok(0) };
        if content.state == State::Unchecked {
            content.state = State::Done;
            return self.check().map(|()| 0);
        }
        if content.state == State::Done || into.is_empty() {
            return Ok(0);
        }
        let left = content.left();
        // What is lost is counted as the member is.
        let of_member = |error: io::Error| match Damage::of(&error) {
            Some(damage) => Damage::new(damage.reason.clone(), left).into(),
            None => error,
        };
        loop {
            let within = content.left().unwrap_or(u64::MAX);
            let available = self.input.fill_buf().map_err(of_member)?;
            let available = &available[..(available.len() as u64).min(within) as usize];
            let at_end = available.is_empty();
            let (consumed, produced, ended) = if let Some(inflate) = &mut content.inflate {
                let step = inflate.step(available, into);
                (step.consumed, step.produced, step.ended)
            } else {
                let step = available.len().min(into.len());
                into[..step].copy_from_slice(&available[..step]);
                (step, step, Ok(within == step as u64))
            };
            self.input.consume(consumed);
            content.packed += consumed as u64;
            if content.entry.zip.is_some() {
                content.crc.update(&into[..produced]);
            }
            match ended {
                Ok(true) => content.state = State::Unchecked,
                Ok(false) if produced > 0 => {}
                Ok(false) if at_end => return Err(self.ends_early().into()),
                Ok(false) => continue,
                Err(_) if produced > 0 => {}
                Err(reason) => {
                    let reason = format!("zip member is damaged: {reason}");
                    return Err(Damage::new(reason, content.left()).into());
                }
            }
            return if produced > 0 { Ok(produced) } else { self.read(into) };
        }
    }

    /// Is the member that was read what its archive says?
    fn check(&mut self) -> io::Result<()> {
        let Some(content) = &self.content else { return Ok(()) };
        let Some(checks) = content.entry.zip else { return Ok(()) };
        let expected = match (checks.crc, &content.inflate) {
            (Some(crc), _) => crc,
            (None, Some(inflate)) => {
                zip::read_descriptor(&mut self.input, content.packed, inflate.total_out())?
            }
            (None, None) => return Ok(()),
        };
        if expected == content.crc.sum() {
            return Ok(());
        }
        Err(Damage::new("zip member is damaged: incorrect data check", None).into())
    }
}

/// Opens the member at `offset`.
pub(crate) fn open_member(archive: &Arc<Mutex<Archive>>, offset: u64) -> io::Result<Opened> {
    let mut open = lock(archive);
    open.go_to(offset)?;
    let is_deflated = open.content.as_ref().is_some_and(|content| content.inflate.is_some());
    let around = if is_deflated { Some("deflate") } else { open.compression };
    drop(open);
    let reader = MemberReader { archive: Arc::clone(archive) };
    let reader = MemberInput(BufReader::with_capacity(LAYER_BYTES, reader));
    let mut opened = innermost(Ahead::new(Box::new(reader)))?;
    if let Opened::Text(text) = &mut opened {
        text.compression = text.compression.or(around);
        text.is_plain = false;
    }
    Ok(opened)
}

fn lock(archive: &Mutex<Archive>) -> MutexGuard<'_, Archive> {
    archive.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads the member that its archive is at; the thread that reads the text has it.
struct MemberReader {
    archive: Arc<Mutex<Archive>>,
}

impl Read for MemberReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        lock(&self.archive).read(into)
    }
}

struct MemberInput(BufReader<MemberReader>);

impl Read for MemberInput {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl BufRead for MemberInput {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.0.consume(bytes);
    }
}

impl Input for MemberInput {
    fn left(&self) -> Option<u64> {
        let behind = lock(&self.0.get_ref().archive).content.as_ref()?.left()?;
        Some(behind + self.0.buffer().len() as u64)
    }
}
