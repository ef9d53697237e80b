//! Rows of log tables and of JSON, written as entries of a slow log.

use slowlog_event::{Body, Counter, Event, Micros, SlowEntry};

use super::server::SlowLogServer;
use super::write::{ADMINISTRATOR, masked_statement};
use crate::writer::Literals;

/// Appends an event of a row of a slow log as the entry that MySQL 8 would write, in UTC: a slow log is
/// what every tool reads, and a row says nothing that an entry could not. Other events are nothing.
///
/// ```
/// use slowlog_parse::{Format, Literals, Reader, write_slow_event};
///
/// let row = br#"{"SqlText":"SELECT 'x'","StartTime":"2026-03-01T10:00:00Z","QueryDurationMs":1500,"Db":"shop"}"#;
/// let format = Format::detect(&[row], None).unwrap();
/// let mut out = Vec::new();
/// Reader::new(&format).read(row, true, true, |event| {
///     write_slow_event(event, Literals::Masked, &mut out);
/// });
/// let header = b"# Time: 2026-03-01T10:00:01.500000Z\n# User@Host: [] @  []\n# Schema: shop\n";
/// let rest = b"# Query_time: 1.500000\nSET timestamp=1772359201;\nSELECT '?';\n";
/// assert_eq!(out, [&header[..], rest].concat());
/// ```
pub fn write_slow_event(event: &Event<'_>, literals: Literals, out: &mut Vec<u8>) {
    let throttle;
    let nothing = SlowEntry {
        stamped: slowlog_event::Stamped::End,
        duration: Some(Micros(0)),
        text: b"",
        arguments: None,
        inherits_database: false,
        counters: &[],
        error: 0,
        killed: 0,
        sampling: None,
        routine: None,
        plan: None,
    };
    let entry = match event.body {
        Body::Slow(entry) => entry,
        Body::Throttled(statements) => {
            throttle =
                format!("throttle: {statements:>10} 'index not used' warning(s) suppressed.");
            SlowEntry { text: throttle.as_bytes(), ..nothing }
        }
        _ => return,
    };
    // A row has the stamp of the servers of its time.
    let end = |stamp| SlowLogServer::default().end(stamp, entry.stamped, entry.duration);
    let end = event.time.map(end);
    let mut say = |words: &[&[u8]]| words.iter().for_each(|word| out.extend_from_slice(word));
    if let Some(end) = end {
        let (second, micros) = (end.0.div_euclid(1_000_000), end.0.rem_euclid(1_000_000));
        let second = slowlog_event::Timestamp(second * 1_000_000).to_string();
        let second = second.trim_end_matches('Z');
        say(&[format!("# Time: {second}.{micros:06}Z\n").as_bytes()]);
    }
    let (user, client) =
        (event.actor.user.unwrap_or_default(), event.actor.client.unwrap_or_default());
    say(&[b"# User@Host: ", user, b"[", user, b"] @ ", client, b" []"]);
    if let Some(session) = event.session {
        say(&[format!("  Id: {:>5}", session.0).as_bytes()]);
    }
    say(&[b"\n# Schema: ", event.actor.database.unwrap_or_default(), b"\n"]);
    // What no number says is written as the servers write what has overflowed.
    let duration = entry.duration.unwrap_or(Micros(u64::MAX)).0;
    say(
        &[format!("# Query_time: {}.{:06}", duration / 1_000_000, duration % 1_000_000).as_bytes()],
    );
    for (counter, value) in entry.counters {
        let field = match counter {
            Counter::LockTime => {
                format!("  Lock_time: {}.{:06}", value / 1_000_000, value % 1_000_000)
            }
            Counter::RowsSent => format!("  Rows_sent: {value}"),
            Counter::RowsExamined => format!("  Rows_examined: {value}"),
            Counter::RowsAffected => format!("  Rows_affected: {value}"),
            _ => continue,
        };
        say(&[field.as_bytes()]);
    }
    say(&[b"\n"]);
    // What stands behind it is the client's, whatever it looks like.
    if let Some(end) = end {
        say(&[format!("SET timestamp={};\n", end.0.div_euclid(1_000_000)).as_bytes()]);
    }
    match literals {
        Literals::Masked => masked_statement(entry.text, out),
        Literals::Raw => {
            let mark: &[u8] = if entry.text.starts_with(ADMINISTRATOR) { b"# " } else { b"" };
            say(&[mark, entry.text, b";"]);
        }
    }
    out.push(b'\n');
}
