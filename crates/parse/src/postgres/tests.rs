//! Whole lines through detection and reading.

use slowlog_event::{Body, Event, Killed, Micros, Severity, Step};

use super::{Prefix, StderrReader, detect_prefixes, first_entry_start, last_entry_start};
use crate::Account;

fn read<'a>(prefix: &Prefix, log: &'a str) -> (Vec<Event<'a>>, Account) {
    let mut events = Vec::new();
    let account =
        StderrReader::new(std::slice::from_ref(prefix))
            .read(log.as_bytes(), false, |event| events.push(event.clone()));
    let bytes = account.bytes();
    assert_eq!(bytes, log.len() as u64, "every byte is accounted for");
    (events, account)
}

fn detect_prefix(log: &[u8]) -> Option<Prefix> {
    detect_prefixes(&[log]).into_iter().next()
}

fn durations(events: &[Event<'_>]) -> Vec<u64> {
    events
        .iter()
        .filter_map(|event| match &event.body {
            Body::Statement(statement) => statement.duration,
            Body::Duration { duration, .. } | Body::Plan { duration, .. } => Some(*duration),
            _ => None,
        })
        .map(|duration| duration.0)
        .collect()
}

/// A line is tried with one prefix after the other, and with each in several ways.
#[test]
fn a_stamp_in_doubt_counts_once() {
    let prefixes = ["%m [%p-%l] %q%u@%d ", "%m [%p] %q%u@%d "]
        .map(|text| Prefix::parse(text).expect("a prefix"));
    let line =
        |user: &str| format!("2026-03-01 10:00:01.000 XYZ [7] {user}LOG:  duration: 1.000 ms\n");
    let log =
        [line("a@b "), line("c@d "), line(""), line("a@b "), "a foreign line\n".into()].concat();
    let account = StderrReader::new(&prefixes).read(log.as_bytes(), false, |_| {});
    assert_eq!((account.entries, account.unknown_zones), (4, 4));
}

/// Lines as a server with this prefix would write them.
const LINES: [(&str, &str); 26] = [
    ("%m [%p] ", "2026-11-23 03:52:31.410 CET [18225] "),
    ("%m [%p] %q%u@%d ", "2026-11-23 03:52:31.410 CET [18225] shop@shop-db "),
    ("%t [%p-%l] %q%u@%d ", "2026-11-23 03:52:31 CET [18225-3] shop@shop "),
    (
        "%t:%r:%u@%d:[%p]:",
        "2020-03-11 20:40:44 CET:192.168.1.201(53318):postgres@template1:[12760]:",
    ),
    ("%t-%c-", "2025-05-21 11:01:20 UTC-682db26c.535-"),
    (
        "%m [%p][%v] : [%l-1] %q[app=%a] ",
        "2026-11-23 03:52:31.410 CET [18225][3/40] : [5-1] [app=web: [1]] ",
    ),
    (
        "%m [%p] %q[user=%u,db=%d,app=%a] ",
        "2026-11-23 03:52:31.410 +03 [18225] [user=shop,db=my db,app=PostgreSQL JDBC Driver] ",
    ),
    (
        "%m [%p] %q[user=%u,db=%d,app=%a,host=%h] ",
        "2026-11-23 03:52:31.410 +03 [18225] [user=shop,db=shop,app=puma: cluster worker 1,host=::1] ",
    ),
    (
        "%t [%p]: [%l-1] user=%u,db=%d - PG-%e ",
        "2026-11-23 03:52:31 CET [18225]: [3-1] user=shop,db=shop - PG-00000 ",
    ),
    (
        "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
        "2026-11-23 03:52:31 CET [36]: [121-1] user=postgres,db=postgres,app=pgbench,client=172.23.0.1 ",
    ),
    (
        "%t [%p]: [%l-1] [trx_id=%x] user=%u,db=%d ",
        "2026-11-23 03:52:31 CET [18225]: [3-1] [trx_id=727] user=shop,db=shop ",
    ),
    ("[%p]: [%l-1] db=%d,user=%u ", "[18225]: [3-1] db=shop,user=shop "),
    (
        "%m %r %u %a [%c] [%p] ",
        "2026-11-23 03:52:31.410 CET 10.0.3.121(36864) shop psql [6b03aa6f.4731] [18225] ",
    ),
    (
        "pid=%p,user=%u,db=%d,app=%a,client=%h ",
        "pid=18225,user=shop,db=shop,app=psql,client=[local] ",
    ),
    (
        "%p-%s-%c-%l-%h-%u-%d-%m ",
        "18225-2026-11-23 03:52:30 CET-6b03aa6f.4731-5-10.0.0.1-shop-shop-2026-11-23 03:52:31.410 CET ",
    ),
    (
        "%m [%p][%b][%v][%x] %q[user=%u,db=%d,app=%a] ",
        "2026-11-23 03:52:31.410 CET [18225][client backend][3/40][0] [user=shop,db=shop,app=psql] ",
    ),
    (" sql_error_code = %e ", " sql_error_code = 00000 "),
    ("", ""),
    (
        "%n %c %l %r|%P|%q%u/%d/%a ",
        "1795402428.321 6b03aa6f.4731 12 10.0.0.1(5432)||shop/shop/psql ",
    ),
    ("%t [%-8p] %10u@%-12d ", "2026-11-23 03:52:31 CET [18225   ]       shop@shop         "),
    (
        "%m [%p] [queryid=%Q] %q%u@%d ",
        "2026-11-23 03:52:31.410 CET [18225] [queryid=-4623036638694764959] shop@shop ",
    ),
    (
        "%m [%p]: [%l-1] %u@%d,app=%a,client=%h,tag=%i,e=%e,c=%c,s=%s,v=%v,x=%x,Q=%Q,b=%b ",
        "2026-11-23 03:52:30.741 CET [18209]: [3-1] shop@shop,app=psql,client=[local],tag=SELECT,e=00000,c=6b03aa6e.4721,s=2026-11-23 03:52:30 CET,v=3/0,x=0,Q=2424940597520090544,b=client backend ",
    ),
    ("%m %L %h [%p] %u@%d: ", "2026-11-23 03:52:31.410 CET 10.0.0.5 10.0.0.9 [18225] shop@shop: "),
    ("%% %m <%p> %q%u ", "% 2026-11-23 03:52:31.410 CET <18225> shop "),
    ("%m [%p] %u %d %h: ", "2026-11-23 03:52:31.410 CET [18225] bücher läden 10.0.0.1: "),
    ("%m|%p|%u|%d|", "2026-11-23 03:52:31.410 CET|18225|shop user|shop [eu]|"),
];

#[test]
fn a_prefix_given_matches_its_lines() {
    for (text, head) in LINES {
        let prefix = Prefix::parse(text).unwrap();
        assert_eq!(prefix.to_string(), text);
        let log = format!("{head}LOG:  duration: 1.500 ms  statement: SELECT\n\t1\n");
        let (events, account) = read(&prefix, &log);
        assert_eq!(durations(&events), [1500], "{text}");
        assert_eq!(account.parsed_bytes, log.len() as u64, "{text}");
        let Body::Statement(statement) = &events[0].body else { panic!("{text}") };
        assert_eq!(statement.text, b"SELECT\n\t1", "{text}");
    }
}

#[test]
fn a_prefix_not_given_is_found() {
    for (text, head) in LINES {
        let log = format!(
            "{head}LOG:  duration: 1.500 ms  statement: SELECT\n\t1\n\
             {head}LOG:  duration: 2.500 ms  execute <unnamed>: SELECT $1\n\
             {head}DETAIL:  parameters: $1 = 'LOG:  x'\n"
        );
        let prefix = detect_prefix(log.as_bytes()).unwrap_or_else(|| panic!("{text}: no prefix"));
        let (events, account) = read(&prefix, &log);
        assert_eq!(durations(&events), [1500, 2500], "{text} was found as {prefix}");
        assert_eq!(account.parsed_bytes, log.len() as u64, "{text} was found as {prefix}");
        if text.contains("%u") {
            assert!(events[0].actor.user.is_some(), "{text} was found as {prefix}");
        }
        if text.contains("%p") || text.contains("%c") {
            assert!(events[0].session.is_some(), "{text} was found as {prefix}");
        }
    }
}

#[test]
fn a_carrier_may_put_a_stamp_before_entries() {
    for (text, head) in LINES {
        let entry = |second: u8| {
            format!(
                "2026-11-23T02:52:3{second}.410Z {head}LOG:  duration: {second}.500 ms  statement: SELECT\n\t1\n"
            )
        };
        let log = [1, 2, 3].map(entry).concat();
        let prefix = detect_prefix(log.as_bytes()).unwrap_or_else(|| panic!("{text}: no prefix"));
        let given = Prefix::parse(text).unwrap().behind_stamp();
        for prefix in [prefix, given] {
            let (events, account) = read(&prefix, &log);
            assert_eq!(durations(&events), [1500, 2500, 3500], "{text} was found as {prefix}");
            assert_eq!(account.parsed_bytes, log.len() as u64, "{text} was found as {prefix}");
            assert!(events[0].time.is_some(), "{text} was found as {prefix}");
        }
    }
}

#[test]
fn background_processes_print_no_session() {
    let log = "2026-11-23 03:52:31.410 CET [1] LOG:  checkpoint starting: time\n\
               2026-11-23 03:52:31.410 CET [18225] <shop=shop> LOG:  duration: 1.500 ms  statement: SELECT 1\n";
    let prefix = detect_prefix(log.as_bytes()).unwrap();
    let (events, account) = read(&prefix, log);
    assert_eq!(account.unrecognised_bytes, 0, "{prefix}");
    assert_eq!(durations(&events), [1500], "{prefix}");
}

#[test]
fn a_prefix_may_change_and_names_may_look_like_labels() {
    let log = "2026-11-23 03:52:31.410 CET [7] LOG:  duration: 1.000 ms  statement: SELECT 1\n\
               1795402428.400 6b03aabc.4fd0 54 [local]||shop/w/my app: [1] LOG: LOG:  duration: 2.000 ms  statement: SELECT 2\n\
               1795402428.400 6b03aabc.4fd0 55 [local]||shop/w/psql LOG:  duration: 3.000 ms  statement: SELECT 3\n\
               1795402428.400 6b03aabc.4fd0 56 [local]||shop/w/psql LOG:  duration: 4.000 ms  statement: SELECT 4\n";
    let prefixes = detect_prefixes(&[log.as_bytes()]);
    assert_eq!(prefixes.len(), 2, "{prefixes:?}");
    let mut events = Vec::new();
    StderrReader::new(&prefixes).read(log.as_bytes(), false, |event| events.push(event.clone()));
    assert_eq!(durations(&events), [1000, 2000, 3000, 4000]);
    assert_eq!(events[1].actor.application, Some(&b"my app: [1] LOG:"[..]));
}

#[test]
fn runs_of_blanks_may_have_become_one() {
    let log = "2021-05-27 17:00:00 UTC:10.1.91.65:user@my_db:[24743]:LOG: duration: 0.054 ms statement: SELECT 1;\n";
    let (events, _) = read(&detect_prefix(log.as_bytes()).unwrap(), log);
    assert_eq!(durations(&events), [54]);
}

#[test]
fn nothing_is_found_in_other_text() {
    for text in [
        "",
        "hello\n",
        "key: value\n\tmore\n",
        "\0\0\0",
        "# Time: 2026-11-23T03:52:31Z\n# User@Host: a[a] @ b []\n",
    ] {
        assert_eq!(detect_prefix(text.as_bytes()), None, "{text}");
    }
}

const HEAD: &str = "2026-11-23 03:52:31.410 CET [7] ";

fn events(log: &str) -> (Vec<Event<'static>>, Account) {
    let log: &'static str = Box::leak(log.replace('@', HEAD).into_boxed_str());
    read(&Prefix::parse("%m [%p] ").unwrap(), log)
}

#[test]
fn what_raise_log_imitates_is_nothing() {
    let (events, account) = events(
        "@LOG:  duration: 123.456 ms  statement: forged\n@CONTEXT:  PL/pgSQL function f()\n\
         @LOG:  duration: 123.456 ms  plan:\n\tQuery Text: forged\n@STATEMENT:  DO 1\n\
         @LOG:  duration: 0.123 ms\n@STATEMENT:  DO 1\n\
         @LOG:  duration: 1.000 ms  statement: SELECT '\n\t@LOG:  duration: 9.000 ms  statement: inner'\n",
    );
    assert_eq!(durations(&events), [1000]);
    assert_eq!(account.unrecognised_bytes, 0);
}

#[test]
fn parts_belong_to_the_entry_before_them() {
    let (events, _) = events(
        "@LOG:  duration: 1.000 ms  execute <unnamed>: SELECT $1\n@DETAIL:  Parameters: $1 = 'a\n\tb'\n\
         @LOG:  duration: 1.000 ms  statement: EXECUTE p(1)\n@DETAIL:  prepare: PREPARE p AS SELECT $1;\n\
         @ERROR:  57014: canceling statement due to statement timeout\n@LOCATION:  ProcessInterrupts, postgres.c:1\n@STATEMENT:  SELECT\n\tpg_sleep(1)\n\
         @LOG:  temporary file: path \"base/x\", size 42\n@STATEMENT:  SELECT 2\n",
    );
    let Body::Statement(first) = &events[0].body else { panic!() };
    assert_eq!((first.step, first.parameters), (Step::Execute, Some(&b"$1 = 'a\n\tb'"[..])));
    let Body::Statement(second) = &events[1].body else { panic!() };
    assert_eq!(second.prepared, Some(&b"PREPARE p AS SELECT $1;"[..]));
    let Body::Error(error) = &events[2].body else { panic!() };
    assert_eq!((error.severity, error.killed), (Severity::Error, Some(Killed::Timeout)));
    assert_eq!(
        (error.state, error.statement),
        (Some(*b"57014"), Some(&b"SELECT\n\tpg_sleep(1)"[..]))
    );
    assert!(matches!(
        events[3].body,
        Body::TemporaryFile { bytes: 42, statement: Some(b"SELECT 2") }
    ));
}

#[test]
fn foreign_lines_are_counted_and_glued_to_nothing() {
    let (events, account) = events(
        "\n@LOG:  duration: 1.000 ms  statement: SELECT 1\nrsync: nothing\n\tmore of it\n@LOG:  duration: 2.000 ms\n",
    );
    let Body::Statement(statement) = &events[0].body else { panic!() };
    assert_eq!(statement.text, b"SELECT 1");
    assert!(matches!(events[1].body, Body::Duration { duration: Micros(2000), step: None }));
    assert_eq!((account.ignored_bytes, account.foreign_lines), (1, 2));
    assert_eq!(account.unrecognised_bytes, "rsync: nothing\n\tmore of it\n".len() as u64);
    assert_eq!(account.first_foreign.map(|foreign| foreign.line), Some(2));
}

#[test]
fn the_rest_of_a_cut_entry_says_nothing() {
    let log = format!("LECT 1\n\tFROM t\n{HEAD}LOG:  duration: 2.000 ms\nforeign\n\tmore\n");
    let prefixes = [Prefix::parse("%m [%p] ").unwrap()];
    let account = StderrReader::new(&prefixes).read(log.as_bytes(), true, |_| {});
    assert_eq!((account.cut_entry_bytes, account.ignored_bytes), (15, 15));
    assert_eq!(account.foreign_lines, 2);
    let account = StderrReader::new(&prefixes).read(log.as_bytes(), false, |_| {});
    assert_eq!((account.cut_entry_bytes, account.foreign_lines), (0, 4));
}

#[test]
fn text_that_quotes_a_log_is_none() {
    let quoted = "{\n  \"text\": \"a\",\n  \"log\": \"2026-11-23 03:52:31.410 CET [7] LOG:  duration: 1.000 ms  statement: x\",\n  \"more\": 1,\n  \"and\": 2,\n  \"more\": 3\n}\n";
    assert_eq!(detect_prefix(quoted.as_bytes()), None);
}

#[test]
fn the_same_with_carriage_returns() {
    let log = "@LOG:  duration: 1.000 ms  statement: SELECT 1\r\n@LOG:  duration: 2.000 ms\r\n";
    let (events, account) = events(log);
    assert_eq!(durations(&events), [1000, 2000]);
    assert_eq!(account.unrecognised_bytes, 0);
}

#[test]
fn blocks_are_cut_at_entries_only() {
    let prefixes = [Prefix::parse("%m [%p] ").unwrap()];
    let log = "noise\n@LOG:  statement: SELECT\n\t1\n@ERROR:  x\n\ty\n@STATEMENT:  z\nnoise\n"
        .replace('@', HEAD);
    let last = last_entry_start(&prefixes, log.as_bytes()).unwrap();
    assert!(log[last..].starts_with("2026") && log[last..].contains("ERROR"));
    assert_eq!(first_entry_start(&prefixes, log.as_bytes()), Some("noise\n".len()));
    assert_eq!(last_entry_start(&prefixes, b"noise\nnoise"), None);
}

#[test]
fn unknown_escapes_are_errors() {
    insta::assert_snapshot!(Prefix::parse("%m %Z").unwrap_err(), @"log_line_prefix has the unknown escape `%Z`");
    insta::assert_snapshot!(Prefix::parse("%m %").unwrap_err(), @"log_line_prefix ends in a lone `%`");
    insta::assert_snapshot!(Prefix::parse("%m %5").unwrap_err(), @"log_line_prefix ends in a lone `%`");
}
