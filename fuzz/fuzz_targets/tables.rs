//! The readers of the log tables and of the general log of MySQL take any bytes: they do not panic,
//! every byte is accounted for, and cutting a log in two changes nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use slowlog_parse::{Account, Format, Reader};

fn read(
    format: &Format,
    log: &[u8],
    begins_log: bool,
    ends_log: bool,
    out: &mut Vec<String>,
) -> Account {
    let account = Reader::new(format).read(log, begins_log, ends_log, |event| {
        out.push(format!(
            "{:?} {:?} {:?} {:?}",
            event.time, event.session, event.actor, event.body
        ));
    });
    let bytes = account.parsed_bytes
        + account.ignored_bytes
        + account.unrecognised_bytes
        + account.damaged_bytes;
    assert_eq!(bytes, account.open_from.unwrap_or(log.len() as u64));
    account
}

/// The first bytes say what the format is found from, so that it stays while the log changes.
const SAMPLES: [&[u8]; 6] = [
    b"\"2026-11-25 09:35:20\",\"a[b] @ c []\",\"00:00:01\",\"00:00:00\",1,2,\"d\",0,0,1,\"x\",4,2\n",
    b"\"2026-11-25 09:35:20\",\"a[b] @ c []\",\"00:00:01\",\"00:00:00\",1,2,\"d\",0,0,1,\"x\"\"y\",4,2\n",
    b"2026-11-25 09:35:20\ta[b] @ c []\t00:00:01\t00:00:00\t1\t2\td\t0\t0\t1\tx\t4\t2\n",
    b"INSERT INTO `slow_log` VALUES ('2026-11-25 09:35:20','a[b] @ c []','00:00:01','00:00:00',1,2,'d',0,0,1,'x',4,2);\n",
    b"\"2026-11-25 09:35:20\",\"a[b] @ c []\",3,1,\"Query\",\"x\"\n",
    b"261125  9:35:19\t     3 Query\tSELECT 1\n",
];

fuzz_target!(|data: &[u8]| {
    let Some((first, log)) = data.split_first() else { return };
    Format::detect(&[log], None);
    let sample = SAMPLES[usize::from(*first) % SAMPLES.len()];
    let Some(format) = Format::detect(&[sample], None) else { panic!("a sample of no format") };
    format.first_and_last_stamp(log);
    let mut whole = Vec::new();
    assert_eq!(read(&format, log, true, true, &mut whole).open_from, None);
    let Some(cut) = format.last_entry_start(log).filter(|cut| *cut > 0) else { return };
    let mut parts = Vec::new();
    let first = read(&format, &log[..cut], true, false, &mut parts);
    let from = first.open_from.unwrap_or(cut as u64) as usize;
    read(&format, &log[from..], from == 0, true, &mut parts);
    assert_eq!(parts, whole);
});
