//! Tables of cases for the shapes that the documentation of Azure shows, and laws. No server of
//! Azure was asked.

use proptest::prelude::*;
use slowlog_event::{Body, Event};

use super::{AzureReader, first_and_last_azure_stamp, last_azure_row};
use crate::{Account, Format, SlowLogServer};

fn show(event: &Event<'_>) -> String {
    let name = |name: Option<&[u8]>| {
        name.map_or("-".to_owned(), |name| String::from_utf8_lossy(name).into_owned())
    };
    let Body::Slow(entry) = &event.body else { panic!("{event:?}") };
    let end = |stamp| SlowLogServer::default().end(stamp, entry.stamped, entry.duration);
    format!(
        "{} [{}] {}@{}/{} {}us {:?} | {}",
        event.time.map_or("-".to_owned(), |stamp| end(stamp).to_string()),
        event.session.map_or("-".to_owned(), |session| session.0.to_string()),
        name(event.actor.user),
        name(event.actor.client),
        name(event.actor.database),
        entry.duration.map_or("?".to_owned(), |micros| micros.0.to_string()),
        entry.counters.iter().map(|(_, value)| value).collect::<Vec<_>>(),
        String::from_utf8_lossy(entry.text)
    )
}

fn read(log: &[u8]) -> (Vec<String>, Account) {
    let mut events = Vec::new();
    let account = AzureReader::default().read(log, true, |event| events.push(show(event)));
    assert_eq!(account.bytes(), log.len() as u64);
    (events, account)
}

const RECORD: &str = r#"{"resourceId":"/X","category":"MySqlSlowLogs","properties":{"event_class":"slow_log","start_time":"2026-11-25T09:35:20Z","query_time":"1.500000","lock_time":"0.000003","user_host":"app[app] @ [10.0.0.5]","rows_sent":"1","rows_examined":"7","last_insert_id":"0","insert_id":"0","server_id":"3","thread_id":"9","db":"shop","sql_text":"SELECT \"a\"\nFROM t"},"time":"2026-11-25T09:36:00Z"}"#;
const EXPECTED: &str =
    "2026-11-25T09:35:21.500Z [9] app@10.0.0.5/shop 1500000us [3, 1, 7] | SELECT \"a\"\nFROM t";
const ROW: &str = r#"{"TenantId":"x","StartTime":"2026-11-25T09:35:20Z","QueryDurationMs":1500,"LockDurationMs":3,"RowsSent":1,"RowsExamined":7,"Host":"web","Db":"shop","ThreadId":9,"SqlText":"SELECT 1"}"#;
const OF_ROW: &str = "2026-11-25T09:35:21.500Z [9] -@web/shop 1500000us [3000, 1, 7] | SELECT 1";

#[test]
fn every_shape() {
    let members = ROW.trim_matches(['{', '}']).replace(",\"", ",\n    \"").replace("\":", "\": ");
    let pretty = format!("  {{\n    {members}\n  }}");
    let pretty = format!("[\n{pretty},\n{pretty}\n]");
    let typed = RECORD
        .replace("start_time", "start_time_t")
        .replace("query_time", "query_time_s")
        .replace("sql_text", "sql_text_s");
    for (log, expected) in [
        (format!("{RECORD}\n"), vec![EXPECTED]),
        (format!("{RECORD}\n{RECORD}\n"), vec![EXPECTED; 2]),
        (format!("{{\"records\":[{RECORD},{RECORD}]}}\n"), vec![EXPECTED; 2]),
        (format!("{{\"records\": [\n{RECORD},\n{RECORD}\n]}}"), vec![EXPECTED; 2]),
        (typed, vec![EXPECTED]),
        (format!("{ROW}\n"), vec![OF_ROW]),
        (format!("[{ROW}]"), vec![OF_ROW]),
        (pretty.clone(), vec![OF_ROW; 2]),
        (pretty.replace('\n', "\r\n"), vec![OF_ROW; 2]),
        (RECORD.replace(":{", ":\n{"), vec![EXPECTED]),
        // Other categories of the same hub.
        (
            format!(
                "{{\"category\":\"MySqlAuditLogs\",\"properties\":{{\"sql_text\":\"x\"}}}}\n{RECORD}\n"
            ),
            vec![EXPECTED],
        ),
        (RECORD.replace("1.500000", "00:00:01.500000"), vec![EXPECTED]),
        (RECORD.replace("\"1\"", "1").replace("\"7\"", "7").replace("\"9\"", "9"), vec![EXPECTED]),
    ] {
        assert_eq!(Format::detect(&[log.as_bytes()], None), Some(Format::MySqlAzure), "{log}");
        let (events, account) = read(log.as_bytes());
        assert_eq!(events, expected, "{log}");
        assert_eq!((account.unrecognised_bytes, account.damaged_bytes), (0, 0), "{log}");
        assert_eq!(account.lines, log.lines().count() as u64, "{log}");
    }
}

#[test]
fn what_is_lost_is_told() {
    let cut = &RECORD[..RECORD.len() - 40];
    for (log, events, unrecognised, damaged) in [
        (format!("{RECORD}\nnoise\n{RECORD}\n"), 2, 6, 0),
        (format!("{RECORD}\n{}\n{RECORD}\n", &RECORD[..330]), 2, 0, 331 - 59),
        (format!("{RECORD}\n{cut}"), 2, 0, 0),
        (format!("{RECORD}\n{}", &RECORD[..100]), 1, 0, 0),
    ] {
        let (found, account) = read(log.as_bytes());
        assert_eq!(found.len(), events, "{log}");
        assert_eq!(account.unrecognised_bytes, unrecognised, "{log}");
        assert_eq!(account.damaged_bytes > 0, damaged > 0, "{log}");
    }
}

const PIECES: [&str; 16] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\n",
    "{\"records\":[",
    "\"properties\":{",
    "\"sql_text\":\"x\"",
    "\"query_time\":1",
    "null",
    "x",
    "\"\\\"{\"",
];

fn logs() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(PIECES.as_slice());
    let whole = prop::sample::select(vec![RECORD, ROW, "\n", ",\n"]);
    prop::collection::vec(prop_oneof![whole, piece], 0..30)
        .prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn blocks_change_nothing(rows in prop::collection::vec(0..3u8, 0..12), size in 1..900usize) {
        let mut log = String::from("{\"records\": [\n");
        for row in rows {
            log.push_str([RECORD, ROW, "{\"x\": 1}"][usize::from(row)]);
            log.push_str(",\n");
        }
        log.push_str("]}\n");
        let log = log.into_bytes();
        let (whole, account) = read(&log);
        let mut events = Vec::new();
        let mut parsed = 0;
        let (mut start, mut end) = (0, 0);
        loop {
            end = (end + size).min(log.len());
            let ends_log = end == log.len();
            let mut block = &log[start..end];
            if !ends_log {
                let Some(cut) = last_azure_row(block).filter(|cut| *cut > 0) else { continue };
                block = &block[..cut];
            }
            let part = AzureReader::default().read(block, ends_log, |event| events.push(show(event)));
            parsed += part.parsed_bytes;
            start += block.len();
            if ends_log {
                break;
            }
        }
        prop_assert_eq!(events, whole);
        prop_assert_eq!(parsed, account.parsed_bytes);
    }

    #[test]
    fn any_bytes_are_accounted_for(log in prop::collection::vec(any::<u8>(), 0..300), rows in logs()) {
        for log in [&log, &rows] {
            Format::detect(&[log], None);
            first_and_last_azure_stamp(log);
            read(log);
        }
    }
}
