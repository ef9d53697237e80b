//! The reader of csvlog takes any bytes: it does not panic, every byte is accounted for, and
//! cutting a log in two changes nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use slowlog_parse::{Account, CsvReader, Format};

fn read(log: &[u8], begins_log: bool, ends_log: bool, out: &mut Vec<String>) -> Account {
    let account = CsvReader::default().read(log, begins_log, ends_log, |event| {
        out.push(format!("{:?} {:?} {:?} {:?}", event.time, event.session, event.actor, event.body));
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
    Format::PostgresCsv.first_and_last_stamp(log);
    let mut whole = Vec::new();
    assert_eq!(read(log, true, true, &mut whole).open_from, None);
    let Some(cut) = Format::PostgresCsv.last_entry_start(log) else { return };
    let mut parts = Vec::new();
    let first = read(&log[..cut], true, false, &mut parts);
    let from = first.open_from.unwrap_or(cut as u64) as usize;
    read(&log[from..], from == 0, true, &mut parts);
    assert_eq!(parts, whole);
});
