//! The time stamp of a log, rendered afresh only when its second changes.

use std::io::Write as _;

/// 2026-03-02 00:00:00 UTC, a Monday, in seconds of the epoch.
const START: u64 = 1_772_409_600;
const DAY: u64 = 86_400;
const SECOND: u64 = 1_000_000;

#[derive(Debug)]
pub(super) struct Clock {
    micros: u64,
    second: u64,
    /// Between date and time.
    separator: char,
    stamp: Vec<u8>,
}

impl Clock {
    pub(super) fn new(separator: char) -> Self {
        let mut clock = Self { micros: 0, second: 0, separator, stamp: Vec::new() };
        clock.render();
        clock
    }

    pub(super) fn advance(&mut self, micros: u64) {
        self.micros += micros;
        let second = self.micros / SECOND;
        if second != self.second {
            self.second = second;
            self.render();
        }
    }

    /// The second of the epoch in which something that ends now, and took `us`, began.
    pub(super) fn second_before(&self, us: u64) -> u64 {
        START + self.micros.saturating_sub(us) / SECOND
    }

    /// `2026-03-02 00:00:00.000`, with so many digits behind the point.
    pub(super) fn write(&self, out: &mut Vec<u8>, digits: u32) {
        out.extend_from_slice(&self.stamp);
        let fraction = self.micros % SECOND;
        out.extend((0..digits).map(|place| b'0' + (fraction / 10_u64.pow(5 - place) % 10) as u8));
    }

    fn render(&mut self) {
        let seconds = START + self.second;
        let (year, month, day) = civil(seconds / DAY);
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        self.stamp.clear();
        let separator = self.separator;
        let _ = write!(
            self.stamp,
            "{year}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}."
        );
    }
}

/// Year, month and day of a number of days since 1970-01-01, before the year 2100.
fn civil(mut days: u64) -> (u64, u64, u64) {
    let leap = |year: u64| u64::from(year.is_multiple_of(4));
    let mut year = 1970;
    while days >= 365 + leap(year) {
        days -= 365 + leap(year);
        year += 1;
    }
    let mut month = 0;
    for length in [31, 28 + leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        month += 1;
        if days < length {
            break;
        }
        days -= length;
    }
    (year, month, days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(START / DAY), (2026, 3, 2));
        assert_eq!(civil(20_453), (2025, 12, 31));
    }

    #[test]
    fn stamps_have_as_many_digits_as_wanted_and_cross_midnight() {
        let mut clock = Clock::new(' ');
        clock.advance(86_399_999_900);
        let mut out = Vec::new();
        clock.write(&mut out, 3);
        clock.advance(7_100);
        out.push(b'|');
        clock.write(&mut out, 6);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "2026-03-02 23:59:59.999|2026-03-03 00:00:00.007000"
        );
        assert_eq!(clock.second_before(7_001), START + 86_399);
        assert_eq!(clock.second_before(7_000), START + 86_400);
    }
}
