//! The corpora of other tools, where they are at hand: same and different pairs, and PostgreSQL's
//! regression tests.

#![allow(clippy::print_stdout)]

use std::fs;
use std::io::Read;
use std::path::PathBuf;

use slowlog_event::Dialect;
use slowlog_normalize::Normalizer;

fn corpus(file: &str) -> Option<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus/fingerprint");
    let path = PathBuf::from(folder).join(file);
    let bytes = fs::read(&path).ok();
    if bytes.is_none() {
        println!("no corpus at {}: nothing to check", path.display());
    }
    bytes
}

fn text(sql: &[u8], dialect: Dialect) -> Vec<u8> {
    Normalizer::new(dialect).normalize(sql).text.to_vec()
}

struct Pair<'a> {
    source: &'a str,
    same: bool,
    a: String,
    b: String,
}

/// Where we differ from the source on purpose: the rule, or `None`.
fn deliberate(pair: &Pair<'_>) -> Option<&'static str> {
    let both = |find: fn(&str) -> bool| find(&pair.a) && find(&pair.b);
    let either = |find: fn(&str) -> bool| find(&pair.a) || find(&pair.b);
    let differ = |find: fn(&str) -> bool| find(&pair.a) != find(&pair.b);
    if pair.same {
        let rules: [(bool, &str); 8] = [
            (
                pair.source == "libpg_query" && sorted_letters(&pair.a) == sorted_letters(&pair.b),
                "libpg_query sorts lists and conditions: that takes a parse",
            ),
            (either(|s| s.contains("INTERVAL (")), "a typed interval is not a plain literal"),
            (differ(|s| s.contains("::")), "a cast is part of the shape"),
            (differ(|s| s.contains("ANY (")), "IN and = ANY are kept apart"),
            (differ(|s| s.contains(" IN (")), "= and IN are kept apart"),
            (differ(|s| s.contains(" AS b")), "aliases stay: one needs them to read the text"),
            (either(|s| s.contains("\n--bar\n")), "`--` without a blank is no comment in MySQL"),
            (
                both(|s| s.contains("EXTRACT(")) && differ(|s| s.contains("EXTRACT(epoch")),
                "the field of EXTRACT is part of the shape",
            ),
        ];
        if let Some((_, rule)) = rules.into_iter().find(|(holds, _)| *holds) {
            return Some(rule);
        }
        if pair.source.starts_with("go_") || pair.source.starts_with("pt_") {
            let calls = |s: &str| s.matches('(').count();
            if calls(&pair.a) != calls(&pair.b) {
                return Some("functions in a row of VALUES are part of the shape");
            }
        }
        return None;
    }
    let rules: [(bool, &str); 5] = [
        (
            squeezed(&pair.a) == squeezed(&pair.b),
            "spacing, needless quotes and a final semicolon say nothing",
        ),
        (
            differ(|s| s.contains(" offset ")) && both(|s| s.contains(" limit ")),
            "LIMIT n, m is LIMIT m OFFSET n",
        ),
        (
            both(|s| s.to_lowercase().contains("values"))
                || both(|s| s.to_lowercase().contains(" in ")),
            "rows and lists of literals are one however long they are",
        ),
        (
            either(|s| s.contains("''") || s.contains("' '") || s.contains("\\'")),
            "one literal, however it is written",
        ),
        (either(|s| s.contains("--") || s.contains("/*")), "comments say nothing"),
    ];
    rules.into_iter().find(|(holds, _)| *holds).map(|(_, rule)| rule)
}

fn sorted_letters(sql: &str) -> Vec<char> {
    let mut letters: Vec<char> = sql.chars().filter(char::is_ascii_alphabetic).collect();
    letters.sort_unstable();
    letters
}

fn squeezed(sql: &str) -> String {
    sql.to_lowercase().chars().filter(|c| !c.is_whitespace() && !matches!(c, ';' | '`')).collect()
}

#[test]
fn public_pairs() {
    let Some(bytes) = corpus("public_pairs.tsv") else { return };
    let corpus = String::from_utf8(bytes).unwrap();
    let unescape =
        |text: &str| text.replace("\\t", "\t").replace("\\n", "\n").replace("\\\\", "\\");
    let (mut agreed, mut on_purpose, mut wrong) = (0, 0, Vec::new());
    for line in corpus.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [source, dialect, says, a, b] = fields[..] else { panic!("{line}") };
        let dialect = if dialect == "pg" { Dialect::Postgres } else { Dialect::MySql };
        let pair = Pair { source, same: says == "same", a: unescape(a), b: unescape(b) };
        let (a, b) = (text(pair.a.as_bytes(), dialect), text(pair.b.as_bytes(), dialect));
        if (a == b) == pair.same {
            agreed += 1;
        } else if let Some(rule) = deliberate(&pair) {
            println!("{says}: {rule}: {a:?} {b:?}", a = pair.a, b = pair.b);
            on_purpose += 1;
        } else {
            wrong.push(format!(
                "{line}\n  {}\n  {}",
                String::from_utf8_lossy(&a),
                String::from_utf8_lossy(&b)
            ));
        }
    }
    println!("{agreed} pairs as their source has them, {on_purpose} otherwise on purpose");
    assert!(wrong.is_empty(), "{} pairs:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn postgres_regression_tests() {
    let Some(bytes) = corpus("pg_regress_statements.jsonl.gz") else { return };
    let mut json = String::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut json).unwrap();
    let (mut statements, mut wrong) = (0, Vec::new());
    let mut shapes = std::collections::HashSet::new();
    let mut seen = Normalizer::new(Dialect::Postgres);
    for line in json.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let sql = value["sql"].as_str().unwrap();
        statements += 1;
        let once = text(sql.as_bytes(), Dialect::Postgres);
        let remembered = seen.normalize(sql.as_bytes()).text;
        if text(&once, Dialect::Postgres) != once || remembered != once {
            wrong.push(sql.to_owned());
        }
        // Each prefix of each tenth statement, and the whole as MySQL.
        let ends = if statements % 10 == 0 { 0..sql.len().min(400) } else { 0..0 };
        for end in ends {
            let cut = &sql.as_bytes()[..end];
            for dialect in [Dialect::Postgres, Dialect::MySql] {
                let once = text(cut, dialect);
                if text(&once, dialect) != once {
                    wrong.push(format!("{dialect:?}: {}", String::from_utf8_lossy(cut)));
                }
            }
        }
        shapes.insert(once);
    }
    println!("{statements} statements, {} shapes", shapes.len());
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong[..wrong.len().min(20)].join("\n---\n"));
}
