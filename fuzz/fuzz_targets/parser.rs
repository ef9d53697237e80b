//! The parser of PostgreSQL's stderr log takes any bytes under any prefix: it does not panic, and
//! every byte is accounted for.

#![no_main]

use libfuzzer_sys::fuzz_target;
use slowlog_event::Body;
use slowlog_parse::{Prefix, StderrReader, bind_parameters, detect_prefixes};

fuzz_target!(|data: &[u8]| {
    let (prefix, log) = data.split_at_checked(data.len() % 64).unwrap_or((b"", data));
    let given = std::str::from_utf8(prefix).ok().and_then(|text| Prefix::parse(text).ok());
    let common = Prefix::parse("%m [%p] %q%u@%d ").ok();
    for prefixes in [given.into_iter().collect(), common.into_iter().collect(), detect_prefixes(&[log])] {
        let account = StderrReader::new(&prefixes).read(log, log.len() % 2 == 0, |event| {
            if let Body::Statement(statement) = &event.body {
                bind_parameters(statement.parameters.unwrap_or(statement.text)).for_each(drop);
            }
        });
        let bytes = account.parsed_bytes
            + account.ignored_bytes
            + account.unrecognised_bytes
            + account.damaged_bytes;
        assert_eq!(bytes, log.len() as u64);
    }
});
