//! What stands before a break is kept, and the break is told.

use std::io::Read as _;

use slowlog::Analysis;

use crate::wrap::{
    Files, analyze, bzip2, carriers, executions, gzip, gzip_members, log, lz4, problems, tar, xz,
    zip, zip_stream, zstd,
};

fn bytes(analysis: &Analysis) -> u64 {
    analysis.inputs.iter().map(|input| input.decompressed_bytes).sum()
}

/// The bytes of text that each length of a file gives, from the one on that tells what it is.
fn truncated(content: &[u8], is_archive: bool) -> Vec<u64> {
    let files = Files::new(&[]);
    let lengths = 0..=content.len();
    let mut silent = Vec::new();
    let lengths = lengths.map(|len| {
        std::fs::write(files.path().join("log"), &content[..len]).unwrap();
        let analysis = files.analyze_with(&["log"], slowlog::Analyzer::new().threads(1));
        assert!(!problems(&analysis).contains(&"unreadable"), "{len}: {:?}", analysis.inputs);
        if problems(&analysis).is_empty() {
            silent.push(bytes(&analysis));
        }
        // A file that ends before its members begin is no archive yet.
        let is_known = analysis.inputs.iter().all(|input| {
            if is_archive {
                input.name != "log" || analysis.inputs.len() > 1
            } else {
                input.compression.is_some()
            }
        });
        is_known.then(|| bytes(&analysis))
    });
    let bytes: Vec<u64> = lengths.flatten().collect();
    // Nobody can tell a file that ends between two frames from a whole one.
    silent.retain(|some| Some(some) != bytes.last());
    assert!(silent.len() < 5, "{silent:?}");
    bytes
}

#[test]
fn truncated_at_every_byte() {
    let text = log(7, 0, 6);
    let (a, b) = text.split_at(text.len() / 2);
    for (carrier, content) in [
        ("gzip", gzip_members(text.as_bytes(), 200)),
        ("zstd", [zstd(a.as_bytes()), zstd(b.as_bytes())].concat()),
        ("xz", [xz(a.as_bytes()), xz(b.as_bytes())].concat()),
        ("bzip2", [bzip2(a.as_bytes()), bzip2(b.as_bytes())].concat()),
        ("lz4", [lz4(a.as_bytes()), lz4(b.as_bytes())].concat()),
        ("tar.gz", gzip(&tar(&[("1.log", a.as_bytes()), ("2.log", b.as_bytes())]))),
        ("zip of files", zip(&[("1.log", a.as_bytes()), ("2.log", b.as_bytes())])),
        ("zip stream", zip_stream(&[("1.log", a.as_bytes()), ("2.log", b.as_bytes())])),
    ] {
        let bytes = truncated(&content, carrier.contains("tar") || carrier.contains("zip "));
        assert!(bytes.is_sorted(), "{carrier}: {bytes:?}");
        assert_eq!(bytes.last(), Some(&(text.len() as u64)), "{carrier}");
        assert!(bytes.iter().any(|some| (1..text.len() as u64).contains(some)), "{carrier}");
    }
}

/// Everything that can be decompressed is in the report.
#[test]
fn truncated_gzip_gives_what_is_there() {
    let text = log(7, 0, 40);
    let content = gzip(text.as_bytes());
    let given = truncated(&content, false);
    let first = content.len() + 1 - given.len();
    assert!(first < 200);
    for (len, given) in (first..).zip(&given) {
        let mut expected = Vec::new();
        let _ = flate2::read::GzDecoder::new(&content[..len]).read_to_end(&mut expected);
        assert_eq!(*given, expected.len() as u64, "{len}");
    }
}

#[test]
fn a_broken_bit_anywhere_is_no_panic() {
    let text = log(7, 0, 12);
    let files = Files::new(&[]);
    for (carrier, content) in carriers(&text) {
        for at in (0..content.len()).step_by(1 + content.len() / 150) {
            let mut content = content.clone();
            content[at] ^= 1 << (at % 8);
            std::fs::write(files.path().join("log"), &content).unwrap();
            let analysis = files.analyze_with(&["log"], slowlog::Analyzer::new().threads(1));
            assert!(executions(&analysis) < 100, "{carrier}, byte {at}: {:?}", analysis.inputs);
        }
    }
}

#[test]
fn a_break_in_the_middle_keeps_what_is_before() {
    let text = log(7, 0, 20_000);
    for (carrier, content) in carriers(&text) {
        if !["gzip in members", "zstd", "bzip2", "lz4"].contains(&carrier) {
            continue;
        }
        let mut content = content;
        let middle = content.len() / 2;
        // Noise: a few bytes alone may well be data, and it is the checksum that tells.
        for (at, byte) in content[middle..middle + 4096].iter_mut().enumerate() {
            *byte = ((at * at * 7919) >> 7) as u8;
        }
        let analysis = analyze(&content);
        let input = &analysis.inputs[0];
        assert!(problems(&analysis).contains(&"damaged"), "{carrier}: {input:?}");
        assert!(!analysis.is_complete(false), "{carrier}");
        assert!(executions(&analysis) > 2000, "{carrier}: {}", executions(&analysis));
        let lost = input.lost_bytes.unwrap();
        assert!(lost > input.bytes / 4 && lost < input.bytes, "{carrier}: {lost}");
        let place = input.problems.last().unwrap().first.unwrap();
        assert_eq!(place.byte, input.decompressed_bytes, "{carrier}");
    }
}

#[test]
fn a_wrong_checksum_loses_nothing() {
    let text = log(7, 0, 100);
    let mut content = gzip(text.as_bytes());
    let crc = content.len() - 8;
    content[crc] ^= 1;
    let analysis = analyze(&content);
    assert_eq!(problems(&analysis), ["damaged"]);
    assert_eq!(analysis.inputs[0].problems[0].detail, "gzip data is damaged: incorrect data check");
    assert_eq!(analysis.inputs[0].lost_bytes, None);
    assert_eq!(executions(&analysis), 100);
}

#[test]
fn what_follows_and_is_none_is_told() {
    let text = log(7, 0, 100);
    let content = [gzip(text.as_bytes()), vec![0; 100], b"junk\n".to_vec()].concat();
    let analysis = analyze(&content);
    assert_eq!(problems(&analysis), ["damaged"]);
    assert_eq!(analysis.inputs[0].lost_bytes, Some(5));
    assert_eq!(executions(&analysis), 100);
}

#[test]
fn nothing_in_it_is_empty() {
    for (carrier, content) in carriers("") {
        let analysis = analyze(&content);
        assert_eq!(problems(&analysis), ["empty"], "{carrier}");
        assert_eq!(analysis.completeness.bytes, 0, "{carrier}");
    }
}

/// A window of 2 GiB is not made.
#[test]
fn a_window_beyond_the_limit_is_refused() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(30).unwrap();
    std::io::Write::write_all(&mut encoder, log(7, 0, 10).as_bytes()).unwrap();
    let analysis = analyze(&encoder.finish().unwrap());
    assert_eq!(problems(&analysis), ["damaged"]);
    assert!(!analysis.is_analysable());
}
