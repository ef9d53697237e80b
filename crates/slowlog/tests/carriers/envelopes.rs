//! An envelope changes nothing: the report of a log that something has carried line by line is
//! that of the log, but for what describes the input.

use std::fmt::Write as _;

use proptest::prelude::*;
use slowlog::event::Timestamp;
use slowlog::{Analysis, Analyzer, Source};

use crate::wrap::{Files, executions, log, problems, report};

/// A line of the server's log, and the number of its message and of its part.
type Part<'a> = (u64, u64, &'a str);

/// The lines of a log by message: a line with a severity begins one.
fn parts(text: &str) -> Vec<Part<'_>> {
    let (mut message, mut part) = (0, 0);
    text.lines()
        .map(|line| {
            let continues = line.starts_with('\t') || line.contains(" DETAIL:  ");
            if !continues {
                (message, part) = (message + 1, 0);
            }
            part += 1;
            (message, part, line)
        })
        .collect()
}

/// Each message with its lines.
fn messages(text: &str) -> Vec<String> {
    let mut messages: Vec<String> = Vec::new();
    for (_, part, line) in parts(text) {
        if part == 1 {
            messages.push(line.to_owned());
        } else if let Some(last) = messages.last_mut() {
            write!(last, "\n{line}").unwrap();
        }
    }
    messages
}

fn by_line(text: &str, wrap: impl Fn(Part<'_>) -> String) -> String {
    parts(text).into_iter().map(|part| wrap(part) + "\n").collect()
}

/// Every message as an object of these members.
fn objects(text: &str, member: impl Fn(usize, &str) -> String) -> Vec<String> {
    messages(text).iter().enumerate().map(|(number, message)| member(number, message)).collect()
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Lines of syslog of a process.
fn syslog(text: &str, pid: u32) -> String {
    by_line(text, |(message, part, line)| {
        let line = line.replace('\t', "#011");
        format!("Mar  1 10:00:00 db postgres[{pid}]: [{message}-{part}] {line}")
    })
}

/// Every envelope of a log of the process 7.
fn envelopes(text: &str) -> Vec<(&'static str, String)> {
    let iso = "2026-03-01T10:00:00.123456+00:00";
    let google = |number, message: &str| {
        format!(
            "{{\"insertId\":\"{number}\",\"logName\":\"projects/p/logs/cloudsql.googleapis.com%2Fpostgres.log\",\"textPayload\":{},\"timestamp\":\"2026-03-01T{:02}:{:02}:{:02}Z\"}}",
            json(message),
            10 + number / 3600,
            number / 60 % 60,
            number % 60
        )
    };
    let event = |number, message: &str| {
        format!(
            "    {{\n      \"timestamp\": {},\n      \"message\": {}\n    }}",
            1_772_359_200_000 + number as u64,
            json(message)
        )
    };
    let mut newest_first = objects(text, google);
    newest_first.reverse();
    vec![
        ("syslog", syslog(text, 7)),
        (
            "syslog",
            by_line(text, |(message, part, line)| {
                format!("{iso} db postgres[7]: [{message}-{part}] {line}")
            }),
        ),
        (
            "syslog",
            by_line(text, |(message, part, line)| {
                format!(
                    "<134>1 {iso} db postgres 7 - - [{message}-{part}] {}",
                    line.replace('\t', "#011")
                )
            }),
        ),
        // Not parted by the server, without numbers, and as the journal prints lines.
        (
            "syslog",
            messages(text)
                .iter()
                .map(|message| {
                    format!(
                        "Mar  1 10:00:00 db postgres[7]: {}\n",
                        message.replace('\n', "#012").replace('\t', "#011")
                    )
                })
                .collect::<Vec<_>>()
                .concat(),
        ),
        ("syslog", by_line(text, |(_, _, line)| format!("Mar  1 10:00:00 db postgres[7]: {line}"))),
        (
            "syslog",
            messages(text)
                .iter()
                .map(|message| {
                    format!(
                        "Mar 01 10:00:00 db postgres[7]: {}\n",
                        message.replace('\n', &format!("\n{}", " ".repeat(32)))
                    )
                })
                .collect::<Vec<_>>()
                .concat(),
        ),
        (
            "logplex",
            by_line(text, |(message, part, line)| {
                format!("{iso} app[postgres.7]: [GREEN] [{message}-{part}] {line}")
            }),
        ),
        ("container", by_line(text, |(_, _, line)| format!("{iso} stderr F {line}"))),
        (
            "docker",
            by_line(text, |(_, _, line)| {
                format!(
                    "{{\"log\":{},\"stream\":\"stderr\",\"time\":\"{iso}\"}}",
                    json(&format!("{line}\n"))
                )
            }),
        ),
        (
            "journal_json",
            by_line(text, |(_, _, line)| {
                format!(
                    "{{\"MESSAGE\":{},\"_PID\":\"7\",\"SYSLOG_IDENTIFIER\":\"postgres\",\"__REALTIME_TIMESTAMP\":\"1772359200000000\"}}",
                    json(line)
                )
            }),
        ),
        ("google_cloud", objects(text, google).join("\n")),
        ("google_cloud", format!("[\n{}\n]\n", newest_first.join(",\n"))),
        (
            "cloudwatch",
            format!(
                "{{\n  \"events\": [\n{}\n  ],\n  \"nextToken\": \"f/1\"\n}}\n",
                objects(text, event).join(",\n")
            ),
        ),
    ]
}

/// The report without what describes the input and places in it.
fn content(analysis: &Analysis) -> String {
    let mut json: serde_json::Value = serde_json::from_str(&report(analysis)).unwrap();
    json["completeness"] = serde_json::Value::Null;
    // What a setting would cost is reckoned by the bytes of this log.
    json["visibility"]["not_visible"] = serde_json::Value::Null;
    for query in json["queries"].as_array_mut().unwrap() {
        query["sample"]["line"] = serde_json::Value::Null;
    }
    serde_json::to_string_pretty(&json).unwrap()
}

fn analyze(content: &str, block_bytes: usize) -> Analysis {
    let files = Files::new(&[("log", content.as_bytes())]);
    let analysis =
        files.analyze_with(&["log"], Analyzer::new().threads(2).block_bytes(block_bytes));
    assert_eq!(analysis.completeness.bytes, content.len() as u64);
    // What is cut may be a log of another format behind the first: an input of its own.
    let bytes: u64 = analysis.inputs.iter().map(|input| input.decompressed_bytes).sum();
    assert_eq!(bytes, content.len() as u64);
    analysis
}

fn check(text: &str, block_bytes: usize) {
    let plain = content(&analyze(text, block_bytes));
    for (number, (name, wrapped)) in envelopes(text).iter().enumerate() {
        let analysis = analyze(wrapped, block_bytes);
        let input = &analysis.inputs[0];
        assert_eq!(input.envelope, Some(*name), "{number}");
        assert_eq!(input.format, Some("postgresql_stderr"), "{number}");
        let wrong: Vec<_> = problems(&analysis);
        assert!(wrong.iter().all(|word| *word == "unfinished_line"), "{number} {name}: {wrong:?}");
        assert_eq!(content(&analysis), plain, "{number}: {name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn same_report_from_every_envelope(
        entries in 1..200u32,
        from in 0..5000u32,
        block_bytes in 1..4000usize,
    ) {
        check(&log(7, from, entries), block_bytes);
    }

    /// The parts of messages of several processes, in any order between them.
    #[test]
    fn processes_may_come_in_turn(
        turns in prop::collection::vec(0..4usize, 0..400),
        entries in 1..60u32,
        block_bytes in 1..4000usize,
    ) {
        let logs: Vec<String> = (0..4).map(|pid| log(7 + pid, 0, entries)).collect();
        let lines: Vec<String> = logs.iter().zip(7..).map(|(log, pid)| syslog(log, pid)).collect();
        let mut left: Vec<_> = lines.iter().map(|lines| lines.lines()).collect();
        let mut mixed = String::new();
        let rest = (0..4).flat_map(|process| std::iter::repeat_n(process, 200));
        for process in turns.into_iter().chain(rest) {
            if let Some(line) = left[process].next() {
                writeln!(mixed, "{line}").unwrap();
            }
        }
        let apart = logs.concat();
        let (mixed, apart) = (analyze(&mixed, block_bytes), analyze(&apart, block_bytes));
        prop_assert_eq!(mixed.digest.totals(), apart.digest.totals());
        prop_assert_eq!(mixed.digest.executed_fingerprints(), apart.digest.executed_fingerprints());
        prop_assert_eq!(problems(&mixed), [""; 0]);
    }

    /// Whatever is cut away, every byte is in an account.
    #[test]
    fn every_byte_is_accounted_for(from in 0..3000usize, len in 0..3000usize, which in 0..13usize) {
        let (_, mut wrapped) = envelopes(&log(7, 0, 20)).swap_remove(which);
        let end = (from + len).min(wrapped.len());
        if from < end && wrapped.is_char_boundary(from) && wrapped.is_char_boundary(end) {
            wrapped.replace_range(from..end, "");
            analyze(&wrapped, 500);
        }
    }
}

#[test]
fn same_report_of_a_larger_log() {
    check(&log(7, 0, 6000), 64 * 1024);
}

/// Where the text has neither stamp nor process, those of the envelope count.
#[test]
fn stamp_and_process_of_the_envelope() {
    let log = "\
        Dec 31 23:59:58 db systemd[1]: Started Session 7.\n\
        Dec 31 23:59:58 db postgres[7]: [1-1] LOG:  statement: SELECT 1\n\
        Dec 31 23:59:58 db postgres[8]: [1-1] LOG:  statement: SELECT a FROM b\n\
        Jan  1 00:00:01 db postgres[7]: [2-1] LOG:  duration: 2.000 ms\n\
        Jan  1 00:00:01 db postgres[8]: [2-1] LOG:  duration: 3.000 ms\n";
    let read_at = Timestamp::from_civil((2027, 1, 5), 0, 0, 0);
    let analyze = |analyzer: &mut Analyzer| {
        let source = Source::reader("log", std::io::Cursor::new(log));
        analyzer.analyze(vec![source]).unwrap()
    };
    let analysis = analyze(Analyzer::new().read_at(read_at));
    assert_eq!(executions(&analysis), 2);
    assert_eq!(analysis.digest.totals().unpaired_durations, 0);
    assert_eq!(problems(&analysis), ["unknown_zone"]);
    let queries: Vec<_> = analysis.digest.queries().map(|(_, query)| query.clone()).collect();
    for query in &queries {
        assert_eq!(
            query.last_seen().map(|time| time.to_string()).as_deref(),
            Some("2027-01-01T00:00:01Z")
        );
    }
    let lines: Vec<u64> =
        queries.iter().filter_map(|query| Some(query.sample.as_ref()?.line)).collect();
    assert_eq!(lines, [2, 3]);
    // Somebody knows the zone, which also tells the year.
    let berlin = slowlog::Zone::named("Europe/Berlin").unwrap();
    let analysis = analyze(Analyzer::new().read_at(read_at).zone(berlin));
    assert!(problems(&analysis).is_empty());
    let seen = analysis.digest.queries().filter_map(|(_, query)| query.last_seen()).max();
    assert_eq!(seen.map(|time| time.to_string()).as_deref(), Some("2026-12-31T23:00:01Z"));
    // Somebody knows better, or nobody knows.
    let last_seen = |analysis: &Analysis| {
        analysis
            .digest
            .queries()
            .filter_map(|(_, query)| query.last_seen())
            .max()
            .map(|time| time.civil().0)
    };
    assert_eq!(last_seen(&analyze(Analyzer::new().read_at(read_at).first_year(2019))), Some(2020));
    assert_eq!(last_seen(&analyze(&mut Analyzer::new())), None);
}

/// The first file ends where the second begins: one stream, though only the envelope has stamps.
#[test]
fn files_in_an_envelope_are_one_stream() {
    let line = |second: u32, rest: &str| {
        format!("2026-03-01T10:00:{second:02}+00:00 db postgres[7]: {rest}\n")
    };
    let first = line(1, "[1-1] LOG:  duration: 1.000 ms  statement: SELECT 1")
        + &line(2, "[2-1] LOG:  statement: SELECT 2");
    let second = line(3, "[3-1] LOG:  duration: 2.000 ms")
        + &line(4, "[4-1] LOG:  duration: 1.000 ms  statement: SELECT 1");
    let files = Files::new(&[("b", first.as_bytes()), ("a", second.as_bytes())]);
    let analysis = files.analyze(&["a", "b"]);
    assert_eq!(executions(&analysis), 3);
    assert_eq!(analysis.inputs[0].stream, analysis.inputs[1].stream);
}

/// A message whose parts stand in two files goes on in the second, if nothing came between them and it
/// is the one that the first has ended with.
#[test]
fn a_message_in_two_files_is_one() {
    let line = |second: u32, pid: u32, rest: &str| {
        format!("2026-03-01T10:00:{second:02}+00:00 db postgres[{pid}]: {rest}\n")
    };
    let begin = |pid: u32| line(1, pid, "[1-1] LOG:  duration: 1.000 ms  statement: SELECT a");
    let rest = |number: u32, part: u32| line(2, 7, &format!("[{number}-{part}] #011  FROM t"));
    let last = line(3, 7, "[2-1] LOG:  duration: 1.000 ms  statement: SELECT c");
    for (first, second, expected, wrong) in [
        (begin(7), rest(1, 2) + &last, "select a from t", vec![]),
        (
            begin(7),
            rest(1, 2) + &rest(1, 3).replace("FROM", ",") + &last,
            "select a from t, t",
            vec![],
        ),
        (begin(8) + &begin(7), rest(1, 2) + &last, "select a from t", vec![]),
        (begin(7) + &begin(8), rest(1, 2) + &last, "select a", vec!["cut_entry"]),
        (begin(7), rest(1, 3) + &last, "select a", vec!["cut_entry"]),
        (
            begin(7),
            line(2, 8, "[1-1] LOG:  duration: 1.000 ms  statement: SELECT a") + &rest(1, 2) + &last,
            "select a",
            vec!["cut_entry"],
        ),
    ] {
        let files = Files::new(&[("a", first.as_bytes()), ("b", second.as_bytes())]);
        let analysis = files.analyze(&["a", "b"]);
        assert_eq!(analysis.inputs[0].stream, analysis.inputs[1].stream);
        let texts: Vec<_> = analysis
            .digest
            .queries()
            .map(|(query, _)| String::from_utf8_lossy(&query.text).into_owned())
            .collect();
        assert!(texts.iter().any(|text| text == expected), "{first}{second}: {texts:?}");
        let problems: Vec<_> = analysis.inputs[1].problems.iter().map(|p| p.kind.word()).collect();
        assert_eq!(problems, wrong, "{first}{second}");
    }
}

#[test]
fn lost_parts_are_told() {
    let log = "\
        Mar  1 10:00:00 db postgres[7]: [1-1] 2026-03-01 10:00:00 UTC [7] LOG:  duration: 2.000 ms  statement: SELECT 1\n\
        Mar  1 10:00:00 db postgres[7]: [1-3] #011FROM t\n\
        no line of syslog\n\
        Mar  1 10:00:00 db postgres[7]: [2-1] 2026-03-01 10:00:00 UTC [7] LOG:  duration: 2.000 ms  statement: SELECT 1\n";
    let analysis = analyze(log, 1000);
    assert_eq!(problems(&analysis), ["foreign_lines", "lost_messages"]);
    let lines: Vec<_> = analysis.inputs[0]
        .problems
        .iter()
        .filter_map(|problem| Some(problem.first?.line))
        .collect();
    assert_eq!(lines, [3, 2]);
    assert!(!analysis.is_complete(false));
    assert_eq!(executions(&analysis), 2);
}

/// The slow log of MySQL, as clouds export it.
#[test]
fn slow_log_of_mysql() {
    let entry = |id: u32| {
        format!(
            "# Time: 2026-03-01T10:00:{id:02}.000001Z\n# User@Host: app[app] @ web [10.0.0.5]  Id: {id}\n# Query_time: 1.500000  Lock_time: 0.000084 Rows_sent: 1  Rows_examined: 2000\nSET timestamp=1772359198;\nSELECT a\nFROM b WHERE c = {id};\n"
        )
    };
    let entries: Vec<String> = (0..20).map(entry).collect();
    let plain = content(&analyze(&entries.concat(), 1000));
    let cloudwatch: Vec<String> = entries
        .iter()
        .map(|entry| {
            format!("{{\"timestamp\":1772359200000,\"message\":{}}}", json(entry.trim_end()))
        })
        .collect();
    let google: Vec<String> = entries.iter().zip(10..).map(|(entry, second)| format!("{{\"logName\":\"projects/p/logs/cloudsql.googleapis.com%2Fmysql-slow.log\",\"textPayload\":{},\"timestamp\":\"2026-03-01T10:00:{second}Z\"}}\n", json(entry.trim_end()))).collect();
    let before_each = |head: &str| format!("{head}{}", entries.join(head));
    for (name, wrapped) in [
        ("cloudwatch", format!("{{\"events\":[{}]}}", cloudwatch.join(","))),
        ("google_cloud", google.concat()),
        ("cloudwatch", before_each("2026-03-01T10:00:00.000Z ")),
        ("cloudwatch", before_each("2026-03-01T10:00:00+00:00 db.0 ")),
    ] {
        let analysis = analyze(&wrapped, 1000);
        let input = &analysis.inputs[0];
        assert_eq!((input.format, input.envelope), (Some("mysql_slow"), Some(name)), "{wrapped}");
        assert_eq!(content(&analysis), plain, "{name}");
    }
}

#[test]
fn logs_of_other_programs_are_refused() {
    let analysis = analyze(
        "'2020-03-07T16:09:43Z UTC [ db=dev user=rdsdb pid=16929 userid=1 xid=7382 ]' LOG: SELECT 1\n",
        1000,
    );
    assert_eq!(problems(&analysis), ["unsupported"]);
    assert!(!analysis.is_analysable());
}
