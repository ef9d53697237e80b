//! Headers of zip archives, read one after the other as they stand.
//!
//! The directory at the end of an archive is not needed: so a truncated archive gives what is
//! there, and no member can be hidden from one way of reading and shown to the other.
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>

use std::io;

use super::archive::{Entry, Refusal};
use super::damage::Damage;
use super::input::{Ahead, Input};

const LOCAL_HEADER: [u8; 4] = *b"PK\x03\x04";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
/// What may follow the last member: the directory, its signature or its end.
const BEHIND_MEMBERS: [[u8; 4]; 4] =
    [*b"PK\x01\x02", *b"PK\x05\x06", *b"PK\x06\x08", *b"PK\x06\x06"];
const HEADER_BYTES: usize = 30;
/// Two sizes of eight bytes instead of four.
const ZIP64_EXTRA: u16 = 1;

/// How the content of a member is packed, and told to be whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Checks {
    /// Of the content; `None` if a descriptor behind it has it.
    pub(super) crc: Option<u32>,
    pub(super) is_deflated: bool,
}

/// The next file of an archive; `None` at the end of its files.
pub(super) fn next_entry(input: &mut dyn Input) -> io::Result<Option<Entry>> {
    loop {
        let mut header = [0; HEADER_BYTES];
        read_all(input, &mut header[..4])?;
        if BEHIND_MEMBERS.iter().any(|magic| header.starts_with(magic)) {
            return Ok(None);
        }
        if !header.starts_with(&LOCAL_HEADER) {
            return Err(Damage::new("zip header is damaged", input.left()).into());
        }
        read_all(input, &mut header[4..])?;
        let half = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        let word = |at: usize| {
            u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
        };
        let (flags, method) = (half(6), half(8));
        let mut name = vec![0; usize::from(half(26))];
        read_all(input, &mut name)?;
        let mut extra = vec![0; usize::from(half(28))];
        read_all(input, &mut extra)?;
        let has_descriptor = flags & 8 != 0;
        let bytes = match word(18) {
            _ if has_descriptor => None,
            u32::MAX => Some(zip64_size(&extra).unwrap_or(u64::from(u32::MAX))),
            size => Some(u64::from(size)),
        };
        let refusal = match method {
            _ if flags & 1 != 0 => Some(Refusal::Encrypted),
            0 if has_descriptor => Some(Refusal::NoLength),
            // Stored, deflate, bzip2, zstd, xz: the latter three as in a file of their own.
            0 | 8 | 12 | 93 | 95 => None,
            _ => Some(Refusal::Method(method)),
        };
        if name.ends_with(b"/") && bytes == Some(0) {
            continue;
        }
        let checks = Checks { crc: (!has_descriptor).then(|| word(14)), is_deflated: method == 8 };
        return Ok(Some(Entry { name, bytes, refusal, zip: Some(checks) }));
    }
}

/// Reads what may follow a member whose header did not know its length: the checksum of its
/// content. `packed` and `bytes` are its sizes, which tell the forms of a descriptor apart.
pub(super) fn read_descriptor(input: &mut Ahead, packed: u64, bytes: u64) -> io::Result<u32> {
    let head = input.peek(24)?.to_vec();
    let word = |at: usize| head.get(at..at + 4)?.first_chunk().copied().map(u32::from_le_bytes);
    let long = |at: usize| head.get(at..at + 8)?.first_chunk().copied().map(u64::from_le_bytes);
    for start in [4, 0] {
        if start == 4 && !head.starts_with(&DESCRIPTOR) {
            continue;
        }
        let short_sizes = word(start + 4).map(u64::from).zip(word(start + 8).map(u64::from));
        let long_sizes = long(start + 4).zip(long(start + 12));
        for (sizes, len) in [(long_sizes, start + 20), (short_sizes, start + 12)] {
            if sizes == Some((packed, bytes)) {
                input.skip(len as u64)?;
                return word(start).ok_or_else(|| Damage::ends_early("zip archive", None).into());
            }
        }
    }
    Err(Damage::new("zip member has another length than it says", input.left()).into())
}

fn zip64_size(mut extra: &[u8]) -> Option<u64> {
    loop {
        let (head, rest) = extra.split_first_chunk::<4>()?;
        let len = usize::from(u16::from_le_bytes([head[2], head[3]]));
        if u16::from_le_bytes([head[0], head[1]]) == ZIP64_EXTRA {
            // The size of the content comes first.
            return rest.get(8..16)?.first_chunk().copied().map(u64::from_le_bytes);
        }
        extra = rest.get(len..)?;
    }
}

fn read_all(input: &mut dyn Input, into: &mut [u8]) -> io::Result<()> {
    input.read_exact(into).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Damage::ends_early("zip archive", None).into(),
        _ => error,
    })
}
