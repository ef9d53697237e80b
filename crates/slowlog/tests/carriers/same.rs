//! The carrier changes nothing.

use proptest::prelude::*;
use slowlog::{Analyzer, Source};

use crate::wrap::{Files, analyze, carriers, executions, log, problems, report};

fn check(text: &str, block_bytes: usize) {
    let plain = report(&analyze(text.as_bytes()));
    for (carrier, content) in carriers(text) {
        let files = Files::new(&[("misleading.zip", &content)]);
        let mut analyzer = Analyzer::new();
        analyzer.threads(2).block_bytes(block_bytes);
        let analysis = files.analyze_with(&["misleading.zip"], &analyzer);
        assert_eq!(problems(&analysis), [""; 0], "{carrier}");
        assert_eq!(report(&analysis), plain, "{carrier}");
        assert_eq!(analysis.inputs[0].decompressed_bytes, text.len() as u64, "{carrier}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn same_report_from_every_carrier(
        entries in 1..300u32,
        from in 0..5000u32,
        block_bytes in 1..4000usize,
    ) {
        check(&log(7, from, entries), block_bytes);
    }
}

/// More than is looked at to tell the format, than a buffer holds, and than a frame of zstd.
#[test]
fn same_report_of_a_larger_log() {
    let text = log(7, 0, 12_000);
    assert!(text.len() > 1_000_000);
    check(&text, 256 * 1024);
}

#[test]
fn a_pipe_may_be_compressed() {
    let text = log(7, 0, 3000);
    for (carrier, content) in carriers(&text) {
        let bytes = content.len() as u64;
        let is_archive = carrier.contains("tar") || carrier.contains("zip ") || carrier == "zip";
        let source = Source::reader("-", std::io::Cursor::new(content));
        let analysis = Analyzer::new().analyze(vec![source]).unwrap();
        if is_archive && !carrier.starts_with("gzip") && !carrier.starts_with("bzip2") {
            assert_eq!(problems(&analysis), ["not_opened"], "{carrier}");
        } else {
            assert_eq!(problems(&analysis), [""; 0], "{carrier}");
            assert_eq!(executions(&analysis), 3000, "{carrier}");
            assert_eq!(analysis.inputs[0].bytes, bytes, "{carrier}");
        }
    }
}

#[test]
fn what_it_was_in_is_told() {
    let text = log(7, 0, 20);
    let found: Vec<String> = carriers(&text)
        .iter()
        .map(|(carrier, content)| {
            let analysis = analyze(content);
            let input = &analysis.inputs[0];
            let words = [Some(*carrier), input.compression, input.encoding];
            words.into_iter().flatten().collect::<Vec<_>>().join(" / ")
        })
        .collect();
    insta::assert_snapshot!(found.join("\n"), @r"
    UTF-8 with a mark
    UTF-16LE with a mark / utf-16le
    UTF-16BE with a mark / utf-16be
    UTF-16LE / utf-16le
    UTF-16BE / utf-16be
    gzip / gzip
    gzip of UTF-16 / gzip / utf-16le
    gzip in members / gzip
    gzip with empty members / gzip
    gzip with zeros behind it / gzip
    zstd / zstd
    zstd in frames / zstd
    xz / xz
    xz in streams / xz
    bzip2 / bzip2
    bzip2 in streams / bzip2
    lz4 / lz4
    lz4 in frames / lz4
    tar
    tar.gz / gzip
    tar of zstd / zstd
    tar.xz of gzip / gzip
    zip / deflate
    zip of bzip2 / bzip2
    zip into a pipe / deflate
    ");
}

#[test]
fn progress_counts_the_bytes_of_the_files() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    let text = log(7, 0, 12_000);
    for (carrier, content) in carriers(&text) {
        let files = Files::new(&[("log", &content)]);
        let last = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&last);
        let mut analyzer = Analyzer::new();
        analyzer.on_progress(move |bytes| {
            assert!(told.fetch_max(bytes, Ordering::Relaxed) <= bytes);
        });
        files.analyze_with(&["log"], &analyzer);
        let (told, all) = (last.load(Ordering::Relaxed), content.len() as u64);
        assert!(told <= all, "{carrier}: {told} of {all}");
        // Padding and the directory of an archive are not read.
        assert!(told + 20_000 >= all, "{carrier}: {told} of {all}");
    }
}
