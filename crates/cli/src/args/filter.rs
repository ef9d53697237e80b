//! Which part of the logs is wanted.

use anyhow::{Context, Result};
use slowlog::digest::Selection;
use slowlog::event::{Micros, Timestamp};
use slowlog::normalize::StatementKind;
use slowlog::{UnknownZoneError, Zone};

/// The filters: the same for every command that reads logs.
///
/// All of them have to hold. What is left out still counts as understood.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// Only this database, or with ! any but this; may be repeated. So --user, --app, --client.
    #[arg(long, value_name = "NAME")]
    pub(crate) db: Vec<String>,

    /// Only this user, or with ! any but this.
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Vec<String>,

    /// Only this application, or with ! any but this.
    #[arg(long, value_name = "NAME")]
    pub(crate) app: Vec<String>,

    /// Only this client host, or with ! any but this.
    #[arg(long, value_name = "HOST")]
    pub(crate) client: Vec<String>,

    /// Only statements in which this regular expression is found: in the text as logged, with its
    /// literals and comments, in any case ((?-i) for the given one), . also matches newlines.
    #[arg(long, value_name = "RE")]
    pub(crate) include: Vec<String>,

    /// No statements in which this regular expression is found.
    #[arg(long, value_name = "RE")]
    pub(crate) exclude: Vec<String>,

    /// Only statements that took at least so long, as 250us, 50ms, 1.5s or 2min. Errors, temporary
    /// files and waits for locks have no time of a statement and stay.
    #[arg(long, value_name = "TIME", value_parser = min_duration)]
    pub(crate) min_duration: Option<Micros>,

    /// Only statements of these kinds: select, insert, update, delete, merge, copy, call, ddl,
    /// transaction, utility, other.
    #[arg(long, value_name = "KIND,…", value_delimiter = ',', value_parser = kind)]
    pub(crate) kind: Vec<StatementKind>,

    /// Only what ended at this time or later: 2026-03-01, '2026-03-01 10:00', or RFC 3339. Without
    /// an offset it is a time in --tz, or UTC.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,

    /// Only what ended before this time.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,

    /// Only the last 30min, 12h, 1d or 2w before now.
    #[arg(long, value_name = "SPAN", value_parser = span, conflicts_with = "since")]
    pub(crate) last: Option<Micros>,

    /// Zone of times that do not say theirs usably, as Europe/Berlin or +02:00: --since and
    /// --until, local times in old slow logs of MySQL, and abbreviations such as CST or IST.
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    pub(crate) tz: Option<Zone>,
}

impl FilterArgs {
    /// What is asked for; `now` is when --last ends.
    pub(crate) fn selection(&self, now: Timestamp) -> Result<Selection> {
        let zone = self.tz.clone().unwrap_or(Zone::UTC);
        let time = |option: &str, text: &Option<String>| {
            match text {
            Some(text) => time(text, &zone).map(Some).with_context(|| {
                format!(
                    "{option} {text} is no time\nhint: a time is written as 2026-03-01, '2026-03-01 10:00' or 2026-03-01T10:00:00+01:00"
                )
            }),
            None => Ok(None),
        }
        };
        Ok(Selection {
            databases: self.db.clone(),
            users: self.user.clone(),
            applications: self.app.clone(),
            clients: self.client.clone(),
            include: self.include.clone(),
            exclude: self.exclude.clone(),
            kinds: self.kind.clone(),
            min_duration_us: self.min_duration.map(|least| least.0),
            since: time("--since", &self.since)?.or(self.last.map(|span| now.minus(span))),
            until: time("--until", &self.until)?,
        })
    }
}

fn min_duration(text: &str) -> Result<Micros, String> {
    let units = [("us", 1), ("µs", 1), ("ms", 1_000), ("s", 1_000_000), ("min", 60_000_000)];
    amount(text, &units)
        .ok_or_else(|| "expected a time with its unit, as 250us, 50ms, 1.5s or 2min".to_owned())
}

fn span(text: &str) -> Result<Micros, String> {
    const MINUTE: u64 = 60_000_000;
    let units = [
        ("s", 1_000_000),
        ("min", MINUTE),
        ("h", 60 * MINUTE),
        ("d", 24 * 60 * MINUTE),
        ("w", 7 * 24 * 60 * MINUTE),
    ];
    amount(text, &units).ok_or_else(|| "expected a span, as 30min, 12h, 1d or 2w".to_owned())
}

/// A decimal number and a unit of so many microseconds; parts of a microsecond round half up.
fn amount(text: &str, units: &[(&str, u64)]) -> Option<Micros> {
    let text = text.trim();
    let end = text.find(|character: char| !character.is_ascii_digit() && character != '.')?;
    let (number, unit) = (&text[..end], text[end..].trim_start());
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    // Six decimals of a unit, whatever it is.
    let millionths = Micros::from_seconds_text(number.as_bytes())?.0;
    let micros = (u128::from(millionths) * u128::from(*factor) + 500_000) / 1_000_000;
    u64::try_from(micros).ok().map(Micros)
}

fn kind(text: &str) -> Result<StatementKind, String> {
    let known = StatementKind::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(text));
    known.ok_or_else(|| {
        let names = StatementKind::ALL.map(StatementKind::name);
        format!("expected one of {}", names.join(", "))
    })
}

fn zone(name: &str) -> Result<Zone, String> {
    Zone::named(name).map_err(|error: UnknownZoneError| {
        format!("{error}, expected a name such as Europe/Berlin or an offset such as +02:00")
    })
}

/// `2026-03-01`, `2026-03-01 10:00`, `2026-03-01T10:00:05.5`, each with an offset or `Z` behind a
/// time of the day.
fn time(text: &str, zone: &Zone) -> Option<Timestamp> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    let number = |text: &str, digits: usize| {
        let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i64>().ok().filter(|_| is_number)
    };
    let mut parts = date.split('-');
    let date = (number(parts.next()?, 4)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let days = match date.1 {
        2 if date.0 % 4 == 0 && (date.0 % 100 != 0 || date.0 % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days).contains(&date.2) {
        return None;
    }
    if rest.is_empty() {
        return Some(zone.instant(date, 0, 0));
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?.trim_start();
    let clock_end = rest.find(['Z', 'z', '+', '-', ' ']).unwrap_or(rest.len());
    let (clock, offset) = (&rest[..clock_end], rest[clock_end..].trim());
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = clock.split(':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |second| number(second, 2))?;
    if hour > 23 || minute > 59 || second > 60 || parts.next().is_some() {
        return None;
    }
    let micros = Micros::from_seconds_text(format!("0.{fraction}").as_bytes())?.0 as i64;
    let given = match offset {
        "" => None,
        "Z" | "z" => Some(Zone::UTC),
        offset if offset.starts_with(['+', '-']) => Some(Zone::named(offset).ok()?),
        _ => return None,
    };
    let zone = given.as_ref().unwrap_or(zone);
    Some(zone.instant(date, hour * 3600 + minute * 60 + second, micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_spans_have_units() {
        for (text, micros) in [
            ("50ms", Some(50_000)),
            ("0.5 ms", Some(500)),
            ("250us", Some(250)),
            ("250µs", Some(250)),
            ("1.5s", Some(1_500_000)),
            ("2min", Some(120_000_000)),
            ("0.0005ms", Some(1)),
            ("50", None),
            ("ms", None),
            ("-1s", None),
            ("1h", None),
            ("1.2.3s", None),
            ("99999999999999999999min", None),
        ] {
            assert_eq!(min_duration(text).ok(), micros.map(Micros), "{text}");
        }
        for (text, seconds) in [("1d", 86_400), ("12h", 43_200), ("1.5h", 5_400), ("2w", 1_209_600)]
        {
            assert_eq!(span(text).ok(), Some(Micros(seconds * 1_000_000)), "{text}");
        }
    }

    #[test]
    fn times_in_every_form() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        for (text, instant) in [
            ("2026-03-01", Some("2026-02-28T23:00:00Z")),
            ("2026-07-01 10:00", Some("2026-07-01T08:00:00Z")),
            ("2026-07-01T10:00:05", Some("2026-07-01T08:00:05Z")),
            ("2026-07-01T10:00:05.25", Some("2026-07-01T08:00:05.250Z")),
            ("2026-07-01T10:00:05Z", Some("2026-07-01T10:00:05Z")),
            ("2026-07-01t10:00z", Some("2026-07-01T10:00:00Z")),
            ("2026-07-01T10:00:00-05:00", Some("2026-07-01T15:00:00Z")),
            ("2026-07-01 10:00 +0530", Some("2026-07-01T04:30:00Z")),
            ("2024-02-29", Some("2024-02-28T23:00:00Z")),
            ("2026-02-29", None),
            ("2026-13-01", None),
            ("2026-07-01 25:00", None),
            ("2026-07-01 10", None),
            ("2026-07-01 10:00 CEST", None),
            ("2026-07-01Z", None),
            ("yesterday", None),
            ("10:00", None),
            ("+026-07-01", None),
            ("", None),
        ] {
            let found = time(text, &zone).map(|time| time.to_string());
            assert_eq!(found.as_deref(), instant, "{text}");
        }
    }
}
