//! Headers as they usually are, read in one pass.
//!
//! Nearly every entry has the same lines as the one before, most values have the same form, and
//! few accounts send all statements. So lines are compared with what is expected, and accounts and
//! seconds with those seen before, without a look for where lines, keys and values end. Whatever is
//! different is read by [`Header::read`], which says the same of what is read here.

use memchr::memchr;
use slowlog_event::{Counter, Micros, Session, Timestamp};

use super::head::{MAX_BYTES, MAX_LINES};
use super::header::{Header, set_line, used_database};
use super::layout::Layout;
use super::speakers::Speakers;
use super::stamp::{iso_stamp, old_stamp};

/// `2026-03-02T00:00:00.` and `SET timestamp=1772409600;\n`.
const SECOND_LEN: usize = 20;
const SET_LEN: usize = 26;

/// Reads usual headers, and keeps what comes again.
#[derive(Debug, Default)]
pub(super) struct Usual {
    /// The counters of the header that was read last.
    pub(super) counters: Vec<(Counter, u64)>,
    pub(super) speakers: Speakers,
    layout: Layout,
    second: Known<SECOND_LEN, Timestamp>,
    set: Known<SET_LEN, (i64, i64)>,
}

/// What a text was read as.
#[derive(Debug, Clone, Copy)]
struct Known<const LEN: usize, T>(Option<([u8; LEN], T)>);

impl<const LEN: usize, T> Default for Known<LEN, T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<const LEN: usize, T: Copy> Known<LEN, T> {
    #[inline]
    fn get(&self, text: &[u8; LEN]) -> Option<T> {
        self.0.filter(|(known, _)| known == text).map(|(_, value)| value)
    }
}

/// What is left of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rest<'a> {
    pub(super) bytes: &'a [u8],
    /// Lines that were passed.
    lines: u64,
}

impl<'a> Rest<'a> {
    /// Goes past a text, if it is what comes.
    #[inline]
    fn skip<const LEN: usize>(&mut self, text: &[u8; LEN]) -> bool {
        let is_next = self.bytes.first_chunk() == Some(text);
        if is_next {
            self.bytes = &self.bytes[LEN..];
        }
        is_next
    }

    /// Goes past the end of a line.
    #[inline]
    pub(super) fn skip_line_end(&mut self) -> Option<()> {
        let is_next = self.skip(b"\n");
        self.lines += u64::from(is_next);
        is_next.then_some(())
    }

    /// Goes past so many bytes that are a line.
    #[inline]
    fn skip_line(&mut self, len: usize) {
        self.bytes = &self.bytes[len..];
        self.lines += 1;
    }

    /// A line without its end, if it has one.
    #[inline]
    fn line(&mut self) -> Option<&'a [u8]> {
        let (line, rest) = self.bytes.split_at(memchr(b'\n', self.bytes)?);
        self.bytes = &rest[1..];
        self.lines += 1;
        Some(line.trim_ascii_end())
    }

    /// What comes before the next blank or line end, perhaps nothing.
    #[inline]
    pub(super) fn word(&mut self) -> Option<&'a [u8]> {
        let len = self.bytes.iter().position(|byte| *byte <= b' ')?;
        let (word, rest) = self.bytes.split_at(len);
        self.bytes = rest;
        matches!(rest, [b' ' | b'\n', ..]).then_some(word)
    }

    /// A number that fits.
    #[inline]
    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        let mut len = 0;
        while let Some(digit) = self.bytes.get(len).map(|byte| byte.wrapping_sub(b'0'))
            && digit < 10
        {
            value = value * 10 + u64::from(digit);
            len += 1;
            if len > 18 {
                return None;
            }
        }
        self.bytes = &self.bytes[len..];
        (len > 0).then_some(value)
    }

    /// Seconds with six decimals or none, and a blank behind them.
    #[inline]
    fn seconds(&mut self) -> Option<u64> {
        let seconds = match self.bytes {
            [digit @ b'0'..=b'9', b'.', ..] => {
                self.bytes = &self.bytes[1..];
                u64::from(digit - b'0')
            }
            _ => self.number().filter(|seconds| *seconds < 1 << 40)?,
        };
        // Servers before 5.1.21 write whole seconds.
        if self.bytes.first() == Some(&b' ') {
            return Some(seconds * 1_000_000);
        }
        let [b'.', decimals @ .., b' '] = self.bytes.first_chunk::<8>()? else { return None };
        let micros = six_digits(*decimals)?;
        self.bytes = &self.bytes[7..];
        Some(seconds * 1_000_000 + u64::from(micros))
    }
}

/// The number that six digits are, three multiplications instead of six steps.
#[inline]
fn six_digits(text: [u8; 6]) -> Option<u32> {
    let [a, b, c, d, e, f] = text;
    let values = u64::from_le_bytes([b'0', b'0', a, b, c, d, e, f]) ^ 0x3030_3030_3030_3030;
    // A byte above 9 has a bit in its upper half, or gets one.
    if (values | values.wrapping_add(0x0606_0606_0606_0606)) & 0xf0f0_f0f0_f0f0_f0f0 != 0 {
        return None;
    }
    let pairs = (values * 10 + (values >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours * 10_000 + (fours >> 32)) as u32)
}

impl Usual {
    /// Reads the header that begins at `at`, if it is a usual one: then an entry begins there.
    #[inline]
    pub(super) fn read<'a>(
        &mut self,
        block: &'a [u8],
        at: usize,
        header: &mut Header<'a>,
    ) -> Option<()> {
        let mut rest = Rest { bytes: &block[at..], lines: 0 };
        self.counters.clear();
        self.layout.begin();
        *header = Header::beginning(at);
        if rest.skip(b"# Time: ") {
            self.time(&mut rest, header)?;
        }
        if rest.skip(b"# User@Host: ") {
            self.user(&mut rest, header)?;
        }
        while !rest.skip(b"# Query_time: ") {
            self.line(&mut rest, header)?;
            if rest.lines >= MAX_LINES as u64 {
                return None;
            }
        }
        self.measured(&mut rest, header)?;
        if block.len() - rest.bytes.len() - at > MAX_BYTES {
            return None;
        }
        while rest.bytes.first() == Some(&b'#') {
            self.line(&mut rest, header)?;
        }
        self.metadata(&mut rest, header)?;
        header.text = block.len() - rest.bytes.len();
        header.lines = Some(rest.lines);
        Some(())
    }

    /// `2026-03-02T00:00:00.003219Z`, or another stamp.
    #[inline]
    fn time<'a>(&mut self, rest: &mut Rest<'a>, header: &mut Header<'a>) -> Option<()> {
        if let Some([second @ .., a, b, c, d, e, f, b'Z', b'\n']) = rest.bytes.first_chunk::<28>()
            && let Some(time) = self.second.get(second)
            && let Some(micros) = six_digits([*a, *b, *c, *d, *e, *f])
        {
            header.stamps.iso = Some(Timestamp(time.0 + i64::from(micros)));
            rest.skip_line(28);
            return Some(());
        }
        self.new_time(rest, header)
    }

    #[cold]
    fn new_time<'a>(&mut self, rest: &mut Rest<'a>, header: &mut Header<'a>) -> Option<()> {
        let stamp = rest.line()?.trim_ascii();
        header.stamps.iso = iso_stamp(stamp);
        let Some(time) = header.stamps.iso else {
            header.stamps.old = Some(old_stamp(stamp)?);
            return Some(());
        };
        if let Some((second @ [.., b'.'], [decimals @ .., b'Z'])) =
            stamp.split_first_chunk::<SECOND_LEN>()
            && let Some(micros) = decimals.first_chunk().copied().and_then(six_digits)
            && decimals.len() == 6
        {
            self.second = Known(Some((*second, Timestamp(time.0 - i64::from(micros)))));
        }
        Some(())
    }

    /// `app[app] @ jobs1 [10.0.0.8]  Id:   201`, or without the number.
    #[inline]
    fn user<'a>(&mut self, rest: &mut Rest<'a>, header: &mut Header<'a>) -> Option<()> {
        let (speaker, len) = self.speakers.find(rest.bytes)?;
        (header.user, header.client) = speaker.names(rest.bytes);
        header.speaker = Some(speaker.number);
        rest.bytes = &rest.bytes[len..];
        if rest.skip(b"  Id: ") {
            while rest.skip(b" ") {}
            header.session = Some(Session(rest.number()?));
        }
        rest.skip_line_end()
    }

    /// The numbers that all servers have, and what else follows them in their line.
    #[inline]
    fn measured<'a>(&mut self, rest: &mut Rest<'a>, header: &mut Header<'a>) -> Option<()> {
        header.duration = Some(Micros(rest.seconds()?));
        let mut count = |counter, value| header.count(counter, value, &mut self.counters);
        if !rest.skip(b"  Lock_time: ") {
            return None;
        }
        count(Counter::LockTime, rest.seconds()?);
        // MySQL writes one blank here, MariaDB two.
        if !(rest.skip(b" Rows_sent: ") || rest.skip(b"  Rows_sent: ")) {
            return None;
        }
        count(Counter::RowsSent, rest.number()?);
        if !rest.skip(b"  Rows_examined: ") {
            return None;
        }
        count(Counter::RowsExamined, rest.number()?);
        if let Some(()) = rest.skip_line_end() {
            return Some(());
        }
        if rest.bytes.first() != Some(&b' ') {
            return None;
        }
        self.layout.read(rest, header, &mut self.counters)
    }

    /// Another line of fields.
    #[inline]
    fn line<'a>(&mut self, rest: &mut Rest<'a>, header: &mut Header<'a>) -> Option<()> {
        if !rest.bytes.starts_with(b"# ") {
            return None;
        }
        self.layout.read(rest, header, &mut self.counters)
    }

    /// `use` of a database or none, then `SET timestamp`.
    #[inline]
    fn metadata<'a>(&mut self, rest: &mut Rest<'a>, header: &mut Header<'a>) -> Option<()> {
        if rest.bytes.starts_with(b"use ") {
            header.used = Some(used_database(rest.line()?)?);
        }
        let text = rest.bytes.first_chunk::<SET_LEN>();
        if let Some(known) = text.and_then(|text| self.set.get(text)) {
            header.stamps.set = Some(known);
            rest.skip_line(SET_LEN);
            return Some(());
        }
        let line = rest.line()?;
        header.stamps.set = set_line(line)?;
        if let (Some(text), Some(set)) = (text, header.stamps.set)
            && line.len() + 1 == SET_LEN
            && text.ends_with(b"\n")
        {
            self.set = Known(Some((*text, set)));
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_are_a_number() {
        for (text, value) in [
            (b"000000", Some(0)),
            (b"123456", Some(123_456)),
            (b"999999", Some(999_999)),
            (b"090817", Some(90_817)),
            (b"00000:", None),
            (b"/00000", None),
            (b"12.456", None),
            (b"\xb112345", None),
            (b"1234\xff5", None),
        ] {
            assert_eq!(six_digits(*text), value, "{}", String::from_utf8_lossy(text));
        }
        for number in 0..1_000_000 {
            let text = format!("{number:06}");
            assert_eq!(six_digits(*text.as_bytes().first_chunk().unwrap()), Some(number));
        }
    }
}
