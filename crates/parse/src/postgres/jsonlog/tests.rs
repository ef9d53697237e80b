//! Lines of every writer, and laws that hold for any bytes.

use proptest::prelude::*;

use super::*;
use crate::Format;

fn read(log: &[u8], (begins, ends): (bool, bool), out: &mut Vec<String>) -> Account {
    let account = JsonReader::default().read(log, begins, ends, |event| {
        if !matches!(event.body, Body::Other) {
            out.push(line_of(event));
        }
    });
    let bytes = account.bytes();
    assert_eq!(bytes, log.len() as u64, "every byte is accounted for");
    account
}

/// An event without its position.
fn line_of(event: &Event<'_>) -> String {
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
        Body::Error(error) => {
            format!("{:?} {:?}", error.state.map(|state| text(&state)), error.statement.map(text))
        }
        body => format!("{body:?}"),
    };
    format!(
        "{} {:x} {:?} {} {:?} {:?} {body}",
        event.time.map_or("-".to_owned(), |time| time.to_string()),
        event.session.map_or(0, |session| session.0),
        event.session_line,
        actor.join("|"),
        event.query_id,
        event.transaction
    )
}

fn events(log: &str) -> (Vec<String>, Account) {
    let mut out = Vec::new();
    let account = read(log.as_bytes(), (true, true), &mut out);
    (out, account)
}

const SERVER: &str = r#"{"timestamp":"2026-11-23 03:52:33.201 CET","user":"bob","dbname":"shop","pid":18248,"remote_host":"10.0.0.1","remote_port":5432,"session_id":"6b03aa71.4748","line_num":5,"ps":"SELECT","session_start":"2026-11-23 03:52:33 CET","vxid":"4/5","txid":0,"error_severity":"LOG","message":"duration: 0.030 ms  execute <unnamed>: SELECT \"a\"\n FROM \u00fc","detail":"parameters: $1 = '25'","application_name":"psql","backend_type":"client backend","query_id":-42}"#;

#[test]
fn lines_of_every_writer() {
    for (line, expected) in [
        (
            SERVER,
            "2026-11-23T02:52:33.201Z 6b03aa7100004748 Some(5) bob|shop|psql|10.0.0.1 Some(-42) Some(4398046511109) Execute 30 SELECT \"a\"\n FROM ü Some(\"$1 = '25'\")",
        ),
        // The extension for servers before 15 has the message at the end.
        (
            r#"{"timestamp":"2020-05-02 13:00:21.123 UTC","user":"bob","dbname":"shop","pid":18248,"remote_host":"::1","remote_port":"5432","session_id":"6b03aa71.4748","ps_display":"SELECT","vxid":"4/0","error_severity":"LOG","detail_log":"parameters: $1 = '25'","file_location":"x, y.c:5","application_name":"psql","message":"duration: 1.000 ms  execute S_1: SELECT $1"}"#,
            "2020-05-02T13:00:21.123Z 6b03aa7100004748 None bob|shop|psql|::1 None None Execute 1000 SELECT $1 Some(\"$1 = '25'\")",
        ),
        (
            r#"{"timestamp":"2020-05-02 13:00:21.123 UTC","pid":"18248","error_severity":"DEBUG1","message":"x"}"#,
            "",
        ),
        // CloudNativePG, whose values are all strings.
        (
            r#"{"level":"info","ts":1669575482.09,"logger":"postgres","msg":"record","logging_pod":"pg-1","record":{"log_time":"2022-11-27 18:58:02.096 UTC","user_name":"postgres","database_name":"shop","process_id":"600","connection_from":"10.0.0.1:5432","session_id":"6383b33a.258","session_line_num":"4","command_tag":"SELECT","session_start_time":"2022-11-27 18:58:02 UTC","virtual_transaction_id":"3/0","transaction_id":"0","error_severity":"LOG","sql_state_code":"00000","message":"duration: 0.1 ms  statement: ;","application_name":"pg_isready","backend_type":"client backend","query_id":"7"}}"#,
            "2022-11-27T18:58:02.096Z 6383b33a00000258 Some(4) postgres|shop|pg_isready|10.0.0.1 Some(7) None Simple 100 ; None",
        ),
        // Azure, whose message is that of stderr.
        (
            r#"{"properties":{"timestamp":"2023-02-27 22:21:11.823 UTC","processId":2030,"errorLevel":"LOG","sqlerrcode":"00000","message":"2023-02-27 22:21:11.823 UTC [2030] [user=LOG,db=a] LOG:  duration: 0.053 ms  execute <unnamed>: SELECT 'LOG:  '\n","detail":"parameters: $1 = '4234'"},"time":"2023-02-27T22:21:11.823Z","resourceId":"/X","category":"PostgreSQLLogs"}"#,
            "2023-02-27T22:21:11.823Z 7ee None -|-|-|- None None Execute 53 SELECT 'LOG:  '\n Some(\"$1 = '4234'\")",
        ),
        // The same in a table, and the columns of a container in one.
        (
            r#"{"TimeGenerated":"2023-02-27T22:21:12.1Z","processId_d":2030,"errorLevel_s":"LOG","sqlerrcode_s":"00000","Message":"2023-02-27 22:21:11.823 UTC-63fd2e41.7ee-LOG:  duration: 0.053 ms  statement: SELECT 1"}"#,
            "2023-02-27T22:21:12.100Z 7ee None -|-|-|- None None Simple 53 SELECT 1 None",
        ),
        (
            r#"{"record_log_time_s":"2022-11-27 18:58:02.096 UTC","record_user_name_s":"postgres","record_process_id_s":"600","record_error_severity_s":"LOG","record_message_s":"duration: 0.1 ms  statement: ;","TimeGenerated":"2023-02-27T22:21:12.1Z"}"#,
            "2022-11-27T18:58:02.096Z 258 None postgres|-|-|- None None Simple 100 ; None",
        ),
        // A statement that failed; keys of later servers and of programs between are no matter.
        (
            r#"{ "_p": {"message": "x", "a": [1, "}"]}, "timestamp": "2026-11-23T02:52:33.2Z", "pid": 7, "error_severity": "ERROR", "state_code": "22012", "message": "division by zero", "statement": "SELECT 1/0", "new": null }"#,
            "2026-11-23T02:52:33.200Z 7 None -|-|-|- None None Some(\"22012\") Some(\"SELECT 1/0\")",
        ),
    ] {
        for log in
            [line.to_owned(), format!("{line}\n"), format!("{line}\r\n"), format!("{line},\n")]
        {
            let (events, account) = events(&log);
            assert_eq!(events.join(""), expected, "{log}");
            assert_eq!((account.entries, account.parsed_bytes), (1, log.len() as u64), "{log}");
            assert_eq!(
                Format::detect(&[log.as_bytes()], None),
                Some(Format::PostgresJson),
                "{log}"
            );
        }
    }
}

#[test]
fn what_is_raised_is_nothing() {
    let raised =
        SERVER.replace(r#""application_name""#, r#""statement":"SELECT f()","application_name""#);
    assert_eq!(events(&raised).0, [""; 0]);
    let nested = SERVER.replace(r#""application_name""#, r#""context":"SQL","application_name""#);
    assert_eq!(events(&nested).0, [""; 0]);
    let step = SERVER
        .replace(r#""ps":"SELECT""#, r#""ps":"BIND""#)
        .replace("  execute <unnamed>: SELECT \\\"a\\\"\\n FROM \\u00fc", "");
    assert!(events(&step).0[0].ends_with("step: Some(Bind) }"), "{:?}", events(&step).0);
}

#[test]
fn what_is_cut_or_foreign() {
    let message = SERVER.find("SELECT \\\"").unwrap();
    // The end: an entry counts as far as its message goes.
    for (cut, entries, texts) in [
        (SERVER.len() - 1, 2, 2),
        (SERVER.len() - 60, 2, 2),
        (message + 8, 2, 2),
        (message - "  execute <unnamed>: ".len(), 2, 1),
        (message - 60, 1, 1),
        (20, 1, 1),
    ] {
        let (events, account) = events(&format!("{SERVER}\n{}", &SERVER[..cut]));
        assert_eq!((account.entries, events.len()), (entries, texts), "{cut}");
        assert_eq!(account.unrecognised_bytes + account.damaged_bytes, 0, "{cut}");
    }
    // The rest of a line that was cut.
    for cut in [1, 20, message, SERVER.len() - 1] {
        let log = format!("{}\n{SERVER}\n", &SERVER[cut..]);
        let (events, account) = events(&log);
        assert_eq!(events.len(), 1, "{cut}");
        assert_eq!(account.cut_entry_bytes, (SERVER.len() - cut + 1) as u64);
        assert_eq!(Format::detect(&[log.as_bytes()], None), Some(Format::PostgresJson));
    }
    let (events, account) = events(&format!(
        "{SERVER}\n{}\n\n{{\"logger\":\"wal-archive\",\"msg\":\"x\"}}\nnoise\n{{\"a\":1}}\n{SERVER}\n",
        &SERVER[..message]
    ));
    assert_eq!(events.len(), 2);
    assert_eq!(account.damaged_bytes, message as u64 + 1);
    assert_eq!(
        (account.ignored_bytes, account.foreign_lines, account.unrecognised_bytes),
        (36, 2, 14)
    );
    assert_eq!(account.first_foreign.map(|foreign| foreign.line), Some(4));
}

#[test]
fn other_text_is_no_jsonlog() {
    for text in [
        "{\"timestamp\":\"2026-11-23T02:52:33Z\",\"level\":\"info\",\"message\":\"x\"}\n"
            .to_owned(),
        format!("One entry:\n{SERVER}\n{}", "And more text.\n".repeat(50)),
        "{}\n".to_owned(),
        "{".to_owned(),
        String::new(),
    ] {
        assert_eq!(Format::detect(&[text.as_bytes()], None), None, "{text}");
    }
}

#[test]
fn stamps_of_a_part_that_begins_with_the_newest() {
    let older = SERVER.replace("03:52:33", "03:52:11");
    let log = format!("rest\"}}\n{SERVER}\n{older}\n{{\"logger\":\"x\"}}\n{{\"timest");
    let (first, last) = first_and_last_json_stamp(log.as_bytes()).unwrap();
    assert_eq!(first.to_string(), "2026-11-23T02:52:11.201Z");
    assert_eq!(last.to_string(), "2026-11-23T02:52:33.201Z");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// Any cut between lines gives the same events, and no bytes make it panic.
    #[test]
    fn blocks_change_nothing(
        pieces in prop::collection::vec(prop_oneof![
            Just(format!("{SERVER}\n")),
            Just(SERVER[..120].to_owned()),
            Just("{\"logger\":1}\n".to_owned()),
            "[{}\",:\\\\u0-9a\n]{0,9}",
        ], 0..10),
        noise: Vec<u8>,
        target in 0..4000usize,
    ) {
        let mut log = pieces.concat().into_bytes();
        log.extend(noise);
        log.extend(SERVER.as_bytes());
        let mut whole = Vec::new();
        let expected = read(&log, (true, true), &mut whole);
        let cut = last_json_entry(&log[..target.min(log.len())]).unwrap_or(0);
        let mut parts = Vec::new();
        let first = read(&log[..cut], (true, false), &mut parts);
        let second = read(&log[cut..], (cut == 0, true), &mut parts);
        prop_assert_eq!(parts, whole);
        prop_assert_eq!(first.parsed_bytes + second.parsed_bytes, expected.parsed_bytes);
        prop_assert_eq!(first.lines + second.lines, expected.lines);
        Format::detect(&[&log], None);
        first_and_last_json_stamp(&log);
    }
}
