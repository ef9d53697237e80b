//! Durations and instants as integers.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::literal::eight_digits;

/// A duration in whole microseconds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Micros(pub u64);

impl Micros {
    /// Reads a number of milliseconds with decimals, as PostgreSQL writes it (`%.3f`, C locale).
    ///
    /// Digits past the microsecond round half up. `None` for anything that is not a plain decimal
    /// number; a number too large for 64 bits saturates.
    #[inline]
    pub fn from_millis_text(text: &[u8]) -> Option<Self> {
        Self::from_decimal(text, 3)
    }

    /// The same at the start of a text, and how many bytes it takes.
    #[inline]
    pub fn leading_millis(text: &[u8]) -> Option<(Self, usize)> {
        Self::usual_millis(text).or_else(|| Self::leading_decimal(text, 3))
    }

    /// The same of less than ten seconds with three decimals, as most are: eight bytes with the point
    /// taken out are the microseconds.
    #[inline]
    fn usual_millis(text: &[u8]) -> Option<(Self, usize)> {
        const POINTS: u64 = 0x2e2e_2e2e_2e2e_2e2e;
        const ONES: u64 = 0x0101_0101_0101_0101;
        let word = u64::from_le_bytes(*text.first_chunk()?);
        let differing = word ^ POINTS;
        let point = differing.wrapping_sub(ONES) & !differing & (ONES << 7);
        let whole = (point.trailing_zeros() / 8) as usize;
        if !(1..=4).contains(&whole) || text.get(whole + 4).is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let before = word & !(u64::MAX << (8 * whole));
        let behind = word >> (8 * (whole + 1)) & 0xff_ffff;
        let micros = eight_digits(before | behind << (8 * whole), whole + 3)?;
        Some((Self(micros as u64), whole + 4))
    }

    /// Reads a number of seconds with decimals, as MySQL's slow log writes `Query_time`.
    #[inline]
    pub fn from_seconds_text(text: &[u8]) -> Option<Self> {
        Self::from_decimal(text, 6)
    }

    /// A decimal number of a unit that is ten to the power of `digits` microseconds.
    #[inline]
    fn from_decimal(text: &[u8], digits: usize) -> Option<Self> {
        let (value, len) = Self::leading_decimal(text, digits)?;
        (len == text.len()).then_some(value)
    }

    #[inline]
    fn leading_decimal(text: &[u8], digits: usize) -> Option<(Self, usize)> {
        let mut value = 0u64;
        let mut at = 0;
        while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|d| *d < 10)
        {
            value = value.saturating_mul(10).saturating_add(u64::from(digit));
            at += 1;
        }
        if at == 0 {
            return None;
        }
        let mut places = 0;
        if text.get(at) == Some(&b'.') {
            at += 1;
            let start = at;
            while let Some(digit) =
                text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|d| *d < 10)
            {
                if places < digits {
                    value = value.saturating_mul(10).saturating_add(u64::from(digit));
                    places += 1;
                } else if at - start == digits && digit >= 5 {
                    value = value.saturating_add(1);
                }
                at += 1;
            }
        }
        for _ in places..digits {
            value = value.saturating_mul(10);
        }
        Some((Self(value), at))
    }

    /// The sum, at most the largest value: a forged duration must not wrap a total.
    #[inline]
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// An instant in microseconds since 1970-01-01 00:00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The instant of a civil date and time that is `offset_seconds` east of UTC. The fields are
    /// taken as they are: the caller has checked their ranges.
    #[inline]
    pub fn from_civil(
        (year, month, day): (i64, i64, i64),
        seconds_of_day: i64,
        micros: i64,
        offset_seconds: i64,
    ) -> Self {
        let seconds = days_from_civil(year, month, day) * 86_400 + seconds_of_day - offset_seconds;
        Self(seconds * 1_000_000 + micros)
    }

    /// The instant `duration` earlier: the start of a statement from the stamp of its end.
    #[inline]
    #[must_use]
    pub fn minus(self, duration: Micros) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.0).unwrap_or(i64::MAX)))
    }

    /// Year, month, day, hour, minute, second, microsecond in UTC.
    pub fn civil(self) -> (i64, u8, u8, u8, u8, u8, u32) {
        let micros = self.0.rem_euclid(1_000_000);
        let seconds = self.0.div_euclid(1_000_000);
        let of_day = seconds.rem_euclid(86_400);
        let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
        (
            year,
            month as u8,
            day as u8,
            (of_day / 3600) as u8,
            (of_day / 60 % 60) as u8,
            (of_day % 60) as u8,
            micros as u32,
        )
    }
}

/// RFC 3339 in UTC; decimals only where there are any.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day, hour, minute, second, micros) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match micros {
            0 => {}
            _ if micros % 1000 == 0 => write!(f, ".{:03}", micros / 1000)?,
            _ => write!(f, ".{micros:06}")?,
        }
        f.write_str("Z")
    }
}

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar, by Howard Hinnant's
/// algorithm (<https://howardhinnant.github.io/date_algorithms.html>).
#[inline]
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_round_half_up_and_saturate() {
        for (text, micros) in [
            ("0.054", Some(54)),
            ("8", Some(8000)),
            ("8.", Some(8000)),
            ("1.0004", Some(1000)),
            ("1.0005", Some(1001)),
            ("1.00049", Some(1000)),
            ("", None),
            (".5", None),
            ("-1", None),
            ("1e3", None),
            ("1,5", None),
            ("99999999999999999999", Some(u64::MAX)),
        ] {
            assert_eq!(Micros::from_millis_text(text.as_bytes()), micros.map(Micros), "{text}");
        }
        assert_eq!(Micros::from_seconds_text(b"0.0000015"), Some(Micros(2)));
    }

    #[test]
    fn eight_bytes_with_a_point_are_read_as_one_by_one() {
        let texts = (0..20_000_000u64)
            .step_by(997)
            .map(|micros| format!("{}.{:03}", micros / 1000, micros % 1000))
            .chain(
                ["0.62", "7", "1.2345", "12.34567", "1..234", "a.123", "1.23x", "12345678"]
                    .map(Into::into),
            );
        for text in texts {
            for behind in ["", " ms  execute", "5 ms  parse", ".5 ms  bind"] {
                let text = format!("{text}{behind}");
                let general = Micros::leading_decimal(text.as_bytes(), 3);
                assert_eq!(Micros::leading_millis(text.as_bytes()), general, "{text}");
            }
        }
    }

    #[test]
    fn instants_go_to_text_and_back() {
        let instant = Timestamp::from_civil((2026, 11, 23), 3 * 3600 + 52 * 60 + 31, 410_000, 3600);
        assert_eq!(instant.to_string(), "2026-11-23T02:52:31.410Z");
        assert_eq!(Timestamp(0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(Timestamp(-1).to_string(), "1969-12-31T23:59:59.999999Z");
        for days in -800_000..800_000 {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }
}
