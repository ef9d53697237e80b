//! Laws that hold for any log.

use proptest::prelude::*;

use super::super::{SlowLogReader, first_and_last_slow_stamp, is_slow_log, last_slow_entry};
use super::borders::check_borders;
use super::{read_with, show};
use crate::Account;

/// Pieces that logs are made of, and that break them.
const PIECES: [&str; 42] = [
    "# Time: 2024-05-01T10:00:00.000001Z\n",
    "# Time: 240501 10:00:00\n",
    "# Time: fake\n",
    "# Time: 240501 10:00:00;\n",
    "# User@Host: a[b] @ c []  Id: 3\n",
    "# User@Host: a;[b] @ c []\n",
    "# Query_time: 1.5  Lock_time: 0\n",
    "# Query_time: 1.5\n",
    "# Query_time: 2;\n",
    "# Query_time: 2",
    "# Query_time: x\n",
    "# Schema: s  Last_errno: 0\n",
    "# Key: value;\n",
    "# keyless line\n",
    "# keyless line;\n",
    "# Warnings\n",
    "# explain: 1\tSIMPLE\n",
    "#\n",
    "  Tmp_tables: 1\n",
    "use db;\n",
    "SET timestamp=1714557600;\n",
    "select 1;\n",
    "select 1\n",
    "# administrator command: Quit;\n",
    "mysqld, Version: 5 (x). started with:\nTcp port: 0\nTime Argument\n",
    "mysqld, Version: 5 (x). started with:\n",
    " /mysqld, Version: 5 (x). started with:\nTcp port: 0\n",
    "'",
    "'",
    "\"",
    "`",
    "\\'",
    "/*",
    "*/",
    "/*!",
    "-- ",
    "#",
    ";\n",
    ";\n",
    "\n",
    "\r\n",
    "x",
];

/// Whole entries make logs in which literals can span them.
const ENTRIES: [&str; 9] = [
    "# Query_time: 1\na;\n",
    "# Query_time: 1\na ';\n",
    "# Query_time: 1\na \";\n",
    "# Query_time: 1\na \\';\n",
    "# Query_time: 1\n/*;\n",
    "# Query_time: 1\n*/ /*! `;\n",
    "# Time: 240501 10:00:00\n# Query_time: 1\n'b' ';\n",
    "# Query_time: 1\n`*/;\n",
    "# Query_time: 1\nuse x;\n",
];

fn logs() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES.as_slice()), 0..40);
    let entries = prop::collection::vec(prop::sample::select(ENTRIES.as_slice()), 0..30);
    let mixed = prop::collection::vec(
        prop_oneof![
            prop::sample::select(ENTRIES.as_slice()),
            prop::sample::select(PIECES.as_slice())
        ],
        0..40,
    );
    prop_oneof![pieces, entries, mixed].prop_map(|pieces| pieces.concat().into_bytes())
}

/// Reads as a program with little memory does: as much as there is up to the last cut, and what
/// was left open again.
fn read_in_blocks(log: &[u8], size: usize, bytes_ahead: usize) -> (Vec<String>, Account) {
    let mut reader = SlowLogReader::looking_ahead(bytes_ahead);
    let mut events = Vec::new();
    let mut sum = Account::default();
    let (mut start, mut end) = (0, 0);
    loop {
        end = (end + size).min(log.len());
        let ends_log = end == log.len();
        let mut block = &log[start..end];
        if !ends_log {
            let Some(cut) = last_slow_entry(block).filter(|cut| *cut > 0) else { continue };
            block = &block[..cut];
        }
        let (lines, byte) = (sum.lines, start as u64);
        let account = reader.read(block, start == 0, ends_log, |event| {
            let position = event.position;
            events.push(format!(
                "{}:{} {}",
                byte + position.byte,
                lines + position.line,
                show(event)
            ));
        });
        let read = account.open_from.unwrap_or(block.len() as u64);
        assert_eq!(account.bytes(), read);
        sum.parsed_bytes += account.parsed_bytes;
        sum.ignored_bytes += account.ignored_bytes;
        sum.unrecognised_bytes += account.unrecognised_bytes;
        sum.damaged_bytes += account.damaged_bytes;
        sum.lines += account.lines;
        sum.entries += account.entries;
        sum.cut_entry_bytes += account.cut_entry_bytes;
        sum.foreign_lines += account.foreign_lines;
        sum.unknown_zones += account.unknown_zones;
        start += read as usize;
        if ends_log {
            assert_eq!(account.open_from, None);
            return (events, sum);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes_are_accounted_for(log in prop::collection::vec(any::<u8>(), 0..300)) {
        for ends_log in [true, false] {
            let (_, account) = read_with(SlowLogReader::default(), &log, ends_log);
            let end = account.open_from.unwrap_or(log.len() as u64);
            prop_assert_eq!(account.bytes(), end);
        }
    }

    #[test]
    fn any_part_of_a_log_is_accounted_for(log in logs(), from in 0..200usize, to in 0..800usize) {
        let to = to.min(log.len());
        let part = &log[from.min(to)..to];
        for ends_log in [true, false] {
            for begins_log in [true, false] {
                let mut reader = SlowLogReader::default();
                let account = reader.read(part, begins_log, ends_log, |_| ());
                let end = account.open_from.unwrap_or(part.len() as u64);
                prop_assert_eq!(account.bytes(), end);
            }
        }
        is_slow_log(part);
        first_and_last_slow_stamp(part);
    }

    #[test]
    fn blocks_change_nothing(log in logs(), size in 1..200usize, bytes_ahead in 0..300usize) {
        let (whole, account) = read_with(SlowLogReader::looking_ahead(bytes_ahead), &log, true);
        let (events, sum) = read_in_blocks(&log, size, bytes_ahead);
        prop_assert_eq!(events, whole);
        prop_assert_eq!(sum, Account { first_foreign: None, ..account });
    }

    #[test]
    fn borders_follow_the_rule(log in logs(), ends in any::<bool>(), bytes_ahead in 0..300usize) {
        check_borders(&log, ends, bytes_ahead);
    }
}
