//! What a log may be wrapped in: compression, an archive, another encoding of its characters.
//!
//! A carrier is told by its first bytes, never by its name, and unwrapped layer by layer while it
//! is read: at most a compression, an archive, a compression of the member, and the encoding of
//! the text. Nothing is ever written, and each layer needs a bounded amount of memory.

mod archive;
mod beside;
mod codec;
mod damage;
mod encoding;
mod envelope;
mod frames;
mod input;
mod magic;
mod raw;
mod tar;
mod zip;

use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

pub(crate) use archive::{Archive, Member, open_member};
pub(crate) use beside::Beside;
pub(crate) use damage::Damage;
pub(crate) use envelope::{Outline, Unwrapping};
pub(crate) use raw::Gauge;

use encoding::Encoding;
use frames::Frames;
use input::{Ahead, Input};
use magic::{ArchiveKind, Compression};
use raw::{RawFile, RawReader};

/// Bytes that tell a carrier: the header of a tar, which is the longest, and some lines.
const HEAD_BYTES: usize = 1024;
/// What a layer hands to the next at a time.
const LAYER_BYTES: usize = 64 * 1024;

/// An input without its carriers, as far as they can be taken off.
pub(crate) enum Opened {
    Text(Text),
    Archive(Box<Archive>),
    /// An archive that is not opened, since it stands in another or comes through a pipe.
    Closed(&'static str),
}

/// A text, and what it was wrapped in.
pub(crate) struct Text {
    pub(crate) reader: Box<dyn Read + Send>,
    pub(crate) compression: Option<&'static str>,
    pub(crate) encoding: Option<&'static str>,
    /// Its bytes are those of the input, so that its end can be read without the rest.
    pub(crate) is_plain: bool,
}

/// Opens a regular file of `size` bytes.
pub(crate) fn open_file(path: &Path, size: u64, gauge: &Arc<Gauge>) -> io::Result<Opened> {
    let raw = Ahead::new(Box::new(RawFile::open(path, size, Arc::clone(gauge))?));
    let (mut container, compression) = decompressed(raw)?;
    match ArchiveKind::of(container.peek(HEAD_BYTES)?) {
        Some(kind) => {
            let compressed = compression.map(Compression::name);
            let archive = Archive::new(path, size, Arc::clone(gauge), kind, container, compressed);
            Ok(Opened::Archive(Box::new(archive)))
        }
        None => text(container, compression),
    }
}

/// Opens what can be read only once.
pub(crate) fn open_reader(reader: Box<dyn Read + Send>, gauge: &Arc<Gauge>) -> io::Result<Opened> {
    let raw = Ahead::new(Box::new(RawReader::new(reader, Arc::clone(gauge))));
    innermost(raw)
}

/// Opens what cannot be an archive: a member of one, or a pipe.
fn innermost(input: Ahead) -> io::Result<Opened> {
    let (mut input, compression) = decompressed(input)?;
    match ArchiveKind::of(input.peek(HEAD_BYTES)?) {
        Some(kind) => Ok(Opened::Closed(kind.name())),
        None => text(input, compression),
    }
}

fn decompressed(mut input: Ahead) -> io::Result<(Ahead, Option<Compression>)> {
    let Some(compression) = Compression::of(input.peek(HEAD_BYTES)?) else {
        return Ok((input, None));
    };
    let frames = Frames::new(compression, input);
    let frames = BufReader::with_capacity(LAYER_BYTES, frames);
    Ok((Ahead::new(Box::new(frames)), Some(compression)))
}

fn text(mut input: Ahead, compression: Option<Compression>) -> io::Result<Opened> {
    let head = input.peek(HEAD_BYTES)?;
    if let Some(inner) = compression.and(Compression::of(head)) {
        return Ok(Opened::Closed(inner.name()));
    }
    let (encoding, mark_bytes) = Encoding::of(head);
    input.skip(mark_bytes as u64)?;
    Ok(Opened::Text(Text {
        compression: compression.map(Compression::name),
        encoding: encoding.name(),
        is_plain: compression.is_none() && encoding == Encoding::Utf8 && mark_bytes == 0,
        reader: encoding.reader(Box::new(input)),
    }))
}
