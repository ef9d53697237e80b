//! Cutting a log into blocks, in the middle of anything, changes nothing of what it says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use slowlog::{Analyzer, Source};

fuzz_target!(|data: &[u8]| {
    let Some((size, log)) = data.split_first() else { return };
    let totals = |block_bytes: usize| {
        let mut analyzer = Analyzer::new();
        analyzer.threads(1).block_bytes(block_bytes);
        let sources = vec![Source::reader("log", std::io::Cursor::new(log.to_vec()))];
        let analysis = analyzer.analyze(sources).expect("one thread can be started");
        let account = &analysis.completeness;
        let bytes = account.parsed_bytes
            + account.ignored_bytes
            + account.unrecognised_bytes
            + account.damaged_bytes;
        assert_eq!((bytes, account.bytes), (log.len() as u64, log.len() as u64));
        (analysis.digest.totals().clone(), analysis.completeness)
    };
    assert_eq!(totals(usize::from(*size) + 1), totals(1 << 20));
});
