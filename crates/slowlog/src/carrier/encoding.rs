//! The encoding of characters: everything is read as UTF-8, or as bytes that contain ASCII.

use std::io::{self, BufRead, Read};

use super::input::Input;

/// How the characters of a text are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Or any other in which ASCII is ASCII.
    Utf8,
    Utf16 {
        big_endian: bool,
    },
}

impl Encoding {
    /// The encoding of a text that begins with `head`, and the length of its byte order mark.
    pub(super) fn of(head: &[u8]) -> (Self, usize) {
        match head {
            [0xef, 0xbb, 0xbf, ..] => (Self::Utf8, 3),
            [0xff, 0xfe, ..] => (Self::Utf16 { big_endian: false }, 2),
            [0xfe, 0xff, ..] => (Self::Utf16 { big_endian: true }, 2),
            _ => (Self::without_mark(head), 0),
        }
    }

    /// A log is mostly ASCII, of which UTF-16 makes every other byte NUL.
    fn without_mark(head: &[u8]) -> Self {
        let units = head.chunks_exact(2);
        let most = units.len() * 3 / 4;
        let is_mostly = |ascii: usize, nul: usize| {
            let like = |unit: &&[u8]| unit[nul] == 0 && unit[ascii] != 0 && unit[ascii].is_ascii();
            units.clone().filter(like).count() > most
        };
        match (is_mostly(0, 1), is_mostly(1, 0)) {
            (true, _) => Self::Utf16 { big_endian: false },
            (_, true) => Self::Utf16 { big_endian: true },
            _ => Self::Utf8,
        }
    }

    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Utf8 => None,
            Self::Utf16 { big_endian: false } => Some("utf-16le"),
            Self::Utf16 { big_endian: true } => Some("utf-16be"),
        }
    }

    /// The text as UTF-8.
    pub(super) fn reader(self, input: Box<dyn Input>) -> Box<dyn Read + Send> {
        match self {
            Self::Utf8 => Box::new(input),
            Self::Utf16 { big_endian } => Box::new(Utf16 {
                input,
                big_endian,
                odd: None,
                high: None,
                text: String::new(),
                at: 0,
            }),
        }
    }
}

/// UTF-16 as UTF-8. What is no character becomes U+FFFD.
struct Utf16 {
    input: Box<dyn Input>,
    big_endian: bool,
    /// The first byte of a unit whose second is not there yet.
    odd: Option<u8>,
    /// The first half of a character of two units.
    high: Option<u16>,
    text: String,
    at: usize,
}

impl Utf16 {
    /// Makes more text; `false` at the end.
    fn fill(&mut self) -> io::Result<bool> {
        self.text.clear();
        self.at = 0;
        let bytes = self.input.fill_buf()?;
        let len = bytes.len();
        if len == 0 {
            let cut = self.odd.take().is_some() | self.high.take().is_some();
            if cut {
                self.text.push(char::REPLACEMENT_CHARACTER);
            }
            return Ok(cut);
        }
        let (first, rest) = match self.odd.take() {
            Some(odd) => (Some([odd, bytes[0]]), &bytes[1..]),
            None => (None, bytes),
        };
        let pairs = rest.chunks_exact(2);
        self.odd = pairs.remainder().first().copied();
        for pair in first.into_iter().chain(pairs.map(|pair| [pair[0], pair[1]])) {
            let unit =
                if self.big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) };
            match (self.high.take(), unit) {
                (None, 0..0x80) => self.text.push(char::from(unit as u8)),
                (None, 0xd800..0xdc00) => self.high = Some(unit),
                (high, 0xd800..0xdc00) => {
                    debug_assert!(high.is_some());
                    self.text.push(char::REPLACEMENT_CHARACTER);
                    self.high = Some(unit);
                }
                (high, _) => {
                    let units = high.into_iter().chain([unit]);
                    let characters = char::decode_utf16(units)
                        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
                    self.text.extend(characters);
                }
            }
        }
        self.input.consume(len);
        Ok(true)
    }
}

impl Read for Utf16 {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() {
            if !self.fill()? {
                return Ok(0);
            }
        }
        let text = &self.text.as_bytes()[self.at..];
        let step = text.len().min(into.len());
        into[..step].copy_from_slice(&text[..step]);
        self.at += step;
        Ok(step)
    }
}
