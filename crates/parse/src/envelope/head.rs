//! What a transport puts before each line: stamp, host, program, process.
//!
//! Sources: RFC 3164 and RFC 5424, the templates of rsyslog (`RSYSLOG_FileFormat`,
//! `RSYSLOG_TraditionalFileFormat`, `RSYSLOG_SyslogProtocol23Format`), the outputs of
//! `journalctl`, and what Heroku's logplex sends.

use slowlog_event::Timestamp;

use super::year::Years;
use crate::postgres::{Clock, decimal};
use crate::zone::Zone;

/// The head of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Head<'a> {
    pub(super) time: Option<Timestamp>,
    pub(super) host: &'a [u8],
    /// Empty where the line names none.
    pub(super) program: &'a [u8],
    pub(super) process: Option<u64>,
    /// Where the text begins.
    pub(super) len: usize,
}

/// Reads heads. It remembers the last second, since most lines repeat it.
#[derive(Debug)]
pub(super) struct Heads {
    clock: Clock,
    years: Years,
    /// Stamps that say nothing of their zone.
    zoneless: u64,
}

/// Words between the stamp and the program: the host, facility and level.
const MOST_WORDS: usize = 4;
/// A host or a program is no longer than this.
const LONGEST_WORD: usize = 256;

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];
const WEEKDAYS: [&[u8; 3]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];

impl Heads {
    pub(super) fn new(years: Years, zone: Option<Zone>) -> Self {
        Self { clock: Clock::in_zone(zone), years, zoneless: 0 }
    }

    /// Stamps that were read as UTC for want of a zone.
    pub(super) fn unknown_zones(&self) -> u64 {
        self.clock.doubts.unknown + self.zoneless
    }

    /// The head of a line; `None` without a stamp at its beginning. A line with a stamp and
    /// without a program has an empty one.
    pub(super) fn head<'a>(&mut self, line: &'a [u8]) -> Option<Head<'a>> {
        let (priority, version) = priority(line);
        let (time, stamp) = self.stamp(&line[priority..])?;
        let at = priority + stamp;
        let head = if version { protocol_head(line, at) } else { tagged_head(line, at) };
        let head = head.unwrap_or(Head { len: at, ..Head::default() });
        Some(Head { time, ..head })
    }

    /// A stamp and the blank behind it. RFC 5424 has `-` where there is none.
    fn stamp(&mut self, text: &[u8]) -> Option<(Option<Timestamp>, usize)> {
        match text {
            [b'-', b' ', ..] => Some((None, 2)),
            [b'0'..=b'9', ..] => {
                if let Some((time, len)) = self.clock.carriers_stamp(text) {
                    return Some((Some(time), len));
                }
                let (time, len) = epoch(text)?;
                Some((Some(time), len + 1))
            }
            [a, b, c, b' ', rest @ ..] if WEEKDAYS.contains(&&[*a, *b, *c]) => {
                let (time, len) = self.clock.civil(rest, rest.get(19) == Some(&b'.'))?;
                (rest.get(len) == Some(&b' ')).then_some((Some(time), 4 + len + 1))
            }
            [a, b, c, b' ', rest @ ..] => {
                let month = MONTHS.iter().position(|name| **name == [*a, *b, *c])?;
                let (day, year, micros, len) = day_and_time(rest)?;
                let month = month as i64 + 1;
                let local = match year {
                    Some(year) => {
                        let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
                        Some(Timestamp::from_civil((year, month, day), seconds, rest, 0))
                    }
                    None => self.years.resolve(month, day, micros),
                };
                let zone = self.clock.local.as_ref();
                self.zoneless += u64::from(zone.is_none());
                let time = local.map(|local| zone.map_or(local, |zone| zone.of_local(local)));
                Some((time, 4 + len))
            }
            _ => None,
        }
    }
}

/// `<134>` or `<134>1 `, perhaps behind a count of bytes: how long it is, and whether the version
/// of RFC 5424 is there.
fn priority(line: &[u8]) -> (usize, bool) {
    let mut at = 0;
    if let Some((_, len)) = decimal(&line[..line.len().min(8)])
        && line[len..].starts_with(b" <")
    {
        at = len + 1;
    }
    if line.get(at) == Some(&b'<')
        && let Some((_, len)) = decimal(&line[at + 1..line.len().min(at + 5)])
        && line.get(at + 1 + len) == Some(&b'>')
    {
        at += len + 2;
        return if line[at..].starts_with(b"1 ") { (at + 2, true) } else { (at, false) };
    }
    // Some files have the version without the priority.
    if line.starts_with(b"1 ") && line.get(6) == Some(&b'-') { (2, true) } else { (0, false) }
}

/// `1617742988.123456`, and how long it is.
fn epoch(text: &[u8]) -> Option<(Timestamp, usize)> {
    let (seconds, len) = decimal(text).filter(|(_, len)| (9..=11).contains(len))?;
    let (micros, decimals) = decimal(text[len..].strip_prefix(b".")?)?;
    let end = len + 1 + decimals;
    let sound = decimals == 6 && text.get(end) == Some(&b' ');
    sound.then_some((Timestamp(seconds as i64 * 1_000_000 + micros as i64), end))
}

/// ` 1 13:15:39[.123456] ` or `1 2021 13:15:39 `: the day, the year if it is there, the
/// microseconds of the day, and the length with the blank.
fn day_and_time(text: &[u8]) -> Option<(i64, Option<i64>, i64, usize)> {
    let blank = usize::from(text.first() == Some(&b' '));
    let (day, len) = decimal(text.get(blank..)?)?;
    let mut at = blank + len;
    if !(1..=31).contains(&day) || len > 2 || text.get(at) != Some(&b' ') {
        return None;
    }
    at += 1;
    let mut year = None;
    if let (Some((value, 4)), Some(b' ')) = (decimal(&text[at..]), text.get(at + 4)) {
        year = Some(value as i64);
        at += 5;
    }
    let [h, i, b':', m, n, b':', s, t] = *text.get(at..)?.first_chunk::<8>()? else { return None };
    let two = |a: u8, b: u8| {
        (a.is_ascii_digit() && b.is_ascii_digit())
            .then(|| i64::from(a - b'0') * 10 + i64::from(b - b'0'))
    };
    let (hour, minute, second) = (two(h, i)?, two(m, n)?, two(s, t)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    at += 8;
    let mut micros = (hour * 3600 + minute * 60 + second) * 1_000_000;
    if text.get(at) == Some(&b'.') {
        let digits = text[at + 1..].iter().take(9).take_while(|byte| byte.is_ascii_digit());
        let (mut fraction, mut unit) = (0, 100_000);
        for digit in digits {
            fraction += i64::from(digit - b'0') * unit;
            unit /= 10;
            at += 1;
        }
        micros += fraction;
        at += 1;
    }
    (text.get(at) == Some(&b' ')).then_some((day as i64, year, micros, at + 1))
}

/// The word that begins at `at`, and where it ends.
fn word(line: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let rest = line.get(at..).filter(|rest| !rest.is_empty())?;
    let len = rest.iter().take(LONGEST_WORD).position(|byte| *byte == b' ');
    let len = len.or_else(|| (rest.len() < LONGEST_WORD).then_some(rest.len()))?;
    (len > 0).then(|| (&rest[..len], at + len))
}

/// RFC 5424: host, program, process, message id, structured data. Logplex leaves out the last.
fn protocol_head(line: &[u8], at: usize) -> Option<Head<'_>> {
    let (host, end) = word(line, at)?;
    let (program, end) = word(line, end + 1)?;
    let (process, end) = word(line, end + 1)?;
    let (_message_id, end) = word(line, end + 1)?;
    let mut at = (end + 1).min(line.len());
    match &line[at..] {
        [b'-'] => at += 1,
        [b'-', b' ', ..] => at += 2,
        [b'[', ..] => at += structured_data(&line[at..]),
        _ => {}
    }
    if line[at..].starts_with(b"\xef\xbb\xbf") {
        at += 3;
    }
    let (program, process) = match dyno(program, process) {
        Some((program, process)) => {
            at += color(&line[at..]);
            (program, Some(process))
        }
        None => (program, decimal(process).filter(|(_, len)| *len == process.len()).map(|p| p.0)),
    };
    Some(Head { time: None, host, program, process, len: at })
}

/// Length of `[id key="value"]…` and the blank behind it; 0 if it is something else, as logplex
/// has the text there.
fn structured_data(text: &[u8]) -> usize {
    let mut at = 0;
    while text.get(at) == Some(&b'[') {
        let mut quoted = false;
        let mut has_value = false;
        loop {
            at += 1;
            match text.get(at) {
                Some(b'\\') if quoted => at += 1,
                Some(b'"') => {
                    quoted = !quoted;
                    has_value = true;
                }
                Some(b']') if !quoted => break,
                Some(_) => {}
                None => return 0,
            }
        }
        if !has_value {
            return 0;
        }
        at += 1;
    }
    at + usize::from(text.get(at) == Some(&b' '))
}

/// What stands before `program[process]:`: the host, perhaps facility and level.
fn tagged_head(line: &[u8], at: usize) -> Option<Head<'_>> {
    let mut host: &[u8] = b"";
    let mut at = at;
    for number in 0..MOST_WORDS {
        let (text, end) = word(line, at)?;
        if let Some((program, process, is_dyno)) = tag(text) {
            let mut len = (end + 1).min(line.len());
            len += if is_dyno { color(&line[len..]) } else { message_id(&line[len..]) };
            return Some(Head { time: None, host, program, process, len });
        }
        if number == 0 {
            host = text;
        }
        at = end + 1;
    }
    None
}

/// `postgres[123]:`, `kernel:`, or logplex's `app[postgres.123]`: the program, the process, and
/// whether it is of that last kind.
fn tag(word: &[u8]) -> Option<(&[u8], Option<u64>, bool)> {
    let (name, has_colon) = match word.strip_suffix(b":") {
        Some(name) => (name, true),
        None => (word, false),
    };
    let Some(inner) = name.strip_suffix(b"]") else {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./()@%".contains(byte);
        let is_name = name.iter().all(plain) && !name.iter().all(u8::is_ascii_digit);
        return (has_colon && is_name).then_some((name, None, false));
    };
    let open = inner.iter().position(|byte| *byte == b'[')?;
    let (program, process) = (&inner[..open], &inner[open + 1..]);
    if let Some((program, process)) = dyno(program, process) {
        return Some((program, Some(process), true));
    }
    let process_id = decimal(process).filter(|(_, len)| *len == process.len()).map(|p| p.0);
    let sound = has_colon && !program.is_empty() && !program.contains(&b':');
    sound.then_some((program, process_id, false))
}

/// Logplex names the database `app[postgres.123]`.
fn dyno<'a>(program: &[u8], process: &'a [u8]) -> Option<(&'a [u8], u64)> {
    let dot = process.iter().position(|byte| *byte == b'.').filter(|_| program == b"app")?;
    let (number, len) = decimal(&process[dot + 1..])?;
    (dot + 1 + len == process.len()).then_some((&process[..dot], number))
}

/// Length of `[COLOR] `, the name that Heroku gives to a database.
fn color(text: &[u8]) -> usize {
    let Some(rest) = text.strip_prefix(b"[") else { return 0 };
    let name = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-' | b'0'..=b'9');
    let len = rest.iter().take_while(|byte| name(byte)).count();
    let is_name = rest.first().is_some_and(u8::is_ascii_uppercase);
    if is_name && rest[len..].starts_with(b"] ") { len + 3 } else { 0 }
}

/// Length of `[ID 748625 local0.info] `, which Solaris puts before the text.
fn message_id(text: &[u8]) -> usize {
    if !text.starts_with(b"[ID ") {
        return 0;
    }
    let end = text.iter().take(64).position(|byte| *byte == b']');
    end.filter(|end| text.get(end + 1) == Some(&b' ')).map_or(0, |end| end + 2)
}

/// `[5-1] `: the number of a message and of its part, and how long that is.
pub(super) fn chunk(text: &[u8]) -> Option<(u64, u64, usize)> {
    let rest = text.strip_prefix(b"[")?;
    let (message, len) = decimal(rest)?;
    let rest = rest[len..].strip_prefix(b"-")?;
    let (part, part_len) = decimal(rest)?;
    if part == 0 || part_len > 9 || len > 19 {
        return None;
    }
    let at = 1 + len + 1 + part_len;
    match text[at..] {
        [b']'] => Some((message, part, at + 1)),
        [b']', b' ', ..] => Some((message, part, at + 2)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::YearHint;

    fn heads() -> Heads {
        Heads::new(Years::new(YearHint { latest: None, first_year: Some(2026) }), None)
    }

    /// Time, host, program, process and text of a line.
    fn read(line: &str) -> Option<String> {
        let head = heads().head(line.as_bytes())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some(format!(
            "{} {} {} {} |{}",
            head.time.map_or("-".to_owned(), |time| time.to_string()),
            text(head.host),
            text(head.program),
            head.process.map_or("-".to_owned(), |process| process.to_string()),
            text(&line.as_bytes()[head.len..])
        ))
    }

    #[test]
    fn heads_of_every_transport() {
        for (line, expected) in [
            // RFC 3164, and what rsyslog and syslog-ng make of it.
            (
                "Feb 11 13:15:39 pc postgres[10808]: [3-1] LOG:  x",
                "2026-02-11T13:15:39Z pc postgres 10808 |[3-1] LOG:  x",
            ),
            (
                "Feb  1 13:15:39 pc postgres[10808]:  x",
                "2026-02-01T13:15:39Z pc postgres 10808 | x",
            ),
            ("Feb 1 13:15:39 pc postgres[10808]:", "2026-02-01T13:15:39Z pc postgres 10808 |"),
            ("<134>Feb 11 13:15:39 pc postgres[1]: x", "2026-02-11T13:15:39Z pc postgres 1 |x"),
            ("Feb 11 13:15:39 postgres[1]: x", "2026-02-11T13:15:39Z  postgres 1 |x"),
            (
                "Feb 11 13:15:39 pc local0.info postgres[1]: x",
                "2026-02-11T13:15:39Z pc postgres 1 |x",
            ),
            (
                "Feb 11 13:15:39 <local0.info> pc postgres[1]: x",
                "2026-02-11T13:15:39Z <local0.info> postgres 1 |x",
            ),
            (
                "Feb 11 13:15:39 pc postgres[1]: [ID 748625 local0.info] [2-1] x",
                "2026-02-11T13:15:39Z pc postgres 1 |[2-1] x",
            ),
            ("Feb 11 2021 13:15:39 pc postgres[1]: x", "2021-02-11T13:15:39Z pc postgres 1 |x"),
            ("Feb 11 13:15:39 pc kernel: [12.5] x", "2026-02-11T13:15:39Z pc kernel - |[12.5] x"),
            (
                "Feb 11 13:15:39 pc last message repeated 2 times",
                "2026-02-11T13:15:39Z   - |pc last message repeated 2 times",
            ),
            // ISO stamps of rsyslog.
            (
                "2021-04-06T23:03:08.123456+02:00 db postgres[26883]: [62-3] x",
                "2021-04-06T21:03:08.123456Z db postgres 26883 |[62-3] x",
            ),
            (
                "2021-04-06T23:03:08Z db local0 info postgres[2]: x",
                "2021-04-06T23:03:08Z db postgres 2 |x",
            ),
            // RFC 5424.
            (
                "<134>1 2021-04-06T23:03:08.5Z db postgres 26883 - - [1-1] x",
                "2021-04-06T23:03:08.500Z db postgres 26883 |[1-1] x",
            ),
            (
                "83 <134>1 2021-04-06T23:03:08Z db postgres 7 ID1 [a b=\"]\\\"\"][c d=\"\"] \u{feff}x",
                "2021-04-06T23:03:08Z db postgres 7 |x",
            ),
            ("1 2021-04-06T23:03:08Z db postgres - - - x", "2021-04-06T23:03:08Z db postgres - |x"),
            ("<134>1 - db postgres 7 - - x", "- db postgres 7 |x"),
            // journalctl: short-precise, short-iso, short-full, short-unix.
            (
                "Feb 11 13:15:39.123456 pc postgres[1]: x",
                "2026-02-11T13:15:39.123456Z pc postgres 1 |x",
            ),
            ("2021-04-06T23:03:08+0200 pc postgres[1]: x", "2021-04-06T21:03:08Z pc postgres 1 |x"),
            (
                "Tue 2021-04-06 23:03:08 CEST pc postgres[1]: x",
                "2021-04-06T21:03:08Z pc postgres 1 |x",
            ),
            ("1617742988.123456 pc postgres[1]: x", "2021-04-06T21:03:08.123456Z pc postgres 1 |x"),
            // Heroku, as `heroku logs` and drains have it.
            (
                "2019-03-14T00:22:56+00:00 app[postgres.4882]: [GREEN] [15-1]  sql_error_code = 00000 LOG:  x",
                "2019-03-14T00:22:56Z  postgres 4882 |[15-1]  sql_error_code = 00000 LOG:  x",
            ),
            (
                "2021-09-07T04:01:27+00:00 d.af28 app[postgres.5925] [AQUA] [921320-2]         (",
                "2021-09-07T04:01:27Z d.af28 postgres 5925 |[921320-2]         (",
            ),
            (
                "<134>1 2021-09-07T04:01:27+00:00 host app postgres.5925 - [DATABASE] [7-1]  x",
                "2021-09-07T04:01:27Z host postgres 5925 |[7-1]  x",
            ),
            (
                "2021-09-07T04:01:27+00:00 app[heroku-postgres]: source=DATABASE",
                "2021-09-07T04:01:27Z  app - |source=DATABASE",
            ),
        ] {
            assert_eq!(read(line).as_deref(), Some(expected), "{line}");
        }
    }

    #[test]
    fn lines_without_a_head() {
        for line in [
            "",
            "2021-04-06 23:03:08 UTC [7] LOG:  x",
            "\tcontinues",
            "# Time: 2021-04-06T23:03:08Z",
            "Feb 41 13:15:39 pc postgres[1]: x",
            "Fub 11 13:15:39 pc postgres[1]: x",
            "Feb 11 13:15 pc postgres[1]: x",
            "<134",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
        // A log that CloudWatch has carried has a stamp and no program.
        for line in [
            "2020-03-11T20:40:44.000Z 2020-03-11 20:40:44 UTC:192.168.1.201(53318):a@b:[12760]:LOG:  x",
            "2020-03-11T20:40:44.000Z 2020-03-11 20:40:44.123 UTC [123] LOG:  x",
        ] {
            let head = heads().head(line.as_bytes()).unwrap();
            assert_eq!(head.program, b"", "{line}");
        }
    }

    #[test]
    fn chunks() {
        for (text, expected) in [
            ("[5-1] x", Some((5, 1, 6))),
            ("[921320-2]         (", Some((921_320, 2, 11))),
            ("[5-1]", Some((5, 1, 5))),
            ("[5-0] x", None),
            ("[5]: [1-1] x", None),
            ("[5-1]x", None),
            ("5-1] x", None),
        ] {
            assert_eq!(chunk(text.as_bytes()), expected, "{text}");
        }
    }
}
