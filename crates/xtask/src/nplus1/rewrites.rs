//! Runs what slowlog advises instead of a loop, beside the loop: the same rows must come.
//!
//! Of writes the skeletons are not run; those of deletes are, on keys that no row has.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::child;

use super::pool::{Connection, Protocol};
use super::server::{Row, Running};
use super::style::{is_number, text as text_of};
use super::variant::Variant;

#[derive(Deserialize)]
struct Report {
    queries: Vec<Query>,
    n_plus_one: Vec<Finding>,
}

#[derive(Deserialize)]
struct Query {
    id: String,
    text: String,
}

#[derive(Deserialize)]
struct Finding {
    kind: String,
    children: Vec<String>,
    link: Option<Link>,
    rewrite: String,
}

#[derive(Deserialize)]
struct Link {
    column: String,
}

/// Numbers that a loop goes over, some of rows that there are.
const KEYS: [i64; 6] = [1, 2, 3, 7, 40, 999_999];

/// Keys of a column, of its type: some of rows that there are, and one of none.
fn keys(column: &str) -> BTreeSet<String> {
    if column.ends_with("id") || is_number(column) {
        return KEYS.iter().map(i64::to_string).collect();
    }
    KEYS.iter().map(|key| text_of(column, *key)).chain(["none".to_owned()]).collect()
}

/// Where the key goes: nothing that SQL has.
const MARK: &str = "\u{1}";

/// How many rewrites were run, and what went wrong.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) run: u32,
    pub(super) in_words: u32,
    pub(super) wrong: Vec<String>,
}

/// Runs the rewrites of all findings in a log of a variant.
pub(super) fn check(variant: Variant, slowlog: &Path, log: &Path) -> Result<Outcome> {
    let mut command = Command::new(slowlog);
    let report = child::output(command.args(["analyze", "--format", "json"]).arg(log))?;
    let report: Report = serde_json::from_str(&report).context("the report")?;
    let server = Running::start(variant)?;
    let mut connection = server.connect(Protocol::Simple)?;
    let mut outcome = Outcome::default();
    for finding in report.n_plus_one.iter().filter(|finding| finding.kind != "duplicate") {
        if finding.rewrite.contains("(…)")
            || finding.rewrite.starts_with("one statement ")
            || finding.rewrite.contains("union all …")
        {
            outcome.in_words += 1;
            continue;
        }
        outcome.run += 1;
        let texts = finding.children.iter().filter_map(|id| {
            report.queries.iter().find(|query| query.id == *id).map(|query| query.text.as_str())
        });
        let column = finding.link.as_ref().map_or("id", |link| link.column.as_str());
        if let Err(error) = compare(&mut connection, &finding.rewrite, texts, column) {
            outcome.wrong.push(format!("{error:#}\n        {}", finding.rewrite));
        }
    }
    connection.close()?;
    server.finish()?;
    Ok(outcome)
}

/// Runs a rewrite, and the child that it is for once for each key.
fn compare<'t>(
    connection: &mut Connection,
    rewrite: &str,
    children: impl Iterator<Item = &'t str>,
    column: &str,
) -> Result<()> {
    let keys = keys(column);
    let list = |quote: char| {
        let quoted = keys.iter().map(|key| format!("{quote}{key}{quote}"));
        quoted.collect::<Vec<_>>().join(", ")
    };
    let text = rewrite
        .replace(" = any(?)", &format!(" = any('{{{}}}')", list('"')))
        .replace("(?, …)", &format!("({})", list('\'')));
    let together = connection.rows(&filled(&text))?;
    if !rewrite.starts_with("select ") {
        return Ok(());
    }
    let mut counts = Vec::new();
    for child in children {
        let Some(child) = with_key(child, column) else { continue };
        let mut single = Vec::new();
        for key in &keys {
            let child = child.replace(MARK, &format!("'{key}'"));
            single.extend(connection.rows(&filled(&child))?);
        }
        if agree(&together, &single, rewrite) {
            return Ok(());
        }
        counts.push(single.len());
    }
    anyhow::bail!("{} rows together, one by one {counts:?}", together.len())
}

/// The same rows, whatever their order; a rewrite may have the key before them, and their place
/// behind. Counts of nothing, and existence as a value, are told by rows that are not there.
fn agree(together: &[Row], single: &[Row], rewrite: &str) -> bool {
    let none = |row: &&Row| row.len() == 1 && matches!(row[0].as_deref(), Some("0" | "f"));
    let mut single: Vec<String> =
        single.iter().filter(|row| !none(row)).map(|row| text(row)).collect();
    single.sort();
    if rewrite.starts_with("select distinct ") {
        // Which of several rows comes first, and what existence is told by, is not said.
        return together.len() == single.len();
    }
    [(0, 0), (1, 0), (0, 1)].iter().any(|(before, behind)| {
        let part = |row: &Row| row.get(*before..row.len() - behind).map(text);
        let mut together: Vec<String> = together.iter().filter_map(part).collect();
        together.sort();
        together == single
    })
}

/// A row as a text.
fn text(row: &[Option<String>]) -> String {
    row.iter().map(|value| value.as_deref().unwrap_or("NULL")).collect::<Vec<_>>().join("|")
}

/// The text with a mark for the value of the key.
fn with_key(child: &str, column: &str) -> Option<String> {
    let small = child.to_lowercase();
    [" = ?", " in (?)"].iter().find_map(|test| {
        small.match_indices(test).find_map(|(at, test)| {
            let name = small[..at].rsplit([' ', '(', ',', '.']).next()?.trim_matches(['"', '`']);
            let rest = &child[at + test.len()..];
            (name == column).then(|| format!("{} = {MARK}{rest}", &child[..at]))
        })
    })
}

/// The text with a value for each place: one that rows have.
fn filled(text: &str) -> String {
    let mut filled = text.replace("? = ?", "1 = 1");
    for (place, value) in [
        ("limit ?", "limit 1"),
        ("offset ?", "offset 0"),
        ("first ? rows", "first 1 rows"),
        ("<= ?", "<= 1"),
        ("amount = ?", "amount = 500"),
        ("amount` = ?", "amount` = 500"),
        ("amount\" = ?", "amount\" = 500"),
        ("kind = ?", "kind = 'road'"),
        ("select ?", "select 1"),
    ] {
        filled = filled.replace(place, value);
    }
    filled.replace('?', "1")
}
