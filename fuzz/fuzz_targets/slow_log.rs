//! The reader of slow logs takes any bytes: it does not panic, every byte is accounted for, and
//! cutting a log in two changes nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use slowlog_event::Body;
use slowlog_parse::{Account, Format, SlowLogReader};

fn read(log: &[u8], begins_log: bool, ends_log: bool, out: &mut Vec<String>) -> Account {
    let account = SlowLogReader::default().read(log, begins_log, ends_log, |event| {
        out.push(match &event.body {
            Body::Slow(entry) => format!("{:?} {:?} {entry:?}", event.time, event.actor),
            body => format!("{:?} {body:?}", event.time),
        });
    });
    let bytes = account.parsed_bytes
        + account.ignored_bytes
        + account.unrecognised_bytes
        + account.damaged_bytes;
    assert_eq!(bytes, account.open_from.unwrap_or(log.len() as u64));
    account
}

fuzz_target!(|log: &[u8]| {
    Format::detect(&[log], None);
    Format::MySqlSlow.first_entry_start(log);
    Format::MySqlSlow.first_and_last_stamp(log);
    let mut whole = Vec::new();
    assert_eq!(read(log, true, true, &mut whole).open_from, None);
    let Some(cut) = Format::MySqlSlow.last_entry_start(log) else { return };
    let mut parts = Vec::new();
    let first = read(&log[..cut], true, false, &mut parts);
    let from = first.open_from.unwrap_or(cut as u64) as usize;
    read(&log[from..], from == 0, true, &mut parts);
    assert_eq!(parts, whole);
});
