//! Any bytes as a file, and as a pipe: compressed, archived, broken. No panic, every byte of text
//! is accounted for, and the number of threads changes nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use slowlog::{Analysis, Analyzer, Source};

fn analyze(source: Source, threads: usize) -> Analysis {
    let analysis = Analyzer::new()
        .threads(threads)
        .block_bytes(1000)
        .analyze(vec![source])
        .expect("threads start");
    let account = &analysis.completeness;
    let bytes = account.parsed_bytes
        + account.ignored_bytes
        + account.unrecognised_bytes
        + account.damaged_bytes;
    assert_eq!(bytes, account.bytes);
    analysis
}

fuzz_target!(|data: &[u8]| {
    let path = std::env::temp_dir().join(format!("slowlog-fuzz-{}", std::process::id()));
    std::fs::write(&path, data).expect("the temporary directory can be written");
    let one = analyze(Source::file(&path), 1);
    let two = analyze(Source::file(&path), 2);
    assert_eq!(one.completeness, two.completeness);
    assert_eq!(one.digest.totals(), two.digest.totals());
    analyze(Source::reader("pipe", std::io::Cursor::new(data.to_vec())), 2);
});
