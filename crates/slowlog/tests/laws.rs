//! Laws that hold for any log: the result depends neither on threads, nor on blocks, nor on how
//! the log was cut into files; and every byte is accounted for.

use proptest::prelude::*;
use slowlog::digest::{InputSummary, NameKind, Selection};
use slowlog::event::Timestamp;
use slowlog::normalize::{BurstSettings, StatementKind};
use slowlog::{Analysis, Analyzer, Literals, Source};

/// Everything of an analysis but the names of inputs and positions in them, as text.
fn digest_text(analysis: &Analysis) -> String {
    let digest = &analysis.digest;
    let mut queries: Vec<String> = digest
        .queries()
        .map(|(fingerprint, query)| {
            let mut query = query.clone();
            if let Some(sample) = &mut query.sample {
                (sample.input, sample.line) = (0, 0);
            }
            let names = query.names(&digest.actors);
            format!(
                "{} {:?} {:?} {:?} {} {} {} {:?} {:?} {:?} {names:?} {:?}",
                fingerprint.id,
                String::from_utf8_lossy(&fingerprint.text),
                fingerprint.shape,
                query.sample,
                query.executions,
                query.duration_us,
                query.besides().errors,
                query.first_seen(),
                query.blocks.blocks(),
                query.blocks.histogram(),
                query.figures(),
            )
        })
        .collect();
    queries.sort();
    let timeline: Vec<_> = digest.timeline().buckets().collect();
    let totals = |kind| digest.actors.totals(kind);
    let actors = [NameKind::User, NameKind::Database, NameKind::Client].map(totals);
    format!(
        "{actors:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{timeline:?}\n{queries:#?}",
        digest.totals(),
        analysis.completeness,
        digest.errors_by_code(),
        digest.visibility(),
    )
}

/// The first line in which two texts differ.
fn difference(a: &str, b: &str) -> Option<String> {
    a.lines().zip(b.lines()).find(|(a, b)| a != b).map(|(a, b)| format!("{a}\n{b}"))
}

fn sources(parts: &[impl AsRef<[u8]>]) -> Vec<Source> {
    parts
        .iter()
        .enumerate()
        .map(|(number, part)| {
            Source::reader(format!("part {number}"), std::io::Cursor::new(part.as_ref().to_vec()))
        })
        .collect()
}

fn analyzer(threads: usize, block_bytes: usize) -> Analyzer {
    let bursts = BurstSettings { min_burst: 3, list: true };
    let mut analyzer = Analyzer::new();
    analyzer.threads(threads).block_bytes(block_bytes).bursts(bursts);
    analyzer
}

fn analyze(parts: &[impl AsRef<[u8]>], threads: usize, block_bytes: usize) -> Analysis {
    analyzer(threads, block_bytes).analyze(sources(parts)).unwrap()
}

/// What can be asked for of the logs below.
fn selection() -> impl Strategy<Value = Selection> {
    let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let time = |seconds: i64| Some(Timestamp((1_772_359_200 + seconds) * 1_000_000));
    prop_oneof![
        Just(Selection::default()),
        Just(Selection { min_duration_us: Some(50_000), ..Selection::default() }),
        Just(Selection { kinds: vec![StatementKind::Select], ..Selection::default() }),
        Just(Selection { include: list(&["from t"]), ..Selection::default() }),
        Just(Selection { exclude: list(&["x", "from u"]), ..Selection::default() }),
        Just(Selection { since: time(20), until: time(50), ..Selection::default() }),
        Just(Selection { databases: list(&["db", "!xyz"]), ..Selection::default() }),
    ]
}

/// Counts, times and fingerprints. What was left out is missing by its number, and what tells the
/// state of an error that has none is its text.
fn figures(analysis: &Analysis, literals: Literals) -> String {
    let digest = &analysis.digest;
    let mut queries: Vec<String> = digest
        .queries()
        .map(|(fingerprint, query)| {
            let names = query.names(&digest.actors);
            format!(
                "{} {:?} {} {} {} {:?} {:?} {:?} {:?} {names:?}",
                fingerprint.id,
                String::from_utf8_lossy(&fingerprint.text),
                query.executions,
                query.duration_us,
                query.besides().errors,
                query.first_seen(),
                query.last_seen(),
                query.blocks.histogram(),
                query.figures(),
            )
        })
        .collect();
    queries.sort();
    let mut totals = digest.totals().clone();
    totals.lost_lines = 0;
    let codes = (literals == Literals::Raw).then(|| digest.errors_by_code());
    format!("{totals:#?}\n{codes:?}\n{queries:#?}")
}

/// The log of each format.
fn any_log() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => rewritable_log(),
        1 => rows(csv_row, ""),
        1 => rows(tsv_row, ""),
        1 => rows(dump_row, "INSERT INTO `slow_log` VALUES "),
        1 => general_log()
    ]
}

/// The log of each format in which a log is written again.
fn rewritable_log() -> impl Strategy<Value = String> {
    prop_oneof![log(), columns_log(csv_line), columns_log(json_line), slow_log()]
}

/// The columns of an entry: stamp, user, process, session, line, message, detail, statement.
type Columns<'a> = [&'a str; 8];

fn csv_line(
    [stamp, user, process, session, line, message, detail, statement]: Columns<'_>,
) -> String {
    let quoted = |text: &str| match text {
        "" => String::new(),
        _ => format!("\"{}\"", text.replace('"', "\"\"")),
    };
    let severity = if statement.is_empty() { "LOG,00000" } else { "ERROR,22012" };
    format!(
        "{stamp},{},\"db\",{process},\"[local]\",{session},{line},\"SELECT\",{stamp},3/0,0,{severity},{},{},,,,,{},,,\"app\",\"client backend\",,0\n",
        quoted(user),
        quoted(message),
        quoted(detail),
        quoted(statement)
    )
}

fn json_line(
    [stamp, user, process, session, line, message, detail, statement]: Columns<'_>,
) -> String {
    let value = |key: &str, text: &str| match text {
        "" => String::new(),
        _ => format!("\"{key}\":{},", serde_json::Value::from(text)),
    };
    let severity = if statement.is_empty() { "LOG" } else { "ERROR" };
    format!(
        "{{{}{}\"pid\":{process},{}\"line_num\":{line},\"ps\":\"SELECT\",\"error_severity\":\"{severity}\",{}{}{}\"query_id\":0}}\n",
        value("timestamp", stamp),
        value("user", user),
        value("session_id", session),
        value("message", message),
        value("detail", detail),
        value("statement", statement)
    )
}

/// A log whose entries are columns, as a format writes them.
fn columns_log(line: fn(Columns<'_>) -> String) -> impl Strategy<Value = String> {
    let entry = (0..7u8, 1..5u32, 0..100_000u32, "[a-z]{1,3}", 0..200usize);
    prop::collection::vec(entry, 20..120).prop_map(move |entries| {
        let mut log = String::new();
        for (number, (kind, pid, micros, word, len)) in entries.into_iter().enumerate() {
            let stamp =
                format!("2026-03-01 10:{:02}:{:02}.{:03} UTC", number / 60, number % 60, micros % 1000);
            let millis = format!("{}.{:03}", micros / 1000, micros % 1000);
            let filler = "x\" \n".repeat(len / 4);
            let (message, detail, statement) = match kind {
                0 => (format!("duration: {millis} ms  statement: SELECT {word}, '{filler}'\n\tFROM \"t\""), String::new(), String::new()),
                1 => (format!("statement: SELECT {word} FROM u WHERE a = {micros}"), String::new(), String::new()),
                2 => (format!("duration: {millis} ms"), String::new(), String::new()),
                3 => (format!("duration: {millis} ms  execute <unnamed>: SELECT $1 FROM {word}"), format!("parameters: $1 = '{filler}'"), String::new()),
                4 => ("division by zero".to_owned(), String::new(), format!("SELECT\n{micros}/0")),
                5 => {
                    log.extend(["foreign ", &"y".repeat(len), "\n"]);
                    continue;
                }
                _ => (format!("duration: {millis} ms  plan:\nQuery Text: SELECT {word}\nResult  (cost=0.00..0.01 rows=1 width=4)"), String::new(), String::new()),
            };
            log.push_str(&line([
                &stamp, &word, &pid.to_string(), &format!("69a40f20.{pid:x}"), &number.to_string(),
                &message, &detail, &statement,
            ]));
        }
        log
    })
}

/// A log of several sessions: durations with and apart from their statements, parameters, errors,
/// long statements, foreign lines, literals that look like entries, loops of queries.
fn log() -> impl Strategy<Value = String> {
    let entry = (0..10u8, 1..5u32, 0..100_000u32, "[a-z]{1,3}", 0..200usize);
    prop::collection::vec(entry, 20..120).prop_map(|entries| {
        let mut log = String::new();
        for (number, (kind, pid, micros, word, len)) in entries.into_iter().enumerate() {
            let head = format!(
                "2026-03-01 10:{:02}:{:02}.{:03} UTC [{pid}] {word}@db ",
                number / 60, number % 60, micros % 1000
            );
            let millis = format!("{}.{:03}", micros / 1000, micros % 1000);
            let filler = "x".repeat(len);
            let lines = match kind {
                0 => format!("{head}LOG:  duration: {millis} ms  statement: SELECT {word}, '{filler}'\n\tFROM t\n"),
                1 => format!("{head}LOG:  statement: SELECT {word} FROM u WHERE a = {micros}\n"),
                2 => format!("{head}LOG:  duration: {millis} ms\n"),
                3 => format!(
                    "{head}LOG:  duration: {millis} ms  execute <unnamed>: SELECT $1 FROM {word}\n\
                     {head}DETAIL:  parameters: $1 = '{filler}'\n"
                ),
                4 => format!("{head}ERROR:  division by zero\n{head}STATEMENT:  SELECT {micros}/0\n"),
                5 => format!("foreign {filler}\n"),
                6 => format!("{head}LOG:  duration: {millis} ms  statement: SELECT '\n\t{head}LOG:  duration: 1.000 ms  statement: x'\n"),
                8 => {
                    let row = |row| format!("{head}LOG:  duration: 0.1 ms  statement: SELECT * FROM b WHERE id = {}\n", micros + row);
                    let rows: Vec<String> = (0..len as u32 % 12).map(row).collect();
                    rows.concat()
                }
                7 => format!("{head}LOG:  temporary file: path \"base/x\", size {micros}\n{head}STATEMENT:  SELECT {word}\n"),
                _ => format!("{head}LOG:  duration: {millis} ms  plan:\n\tQuery Text: SELECT {word}\n\tResult  (cost=0.00..0.01 rows=1 width=4)\n"),
            };
            log.push_str(&lines);
        }
        log
    })
}

/// A slow log of MySQL: schemas named and inherited, entries without a time, banners, statements
/// over several lines, open quotes, literals that look like entries, lines before the first one.
fn slow_log() -> impl Strategy<Value = String> {
    let entry = (0..12u8, 1..5u32, 0..100_000u32, "[a-z]{1,3}", 0..200usize);
    prop::collection::vec(entry, 20..120).prop_map(|entries| {
        let mut log = String::new();
        for (number, (kind, thread, micros, word, len)) in entries.into_iter().enumerate() {
            let (minute, second) = (number / 60, number % 60);
            let time = format!("# Time: 2026-03-01T10:{minute:02}:{second:02}.{micros:06}Z\n");
            let user = format!("# User@Host: {word}[{word}] @ web [10.0.0.1]  Id: {thread:5}\n");
            let query = format!(
                "# Query_time: 0.{micros:06}  Lock_time: 0.000001 Rows_sent: {thread}  Rows_examined: {len}\n"
            );
            let head = format!("{time}{user}{query}SET timestamp=1772359200;\n");
            let filler = "x".repeat(len);
            let lines = match kind {
                0 => format!("{time}{user}{query}use {word};\nSET timestamp=1772359200;\nSELECT '{filler}';\n"),
                1 => format!("{user}{query}SELECT {word} FROM t;\n"),
                2 => format!("{head}SELECT a\nFROM {word}\n-- it's {filler}\nWHERE b = {micros};\n"),
                3 => format!("{head}INSERT INTO t VALUES ('{filler};\n{time}{FORGED}{query}SELECT 1;\n');\n"),
                4 => format!("{head}SELECT '{filler};\n"),
                5 => format!("{head}# administrator command: Quit;\n"),
                6 => format!(
                    "/usr/sbin/mysqld, Version: 8.0.{thread} (MySQL). started with:\nTcp port: 3306  Unix socket: /s\n\
                     Time                 Id Command    Argument\n"
                ),
                7 => format!("{time}{user}# Schema: {word}  Last_errno: {}  Killed: 0\n{query}SET timestamp=1;\nSELECT 1;\n", thread / 4),
                8 => format!("{head}throttle:        {thread} 'index not used' warning(s) suppressed.;\n"),
                _ => format!("{head}SELECT {word} FROM u WHERE a = {micros} AND b = '{filler}';\n"),
            };
            log.push_str(&lines);
        }
        log
    })
}

/// The values of a row of the table `slow_log`: stamp, user, time, rows, schema, text, thread.
type Values<'a> = [&'a str; 7];

fn csv_row(values: Values<'_>) -> String {
    let escape = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let [stamp, user, time, rows, schema, text, thread] = values.map(escape);
    format!(
        "\"{stamp}\",\"{user}\",\"{time}\",\"00:00:00\",{rows},9,\"{schema}\",0,0,1,\"{text}\",{thread},0\n"
    )
}

fn tsv_row(values: Values<'_>) -> String {
    let escape = |text: &str| text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\\n");
    let [stamp, user, time, rows, schema, text, thread] = values.map(escape);
    format!(
        "{stamp}\t{user}\t{time}\t00:00:00\t{rows}\t9\t{schema}\t0\t0\t1\t{text}\t{thread}\t0\n"
    )
}

fn dump_row(values: Values<'_>) -> String {
    let escape = |text: &str| text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n");
    let [stamp, user, time, rows, schema, text, thread] = values.map(escape);
    format!(
        "('{stamp}','{user}','{time}','00:00:00',{rows},9,'{schema}',0,0,1,'{text}',{thread},0),"
    )
}

/// A table of a slow log: texts with all that has to be escaped, and that look like rows.
fn rows(row: fn(Values<'_>) -> String, before: &str) -> impl Strategy<Value = String> {
    let entry = (0..5u8, 1..5u32, 0..100_000u32, "[a-z]{1,3}", 0..200usize);
    let before = before.to_owned();
    prop::collection::vec(entry, 20..120).prop_map(move |entries| {
        let mut log = before.clone();
        for (number, (kind, thread, micros, word, len)) in entries.into_iter().enumerate() {
            let stamp = format!("2026-03-01 10:{:02}:{:02}.{micros:06}", number / 60, number % 60);
            let user = format!("{word}[{word}] @ web [10.0.0.1]");
            let (time, thread) = (format!("00:00:00.{micros:06}"), thread.to_string());
            let filler = "x".repeat(len);
            let text = match kind {
                0 => format!("SELECT {word} FROM t WHERE a = {micros}"),
                1 => format!("SELECT '{filler}', \"it's\\\\\", '\n{word}\t\\'' FROM t"),
                2 => format!("SELECT '\n{}'", row([&stamp, &user, &time, "1", &word, "x", "1"])),
                3 => "Quit".to_owned(),
                _ => format!("INSERT INTO t VALUES ({micros}, '{filler}'), ('{word}')"),
            };
            log.push_str(&row([&stamp, &user, &time, &thread, &word, &text, &thread]));
        }
        log
    })
}

/// A general log: sessions that come, choose schemas, send statements of several lines, and go.
fn general_log() -> impl Strategy<Value = String> {
    let entry = (0..8u8, 1..5u32, 0..100_000u32, "[a-z]{1,3}", 0..200usize);
    prop::collection::vec(entry, 20..120).prop_map(|entries| {
        let mut log = String::new();
        for (number, (kind, thread, micros, word, len)) in entries.into_iter().enumerate() {
            let (minute, second) = (number / 60, number % 60);
            let stamp = match thread {
                1 => "\t".to_owned(),
                2 => format!("260301 10:{minute:02}:{second:02}"),
                _ => format!("2026-03-01T10:{minute:02}:{second:02}.{micros:06}Z"),
            };
            let head = format!("{stamp}\t{thread:5} ");
            let filler = "x".repeat(len);
            let lines = match kind {
                0 => format!("{head}Connect\t{word}@web on {word} using TCP/IP\n"),
                1 => format!("{head}Init DB\t{word}\n"),
                2 => format!("{head}Quit\t\n"),
                3 => format!("{head}Query\tSELECT '{filler}'\nFROM {word}\n\tWHERE a = {micros}\n"),
                4 => format!("{head}Prepare\tSELECT ?\n{head}Execute\tSELECT {micros}\n"),
                5 => {
                    let row =
                        |row| format!("{head}Query\tSELECT * FROM b WHERE id = {}\n", micros + row);
                    (0..len as u32 % 12).map(row).collect()
                }
                6 => format!("{head}Query\tUSE {word}\n"),
                _ => format!("{head}Query\tSELECT {word} FROM u WHERE a = {micros}\n"),
            };
            log.push_str(&lines);
        }
        log
    })
}

/// The second line of an entry that stands in a literal.
const FORGED: &str = "# User@Host: forged[forged] @ web [10.0.0.1]\n";

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn threads_and_blocks_change_nothing(log in any_log(), block_bytes in 1..4000usize) {
        let expected = digest_text(&analyze(&[&log], 1, 1 << 20));
        for (threads, block_bytes) in [(1, block_bytes), (2, block_bytes), (8, block_bytes), (2, 1)] {
            let found = digest_text(&analyze(&[&log], threads, block_bytes));
            prop_assert_eq!(difference(&found, &expected), None, "{} threads, blocks of {} bytes", threads, block_bytes);
        }
    }

    #[test]
    fn what_was_asked_for_does_not_depend_on_blocks(
        log in any_log(),
        selection in selection(),
        block_bytes in 1..4000usize,
    ) {
        let run = |threads, block_bytes| {
            let mut analyzer = analyzer(threads, block_bytes);
            analyzer.select(selection.clone()).unwrap();
            digest_text(&analyzer.analyze(sources(&[&log])).unwrap())
        };
        let expected = run(1, 1 << 20);
        for (threads, block_bytes) in [(2, block_bytes), (2, 1)] {
            prop_assert_eq!(difference(&run(threads, block_bytes), &expected), None);
        }
    }

    /// The law of `filter`: what is read of the log that it writes, with all literals or with
    /// none, is what is read of the original with the same filters.
    #[test]
    fn a_filtered_log_says_the_same(
        log in rewritable_log(),
        selection in selection(),
        block_bytes in 1..4000usize,
    ) {
        let rewrite = |literals, threads, block_bytes| {
            let mut out = Vec::new();
            let mut analyzer = analyzer(threads, block_bytes);
            analyzer.select(selection.clone()).unwrap();
            let analysis = analyzer.rewrite(sources(&[&log]), literals, &mut out).unwrap();
            (figures(&analysis, literals), String::from_utf8(out).unwrap())
        };
        for literals in [Literals::Masked, Literals::Raw] {
            let (expected, filtered) = rewrite(literals, 1, 1 << 20);
            let found = figures(&analyze(&[&filtered], 1, 1 << 20), literals);
            prop_assert_eq!(difference(&found, &expected), None, "{}", filtered);
            prop_assert_eq!(difference(&rewrite(literals, 2, block_bytes).1, &filtered), None);
        }
    }

    #[test]
    fn any_split_into_files_changes_nothing(
        log in any_log(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
        block_bytes in 1..4000usize,
    ) {
        let whole = analyze(&[&log], 2, block_bytes);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(log.len())).collect();
        cuts.sort_unstable();
        let mut parts: Vec<&[u8]> = Vec::new();
        let log = log.as_bytes();
        // A file that ends within a line, before one that begins with an entry: then the line was
        // cut, rather than the log just before a literal that imitates an entry.
        // Of the path of a server any end is a path.
        let imitates = |cut: &usize| {
            let (before, behind) = log.split_at(*cut);
            let line = behind.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let path = behind.split(|byte| *byte == b',').next().unwrap_or_default();
            before.ends_with(b"\t")
                || behind.starts_with(FORGED.as_bytes())
                || behind.starts_with(b"#") && behind[line..].starts_with(FORGED.as_bytes())
                || b"usr/sbin/mysqld".ends_with(path)
        };
        prop_assume!(!cuts.iter().any(imitates));
        let mut start = 0;
        for cut in cuts.into_iter().chain([log.len()]) {
            parts.push(&log[start..cut]);
            start = cut;
        }
        let split = analyze(&parts, 2, block_bytes);
        // Of a part without a whole line nothing is known, so it is not told to belong to the others.
        let same = |input: &InputSummary| {
            (input.format, &input.prefix, input.stream)
                == (whole.inputs[0].format, &whole.inputs[0].prefix, 0)
        };
        prop_assume!(split.inputs.iter().all(same));
        prop_assert_eq!(difference(&digest_text(&split), &digest_text(&whole)), None, "{:?}", split.inputs);
    }

    #[test]
    fn any_bytes_are_accounted_for(
        log in any_log(),
        noise in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..40),
        block_bytes in 1..4000usize,
    ) {
        let mut log = log.into_bytes();
        for (place, byte) in noise {
            let place = place.index(log.len());
            log[place] = byte;
        }
        let analysis = analyze(&[&log], 2, block_bytes);
        let account = &analysis.completeness;
        let accounted = account.parsed_bytes + account.ignored_bytes + account.unrecognised_bytes + account.damaged_bytes;
        prop_assert_eq!(account.bytes, log.len() as u64);
        prop_assert_eq!(accounted, account.bytes);
        let whole = analyze(&[&log], 1, 1 << 20);
        prop_assert_eq!(difference(&digest_text(&analysis), &digest_text(&whole)), None);
    }
}

/// An entry of 40 MB between others.
#[test]
fn overlong_entries_are_skipped_to_the_next_head() {
    let head = "2026-03-01 10:00:00 UTC [7] LOG:  duration: 1.000 ms  statement: ";
    let mut log = format!("{head}SELECT 1\n{head}SELECT '").into_bytes();
    log.resize(log.len() + 40_000_000, b'x');
    log.extend_from_slice(b"'\n\tFROM t\n");
    log.extend_from_slice(format!("{head}SELECT a FROM t\n{head}SELECT 2\n").as_bytes());
    let analysis = analyze(&[&log], 2, 1 << 20);
    let account = &analysis.completeness;
    assert_eq!((account.bytes, account.parsed_bytes), (log.len() as u64, log.len() as u64));
    assert_eq!(analysis.digest.totals().executions, 4);
    let lines =
        analysis.digest.queries().filter_map(|(_, query)| Some(query.sample.as_ref()?.line));
    assert!(lines.into_iter().any(|line| line == 4), "the line behind it is line 4");
}

/// The same of rows, which become entries of a slow log.
#[test]
fn rows_written_as_a_slow_log_say_the_same() {
    let recorded = |name: &str| {
        let path = format!("{}/../../testdata/mysql/{name}.log", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    };
    let azure = "{\"records\":[{\"properties\":{\"start_time\":\"2026-03-01T10:00:00Z\",\"query_time\":\"1.5\",\"lock_time\":\"0.25\",\"user_host\":\"app[app] @ web [10.0.0.5]\",\
        \"rows_sent\":\"1\",\"rows_examined\":\"7\",\"thread_id\":\"9\",\"db\":\"shop\",\"sql_text\":\"SELECT \\\"a\\\"\\nFROM t WHERE b = 5\"}}]}\n";
    let throttled = "start_time,user_host,query_time,lock_time,rows_sent,rows_examined,db,last_insert_id,insert_id,server_id,sql_text,thread_id\n\
        2026-03-01 10:00:00.5,a[a] @ b [],00:00:01,00:00:00,1,2,,0,0,1,use shop,3\n\
        2026-03-01 10:00:02.5,a[a] @ b [],00:00:01,00:00:00,0,0,,0,0,1,Quit,3\n\
        2026-03-01 10:00:03.5,a[a] @ b [],00:00:09,00:00:00,0,0,,0,0,1,throttle:        123 'index not used' warning(s) suppressed.,3\n";
    for log in [
        recorded("tables-csv"),
        recorded("tables-dump"),
        recorded("tables-complete-dump"),
        azure.to_owned(),
        throttled.to_owned(),
    ] {
        for literals in [Literals::Masked, Literals::Raw] {
            let mut out = Vec::new();
            let analysis = analyzer(2, 4096).rewrite(sources(&[&log]), literals, &mut out).unwrap();
            let written = String::from_utf8_lossy(&out).into_owned();
            assert!(analysis.digest.totals().executions > 0, "{written}");
            let again = analyze(&[&out], 2, 4096);
            assert_eq!(again.inputs[0].format, Some("mysql_slow"), "{written}");
            let difference = difference(&figures(&again, literals), &figures(&analysis, literals));
            assert_eq!(difference, None, "{written}");
        }
    }
}
