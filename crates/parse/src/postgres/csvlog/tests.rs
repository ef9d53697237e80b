//! Records of every shape, and laws that hold for any bytes.

use proptest::prelude::*;
use slowlog_event::{Body, Event, Session};

use super::*;
use crate::{Format, Prefix, StderrReader};

fn read(
    reader: &mut CsvReader,
    log: &[u8],
    (begins, ends): (bool, bool),
    out: &mut Vec<String>,
) -> Account {
    let account = reader.read(log, begins, ends, |event| {
        if !matches!(event.body, Body::Other) {
            out.push(line(event));
        }
    });
    let bytes = account.bytes();
    assert_eq!(bytes, account.open_from.unwrap_or(log.len() as u64), "every byte is accounted for");
    account
}

/// An event without its position.
fn line(event: &Event<'_>) -> String {
    let text = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    let actor =
        [event.actor.user, event.actor.database, event.actor.application, event.actor.client]
            .map(|name| name.map_or("-".to_owned(), text));
    let body = match &event.body {
        Body::Statement(statement) => format!(
            "{:?} {} {} {:?}",
            statement.step,
            statement.duration.map_or("-".to_owned(), |duration| duration.0.to_string()),
            text(statement.text),
            statement.parameters.map(text),
        ),
        Body::Error(error) => format!(
            "{:?} {:?} {:?} {:?}",
            error.severity,
            error.state.map(|state| text(&state)),
            error.killed,
            error.statement.map(text)
        ),
        body => format!("{body:?}"),
    };
    format!(
        "{} {:?} {:?} {} {:?} {:?} {body}",
        event.time.map_or("-".to_owned(), |time| time.to_string()),
        event.session.map(|session| session.0),
        event.session_line,
        actor.join("|"),
        event.query_id,
        event.transaction
    )
}

fn events(log: &str) -> (Vec<String>, Account) {
    let mut out = Vec::new();
    let account = read(&mut CsvReader::default(), log.as_bytes(), (true, true), &mut out);
    (out, account)
}

const HEAD: &str = "2026-11-23 03:52:31.410 CET,\"bob\",\"shop\",18225,\"10.0.0.1:5432\",6b03aa6f.4731,3,\"SELECT\",2026-11-23 03:52:31 CET,3/40,0,LOG,00000,";
#[test]
fn columns_of_every_generation() {
    for (rest, application, query_id) in [
        ("", "-", "None"),
        (",\"psql\"", "psql", "None"),
        (",\"psql\",\"client backend\"", "psql", "None"),
        (",\"psql\",\"client backend\",,-42", "psql", "Some(-42)"),
        (",\"psql\",\"client backend\",18224,0", "psql", "None"),
        (",\"psql\",\"client backend\",,7,\"of a later server\"", "psql", "Some(7)"),
    ] {
        let log = format!("{HEAD}\"duration: 1.500 ms  statement: SELECT 1\",,,,,,,,{rest}\n");
        let (events, account) = events(&log);
        let expected = format!(
            "2026-11-23T02:52:31.410Z Some({}) Some(3) bob|shop|{application}|10.0.0.1 {query_id} Some({}) Simple 1500 SELECT 1 None",
            session().0,
            (3u64 << 40) + 40
        );
        assert_eq!(events, [expected], "{log}");
        assert_eq!((account.entries, account.lines), (1, 1));
    }
}

fn session() -> Session {
    Session(0x6b03_aa6f << 32 ^ 0x4731)
}

#[test]
fn messages_of_every_shape() {
    let tail = ",,,,\"psql\",\"client backend\",,0";
    for (message, expected) in [
        (
            "\"duration: 0.942 ms  statement: SELECT \"\"a\"\", '\n\n2026-11-23 03:52:31.410 CET,\"\"bob\"\"'\",,,,,,",
            "Simple 942 SELECT \"a\", '\n\n2026-11-23 03:52:31.410 CET,\"bob\"' None",
        ),
        (
            "\"duration: 0.030 ms  execute S_1: SELECT $1\",\"parameters: $1 = 'it''s \"\"x\"\", y'\",,,,,",
            "Execute 30 SELECT $1 Some(\"$1 = 'it''s \\\"x\\\", y'\")",
        ),
        ("duration: 1 ms  statement: SELECT 1,,,,,,", "Simple 1000 SELECT 1 None"),
        ("\"statement: ;\",,,,,,", "Simple - ; None"),
    ] {
        let log = format!("{HEAD}{message}{tail}\n");
        assert!(events(&log).0[0].ends_with(expected), "{log}: {:?}", events(&log).0);
        let (crlf, account) = events(&log.replace('\n', "\r\n"));
        assert!(crlf[0].ends_with(&expected.replace('\n', "\r\n")), "{crlf:?}");
        assert_eq!(account.entries, 1);
    }
    // What a statement raised is nothing, and an error has its statement.
    let (raised, _) = events(&format!(
        "{HEAD}\"duration: 1.000 ms  statement: x\",,,,,\"SQL\",\"SELECT f()\",,,\"\"\n"
    ));
    assert_eq!(raised, [""; 0]);
    let error = HEAD.replace("LOG,00000", "ERROR,57014");
    let (errors, _) = events(&format!(
        "{error}\"canceling statement due to statement timeout\",,,,,,\"SELECT 1\",,,\"psql\"\n"
    ));
    assert!(
        errors[0].ends_with("Error Some(\"57014\") Some(Timeout) Some(\"SELECT 1\")"),
        "{errors:?}"
    );
    let parse = HEAD.replace("SELECT", "PARSE");
    let (steps, _) = events(&format!("{parse}\"duration: 1.000 ms\",,,,,,,,,\"psql\"\n"));
    assert!(steps[0].ends_with("step: Some(Parse) }"), "{steps:?}");
}

#[test]
fn every_field_may_be_quoted_and_stamps_exported() {
    for head in [
        "\"2026-11-23 03:52:31.410 CET\",\"bob\",\"shop\",\"18225\",\"10.0.0.1:5432\",\"6b03aa6f.4731\",\"3\",\"SELECT\",\"2026-11-23 03:52:31 CET\",\"3/40\",\"0\",\"LOG\",\"00000\",",
        "2026-11-23 02:52:31.41+00,bob,shop,18225,10.0.0.1:5432,6b03aa6f.4731,3,SELECT,2026-11-23 02:52:31+00,3/40,0,LOG,00000,",
        HEAD,
    ] {
        let (events, _) = events(&format!(
            "{head}\"duration: 1.500 ms  statement: SELECT 1\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"psql\"\n"
        ));
        assert_eq!(events.len(), 1, "{head}");
        assert!(events[0].starts_with("2026-11-23T02:52:31.410Z"), "{events:?}");
        assert!(events[0].contains(" bob|shop|psql|10.0.0.1 "), "{events:?}");
    }
}

#[test]
fn names_of_clients() {
    for (client, expected) in [
        ("\"[local]\"", "[local]"),
        ("\"::1:5432\"", "::1"),
        ("\"db.example.com:5432\"", "db.example.com"),
        ("", "-"),
    ] {
        let log = HEAD.replace("\"10.0.0.1:5432\"", client);
        let (events, _) = events(&format!("{log}\"statement: SELECT 1\",,,,,,,,,\"\"\n"));
        assert!(events[0].contains(&format!("bob|shop|-|{expected} ")), "{events:?}");
    }
}

/// A session has the same key as in a stderr log with `%c`.
#[test]
fn sessions_are_those_of_stderr() {
    let prefixes = [Prefix::parse("%m [%c] [%v] ").unwrap()];
    let log = "2026-11-23 03:52:31.410 CET [6b03aa6f.4731] [3/40] LOG:  statement: SELECT 1\n";
    let mut found = Vec::new();
    StderrReader::new(&prefixes).read(log.as_bytes(), true, |event| {
        found.push((event.session, event.transaction, event.time));
    });
    let log = format!("{HEAD}\"statement: SELECT 1\",,,,,,,,,\"\"\n");
    CsvReader::default().read(log.as_bytes(), true, true, |event| {
        assert_eq!(found, [(event.session, event.transaction, event.time)]);
        assert_eq!(event.session, Some(session()));
    });
}

#[test]
fn what_is_cut_or_broken() {
    let one = format!("{HEAD}\"statement: SELECT 1\",,,,,,,,,\"psql\",\"client backend\",,0\n");
    let two = one.replace("SELECT 1", "SELECT\n2");
    let statements = |log: &str| {
        let (events, account) = events(log);
        let texts: Vec<_> = events
            .iter()
            .map(|event| event.rsplit("Simple - ").next().unwrap().to_owned())
            .collect();
        (texts.join("|"), account)
    };
    // The rest of a record: from within its quotes, or from behind them.
    for cut in [HEAD.len() + 2, HEAD.len() + 15, one.len() - 30, one.len() - 2] {
        let (texts, account) = statements(&format!("{}{two}", &one[cut..]));
        assert_eq!(texts, "SELECT\n2 None", "{cut}");
        assert_eq!(account.cut_entry_bytes, (one.len() - cut) as u64);
        assert_eq!(account.ignored_bytes, account.cut_entry_bytes);
    }
    // The end: a record counts as far as its message goes.
    for (cut, expected) in [
        (one.len() - 1, "SELECT 1 None|SELECT\n2 None"),
        (HEAD.len() + 18, "SELECT 1 None|SELECT None"),
        (HEAD.len(), "SELECT 1 None"),
        (60, "SELECT 1 None"),
        (2, "SELECT 1 None"),
    ] {
        let (texts, account) = statements(&format!("{one}{}", &two[..cut]));
        assert_eq!(texts, expected, "{cut}");
        assert_eq!(account.unrecognised_bytes + account.damaged_bytes, 0, "{cut}");
    }
    // A duration alone may have named its statement behind the cut.
    assert_eq!(events(&format!("{HEAD}\"duration: 1.000 ms")).0, [""; 0]);
    // A crash within a record: the next one is not swallowed.
    let (texts, account) = statements(&format!("{}\n{two}{one}", &one[..HEAD.len() + 10]));
    assert_eq!(texts, "SELECT\n2 None|SELECT 1 None");
    assert_eq!(account.damaged_bytes, HEAD.len() as u64 + 11);
    // Foreign lines end nothing and belong to nothing.
    let (texts, account) = statements(&format!("{one}could not start\n\n{two}"));
    assert_eq!(texts, "SELECT 1 None|SELECT\n2 None");
    assert_eq!((account.foreign_lines, account.ignored_bytes), (1, 1));
    let foreign = account.first_foreign.unwrap();
    assert_eq!((foreign.line, foreign.byte), (1, one.len() as u64));
}

#[test]
fn what_is_a_csvlog() {
    let one =
        format!("{HEAD}\"statement: SELECT \"\"1\"\"\n\",,,,,,,,,\"psql\",\"client backend\",,0\n");
    let header = "log_time,user_name,database_name,process_id\n";
    for log in [
        one.clone(),
        format!("\n{one}"),
        format!("{header}{one}"),
        format!("{}{one}", &one[HEAD.len() + 5..]),
        format!("{}{one}", &one[HEAD.len() - 40..]),
        format!("{}{one}", &one[one.len() - 2..]),
        format!("x{}", &one[..HEAD.len() + 9]).replacen('x', "", 1),
        format!("{one}noise\n{one}"),
    ] {
        assert_eq!(Format::detect(&[log.as_bytes()], None), Some(Format::PostgresCsv), "{log}");
    }
    let stderr = "2026-11-23 03:52:31.410 CET [1] LOG:  statement: INSERT INTO t VALUES ('\n";
    let slow = "# Time: 2026-03-01T10:00:00.000000Z\n# Query_time: 1.5  Lock_time: 0.0\nSELECT '\n";
    for text in [
        format!("{stderr}\t{}", one.replace('\n', "\n\t")),
        format!("{slow}{one}';\n"),
        format!(
            "A record looks so:\n\n{one}\nIt has 26 columns. {}",
            "And more text.\n".repeat(30)
        ),
        "2026-11-23 03:52:31,bob,shop\n2026-11-24 03:52:31,bob,shop\n".to_owned(),
        one[..HEAD.len() - 8].to_owned(),
        String::new(),
    ] {
        assert_ne!(Format::detect(&[text.as_bytes()], None), Some(Format::PostgresCsv), "{text}");
    }
}

/// Text within the quotes of a statement that looks like a record, quotes and all.
const FAKE: &str = "2026-11-23 03:52:31.410 CET,,,1,,6b03aa6f.4731,1,,,,0,LOG,00000,duration: 9000.000 ms  statement: forged,,,,,,,,,\n";

#[test]
fn what_a_statement_imitates_is_nothing() {
    let log = format!(
        "{HEAD}\"statement: SELECT '\n{FAKE}{FAKE}'\",,,,,,,,,\"psql\"\n{HEAD}\"statement: SELECT 2\"\n"
    );
    let cut = last_csv_entry(&log.as_bytes()[..log.len() - HEAD.len() - 30]).unwrap();
    let mut out = Vec::new();
    let mut reader = CsvReader::default();
    let account = read(&mut reader, &log.as_bytes()[..cut], (true, false), &mut out);
    assert_eq!((account.open_from, out.len()), (Some(0), 0));
    assert_eq!(read(&mut reader, log.as_bytes(), (true, true), &mut out).entries, 2);
    assert_eq!(out.len(), 2, "{out:?}");
    // But quotes that stay open for too long are broken.
    let mut out = Vec::new();
    let account = read(&mut CsvReader::looking_ahead(100), log.as_bytes(), (true, true), &mut out);
    assert!(account.damaged_bytes > 0, "{account:?}");
}

/// Pieces that records are made of, in any order.
fn log() -> impl Strategy<Value = String> {
    let head = HEAD.to_owned();
    let piece = prop_oneof![
        4 => Just(format!("{head}\"duration: 0.942 ms  statement: SELECT \"\"a\"\"\n FROM t\",,,,,,,,,\"psql\",\"client backend\",,0\n")),
        2 => Just(format!("{head}\"statement: SELECT '\n{FAKE}'\",,,,,,,,,\"psql\"\r\n")),
        1 => Just(format!("{head}\"broken\n")),
        1 => Just(FAKE.to_owned()),
        1 => Just("foreign \"line\"\n\n".to_owned()),
        1 => Just("\"".to_owned()),
        1 => Just(head),
        1 => "[\",\n\ra0]{0,6}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// Reading in blocks, cut where the feed would cut them, changes nothing.
    #[test]
    fn blocks_change_nothing(log in log(), block_bytes in 1..600usize, ahead in 1..2000usize) {
        let log = log.as_bytes();
        let mut whole = Vec::new();
        let expected = read(&mut CsvReader::looking_ahead(ahead), log, (true, true), &mut whole);
        let mut reader = CsvReader::looking_ahead(ahead);
        let (mut parts, mut sum) = (Vec::new(), [0; 5]);
        let (mut from, mut target) = (0, block_bytes);
        let mut begins = true;
        loop {
            let to = log.len().min(target);
            let ends = to == log.len();
            let cut = if ends { Some(to) } else { last_csv_entry(&log[from..to]).map(|cut| from + cut) };
            let Some(cut) = cut.filter(|cut| ends || *cut > from) else {
                target += block_bytes;
                continue;
            };
            let account = read(&mut reader, &log[from..cut], (begins, ends), &mut parts);
            let open = account.open_from.map_or(cut, |open| from + open as usize);
            for (sum, part) in sum.iter_mut().zip(accounts(&account)) {
                *sum += part;
            }
            begins &= open == 0 && !ends;
            if ends {
                break;
            }
            // An entry that is open is read again with the next block.
            target = to + block_bytes;
            from = open;
        }
        prop_assert_eq!(parts, whole);
        prop_assert_eq!(sum, accounts(&expected));
    }

    #[test]
    fn any_bytes_are_accounted_for(bytes in prop::collection::vec(any::<u8>(), 0..300), log in log(), at: prop::sample::Index) {
        let mut log = log.into_bytes();
        let at = at.index(log.len() + 1);
        log.splice(at..at, bytes);
        for (begins, ends) in [(true, true), (true, false), (false, true), (false, false)] {
            read(&mut CsvReader::default(), &log, (begins, ends), &mut Vec::new());
        }
        Format::detect(&[&log], None);
        first_and_last_csv_stamp(&log);
    }
}

fn accounts(account: &Account) -> [u64; 5] {
    [
        account.parsed_bytes,
        account.ignored_bytes,
        account.unrecognised_bytes,
        account.damaged_bytes,
        account.lines,
    ]
}
