//! The same content in two carriers counts once.

use crate::wrap::{Files, bzip2, executions, gzip, log, tar, utf16, xz, zip, zstd};

#[test]
fn plain_and_compressed() {
    for entries in [10, 5000] {
        let text = log(7, 0, entries);
        let other = log(8, 0, entries);
        let (plain, packed) = (text.as_bytes(), gzip(text.as_bytes()));
        let archive = tar(&[("pg.log", plain), ("other.log", other.as_bytes())]);
        let files = Files::new(&[
            ("pg.log", plain),
            ("pg.log.gz", &packed),
            ("pg.zip", &zip(&[("pg.log", plain)])),
            ("pg.tar", &archive),
            ("pg.tar.xz", &xz(&archive)),
            ("pg.u16", &utf16(&text, false, true)),
            ("pg.zst", &zstd(plain)),
        ]);
        let names = ["pg.log.gz", "pg.log", "pg.zip", "pg.tar", "pg.tar.xz", "pg.u16", "pg.zst"];
        let analysis = files.analyze(&names);
        assert_eq!(executions(&analysis), 2 * u64::from(entries));
        let copies: Vec<(&str, Option<&str>)> = analysis
            .inputs
            .iter()
            .map(|input| (input.name.as_str(), input.duplicate_of.as_deref()))
            .collect();
        let gz = Some("pg.log.gz");
        let expected = [
            ("pg.log.gz", None),
            ("pg.log", gz),
            ("pg.zip:pg.log", gz),
            ("pg.tar:pg.log", gz),
            ("pg.tar:other.log", None),
            ("pg.tar.xz:pg.log", gz),
            ("pg.tar.xz:other.log", Some("pg.tar:other.log")),
            ("pg.u16", gz),
            ("pg.zst", gz),
        ];
        assert_eq!(copies, expected);
        for input in analysis.inputs.iter().filter(|input| !input.name.contains("other")) {
            assert_eq!(input.decompressed_bytes, text.len() as u64, "{}", input.name);
        }
    }
}

/// The same first bytes are not the same log: what one has beyond the other counts.
#[test]
fn one_that_goes_on_is_no_copy() {
    let text = log(7, 0, 5000);
    let more = log(9, 5000, 10);
    let longer = [text.as_bytes(), more.as_bytes()].concat();
    let files = Files::new(&[("a.gz", &gzip(text.as_bytes())), ("b.bz2", &bzip2(&longer))]);
    let analysis = files.analyze(&["a.gz", "b.bz2"]);
    assert_eq!(executions(&analysis), 5010);
    assert_eq!(analysis.inputs.iter().filter(|input| input.duplicate_of.is_some()).count(), 0);
}
