//! Statements with their texts and ids: a rule that changes an id changes this file, and with it
//! the version of the rules.
//!
//! `SLOWLOG_BLESS=1 cargo test -p slowlog-normalize --test golden` writes the texts and ids of the
//! statements that the file holds.

use std::fmt::Write;
use std::fs;

use slowlog_event::Dialect;
use slowlog_normalize::{FINGERPRINT_VERSION, FingerprintId, Normalizer};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/fingerprints.tsv");

fn unescape(text: &str) -> String {
    text.replace("\\t", "\t").replace("\\n", "\n").replace("\\s", "\\")
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\s").replace('\n', "\\n").replace('\t', "\\t")
}

#[test]
fn ids_are_stable() {
    let golden = fs::read_to_string(FILE).unwrap();
    let mut now = format!("{FINGERPRINT_VERSION}\tdialect\tsql\ttext\n");
    for line in golden.lines().skip(1) {
        let mut fields = line.split('\t').skip(1);
        let dialect = fields.next().unwrap();
        let sql = fields.next().unwrap();
        let mut normalizer = match dialect {
            "postgres" => Normalizer::new(Dialect::Postgres),
            "mysql" => Normalizer::new(Dialect::MySql),
            other => panic!("{other} is no dialect"),
        };
        let text = normalizer.normalize(unescape(sql).as_bytes()).text.to_vec();
        let id = FingerprintId::of(&text);
        let text = escape(std::str::from_utf8(&text).unwrap());
        writeln!(now, "{id}\t{dialect}\t{sql}\t{text}").unwrap();
    }
    assert!(now.lines().count() > 300);
    if std::env::var_os("SLOWLOG_BLESS").is_some() {
        fs::write(FILE, &now).unwrap();
    }
    for (line, expected) in now.lines().zip(golden.lines()) {
        assert_eq!(line, expected, "a rule has changed: give it a new version, then bless");
    }
}
