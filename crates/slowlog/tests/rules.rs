//! Each rule of advice has statements of which it must speak, and others of which it must not:
//! `testdata/advice/<rule-id>/`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use slowlog::advise::{Advisor, Schema, rules};
use slowlog::{Analyzer, Source};
use slowlog_event::Dialect;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/advice")
}

/// A statement with what stands in comments before it.
struct Case {
    sql: String,
    dialect: Dialect,
    rows: u64,
}

fn cases(path: &Path) -> Vec<Case> {
    let text = fs::read_to_string(path).unwrap();
    let case = |part: &str| {
        let (comments, sql): (Vec<&str>, Vec<&str>) =
            part.trim().lines().partition(|line| line.starts_with("--"));
        let rows = comments.iter().find_map(|line| line.strip_prefix("-- rows ")?.parse().ok());
        let mysql = comments.contains(&"-- mysql");
        let dialect = if mysql { Dialect::MySql } else { Dialect::Postgres };
        Case { sql: sql.join("\n"), dialect, rows: rows.unwrap_or(1) }
    };
    text.split(';').filter(|part| !part.trim().is_empty()).map(case).collect()
}

/// The rules that speak of a statement which was run twice.
fn spoken(case: &Case, schema: &str) -> Vec<&'static str> {
    let mut log = String::new();
    for second in 0..2 {
        match case.dialect {
            Dialect::Postgres => writeln!(
                log,
                "2026-03-01 10:00:0{second} UTC [7] LOG:  duration: 500.000 ms  statement: {}",
                case.sql.replace('\n', "\n\t")
            ),
            Dialect::MySql => writeln!(
                log,
                "# Time: 2026-03-01T10:00:0{second}.000000Z\n# User@Host: u[u] @ h []  Id:     7\n\
                 # Query_time: 0.500000  Lock_time: 0.000000 Rows_sent: {}  Rows_examined: 100000\n\
                 SET timestamp=1772359200;\n{};",
                case.rows, case.sql
            ),
        }
        .unwrap();
    }
    let source = Source::reader("case", std::io::Cursor::new(log.into_bytes()));
    let analysis = Analyzer::new().threads(1).analyze(vec![source]).unwrap();
    assert_eq!(analysis.digest.totals().executions, 2, "{}", case.sql);
    let schema = Some(Schema::parse(schema, case.dialect));
    let advice = analysis.advise(&Advisor { schema, ..Advisor::default() });
    advice.rewrites.iter().map(|rewrite| rewrite.rule).collect()
}

#[test]
fn rules_speak_and_are_silent() {
    let mut wrong = Vec::new();
    for rule in rules() {
        let directory = directory().join(rule.id);
        let schema = fs::read_to_string(directory.join("schema.sql")).unwrap();
        for (file, speaks) in [("speak.sql", true), ("silent.sql", false)] {
            let cases = cases(&directory.join(file));
            assert!(!cases.is_empty(), "{}: {file}", rule.id);
            for case in cases {
                if spoken(&case, &schema).contains(&rule.id) != speaks {
                    wrong.push(format!("{} is no case for {file}: {}", rule.id, case.sql));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_rule_has_a_page_and_every_page_a_rule() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules");
    let mut files: Vec<String> = fs::read_dir(pages)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let named: Vec<String> = rules().map(|rule| format!("{}.md", rule.id)).collect();
    assert_eq!(files, named);
    for rule in rules() {
        assert!(rule.page.starts_with(&format!("# {}\n\n{}", rule.id, rule.title)), "{}", rule.id);
    }
}
