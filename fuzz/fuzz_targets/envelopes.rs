//! What takes off an envelope takes any bytes: it does not panic, every byte is accounted for, and
//! what comes out does not depend on how the bytes are parted.

#![no_main]

use libfuzzer_sys::fuzz_target;
use slowlog_parse::{Envelope, Format, Prefix, Unwrapped, Unwrapper, YearHint};

fn unwrap(envelope: &Envelope, format: &Format, log: &[u8], step: usize) -> Unwrapped {
    let mut unwrapper = Unwrapper::new(envelope, Some(format));
    for piece in log.chunks(step) {
        unwrapper.take(piece).expect("a small log is not too large");
    }
    unwrapper.finish().expect("a small log is not too large");
    unwrapper.unwrapped
}

fuzz_target!(|log: &[u8]| {
    slowlog_parse::unsupported(log);
    let Some(envelope) = Envelope::detect(log, YearHint::default()) else { return };
    envelope.sample(log);
    let prefixes = vec![Prefix::parse("%m [%p] ").expect("sound"), Prefix::parse("").expect("sound")];
    for format in [Format::PostgresStderr(prefixes), Format::MySqlSlow] {
        let whole = unwrap(&envelope, &format, log, usize::MAX);
        assert_eq!(whole.account.bytes, log.len() as u64);
        let text = whole.text.len() as u64;
        assert!(whole.account.left_out_bytes() + text <= whole.account.bytes);
        let parts = unwrap(&envelope, &format, log, 3);
        assert_eq!((parts.text, parts.notes), (whole.text, whole.notes));
        assert_eq!(parts.account, whole.account);
    }
});
