//! Envelopes, and what comes out of them.

use proptest::prelude::*;

use super::*;
use crate::{Format, Prefix};

fn hint() -> YearHint {
    YearHint { latest: None, first_year: Some(2026) }
}

/// The text of a log with this `log_line_prefix`, taken in pieces of so many bytes.
fn unwrap(log: &[u8], prefix: &str, step: usize) -> Option<(&'static str, Unwrapped)> {
    let envelope = Envelope::detect(log, hint())?;
    let format = match prefix {
        "mysql" => Format::MySqlSlow,
        "json" => Format::PostgresJson,
        prefix => Format::PostgresStderr(vec![Prefix::parse(prefix).unwrap()]),
    };
    let mut unwrapper = Unwrapper::new(&envelope, Some(&format));
    for piece in log.chunks(step) {
        unwrapper.take(piece).unwrap();
    }
    unwrapper.finish().unwrap();
    Some((envelope.name(), unwrapper.unwrapped))
}

/// Name and text of a log in an envelope.
fn text(log: &str, prefix: &str) -> String {
    let (name, out) = unwrap(log.as_bytes(), prefix, usize::MAX).unwrap_or_else(|| panic!("{log}"));
    for step in [1, 7, 64] {
        let (_, again) = unwrap(log.as_bytes(), prefix, step).unwrap();
        assert_eq!(again.text, out.text, "by {step}: {log}");
        assert_eq!((again.notes, again.account), (out.notes.clone(), out.account.clone()), "{log}");
    }
    let account = &out.account;
    assert_eq!(account.bytes, log.len() as u64, "{log}");
    assert!(account.left_out_bytes() + out.len() <= account.bytes, "{log}");
    format!("{name}\n{}", String::from_utf8_lossy(&out.text))
}

#[test]
fn what_is_in_an_envelope() {
    let d = "duration: 1.000 ms  statement:";
    for (log, prefix, expected) in [
        // The parts of a message, those of another process between them.
        (
            format!("Feb 11 13:15:39 pc postgres[8]: [3-1] u=a LOG:  {d} SELECT\nFeb 11 13:15:39 pc postgres[9]: [5-1] u=b LOG:  {d} BEGIN\nFeb 11 13:15:39 pc postgres[8]: [3-2] #0111, '#012'\nFeb 11 13:15:39 pc postgres[8]: [3-3] u=a DETAIL:  x\nFeb 11 13:15:40 pc cron[1]: no\n"),
            "u=%u ",
            format!("syslog\nu=a LOG:  {d} SELECT\n\t1, '#012'\nu=a DETAIL:  x\nu=b LOG:  {d} BEGIN\n"),
        ),
        // A long line is parted before a blank, or anywhere where it has none.
        (
            format!("Feb 11 13:15:39 pc postgres[8]: [3-1] LOG:  {d} SELECT\nFeb 11 13:15:39 pc postgres[8]: [3-2]  a, 'LOG:  x\nFeb 11 13:15:39 pc postgres[8]: [3-3] y'\n"),
            "",
            format!("syslog\nLOG:  {d} SELECT a, 'LOG:  xy'\n"),
        ),
        // Not parted: the daemon writes newlines as #012.
        (
            format!("2026-02-11T13:15:39Z pc postgres[8]: [3-1] [8] LOG:  {d} SELECT#012#0111#012[8] STATEMENT:  y\n"),
            "[%p] ",
            format!("syslog\n[8] LOG:  {d} SELECT\n\t1\n[8] STATEMENT:  y\n"),
        ),
        // Not parted, as journalctl prints it.
        (
            format!("Feb 11 13:15:39 pc postgres[8]: [3-1] LOG:  {d} SELECT\n                                \t1\n                                DETAIL:  x\nFeb 11 13:15:39 pc kernel: x\n                       y\n-- Boot 1 --\n"),
            "",
            format!("syslog\nLOG:  {d} SELECT\n\t1\nDETAIL:  x\n"),
        ),
        // Without numbers: what a line begins with tells what it is.
        (
            format!("<134>1 2026-02-11T13:15:39Z pc postgres 8 - - [8] LOG:  {d} SELECT\n<134>1 2026-02-11T13:15:39Z pc postgres 9 - - [9] LOG:  {d} BEGIN\n<134>1 2026-02-11T13:15:39Z pc postgres 8 - - #0111\n<134>1 2026-02-11T13:15:39Z pc postgres 8 - - pg_ctl: x\n"),
            "[%p] ",
            format!("syslog\n[8] LOG:  {d} SELECT\n\t1\n[9] LOG:  {d} BEGIN\npg_ctl: x\n"),
        ),
        (
            format!("Feb 11 13:15:39 pc postgres[8]: [8] LOG:  {d} {}\nFeb 11 13:15:39 pc postgres[8]:  more\n", "x".repeat(855)),
            "[%p] ",
            format!("syslog\n[8] LOG:  {d} {} more\n", "x".repeat(855)),
        ),
        // Heroku, old and new.
        (
            format!("2019-03-14T00:22:56+00:00 app[postgres.8]: [GREEN] [15-1]  sql_error_code = 00000 LOG:  {d} SELECT\n2019-03-14T00:22:56+00:00 app[postgres.8]: [GREEN] [15-2] \t1\n2019-03-14T00:22:56+00:00 app[heroku-postgres]: source=GREEN\n2019-03-14T00:22:57+00:00 heroku[web.1]: State changed\n"),
            " sql_error_code = %e ",
            format!("logplex\n sql_error_code = 00000 LOG:  {d} SELECT\n\t1\n"),
        ),
        (
            format!("2023-06-05T19:33:14+00:00 d.af28 app[postgres.5925] [AQUA] [92-1]  sql_error_code = 00000 time_ms = \"2023-06-05 19:33:14.793 UTC\" pid=\"19\" LOG:  {d} SELECT\n2023-06-05T19:33:14+00:00 d.af28 app[postgres.5925] [AQUA] [92-2]         (\n"),
            " sql_error_code = %e time_ms = \"%m\" pid=\"%p\" ",
            format!("logplex\n sql_error_code = 00000 time_ms = \"2023-06-05 19:33:14.793 UTC\" pid=\"19\" LOG:  {d} SELECT        (\n"),
        ),
        // A container's log, and docker's.
        (
            format!("2026-02-11T13:15:39.000000001Z stderr F 2026-02-11 13:15:39 UTC [8] LOG:  {d} SELECT\n2026-02-11T13:15:39.000000001Z stderr P \t1\n2026-02-11T13:15:39.000000001Z stderr F 2\n"),
            "%t [%p] ",
            format!("container\n2026-02-11 13:15:39 UTC [8] LOG:  {d} SELECT\n\t12\n"),
        ),
        (
            format!("{{\"log\":\"[8] LOG:  {d} SELECT\\n\",\"stream\":\"stderr\",\"time\":\"2026-02-11T13:15:39.1Z\"}}\n{{\"log\":\"\\t1\",\"stream\":\"stderr\",\"time\":\"2026-02-11T13:15:39.1Z\"}}\n{{\"log\":\"2\\n\",\"stream\":\"stderr\",\"time\":\"2026-02-11T13:15:39.1Z\"}}\n"),
            "[%p] ",
            format!("docker\n[8] LOG:  {d} SELECT\n\t12\n"),
        ),
        // The journal as objects: text, bytes, other programs.
        (
            format!("{{\"MESSAGE\":\"[3-1] LOG:  {d} SELECT\",\"__REALTIME_TIMESTAMP\":\"1770815739000000\",\"SYSLOG_IDENTIFIER\":\"postgres\",\"_PID\":\"8\",\"_HOSTNAME\":\"pc\"}}\n{{\"MESSAGE\":\"x\",\"SYSLOG_IDENTIFIER\":\"cron\",\"_PID\":\"8\",\"_HOSTNAME\":\"pc\"}}\n{{\"MESSAGE\":[91,51,45,50,93,32,9,39,255,39],\"__REALTIME_TIMESTAMP\":\"1770815739000000\",\"SYSLOG_IDENTIFIER\":\"postgres\",\"_PID\":\"8\",\"_HOSTNAME\":\"pc\"}}\n"),
            "",
            format!("journal_json\nLOG:  {d} SELECT\n\t'\u{fffd}'\n"),
        ),
        // Google: an array with the newest first, other logs, lines without a TAB, AlloyDB.
        (
            format!("[\n  {{\n    \"logName\": \"projects/p/logs/cloudsql.googleapis.com%2Fpostgres.log\",\n    \"textPayload\": \"[9]: LOG:  {d} COMMIT\",\n    \"timestamp\": \"2026-02-11T13:15:41.2Z\"\n  }},\n  {{\n    \"logName\": \"projects/p/logs/cloudaudit\",\n    \"textPayload\": \"[9]: LOG:  no\",\n    \"timestamp\": \"2026-02-11T13:15:41.1Z\"\n  }},\n  {{\n    \"logName\": \"projects/p/logs/alloydb.googleapis.com%2Fpostgres.log\",\n    \"textPayload\": \"[postgres.cc:12]  [9]: LOG:  {d} SELECT\\n1\\n\\t2\\n\",\n    \"timestamp\": \"2026-02-11T13:15:40.1Z\"\n  }}\n]\n"),
            "[%p]: ",
            format!("google_cloud\n[9]: LOG:  {d} SELECT\n\t1\n\t2\n[9]: LOG:  {d} COMMIT\n"),
        ),
        // A little out of order, one object a line.
        (
            format!("{{\"textPayload\":\"[9]: LOG:  {d} BEGIN\",\"timestamp\":\"2026-02-11T13:15:40Z\"}}\n{{\"textPayload\":\"\\tFROM t\",\"timestamp\":\"2026-02-11T13:15:40.2Z\"}}\n{{\"textPayload\":\"[9]: LOG:  {d} SELECT 1\",\"timestamp\":\"2026-02-11T13:15:40.1Z\"}}\n{{\"textPayload\":\"[9]: LOG:  {d} COMMIT\",\"timestamp\":\"2026-02-11T13:15:40.3Z\"}}\n"),
            "[%p]: ",
            format!("google_cloud\n[9]: LOG:  {d} BEGIN\n[9]: LOG:  {d} SELECT 1\n\tFROM t\n[9]: LOG:  {d} COMMIT\n"),
        ),
        // CloudWatch: events in an object, of Insights, as text.
        (
            format!("{{\n  \"nextToken\": \"a{{b\",\n  \"events\": [\n    {{\"timestamp\": 1770815739000, \"message\": \"2026-02-11 13:15:39 UTC:h(1):u@d:[8]:LOG:  {d} SELECT\\n\\t1\", \"ingestionTime\": 1}}\n  ],\n  \"x\": {{\"y\": 1}}\n}}\n"),
            "%t:%r:%u@%d:[%p]:",
            format!("cloudwatch\n2026-02-11 13:15:39 UTC:h(1):u@d:[8]:LOG:  {d} SELECT\n\t1\n"),
        ),
        (
            "{\"events\":[{\"timestamp\":1770815739000,\"message\":\"# Time: 2026-02-11T13:15:39Z\\n# Query_time: 1.0  Lock_time: 0.0\\nSELECT 1;\"}]}".to_owned(),
            "mysql",
            "cloudwatch\n# Time: 2026-02-11T13:15:39Z\n# Query_time: 1.0  Lock_time: 0.0\nSELECT 1;\n".to_owned(),
        ),
        (
            "2026-02-11T13:15:39.000Z # Time: 2026-02-11T13:15:39Z\n# Query_time: 1.0  Lock_time: 0.0\nSELECT\n 1;\n".to_owned(),
            "mysql",
            "cloudwatch\n# Time: 2026-02-11T13:15:39Z\n# Query_time: 1.0  Lock_time: 0.0\nSELECT\n 1;\n".to_owned(),
        ),
        (
            format!("2026-02-11T13:15:39+00:00 db1.0 2026-02-11 13:15:39 UTC:h(1):u@d:[8]:LOG:  {d} SELECT\n\t1\n"),
            "%t:%r:%u@%d:[%p]:",
            format!("cloudwatch\n2026-02-11 13:15:39 UTC:h(1):u@d:[8]:LOG:  {d} SELECT\n\t1\n"),
        ),
        (
            format!("EVENTS\t1770815740000\t2026-02-11 13:15:39 UTC:h(1):u@d:[8]:LOG:  {d} SELECT\n\t1\t1770815739000\nEVENTS\t3{}\t1770815740000\tdb1.0\t2026-02-11 13:15:39 UTC:h(1):u@d:[8]:LOG:  {d} BEGIN\t1770815739000\n", "1".repeat(55)),
            "%t:%r:%u@%d:[%p]:",
            format!("cloudwatch\n2026-02-11 13:15:39 UTC:h(1):u@d:[8]:LOG:  {d} SELECT\n\t1\n2026-02-11 13:15:39 UTC:h(1):u@d:[8]:LOG:  {d} BEGIN\n"),
        ),
        // A jsonlog with the newest first, and in an array.
        (
            "{\"timestamp\":\"2026-02-11 13:15:41 UTC\",\"error_severity\":\"LOG\",\"message\":\"b\"}\n{\"timestamp\":\"2026-02-11 13:15:40 UTC\",\"error_severity\":\"LOG\",\"message\":\"a\"}\n".to_owned(),
            "json",
            "json_objects\n{\"timestamp\":\"2026-02-11 13:15:40 UTC\",\"error_severity\":\"LOG\",\"message\":\"a\"}\n{\"timestamp\":\"2026-02-11 13:15:41 UTC\",\"error_severity\":\"LOG\",\"message\":\"b\"}\n".to_owned(),
        ),
        (
            "[{\"timestamp\":\"2026-02-11 13:15:41 UTC\",\n\"error_severity\":\"LOG\",\"message\":\"a\"}]".to_owned(),
            "json",
            "json_objects\n{\"timestamp\":\"2026-02-11 13:15:41 UTC\", \"error_severity\":\"LOG\",\"message\":\"a\"}\n".to_owned(),
        ),
    ] {
        assert_eq!(text(&log, prefix), expected, "{log}");
    }
}

#[test]
fn logs_in_no_envelope() {
    for log in [
        "",
        "2026-02-11 13:15:39 UTC [8] LOG:  duration: 1.000 ms  statement: SELECT\n",
        "2026-02-11T13:15:39.000Z 2026-02-11 13:15:39 UTC:h(1):u@d:[8]:LOG:  x\n",
        "# Time: 2026-02-11T13:15:39Z\n# Query_time: 1.0  Lock_time: 0.0\nSELECT 1;\n",
        "{\"timestamp\":\"2026-02-11 13:15:40 UTC\",\"error_severity\":\"LOG\",\"message\":\"a\"}\n{\"timestamp\":\"2026-02-11 13:15:41 UTC\",\"error_severity\":\"LOG\",\"message\":\"b\"}\n",
        "Feb 11 13:15:39 pc cron[8]: nothing of a server\n",
        "{\"a\":1}\n",
        "[1, 2]",
    ] {
        assert_eq!(Envelope::detect(log.as_bytes(), hint()), None, "{log}");
    }
}

/// What is lost is counted, and what belongs to it is glued to nothing.
#[test]
fn lost_parts() {
    let line = |rest: &str| format!("Feb 11 13:15:39 pc postgres[8]: {rest}\n");
    let lines = |rests: &[&str]| rests.iter().map(|rest| line(rest)).collect::<String>();
    // Text; parts lost, lines cut, bytes ignored, bytes damaged.
    let found = |log: &str| {
        let (_, out) = unwrap(log.as_bytes(), "", usize::MAX).unwrap();
        let account = out.account;
        let counts = [account.lost.count, account.cut.count];
        let bytes = [account.ignored_bytes, account.damaged_bytes];
        (String::from_utf8_lossy(&out.text).into_owned(), counts, bytes)
    };
    let middle = lines(&["[3-1] LOG:  a", "[3-3]  b", "[3-4] DETAIL:  c", "[3-5]  d"]);
    let damaged = (line("[3-3]  b").len() + line("[3-5]  d").len()) as u64;
    assert_eq!(found(&middle), ("LOG:  a\nDETAIL:  c\n".to_owned(), [1, 0], [0, damaged]));
    let whole = lines(&["[3-1] LOG:  a", "[6-1] LOG:  b"]);
    assert_eq!(found(&whole), ("LOG:  a\nLOG:  b\n".to_owned(), [2, 0], [0, 0]));
    let beginning = lines(&["[2-2] b", "[3-1] LOG:  a"]);
    let cut = line("[2-2] b").len() as u64;
    assert_eq!(found(&beginning), ("LOG:  a\n".to_owned(), [0, 1], [cut, 0]));
    let other = lines(&["[3-1] LOG:  a", "[4-2]  b"]);
    let damaged = line("[4-2]  b").len() as u64;
    assert_eq!(found(&other), ("LOG:  a\n".to_owned(), [1, 0], [0, damaged]));
}

#[test]
fn notes_tell_where_the_text_stands() {
    let log = b"Feb 11 13:15:39 pc cron[1]: x\nFeb 11 13:15:39 pc postgres[8]: [1-1] LOG:  a\nFeb 11 13:15:40 other postgres[8]: [1-1] LOG:  b\nFeb 11 13:15:40 pc postgres[8]: [1-2] #011c\n";
    let (_, out) = unwrap(log, "", usize::MAX).unwrap();
    assert_eq!(out.text, b"LOG:  a\n\tc\nLOG:  b\n");
    let notes: Vec<_> = out
        .notes
        .iter()
        .map(|note| (note.byte, note.outer.line, note.process, note.host == 0))
        .collect();
    assert_eq!(notes, [(0, 1, Some(8), true), (8, 3, Some(8), true), (11, 2, Some(8), false)]);
    let bytes: Vec<u64> = out.notes.iter().map(|note| note.outer.byte).collect();
    assert_eq!(bytes, [30, 125, 76]);
}

proptest! {
    /// Whatever the bytes are: no panic, no byte without an account, no difference between pieces.
    #[test]
    fn any_bytes(
        lines in prop::collection::vec(prop_oneof![
            Just("Feb 11 13:15:39 pc postgres[8]: [3-1] LOG:  duration: 1.0 ms  statement: x"),
            Just("Feb 11 13:15:39 pc postgres[8]: [3-2] #011y#012#011z"),
            Just("Feb 11 13:15:39 pc postgres[9]: [3-3] z"),
            Just("                                w"),
            Just("{\"textPayload\":\"[1]: LOG:  x\",\"timestamp\":\"2026-02-11T13:15:40Z\"},"),
            Just("{\"textPayload\":\"\\ty\\n"),
            Just("[{\"events\":[{\"message\":\"a\""),
            Just("}]}"),
            Just("2026-02-11T13:15:39.1Z stderr P x"),
            Just("2026-02-11T13:15:39.1Z stderr F LOG:  x"),
            Just("EVENTS\t1\tLOG:  x\t1770815739000"),
            Just(""),
        ], 0..30),
        cut in 0..4000usize,
        step in 1..100usize,
        garbage in prop::collection::vec(any::<u8>(), 0..20),
        at in 0..4000usize,
    ) {
        let mut log = lines.join("\n").into_bytes();
        log.truncate(cut);
        let at = at.min(log.len());
        log.splice(at..at, garbage);
        for prefix in ["", "mysql"] {
            let Some((_, out)) = unwrap(&log, prefix, usize::MAX) else { continue };
            prop_assert_eq!(out.account.bytes, log.len() as u64);
            prop_assert!(out.account.left_out_bytes() + out.len() <= out.account.bytes);
            prop_assert!(out.notes.is_sorted_by_key(|note| note.byte));
            let (_, parts) = unwrap(&log, prefix, step).unwrap();
            prop_assert_eq!(parts.text, out.text);
            prop_assert_eq!(parts.account, out.account);
        }
    }
}
