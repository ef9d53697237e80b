//! The server that writes a slow log, and what its stamps are stamps of.

use slowlog_event::{Micros, Stamped, Timestamp};

/// The releases of MariaDB since which its stamps are those of the start (MDEV-11628), of each
/// series that had one; later series have never had others.
/// <https://github.com/MariaDB/server/commit/dcb814c44e>
const MARIADB_STARTS: [(u32, u32, u32); 7] =
    [(10, 5, 24), (10, 6, 17), (10, 11, 7), (11, 0, 5), (11, 1, 4), (11, 2, 3), (11, 3, 2)];
/// They are of this day, 2024-02-07.
const MARIADB_STARTED: Timestamp = Timestamp(1_707_264_000_000_000);
/// `SET timestamp` of MySQL is the start since this one (WL#12393).
const MYSQL_STARTS: (u32, u32, u32) = (8, 0, 14);

/// The server that writes a slow log, as far as the log says which it is.
///
/// ```
/// use slowlog_event::{Micros, Stamped, Timestamp};
/// use slowlog_parse::SlowLogServer;
///
/// let stamp = Timestamp(1_772_359_200_000_000);
/// let end = |version: &[u8]| {
///     SlowLogServer::of_version(version).end(stamp, Stamped::ByMariaDb, Some(Micros(5)))
/// };
/// assert_eq!(end(b"10.11.6-MariaDB-log"), stamp);
/// assert_eq!(end(b"10.11.7-MariaDB-log"), Timestamp(stamp.0 + 5));
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SlowLogServer {
    stamps_start: Option<bool>,
}

impl SlowLogServer {
    /// The server of a version, as it names it when it opens its log.
    pub fn of_version(version: &[u8]) -> Self {
        let Some(number @ (major, minor, _)) = release(version) else { return Self::default() };
        let is_mariadb = version.windows(7).any(|word| word.eq_ignore_ascii_case(b"mariadb"));
        let starts = if is_mariadb {
            let of_series = |first: &&(u32, u32, u32)| (first.0, first.1) == (major, minor);
            let first = MARIADB_STARTS.iter().find(of_series);
            first.map_or((major, minor) > (11, 3), |first| number >= *first)
        } else {
            number >= MYSQL_STARTS
        };
        Self { stamps_start: Some(starts) }
    }

    /// When a statement ended. Of a server that is not known, MariaDB's stamps are taken for those
    /// of the releases of their time.
    #[inline]
    pub fn end(self, stamp: Timestamp, stamped: Stamped, duration: Option<Micros>) -> Timestamp {
        let is_start = match stamped {
            Stamped::End => false,
            Stamped::Start => true,
            Stamped::ByServer => self.stamps_start == Some(true),
            Stamped::ByMariaDb => self.stamps_start.unwrap_or(stamp >= MARIADB_STARTED),
        };
        let after = duration.filter(|_| is_start).unwrap_or_default();
        Timestamp(stamp.0.saturating_add_unsigned(after.0))
    }
}

/// `10.11.19-MariaDB-0+deb12u1-log` is release 10.11.19.
fn release(version: &[u8]) -> Option<(u32, u32, u32)> {
    let mut numbers = version.split(|byte| !byte.is_ascii_digit());
    let mut number = || std::str::from_utf8(numbers.next()?).ok()?.parse().ok();
    Some((number()?, number()?, number()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DURATION: Micros = Micros(2_500_000);

    fn is_start(version: &str, stamped: Stamped, day: i64) -> bool {
        let stamp = Timestamp(day * 86_400_000_000);
        let end = SlowLogServer::of_version(version.as_bytes()).end(stamp, stamped, Some(DURATION));
        assert!(end.0 - stamp.0 == 0 || end.0 - stamp.0 == 2_500_000);
        end != stamp
    }

    #[test]
    fn by_the_version() {
        for (version, expected) in [
            ("5.5.68-MariaDB", false),
            ("10.3.39-MariaDB-0+deb10u1", false),
            ("10.4.34-MariaDB", false),
            ("10.5.23-MariaDB", false),
            ("10.5.24-MariaDB", true),
            ("10.6.16-11-MariaDB-enterprise-log", false),
            ("10.6.17-12-MariaDB-enterprise-log", true),
            ("10.7.8-MariaDB", false),
            ("10.11.6-MariaDB", false),
            ("10.11.19-MariaDB-0+deb12u1-log", true),
            ("11.0.5-MariaDB", true),
            ("11.3.1-MariaDB", false),
            ("11.4.1-MariaDB-log", true),
            ("12.0.2-MariaDB", true),
            ("5.1.73-log", false),
            ("5.7.44-log", false),
            ("8.0.13", false),
            ("8.0.14", true),
            ("8.0.36-28", true),
            ("8.4.0", true),
            ("9.1.0-log", true),
        ] {
            for stamped in [Stamped::ByServer, Stamped::ByMariaDb] {
                assert_eq!(is_start(version, stamped, 20_000), expected, "{version}");
            }
            assert!(!is_start(version, Stamped::End, 20_000));
            assert!(is_start(version, Stamped::Start, 20_000));
        }
    }

    #[test]
    fn without_a_version() {
        for (version, stamped, day, expected) in [
            ("", Stamped::ByMariaDb, 19_759, false),
            ("", Stamped::ByMariaDb, 19_760, true),
            ("unknown", Stamped::ByMariaDb, 20_000, true),
            ("10.11", Stamped::ByServer, 20_000, false),
            ("99999999999.1.1", Stamped::ByServer, 20_000, false),
        ] {
            assert_eq!(is_start(version, stamped, day), expected, "{version} {day}");
        }
        let server = SlowLogServer::of_version(b"8.0.36");
        assert_eq!(server.end(Timestamp(7), Stamped::Start, None), Timestamp(7));
        let end = server.end(Timestamp(i64::MAX), Stamped::Start, Some(Micros(u64::MAX)));
        assert_eq!(end, Timestamp(i64::MAX));
    }
}
