//! Logs of one server are one stream, whatever each of them is in.

use slowlog::Analysis;

use crate::wrap::{Files, gzip, log, report, xz, zstd};

fn streams(analysis: &Analysis) -> Vec<usize> {
    analysis.inputs.iter().map(|input| input.stream).collect()
}

/// Rotation cuts within an entry, and the older logs are compressed.
#[test]
fn rotated_logs() {
    let text = log(7, 0, 9000);
    let (a, b, c) = (text.len() / 3 - 5, text.len() / 3 * 2 + 7, text.len());
    let parts = [&text.as_bytes()[..a], &text.as_bytes()[a..b], &text.as_bytes()[b..c]];
    let files = Files::new(&[
        ("whole", text.as_bytes()),
        ("1", parts[2]),
        ("2", &gzip(parts[1])),
        ("3", &xz(parts[0])),
        ("1.plain", parts[2]),
        ("2.plain", parts[1]),
        ("3.plain", parts[0]),
    ]);
    let whole = report(&files.analyze(&["whole"]));
    for names in [["1", "2", "3"], ["2", "3", "1"], ["1.plain", "2.plain", "3.plain"]] {
        let analysis = files.analyze(&names);
        assert_eq!(streams(&analysis), [0, 0, 0]);
        assert_eq!(report(&analysis), whole);
    }
}

/// Of a compressed log the end is not to be seen before it was read.
#[test]
fn servers_at_the_same_time_are_streams_of_their_own() {
    let (a, b, c) = (log(7, 0, 6000), log(7, 4000, 4000), log(7, 6001, 10));
    let files = Files::new(&[
        ("a", a.as_bytes()),
        ("b", b.as_bytes()),
        ("c", c.as_bytes()),
        ("a.zst", &zstd(a.as_bytes())),
        ("b.gz", &gzip(b.as_bytes())),
        ("c.gz", &gzip(c.as_bytes())),
    ]);
    let plain = files.analyze(&["a", "b", "c"]);
    assert_eq!(streams(&plain), [0, 1, 0]);
    let packed = files.analyze(&["a.zst", "b.gz", "c.gz"]);
    assert_eq!(streams(&packed), [0, 1, 0]);
    assert_eq!(report(&packed), report(&plain));
}
