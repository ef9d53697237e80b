use super::*;

#[allow(clippy::unnecessary_wraps, reason = "as the parser returns it")]
fn statement(step: Step, micros: Option<u64>, text: &str) -> Option<Message<'_>> {
    Some(Message::Statement { step, duration: micros.map(Micros), text: text.as_bytes() })
}

#[test]
fn durations_and_statements() {
    for (text, expected) in [
        (
            "duration: 0.054 ms  statement: SELECT 1;",
            statement(Step::Simple, Some(54), "SELECT 1;"),
        ),
        ("duration: 0.054 ms statement: SELECT 1;", statement(Step::Simple, Some(54), "SELECT 1;")),
        (
            "duration: 0.4 ms  parse <unnamed>: SELECT $1",
            statement(Step::Parse, Some(400), "SELECT $1"),
        ),
        (
            "duration: 0.4 ms  bind S_1/C_2: SELECT $1",
            statement(Step::Bind, Some(400), "SELECT $1"),
        ),
        (
            "duration: 1.0 ms  execute S_1: SELECT $1",
            statement(Step::Execute, Some(1000), "SELECT $1"),
        ),
        (
            "duration: 1.0 ms  execute fetch from S_1/C_2: SELECT $1",
            statement(Step::Fetch, Some(1000), "SELECT $1"),
        ),
        (
            "duration: 1.0 ms  rows: 3  size: 120 bytes  statement: SELECT 1",
            statement(Step::Simple, Some(1000), "SELECT 1"),
        ),
        ("statement: ;", statement(Step::Simple, None, ";")),
        ("execute <unnamed>: SELECT 'a: b'", statement(Step::Execute, None, "SELECT 'a: b'")),
        ("duration: 0.175 ms", Some(Message::Duration(Micros(175)))),
        ("duration: 0.175 ms\r", Some(Message::Duration(Micros(175)))),
        ("duration: x ms", None),
        ("duration: 1 ms  nonsense", None),
        ("checkpoint starting: time", None),
        ("", None),
    ] {
        assert_eq!(message(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn plans_in_every_format_name_their_query() {
    for text in [
        "duration: 1.5 ms  plan:\n\tQuery Text: SELECT 'a\"b'\n\t\tFROM t\n\tSeq Scan on t  (cost=0.00..1.01 rows=1 width=4)",
        "duration: 1.5 ms  plan:\n\tQuery Text: SELECT 'a\"b'\n\t\tFROM t\n\tQuery Parameters: $1 = '1'\n\tSeq Scan on t  (cost=0.00..1.01 rows=1 width=4)",
        "duration: 1.5 ms  plan:\n\t{\n\t  \"Query Text\": \"SELECT 'a\\\"b'\\n\\tFROM t\",\n\t  \"Plan\": {}\n\t}",
        "duration: 1.5 ms  plan:\n\tQuery Text: \"SELECT 'a\\\"b'\\n\\tFROM t\"\n\tPlan: \n\t  Node Type: \"Result\"",
        "duration: 1.5 ms  plan:\n\t<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n\t  <Query-Text>SELECT 'a&quot;b'\n\t\tFROM t</Query-Text>\n\t  <Plan>",
    ] {
        let Some(Message::Plan { duration, query, plan }) = message(text.as_bytes()) else {
            panic!("no plan: {text}")
        };
        let words: Vec<_> =
            query.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty()).collect();
        assert_eq!(duration, Micros(1500));
        assert!(text.as_bytes().ends_with(plan) && !plan.is_empty(), "{text}");
        assert_eq!(words, [&b"SELECT"[..], b"'a\"b'", b"FROM", b"t"], "{text}");
    }
}

#[test]
fn what_the_server_does_beside_statements() {
    for (text, expected) in [
        ("checkpoint starting: time", None),
        ("checkpoint starting: wal", Some((Maintenance::RequestedCheckpoint, None))),
        (
            "checkpoint starting: immediate force wait",
            Some((Maintenance::RequestedCheckpoint, None)),
        ),
        (
            "checkpoint complete: wrote 1284 buffers (7.8%); write=8.782 s, sync=0.001 s, total=8.790 s; sync files=4",
            Some((Maintenance::Checkpoint, Some(8_790_000))),
        ),
        ("restartpoint complete: wrote 1 buffers", Some((Maintenance::Checkpoint, None))),
        (
            "automatic vacuum of table \"a.b.c\": index scans: 1\n\tsystem usage: CPU: user: 0.10 s, system: 0.01 s, elapsed: 0.58 s",
            Some((Maintenance::Autovacuum, Some(580_000))),
        ),
        (
            "automatic aggressive vacuum to prevent wraparound of table \"a.b.c\": index scans: 0",
            Some((Maintenance::Autovacuum, None)),
        ),
        (
            "automatic analyze of table \"a.b.c\" system usage: CPU 0.00s/0.01u sec elapsed 0.05 sec",
            Some((Maintenance::Autoanalyze, Some(50_000))),
        ),
        ("database system is ready to accept connections", Some((Maintenance::Start, None))),
        (
            "server process (PID 77) was terminated by signal 9: Killed",
            Some((Maintenance::Crash, None)),
        ),
        ("received fast shutdown request", None),
        ("automatic something", None),
    ] {
        let expected =
            expected.map(|(kind, took)| Message::Maintenance { kind, took: took.map(Micros) });
        assert_eq!(message(text.as_bytes()), expected, "{text}");
    }
    let starting = message(b"starting PostgreSQL 15.4 (Debian 15.4-1) on x86_64, 64-bit");
    assert_eq!(starting, Some(Message::Starting { version: b"15.4" }));
}

#[test]
fn files_locks_and_connections() {
    assert_eq!(
        message(b"temporary file: path \"base/pgsql_tmp/pgsql_tmp1.1\", size 1343488"),
        Some(Message::TemporaryFile { bytes: 1_343_488 })
    );
    assert_eq!(
        message(
            b"process 7 acquired ShareLock on transaction 731 after 1090.006 ms at character 15"
        ),
        Some(Message::LockWait {
            process: 7,
            object: b"ShareLock on transaction 731",
            waited: Micros(1_090_006),
            step: LockStep::Acquired
        })
    );
    assert_eq!(message(b"connection received: host=[local]"), Some(Message::Connected));
    assert_eq!(
        message(b"disconnection: session time: 0:00:00.020"),
        Some(Message::Disconnected { lasted: Some(Micros(20_000)) })
    );
    assert_eq!(
        message(b"disconnection: session time: 1:02:03.004 user=a"),
        Some(Message::Disconnected { lasted: Some(Micros(3_723_004_000)) })
    );
    for (text, step, object) in [
        (
            "still waiting for ShareLock on transaction 1 after 1.0 ms",
            LockStep::Waits,
            "ShareLock on transaction 1",
        ),
        (
            "failed to acquire ShareLock on transaction 1 after 1.0 ms",
            LockStep::GaveUp,
            "ShareLock on transaction 1",
        ),
        (
            "detected deadlock while waiting for ShareLock on transaction 1 after 1.0 ms",
            LockStep::GaveUp,
            "ShareLock on transaction 1",
        ),
        (
            "avoided deadlock for ShareLock on tuple (0,1) of relation 1 by rearranging queue order after 1.0 ms",
            LockStep::Waits,
            "ShareLock on tuple (0,1) of relation 1",
        ),
    ] {
        let text = format!("process 7 {text}");
        let (object, waited) = (object.as_bytes(), Micros(1000));
        let expected = Message::LockWait { process: 7, object, waited, step };
        assert_eq!(message(text.as_bytes()), Some(expected), "{text}");
    }
    assert_eq!(killed(b"canceling statement due to lock timeout", false), Some(Killed::Timeout));
    assert_eq!(killed(b"terminating connection due to idle-in-transaction timeout", false), None);
    assert_eq!(
        killed(b"terminating connection due to administrator command", true),
        Some(Killed::Request)
    );
}
