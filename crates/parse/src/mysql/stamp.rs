//! The stamps of a slow log.

use slowlog_event::{Micros, Timestamp};

/// The stamp of servers before MySQL 5.7 and of MariaDB: local time without its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OldStamp {
    /// Read as UTC.
    pub(super) time: Timestamp,
    /// Microseconds of the second.
    pub(super) fraction: i64,
}

impl OldStamp {
    /// The stamp of an entry that the server logged in this second: zones are whole minutes, so
    /// that a fraction can be taken over if the second of the minute is the same.
    pub(super) fn at_second(self, seconds: i64) -> Timestamp {
        let second_of_minute = (self.time.0 - self.fraction).div_euclid(1_000_000).rem_euclid(60);
        let fraction = if second_of_minute == seconds.rem_euclid(60) { self.fraction } else { 0 };
        Timestamp(seconds * 1_000_000 + fraction)
    }
}

/// Reads `2016-07-20T18:13:25.698433Z`, or with `log_timestamps=SYSTEM` an offset, `+02:00`.
pub(super) fn iso_stamp(text: &[u8]) -> Option<Timestamp> {
    let (date, rest) = text.split_first_chunk::<11>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T' | b' '] = *date else { return None };
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    let (month, day) = (two(m1, m2)?, two(d1, d2)?);
    let (time, rest) = rest.split_first_chunk::<8>()?;
    let [h1, h2, b':', n1, n2, b':', s1, s2] = *time else { return None };
    let seconds = of_day(two(h1, h2)?, two(n1, n2)?, two(s1, s2)?)?;
    let (micros, rest) = fraction(rest)?;
    let offset = match *rest {
        [] | [b'Z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let offset = two(h1, h2)? * 3600 + two(m1, m2)? * 60;
            if sign == b'-' { -offset } else { offset }
        }
        _ => return None,
    };
    is_date(month, day).then(|| Timestamp::from_civil((year, month, day), seconds, micros, offset))
}

/// Reads `131128  1:05:31`, in some builds with a fraction: `121123 19:56:06.0000001967`.
pub(super) fn old_stamp(text: &[u8]) -> Option<OldStamp> {
    let (date, rest) = text.split_first_chunk::<6>()?;
    let [y1, y2, m1, m2, d1, d2] = *date;
    let (year, month, day) = (two(y1, y2)?, two(m1, m2)?, two(d1, d2)?);
    // The format has two digits since before 2000; the slow log itself is younger than 1970.
    let year = if year < 70 { 2000 + year } else { 1900 + year };
    let rest = rest.strip_prefix(b" ")?.trim_ascii_start();
    let (hour, rest) = match rest {
        [h1, h2, b':', rest @ ..] => (two(*h1, *h2)?, rest),
        [h, b':', rest @ ..] => (digit(*h)?, rest),
        _ => return None,
    };
    let (time, rest) = rest.split_first_chunk::<5>()?;
    let [n1, n2, b':', s1, s2] = *time else { return None };
    let seconds = of_day(hour, two(n1, n2)?, two(s1, s2)?)?;
    let (fraction, rest) = fraction(rest)?;
    (rest.is_empty() && is_date(month, day)).then(|| OldStamp {
        time: Timestamp::from_civil((year, month, day), seconds, fraction, 0),
        fraction,
    })
}

/// Reads the value of `SET timestamp=`: seconds since 1970, perhaps with a fraction.
pub(super) fn unix_seconds(text: &[u8]) -> Option<(i64, i64)> {
    /// Past the year 9999 it is no time.
    const END: i64 = 253_402_300_800;
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut seconds = 0;
    for byte in text.get(..digits.min(12))? {
        seconds = seconds * 10 + digit(*byte)?;
    }
    let (micros, rest) = fraction(&text[digits..])?;
    ((1..=12).contains(&digits) && seconds < END && rest.is_empty()).then_some((seconds, micros))
}

/// Reads a duration as the log tables have it: `00:00:12.000215`, at most `838:59:59`.
pub(super) fn time_of_day(text: &[u8]) -> Option<Micros> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (hours, rest) = text.split_at(digits);
    let hours =
        hours.iter().take(5).try_fold(0, |hours: i64, byte| Some(hours * 10 + digit(*byte)?))?;
    let (time, rest) = rest.split_first_chunk::<6>()?;
    let [b':', n1, n2, b':', s1, s2] = *time else { return None };
    let (minutes, seconds) = (two(n1, n2)?, two(s1, s2)?);
    let (micros, rest) = fraction(rest)?;
    let is_time = (1..=4).contains(&digits) && minutes < 60 && seconds < 60 && rest.is_empty();
    let micros = (hours * 3600 + minutes * 60 + seconds) * 1_000_000 + micros;
    is_time.then_some(Micros(micros.unsigned_abs()))
}

/// Looks like a time of the day stand in the text? Some servers wrote a broken date before it.
pub(super) fn has_clock(text: &[u8]) -> bool {
    text.windows(6).any(|window| {
        let [h, b':', m1, m2, b':', s] = *window else { return false };
        [h, m1, m2, s].iter().all(u8::is_ascii_digit)
    })
}

/// A fraction of a second in microseconds, half up, and what follows it; none is 0.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(text) = text.strip_prefix(b".") else { return Some((0, text)) };
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (fraction, rest) = text.split_at(digits);
    let mut micros = 0;
    for place in 0..6 {
        micros = micros * 10 + fraction.get(place).map_or(Some(0), |byte| digit(*byte))?;
    }
    let rounds_up = fraction.get(6).is_some_and(|byte| *byte >= b'5');
    (digits > 0).then_some((micros + i64::from(rounds_up), rest))
}

fn of_day(hour: i64, minute: i64, second: i64) -> Option<i64> {
    // A leap second is 60.
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3600 + minute * 60 + second)
}

fn is_date(month: i64, day: i64) -> bool {
    (1..=12).contains(&month) && (1..=31).contains(&day)
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    Some(digit(tens)? * 10 + digit(ones)?)
}

fn digit(byte: u8) -> Option<i64> {
    let value = byte.wrapping_sub(b'0');
    (value < 10).then_some(i64::from(value))
}
