//! Workloads with what is expected of advice on each statement: `testdata/advice/workloads`.
//!
//! ```text
//! -- calls: 15 ms: 20 expect: index t (a, b) | t (a, ...) & rewrite deep-offset
//! -- same: SELECT …
//! SELECT a FROM t WHERE b = {n};
//! ```
//!
//! `&` parts what all must be there, `|` what may stand for another, `...` is for any keys behind.
//! `{n}` is another number each time. `same` is the rewritten statement that has the same rows.

use std::fs;
use std::path::{Path, PathBuf};

/// A statement of a workload, with what is expected.
pub(crate) struct Statement {
    pub(crate) sql: String,
    /// The same rows, in another way.
    #[allow(dead_code, reason = "only a server can tell: crates/xtask uses it")]
    pub(crate) same: Option<String>,
    pub(crate) calls: u32,
    /// What an execution takes without the indexes that are expected.
    pub(crate) ms: u32,
    pub(crate) expect: Vec<Expectation>,
}

/// What is expected of a statement.
#[derive(Debug, Clone)]
pub(crate) enum Expectation {
    /// No index.
    Nothing,
    /// One of these.
    Index(Vec<String>),
    /// That this rule speaks.
    Rewrite(String),
    /// That it does not.
    Silent(String),
}

impl Expectation {
    fn parse(text: &str) -> Self {
        let rest = |word: &str| text.strip_prefix(word).map(|rest| rest.trim().to_owned());
        if text == "none" {
            Self::Nothing
        } else if let Some(rule) = rest("rewrite ") {
            Self::Rewrite(rule)
        } else if let Some(rule) = rest("silent ") {
            Self::Silent(rule)
        } else {
            let indexes = rest("index ").unwrap_or_else(|| panic!("unknown expectation: {text}"));
            Self::Index(indexes.split(" | ").map(|index| index.trim().to_owned()).collect())
        }
    }
}

/// Is the index one that was expected? `t (a, ...)` stands for all that begin so. Names of MySQL
/// are compared without regard to case.
pub(crate) fn is_expected(index: &str, expected: &str) -> bool {
    // An expression may stand in more parentheses than it needs.
    let plain = |text: &str| {
        let words = text.replace(['(', ')'], " ").to_ascii_lowercase();
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let index = plain(index);
    match expected.strip_suffix(", ...)") {
        Some(begin) => index.strip_prefix(&plain(begin)).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with(',') || rest.starts_with(" where ")
        }),
        None => index == plain(expected),
    }
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/advice/workloads").join(name)
}

/// The schema of a workload.
pub(crate) fn schema(name: &str) -> String {
    fs::read_to_string(file(&format!("{name}.schema.sql"))).unwrap()
}

/// The statements of a workload.
pub(crate) fn statements(name: &str) -> Vec<Statement> {
    let text = fs::read_to_string(file(&format!("{name}.sql"))).unwrap();
    let mut statements = Vec::new();
    for part in text.split("-- calls: ").skip(1) {
        let (head, sql) = part.split_once('\n').unwrap();
        let (calls, rest) = head.split_once(" ms: ").unwrap();
        let (ms, expect) = rest.split_once(" expect: ").unwrap_or((rest, ""));
        let end = |sql: &str| sql.trim().trim_end_matches(';').to_owned();
        let same = sql.lines().find_map(|line| line.strip_prefix("-- same: ")).map(end);
        let sql: Vec<&str> = sql.lines().filter(|line| !line.starts_with("--")).collect();
        let expect = expect.split(" & ").map(str::trim).filter(|text| !text.is_empty());
        statements.push(Statement {
            sql: end(&sql.join("\n")),
            same,
            calls: calls.trim().parse().unwrap(),
            ms: ms.trim().parse().unwrap(),
            expect: expect.map(Expectation::parse).collect(),
        });
    }
    statements
}

/// Numbers for `{n}`, the same each time: of 10 to 28.
#[derive(Debug, Default)]
pub(crate) struct Numbers(u32);

impl Numbers {
    /// The statement with numbers.
    pub(crate) fn fill(&mut self, sql: &str) -> String {
        let mut filled = String::new();
        for (place, part) in sql.split("{n}").enumerate() {
            if place > 0 {
                self.0 = self.0.wrapping_mul(1_103_515_245).wrapping_add(12_345);
                filled.push_str(&(10 + (self.0 >> 16) % 19).to_string());
            }
            filled.push_str(part);
        }
        filled
    }
}
