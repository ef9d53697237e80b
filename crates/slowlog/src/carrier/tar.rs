//! Headers of tar archives: POSIX ustar and pax, and those of GNU.
//!
//! Read here rather than by a library, since names and extended headers of any length must not
//! fill the memory, and since what stands before a break must be kept.
//! <https://www.gnu.org/software/tar/manual/html_node/Standard.html>,
//! <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html>

use std::io;

use super::archive::{Entry, Refusal};
use super::damage::Damage;
use super::input::Input;

const BLOCK_BYTES: u64 = 512;
type Block = [u8; BLOCK_BYTES as usize];
/// Longer names and extended headers are passed over.
const LONGEST_EXTENSION: u64 = 64 * 1024;

/// Is this a header? Its checksum tells.
pub(super) fn is_header(block: &Block) -> bool {
    let sum = |at: usize, byte: u8| u64::from(if (148..156).contains(&at) { b' ' } else { byte });
    let expected: u64 = block.iter().enumerate().map(|(at, byte)| sum(at, *byte)).sum();
    // A block of zeros has no checksum, rather than one of zero.
    block[0] != 0 && number(&block[148..156]) == Some(expected)
}

/// The next file of an archive; `None` at its end.
pub(super) fn next_entry(input: &mut dyn Input) -> io::Result<Option<Entry>> {
    let mut name = None;
    let mut size = None;
    let mut is_sparse = false;
    loop {
        let Some(block) = read_block(input)? else { return Ok(None) };
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        if !is_header(&block) {
            return Err(Damage::new("tar header is damaged", input.left()).into());
        }
        let own_size = number(&block[124..136])
            .ok_or_else(|| Damage::new("tar header has no size", input.left()))?;
        match block[156] {
            b'L' => name = extension(input, own_size)?.map(|text| until_nul(&text).to_vec()),
            b'x' => {
                for (key, value) in records(&extension(input, own_size)?.unwrap_or_default()) {
                    match key {
                        b"path" => name = Some(value.to_vec()),
                        b"size" => size = decimal(value),
                        _ => is_sparse |= key.starts_with(b"GNU.sparse."),
                    }
                }
            }
            kind @ (b'0' | 0 | b'7' | b'S') => {
                let refusal = (is_sparse || kind == b'S').then_some(Refusal::Sparse);
                if kind == b'S' {
                    pass_sparse_map(input, &block)?;
                }
                return Ok(Some(Entry {
                    name: name.unwrap_or_else(|| own_name(&block)),
                    bytes: Some(size.unwrap_or(own_size)),
                    refusal,
                    zip: None,
                }));
            }
            // Links, directories and devices have no content, whatever their size says; what is
            // for the whole archive or unknown has.
            kind => {
                let has_content = !(b'1'..=b'6').contains(&kind);
                let len = if has_content { own_size } else { 0 };
                input.skip(len + padding(len))?;
                if kind != b'g' && kind != b'K' {
                    (name, size, is_sparse) = (None, None, false);
                }
            }
        }
    }
}

/// Bytes behind a content of this length.
pub(super) fn padding(len: u64) -> u64 {
    len.wrapping_neg() % BLOCK_BYTES
}

/// The next block; `None` where the archive ends before it.
fn read_block(input: &mut dyn Input) -> io::Result<Option<Block>> {
    if input.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut block = [0; BLOCK_BYTES as usize];
    read_all(input, &mut block)?;
    Ok(Some(block))
}

fn read_all(input: &mut dyn Input, into: &mut [u8]) -> io::Result<()> {
    input.read_exact(into).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Damage::ends_early("tar archive", None).into(),
        _ => error,
    })
}

/// The content of a header that says something about the next one.
fn extension(input: &mut dyn Input, len: u64) -> io::Result<Option<Vec<u8>>> {
    if len > LONGEST_EXTENSION {
        input.skip(len.saturating_add(padding(len)))?;
        return Ok(None);
    }
    let mut content = vec![0; len as usize];
    read_all(input, &mut content)?;
    input.skip(padding(len))?;
    Ok(Some(content))
}

/// A sparse file of GNU's old kind has more blocks of its map behind the header.
fn pass_sparse_map(input: &mut dyn Input, header: &Block) -> io::Result<()> {
    let mut goes_on = header[482] != 0;
    while goes_on {
        goes_on = read_block(input)?.is_some_and(|block| block[504] != 0);
    }
    Ok(())
}

fn own_name(block: &Block) -> Vec<u8> {
    let name = until_nul(&block[..100]);
    let prefix = until_nul(&block[345..500]);
    // GNU keeps other things where POSIX has the prefix.
    if prefix.is_empty() || &block[257..263] != b"ustar\0" {
        return name.to_vec();
    }
    [prefix, b"/", name].concat()
}

fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// An octal number, or GNU's binary one.
fn number(field: &[u8]) -> Option<u64> {
    if field[0] == 0x80 {
        let (high, low) = field.split_last_chunk::<8>().map(|(high, low)| (&high[1..], low))?;
        return high.iter().all(|byte| *byte == 0).then(|| u64::from_be_bytes(*low));
    }
    let digits = until_nul(field).trim_ascii();
    let digits = std::str::from_utf8(digits).ok()?;
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

fn decimal(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The records of a pax header: `length key=value` and a newline.
fn records(mut text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let blank = text.iter().position(|byte| *byte == b' ')?;
        let len = usize::try_from(decimal(&text[..blank])?).ok()?;
        let record = text.get(blank + 1..len)?;
        text = &text[len..];
        let equals = record.iter().position(|byte| *byte == b'=')?;
        let value = record[equals + 1..].strip_suffix(b"\n")?;
        Some((&record[..equals], value))
    })
}
