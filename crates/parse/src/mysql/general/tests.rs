//! Tables of cases for the general log, and laws. MariaDB 10.11 was asked for its log
//! (`testdata/mysql`); the forms of MySQL are read by its source and by percona-toolkit's samples.

use proptest::prelude::*;
use slowlog_event::{Body, Event};

use super::head::{Head, head};
use super::{GeneralLogReader, last_general_entry};
use crate::{Account, Format};

fn show(event: &Event<'_>) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let name = |name: Option<&[u8]>| name.map_or("-".to_owned(), text);
    let time = event.time.map_or("-".to_owned(), |time| time.to_string());
    let session = event.session.map_or("-".to_owned(), |session| session.0.to_string());
    let actor = event.actor;
    match &event.body {
        Body::Statement(statement) => format!("{time} [{session}] {}", text(statement.text)),
        Body::LogOpened { version } => format!("opened {}", text(version)),
        Body::Disconnected { .. } => format!("{time} [{session}] gone"),
        body => format!(
            "{time} [{session}] {body:?} {}@{}/{}",
            name(actor.user),
            name(actor.client),
            name(actor.database)
        ),
    }
}

fn read(log: &[u8]) -> (Vec<String>, Account) {
    let mut events = Vec::new();
    let account = GeneralLogReader.read(log, true, true, |event| events.push(show(event)));
    assert_eq!(account.bytes(), log.len() as u64);
    (events, account)
}

#[test]
fn heads_of_every_generation() {
    for (line, expected) in [
        (
            "2016-06-09T11:18:55.631353Z\t    3 Query\tSELECT 1\n",
            "2016-06-09T11:18:55.631353Z 3 Query|SELECT 1",
        ),
        (
            "2016-06-09T13:18:55.631353+02:00\t12345678 Query\tSELECT 1\n",
            "2016-06-09T11:18:55.631353Z 12345678 Query|SELECT 1",
        ),
        ("091130 17:53:31\t   10 Query\tSELECT 1\n", "2009-11-30T17:53:31Z 10 Query|SELECT 1"),
        (
            "261125  9:35:19\t     3 Connect\troot@localhost on  using Socket\n",
            "2026-11-25T09:35:19Z 3 Connect|root@localhost on  using Socket",
        ),
        ("\t\t     3 Quit\t\n", "- 3 Quit|"),
        ("\t\t     3 Quit\t\r\n", "- 3 Quit|"),
        ("\t\t     3 Init DB\tshop\n", "- 3 Init DB|shop"),
        ("\t\t    12 Close stmt\t\n", "- 12 Close stmt|"),
        ("\t\t     7 Connect Out\trepl@master:3306\n", "- 7 Connect Out|repl@master:3306"),
        // Before 5.1.
        (
            "051007 21:55:24       42 Connect     db@localhost on db1\n",
            "2005-10-07T21:55:24Z 42 Connect|db@localhost on db1",
        ),
        ("                      42 Query       SELECT foo\n", "- 42 Query|SELECT foo"),
        ("\t\t     3 Select\tx\n", ""),
        ("\t\t     x Query\tx\n", ""),
        ("\t\t Query\tx\n", ""),
        ("     3 Query\tx\n", ""),
        ("2016-06-09 Query\tx\n", ""),
        ("SELECT 3 Query\tx\n", ""),
        ("\t\t     3 Querying\tx\n", ""),
        ("", ""),
    ] {
        let found = head(line.as_bytes()).map_or(String::new(), |head| {
            let Head { time, session, command, argument } = head;
            let time = time.map_or("-".to_owned(), |time| time.to_string());
            let command = String::from_utf8_lossy(command);
            format!("{time} {} {command}|{}", session.0, line[argument..].trim_end())
        });
        assert_eq!(found, expected, "{line}");
    }
}

#[test]
fn commands() {
    let head = "2016-06-09T11:18:55Z\t    3 ";
    let at = "2016-06-09T11:18:55Z [3] ";
    for (entry, expected) in [
        ("Query\tSELECT 1", vec!["SELECT 1"]),
        ("Query\tSELECT 'a\n# b\n\n\t\tc'\n", vec!["SELECT 'a\n# b\n\n\t\tc'"]),
        ("Query\tuse shop", vec!["use shop", "SchemaChosen -@-/shop"]),
        ("Query\tUSE `a b`;", vec!["USE `a b`;", "SchemaChosen -@-/a b"]),
        ("Query\tuser()", vec!["user()"]),
        ("Query\t", vec![]),
        ("Prepare\tSELECT ?", vec![]),
        ("Execute\tSELECT 5", vec!["SELECT 5"]),
        // Another entry has the statement that it runs.
        ("Query\texecute s using @a", vec![]),
        ("Init DB\tshop", vec!["SchemaChosen -@-/shop"]),
        ("Connect\troot@localhost on shop using Socket", vec!["Connected root@localhost/shop"]),
        ("Connect\troot@localhost on  using TCP/IP", vec!["Connected root@localhost/-"]),
        ("Connect\troot@localhost on using Socket", vec!["Connected root@localhost/-"]),
        ("Connect\troot@localhost on", vec!["Connected root@localhost/-"]),
        ("Connect\tdb@10.0.0.1 on db1", vec!["Connected db@10.0.0.1/db1"]),
        ("Connect\ta@b@web as anonymous on test", vec!["Connected a@b@web/test"]),
        ("Connect\tAccess denied for user 'root'@'localhost' (using password: NO)", vec![]),
        ("Change user\tbob@web on crm", vec!["Connected bob@web/crm"]),
        ("Quit\t", vec!["gone"]),
        ("Ping\t", vec![]),
        ("Field List\torders \t", vec![]),
    ] {
        let log = format!("{head}{entry}\n");
        let (events, account) = read(log.as_bytes());
        let expected: Vec<_> = expected.iter().map(|event| format!("{at}{event}")).collect();
        assert_eq!(events, expected, "{entry}");
        assert_eq!((account.parsed_bytes, account.entries), (log.len() as u64, 1), "{entry}");
    }
}

const BANNER: &str = "mariadbd, Version: 10.11.19-MariaDB-log (Debian 12). started with:\n\
                      Tcp port: 3306  Unix socket: /s\nTime\t\t    Id Command\tArgument\n";

#[test]
fn whole_logs() {
    let entries = "261125  9:35:19\t     3 Query\tSELECT 1\n\t\t     4 Query\tSELECT\n2\n";
    let events = ["2026-11-25T09:35:19Z [3] SELECT 1", "- [4] SELECT\n2"];
    for (log, opened, [ignored, cut, unrecognised]) in [
        (entries.to_owned(), false, [0, 0, 0]),
        (format!("{BANNER}{entries}"), true, [0, 0, 0]),
        (format!("\n{entries}"), false, [1, 0, 0]),
        (format!("FROM t\nWHERE x\n{entries}"), false, [15, 15, 0]),
        (format!("{entries}\t\t     4 Qu"), false, [11, 0, 0]),
        (entries.replace('\n', "\r\n").replace("SELECT\r", "SELECT"), false, [0, 0, 0]),
    ] {
        assert_eq!(Format::detect(&[log.as_bytes()], None), Some(Format::MySqlGeneral), "{log}");
        let (found, account) = read(log.as_bytes());
        let opened = opened.then(|| "opened 10.11.19-MariaDB-log".to_owned());
        let expected: Vec<_> = opened.into_iter().chain(events.map(str::to_owned)).collect();
        assert_eq!(found, expected, "{log}");
        assert_eq!(
            [account.ignored_bytes, account.cut_entry_bytes, account.unrecognised_bytes],
            [ignored, cut, unrecognised],
            "{log}"
        );
        assert_eq!(account.lines, log.lines().count() as u64, "{log}");
    }
}

#[test]
fn other_logs_are_none() {
    for text in [
        BANNER,
        "# Time: 240501 10:00:00\n# Query_time: 1.5\nSELECT '\n\t\t    3 Query\tx';\n",
        "2026-03-01 10:00:00 UTC [7] LOG:  duration: 1.0 ms  statement: SELECT '\n\t\t    3 Query\tx\n\t\t    3 Query\tx'\n",
        "a\n\t\t    3 Query\tx\n",
        "",
    ] {
        assert_ne!(Format::detect(&[text.as_bytes()], None), Some(Format::MySqlGeneral), "{text}");
    }
}

const PIECES: [&str; 14] = [
    "2016-06-09T11:18:55Z\t    3 Query\t",
    "261125  9:35:19\t     3 Connect\ta@b on c\n",
    "\t\t     3 Query\t",
    "\t\t     3 Quit\t\n",
    "\t\t     3 ",
    "\t",
    " ",
    "Query\tx\n",
    "SELECT 1\n",
    "\n",
    "\r\n",
    "26",
    BANNER,
    "mysqld, Version: 5 (x). started with:\n",
];

fn logs() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(PIECES.as_slice()), 0..30)
        .prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn blocks_change_nothing(log in logs(), size in 1..200usize) {
        let (whole, account) = read(&log);
        let mut events = Vec::new();
        let mut sum = [0; 5];
        let (mut start, mut end) = (0, 0);
        loop {
            end = (end + size).min(log.len());
            let ends_log = end == log.len();
            let mut block = &log[start..end];
            if !ends_log {
                let Some(cut) = last_general_entry(block).filter(|cut| *cut > 0) else { continue };
                block = &block[..cut];
            }
            let part = GeneralLogReader
                .read(block, start == 0, ends_log, |event| events.push(show(event)));
            for (sum, part) in sum.iter_mut().zip(figures(&part)) {
                *sum += part;
            }
            start += block.len();
            if ends_log {
                break;
            }
        }
        prop_assert_eq!(events, whole);
        prop_assert_eq!(sum, figures(&account));
    }

    #[test]
    fn any_bytes_are_accounted_for(log in prop::collection::vec(any::<u8>(), 0..300)) {
        Format::detect(&[&log], None);
        super::first_and_last_general_stamp(&log);
        read(&log);
    }
}

fn figures(account: &Account) -> [u64; 5] {
    [
        account.parsed_bytes,
        account.ignored_bytes,
        account.unrecognised_bytes,
        account.lines,
        account.entries,
    ]
}
