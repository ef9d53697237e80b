//! What a log says beside executions: locks, errors, temporary files, connections, the server's own
//! work, and lines that are missing.

use serde_json::{Value, json};
use slowlog::{Analyzer, Source};
use slowlog_report::{Report, Settings, render_json};

/// The JSON report of logs, each of which has `HEAD` before its entries: `@` in the text, with the
/// process behind it.
fn report(logs: &[&str]) -> Value {
    let mut sources = Vec::new();
    for (number, log) in logs.iter().enumerate() {
        let lines = log.lines().enumerate().map(|(second, line)| {
            let stamp =
                format!("2026-03-01 1{number}:{:02}:{:02}.123 UTC [", second / 60, second % 60);
            format!("{}\n", line.replace('@', &stamp))
        });
        let text: String = lines.collect();
        sources.push(Source::reader(number.to_string(), std::io::Cursor::new(text)));
    }
    let analysis = Analyzer::new().analyze(sources).unwrap();
    assert_eq!(analysis.completeness.unrecognised_bytes, 0);
    let settings = Settings { complete: analysis.is_complete(false), ..Settings::default() };
    let report = Report::new(&analysis.digest, &analysis.inputs, &analysis.completeness, settings);
    let mut json = Vec::new();
    render_json(&report, &mut json).unwrap();
    serde_json::from_slice(&json).unwrap()
}

const UPDATE: &str = "UPDATE t SET a = 1 WHERE id = 2";

#[test]
fn a_wait_counts_once() {
    let log = format!(
        "@7] LOG:  process 7 still waiting for ShareLock on transaction 731 after 200.000 ms\n\
         @7] STATEMENT:  {UPDATE}\n\
         @7] LOG:  process 7 acquired ShareLock on transaction 731 after 1090.000 ms\n\
         @7] STATEMENT:  {UPDATE}\n\
         @7] LOG:  duration: 1100.000 ms  statement: {UPDATE}\n\
         @8] LOG:  process 8 still waiting for AccessExclusiveLock on relation 1 of database 2 after 200.000 ms\n\
         @8] STATEMENT:  LOCK t\n\
         @8] LOG:  process 8 failed to acquire AccessExclusiveLock on relation 1 of database 2 after 300.000 ms\n\
         @8] STATEMENT:  LOCK t\n\
         @9] LOG:  process 9 detected deadlock while waiting for ShareLock on transaction 8 after 200.000 ms\n\
         @9] STATEMENT:  {UPDATE}\n\
         @9] ERROR:  deadlock detected\n\
         @9] STATEMENT:  {UPDATE}\n"
    );
    let report = report(&[&log]);
    let totals = &report["totals"];
    assert_eq!(
        [&totals["lock_waits"], &totals["lock_wait_us"], &totals["deadlocks"]],
        [&json!(2), &json!(1_090_000), &json!(1)],
        "what a deadlock ends is counted as that"
    );
    let query = &report["queries"][0]["id"];
    let locks = report["locks"].as_array().unwrap();
    assert_eq!(locks.len(), 2);
    assert_eq!(
        locks[0],
        json!({
            "query": query, "lock": "ShareLock on transaction", "waits": 1,
            "waited_us": 1_090_000, "max_us": 1_090_000
        })
    );
    assert_eq!(locks[1]["lock"], "AccessExclusiveLock on relation");
    let states = &report["errors_by_state"];
    assert_eq!(
        states,
        &json!([{"state": "40P01", "count": 1, "queries": [query], "text": report["queries"][0]["text"]}])
    );
}

#[test]
fn errors_have_the_states_of_their_texts() {
    let report = report(&["@7] ERROR:  division by zero\n\
        @7] STATEMENT:  SELECT 1/0\n\
        @7] ERROR:  division by zero\n\
        @7] STATEMENT:  SELECT 2/0\n\
        @7] ERROR:  words of a function\n\
        @7] CONTEXT:  PL/pgSQL function f() line 1 at RAISE\n\
        @7] STATEMENT:  SELECT f()\n\
        @8] FATAL:  sorry, too many clients already\n"]);
    let states = report["errors_by_state"].as_array().unwrap();
    let counts: Vec<_> = states.iter().map(|state| (&state["state"], &state["count"])).collect();
    assert_eq!(counts, [(&json!("22012"), &json!(2)), (&json!("53300"), &json!(1))]);
    assert_eq!(states[0]["text"], "select ? / ?");
    assert_eq!(
        (&report["totals"]["errors"], &report["totals"]["fatal_errors"]),
        (&json!(3), &json!(1))
    );
}

#[test]
fn temporary_files_belong_to_queries() {
    let report = report(&["@7] LOG:  temporary file: path \"base/x.0\", size 1000\n\
        @7] STATEMENT:  SELECT a FROM t ORDER BY a\n\
        @7] LOG:  temporary file: path \"base/x.1\", size 3000\n\
        @7] STATEMENT:  SELECT a FROM t ORDER BY a\n\
        @7] LOG:  duration: 5.000 ms  statement: SELECT a FROM t ORDER BY a\n\
        @8] LOG:  temporary file: path \"base/y.0\", size 9\n"]);
    let query = &report["queries"][0]["id"];
    assert_eq!(
        report["temp_files_by_query"],
        json!([{"query": query, "files": 2, "bytes": 4000, "max_bytes": 3000}])
    );
    assert_eq!(
        (&report["totals"]["temp_files"], &report["totals"]["temp_bytes"]),
        (&json!(3), &json!(4009))
    );
}

#[test]
fn connections_and_the_work_of_the_server() {
    let report = report(&[
        "@1] LOG:  starting PostgreSQL 15.4 (Debian 15.4-1) on x86_64, 64-bit\n\
        @1] LOG:  database system is ready to accept connections\n\
        @7] LOG:  connection received: host=[local]\n\
        @8] LOG:  connection received: host=[local]\n\
        @8] FATAL:  password authentication failed for user \"x\"\n\
        @7] LOG:  duration: 5.000 ms  statement: SELECT 1\n\
        @9] LOG:  connection received: host=[local]\n\
        @7] LOG:  disconnection: session time: 0:00:04.000 user=u database=d host=[local]\n\
        @2] LOG:  checkpoint starting: wal\n\
        @2] LOG:  checkpoint complete: wrote 1 buffers (0.0%); write=1.500 s, sync=0.001 s, total=2.000 s\n\
        @3] LOG:  automatic vacuum of table \"d.public.t\": index scans: 0\n\
        @9] LOG:  checkpoint complete: forged; total=99.000 s\n\
        @9] STATEMENT:  DO 1\n",
    ]);
    assert_eq!(report["servers"], json!(["15.4"]));
    let totals = &report["totals"];
    assert_eq!(
        (&totals["connections"], &totals["disconnections"], &totals["session_us"]),
        (&json!(3), &json!(1), &json!(4_000_000))
    );
    assert!(totals["peak_connections"].as_u64().unwrap() >= 2, "{totals}");
    let done: Vec<_> = report["maintenance"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| (kind["kind"].as_str().unwrap(), &kind["count"], &kind["duration_us"]))
        .collect();
    assert_eq!(
        done,
        [
            ("checkpoint", &json!(1), &json!(2_000_000)),
            ("checkpoint_requested", &json!(1), &Value::Null),
            ("autovacuum", &json!(1), &Value::Null),
            ("start", &json!(1), &Value::Null),
        ]
    );
}

/// Lines that are missing, of logs whose prefix has `%l`.
fn lost(logs: &[&str]) -> Value {
    let report = report(logs);
    assert_eq!(report["completeness"]["complete"], true);
    report["completeness"]["notes"].get(0).cloned().unwrap_or_default()
}

#[test]
fn numbers_of_lines_tell_what_is_missing() {
    let entry = |pid: u32, line: u32| {
        format!("@{pid}]: [{line}-1] LOG:  duration: 1.000 ms  statement: SELECT {line}\n")
    };
    let other = |pid: u32, line: u32, label: &str| format!("@{pid}]: [{line}-1] {label}:  text\n");
    let missing = "2 lines missing, by the numbers of entries";
    for (what, logs, note) in [
        (
            "all there",
            vec![[entry(7, 1), entry(7, 2), entry(8, 1), entry(7, 3)].concat()],
            Value::Null,
        ),
        (
            "parts have numbers",
            vec![[entry(7, 1), other(7, 2, "DETAIL"), other(7, 3, "HINT"), entry(7, 4)].concat()],
            Value::Null,
        ),
        (
            "entries of no use",
            vec![[entry(7, 1), other(7, 2, "WARNING"), other(7, 3, "HINT"), entry(7, 4)].concat()],
            Value::Null,
        ),
        ("begun before the log", vec![[entry(7, 90), entry(7, 91)].concat()], Value::Null),
        (
            "a process id again",
            vec![[entry(7, 90), entry(7, 1), entry(7, 2)].concat()],
            Value::Null,
        ),
        (
            "parts behind another session",
            vec![[entry(7, 1), entry(8, 1), other(7, 2, "DETAIL"), entry(7, 3)].concat()],
            Value::Null,
        ),
        (
            "a gap",
            vec![[entry(7, 1), entry(8, 1), entry(7, 4), entry(8, 2)].concat()],
            json!(missing),
        ),
        (
            "a gap before an error",
            vec![[entry(7, 1), other(7, 4, "ERROR"), entry(7, 5)].concat()],
            json!(missing),
        ),
        (
            "rotated",
            vec![[entry(7, 1), entry(7, 2)].concat(), [entry(7, 3), entry(7, 4)].concat()],
            Value::Null,
        ),
        (
            "out of order",
            vec![[entry(7, 1), entry(7, 5), entry(7, 3), entry(7, 6)].concat()],
            Value::Null,
        ),
    ] {
        let logs: Vec<&str> = logs.iter().map(String::as_str).collect();
        assert_eq!(lost(&logs), note, "{what}");
    }
}

/// T04: the hour that daylight saving repeats, with zones that tell which is which, and a clock
/// that was set back. Nothing is dropped.
#[test]
fn clocks_go_back() {
    let log = |stamps: [&str; 3]| {
        let entry =
            |stamp: &str| format!("{stamp} [7] LOG:  duration: 1.000 ms  statement: SELECT 1\n");
        stamps.map(entry).concat()
    };
    for (stamps, back) in [
        (
            [
                "2026-10-25 02:59:59.000 CEST",
                "2026-10-25 02:00:00.000 CET",
                "2026-10-25 02:30:00.000 CET",
            ],
            None,
        ),
        (
            [
                "2026-10-25 02:59:59.000 UTC",
                "2026-10-25 01:59:59.000 UTC",
                "2026-10-25 02:00:00.000 UTC",
            ],
            Some("stamps go back by up to 3600 s"),
        ),
        (
            [
                "2026-10-25 02:59:59.500 UTC",
                "2026-10-25 02:59:59.400 UTC",
                "2026-10-25 03:00:00.000 UTC",
            ],
            None,
        ),
    ] {
        let text = std::io::Cursor::new(log(stamps));
        let analysis = Analyzer::new().analyze(vec![Source::reader("pg.log", text)]).unwrap();
        assert_eq!(analysis.digest.totals().executions, 3, "{stamps:?}");
        let problems = &analysis.inputs[0].problems;
        assert_eq!(problems.first().map(|problem| problem.detail.as_str()), back, "{stamps:?}");
        assert!(analysis.is_complete(true));
    }
}

/// T05 and T06: entries of MySQL without a stamp or a schema of their own.
#[test]
fn what_mysql_leaves_out() {
    let entry = |head: &str, number: u32| {
        format!(
            "{head}# User@Host: a[a] @ b []  Id: 1\n# Query_time: 0.5  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 1\nSELECT {number};\n"
        )
    };
    let log =
        [entry("", 1), entry("# Time: 2026-03-01T10:00:00.000000Z\n", 2), entry("", 3)].concat();
    let analysis = Analyzer::new()
        .analyze(vec![Source::reader("slow.log", std::io::Cursor::new(log))])
        .unwrap();
    let totals = analysis.digest.totals();
    assert_eq!((totals.executions, totals.duration_us), (3, 1_500_000));
    let (from, to) = totals.period.unwrap();
    assert_eq!(to.0 - from.0, 500_000, "the first has no stamp, the third that of the second");
    let databases = analysis.digest.actors.totals(slowlog::digest::NameKind::Database);
    assert!(databases.is_empty(), "a schema is never guessed");
}

/// The one-second stamps of MariaDB are those of the end of a statement, since February 2024 those
/// of its start, and `SET timestamp` of MySQL is the start since 8.0.14.
#[test]
fn stamps_of_starts_and_of_ends() {
    let mariadb = |version: &str, day: &str, seconds: i64| {
        let opened = format!(
            "/usr/sbin/mariadbd, Version: {version} (Debian). started with:\nTcp port: 3306  Unix socket: /s\nTime\t\t    Id Command\tArgument\n"
        );
        let opened = if version.is_empty() { "" } else { opened.as_str() };
        format!(
            "{opened}# Time: {day} 10:00:00\n# User@Host: a[a] @ b []\n# Thread_id: 7  Schema: s  QC_hit: No\n\
             # Query_time: 90.000000  Lock_time: 0.000000  Rows_sent: 1  Rows_examined: 0\n\
             # Rows_affected: 0  Bytes_sent: 11\nSET timestamp={seconds};\nSELECT 1;\n"
        )
    };
    let (old, new) = (1_700_000_000, 1_772_359_200);
    for (log, stamp, is_start) in [
        (mariadb("10.11.6-MariaDB", "260301", new), new, false),
        (mariadb("10.11.7-MariaDB-log", "260301", new), new, true),
        (mariadb("11.8.2-MariaDB", "260301", new), new, true),
        (mariadb("", "231114", old), old, false),
        (mariadb("", "260301", new), new, true),
        (
            "/usr/sbin/mysqld, Version: 8.0.36 (MySQL). started with:\nTcp port: 3306  Unix socket: /s\nTime                 Id Command    Argument\n\
             # Query_time: 90.000000  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 0\nSET timestamp=1772359200;\nSELECT 1;\n"
                .to_owned(),
            new,
            true,
        ),
        (
            "# Time: 2026-03-01T10:00:00.000000Z\n# Query_time: 90.000000  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 0\n\
             SET timestamp=1772359110;\nSELECT 1;\n"
                .to_owned(),
            new,
            false,
        ),
    ] {
        let text = std::io::Cursor::new(log.clone());
        let analysis = Analyzer::new().analyze(vec![Source::reader("slow.log", text)]).unwrap();
        let (from, to) = analysis.digest.totals().period.unwrap();
        let start = if is_start { stamp } else { stamp - 90 };
        assert_eq!((from.0, to.0), (start * 1_000_000, (start + 90) * 1_000_000), "{log}");
    }
}

/// What a server recorded: the statement after a long one is stamped when that had ended, and files
/// that a long statement has begun in are still one stream.
#[test]
fn a_recorded_statement_begins_at_its_stamp() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/mysql/stamps.log");
    let log = std::fs::read_to_string(path).unwrap();
    let analysis = Analyzer::new()
        .analyze(vec![Source::reader("slow.log", std::io::Cursor::new(log))])
        .unwrap();
    let (from, to) = analysis.digest.totals().period.unwrap();
    assert_eq!(from.0, 1_795_974_094_000_000, "the first statement began when its stamp says");
    assert!((2_200_000..4_000_000).contains(&(to.0 - from.0)), "{from} {to}");
}

/// T11: what was cut by its marks, or ends inside a literal, is marked; what is whole is not.
#[test]
fn statements_that_were_cut_are_marked() {
    let report = report(&[
        "@7] LOG:  duration: 9.000 ms  statement: SELECT a FROM t WHERE b = 'x' AND c = 'y\n\
        @7] LOG:  duration: 8.000 ms  statement: SELECT a FROM t WHERE b IN (1, 2, ...\n\
        @7] LOG:  duration: 7.000 ms  statement: SELECT a FROM t WHERE b = 'x'\n\
        @8] LOG:  statement: UPDATE t SET a = 'z\n\
        @8] LOG:  duration: 6.000 ms\n",
    ]);
    let queries = report["queries"].as_array().unwrap();
    let marks: Vec<_> = queries
        .iter()
        .map(|query| (query["text"].as_str().unwrap(), &query["sample"]["truncated"]))
        .collect();
    assert_eq!(
        marks,
        [
            ("select a from t where b = ? and c = ?", &json!(true)),
            ("select a from t where b in (?) …", &json!(true)),
            ("select a from t where b = ?", &Value::Null),
            ("update t set a = ?", &json!(true)),
        ]
    );
}

/// The entry of a number.
type Lines<'a> = &'a dyn Fn(u32) -> String;

/// T02: logs of several formats in one file, one behind the other, are read each by its own format, with
/// the places of the file. Where they take turns line by line, what is not read is told.
#[test]
fn several_formats_in_one_file() {
    let second = |number: u32| format!("{:02}:{:02}", 10 + number / 60, number % 60);
    let stderr = |number: u32| {
        format!(
            "2026-03-01 10:{}.123 UTC [7] LOG:  duration: 1.000 ms  statement: SELECT a\n",
            second(number)
        )
    };
    let csv = |number: u32| {
        format!(
            "2026-03-01 11:{}.123 UTC,\"u\",\"d\",7,\"[local]\",69a40f20.7,3,\"SELECT\",2026-03-01 09:59:00 UTC,3/0,0,LOG,00000,\"duration: 1.000 ms  statement: SELECT b\nFROM t\",,,,,,,,,\"psql\",\"client backend\",,0\n",
            second(number)
        )
    };
    let json = |number: u32| {
        format!(
            "{{\"timestamp\":\"2026-03-01 12:{}.123 UTC\",\"pid\":7,\"session_id\":\"69a40f20.7\",\"line_num\":5,\"error_severity\":\"LOG\",\"message\":\"duration: 1.000 ms  statement: SELECT c\"}}\n",
            second(number)
        )
    };
    let slow = |number: u32| {
        format!(
            "# Time: 2026-03-01T13:{}.000000Z\n# User@Host: a[a] @ b []  Id: 1\n# Query_time: 0.001000  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 1\nSET timestamp=1772370000;\nSELECT d,\n'x';\n",
            second(number)
        )
    };
    let syslog = |number: u32| {
        format!(
            "2026-03-01T14:{}.123456+00:00 db postgres[7]: [{number}-1] LOG:  duration: 1.000 ms  statement: SELECT e\n",
            second(number)
        )
    };
    let (stderr, csv, json, slow, syslog): (Lines<'_>, Lines<'_>, Lines<'_>, Lines<'_>, Lines<'_>) =
        (&stderr, &csv, &json, &slow, &syslog);
    let named = [
        ("postgresql_stderr", stderr),
        ("postgresql_csv", csv),
        ("postgresql_json", json),
        ("mysql_slow", slow),
        ("postgresql_stderr", syslog),
    ];
    for orders in [
        &[(0, 40), (1, 4)][..],
        &[(0, 4), (1, 40)],
        &[(1, 5), (0, 5)],
        &[(0, 5), (2, 5)],
        &[(2, 5), (0, 5)],
        &[(3, 5), (0, 5)],
        &[(0, 5), (3, 5)],
        &[(4, 5), (0, 5)],
        &[(0, 5), (4, 5)],
        &[(1, 5), (2, 5), (0, 5), (3, 5)],
        &[(0, 2000), (1, 1500), (2, 3)],
        &[(3, 2900), (0, 2900)],
        &[(4, 2900), (1, 2900)],
    ] {
        let mut log = String::new();
        let mut expected = Vec::new();
        for (which, entries) in orders {
            let (name, entry) = named[*which];
            let begins = log.len() as u64;
            let line = log.lines().count() as u64 + 1;
            log.extend((0..*entries).map(entry));
            expected.push((name, line, u64::from(*entries), log.len() as u64 - begins));
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("all.log");
        std::fs::write(&path, &log).unwrap();
        let mut sources = vec![Source::file(&path)];
        if log.len() < 100_000 {
            sources.push(Source::reader("pipe", std::io::Cursor::new(log.clone())));
        }
        for source in sources {
            let analysis = Analyzer::new().analyze(vec![source]).unwrap();
            let found: Vec<_> = analysis
                .inputs
                .iter()
                .map(|input| {
                    let change = input
                        .problems
                        .iter()
                        .find(|problem| problem.kind == slowlog::digest::ProblemKind::FormatChange);
                    let line = change.and_then(|change| change.first).map_or(1, |place| place.line);
                    (input.format.unwrap(), line, input.executions, input.decompressed_bytes)
                })
                .collect();
            assert_eq!(found, expected, "{orders:?}");
            assert!(analysis.is_complete(true), "{orders:?}");
            assert_eq!(analysis.completeness.bytes, log.len() as u64);
            // Lines are those of the file.
            for (_, query) in analysis.digest.queries() {
                let sample = query.sample.as_ref().unwrap();
                let line = log.lines().nth(sample.line as usize - 1).unwrap();
                assert!(line.contains("2026-03-01"), "{line}");
            }
        }
    }
    let log: String = (0..40).map(|number| stderr(number) + &csv(number)).collect();
    let analysis = Analyzer::new()
        .analyze(vec![Source::reader("pg.log", std::io::Cursor::new(log.clone()))])
        .unwrap();
    // The last one has nothing behind it.
    assert_eq!(analysis.digest.totals().executions, 41);
    assert!(analysis.completeness.unrecognised_bytes > log.len() as u64 / 4);
    assert!(!analysis.is_complete(false));
}
