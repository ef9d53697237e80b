//! Slow logs of real servers and hostile ones, against what others counted in them.
//!
//! The logs stand outside of the repository; without them there is nothing to check.

#![expect(clippy::print_stderr, reason = "a test says what it skipped")]

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use slowlog_event::{Body, Dialect};
use slowlog_parse::{Format, SlowLogReader};

/// Where the table of pt-query-digest's raw events says something else, what it is here, and the
/// rule of the grammar that makes it so.
const EXCEPTIONS: [(&str, u64, u64, &str); 4] = [
    ("gomysql-slow016.log", 1, 3953, "the log begins inside an entry: its rest has no Query_time"),
    ("gomysql-slow023.log", 8, 891_854, "a user's own use is a statement, not the end of one"),
    ("slow006-session-2.txt", 0, 0, "statements without a header are no slow log"),
    ("slow017.txt", 1, 0, "an overflowed Query_time is no number, its entry still is one"),
];

#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    entries: u64,
    micros: u64,
    damaged: u64,
}

fn corpus(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}

fn totals(log: &[u8]) -> Totals {
    let mut totals = Totals::default();
    let mut count = |body: &Body<'_>| {
        if let Body::Slow(entry) = body {
            totals.entries += 1;
            totals.micros += entry.duration.map_or(0, |duration| duration.0);
        }
    };
    let mut reader = SlowLogReader::default();
    let account = reader.read(log, true, true, |event| count(&event.body));
    let bytes = account.parsed_bytes
        + account.ignored_bytes
        + account.unrecognised_bytes
        + account.damaged_bytes;
    assert_eq!(bytes, log.len() as u64);
    totals.damaged = account.damaged_bytes;
    totals
}

/// Reads in two blocks.
fn totals_of_blocks(log: &[u8]) -> Totals {
    let mut totals = Totals::default();
    let mut reader = SlowLogReader::default();
    let cut = Format::MySqlSlow.last_entry_start(log).unwrap_or(0);
    let mut read = |block: &[u8], begins: bool, ends: bool| {
        reader.read(block, begins, ends, |event| {
            if let Body::Slow(entry) = &event.body {
                totals.entries += 1;
                totals.micros += entry.duration.map_or(0, |duration| duration.0);
            }
        })
    };
    let open_from = read(&log[..cut], true, false).open_from.map_or(cut, |from| from as usize);
    let account = read(&log[open_from..], open_from == 0, true);
    totals.damaged = account.damaged_bytes;
    totals
}

fn micros(seconds: &str) -> u64 {
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    whole.parse::<u64>().unwrap() * 1_000_000 + format!("{fraction:0<6}").parse::<u64>().unwrap()
}

#[test]
fn entries_and_times_are_those_of_pt_query_digest_but_where_it_is_wrong() {
    let Some(directory) = corpus("percona-toolkit") else { return };
    let table = fs::read_to_string(directory.join("summary.tsv")).unwrap();
    for row in table.lines().filter(|row| !row.starts_with('#')) {
        let columns: Vec<_> = row.split('\t').collect();
        let name = columns[0];
        let (mut entries, mut time) = (columns[6].parse().unwrap(), micros(columns[8]));
        for (exception, exact_entries, exact_time, rule) in EXCEPTIONS {
            if exception == name {
                eprintln!("{name}: {rule}");
                (entries, time) = (exact_entries, exact_time);
            }
        }
        let log = fs::read(directory.join(name)).unwrap();
        let found = totals(&log);
        assert_eq!((found.entries, found.micros), (entries, time), "{name}");
        assert_eq!(totals_of_blocks(&log), found, "{name}");
        let is_log = !log.is_empty() && name != "slow006-session-2.txt";
        assert_eq!(Format::detect(&[&log], Some(Dialect::MySql)).is_some(), is_log, "{name}");
    }
}

#[test]
fn traps_are_seen_through() {
    let Some(directory) = corpus("mysql-traps") else { return };
    let table = fs::read_to_string(directory.join("TRUTH.tsv")).unwrap();
    for row in table.lines().skip(1) {
        let columns: Vec<_> = row.split('\t').collect();
        let (name, entries, time) = (columns[0], columns[1], columns[3]);
        let mut log = fs::read(directory.join(name)).unwrap();
        if let Some(b"\x1f\x8b") = log.get(..2) {
            let packed = std::mem::take(&mut log);
            GzDecoder::new(&packed[..]).read_to_end(&mut log).unwrap();
        }
        let found = totals(&log);
        let first_number = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
        assert_eq!(found.entries.to_string(), first_number(entries), "{name}");
        assert_eq!(found.micros, micros(&first_number(time)), "{name}");
        assert_eq!(found.damaged > 0, entries.contains("truncated"), "{name}");
        assert_eq!(totals_of_blocks(&log), found, "{name}");
        assert!(Format::detect(&[&log], Some(Dialect::MySql)).is_some(), "{name}");
    }
}
