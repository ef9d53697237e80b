//! The time stamp of a log, rendered afresh only when its second changes.

use std::io::Write as _;

/// 2026-03-02 00:00:00 UTC, a Monday, in seconds of the epoch.
const START: u64 = 1_772_409_600;
const DAY: u64 = 86_400;

#[derive(Debug)]
pub(super) struct Clock {
    millis: u64,
    second: u64,
    stamp: Vec<u8>,
}

impl Clock {
    pub(super) fn new() -> Self {
        let mut clock = Self { millis: 0, second: 0, stamp: Vec::new() };
        clock.render();
        clock
    }

    pub(super) fn advance(&mut self, millis: u64) {
        self.millis += millis;
        let second = self.millis / 1000;
        if second != self.second {
            self.second = second;
            self.render();
        }
    }

    /// `2026-03-02 00:00:00.000 UTC`
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let millis = self.millis % 1000;
        out.extend_from_slice(&self.stamp);
        let digits = [millis / 100, millis / 10 % 10, millis % 10];
        out.extend(digits.map(|digit| b'0' + digit as u8));
        out.extend_from_slice(b" UTC");
    }

    fn render(&mut self) {
        let seconds = START + self.second;
        let (year, month, day) = civil(seconds / DAY);
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        self.stamp.clear();
        let _ = write!(self.stamp, "{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.");
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
    fn stamps_have_milliseconds_and_cross_midnight() {
        let mut clock = Clock::new();
        clock.advance(86_399_999);
        let mut out = Vec::new();
        clock.write(&mut out);
        clock.advance(8);
        out.push(b'|');
        clock.write(&mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "2026-03-02 23:59:59.999 UTC|2026-03-03 00:00:00.007 UTC"
        );
    }
}
