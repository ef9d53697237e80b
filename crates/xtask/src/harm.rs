//! Whether advice does harm: on throw-away servers with data, every index that is proposed is made,
//! taken back and made again; no statement may get dearer; what is rewritten has the same rows.
//!
//! The workloads are those of `testdata/advice/workloads` that have rows (`NAME.data.sql`). Their
//! statements are run, and advice is given on the log that the server wrote of that.

mod mariadb;
mod postgres;
#[allow(dead_code, reason = "tests of crates/slowlog ask for more")]
#[path = "../../slowlog/tests/advice/workload.rs"]
mod workload;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::{child, workspace};
use workload::{Expectation, Numbers, Statement, is_expected, schema, statements};

/// A statement may cost so much more than before.
const TOLERATED: f64 = 1.1;
/// Costs below this are those of a few rows.
const NOTHING: f64 = 3.0;
/// So many of the calls of a workload are run: enough to see which literals stay the same.
const PART_OF_CALLS: u32 = 5;
/// With so many sets of literals each statement is priced.
const LITERALS: usize = 3;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// One workload instead of all: campus, billing (PostgreSQL), parcel, bazaar (MariaDB)
    workload: Option<String>,
    /// Keep the logs of the servers in this directory
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

impl Args {
    fn keep(&self, name: &str, log: &Path) -> Result<()> {
        let Some(directory) = &self.keep else { return Ok(()) };
        let kept = directory.join(format!("{name}.log"));
        std::fs::copy(log, &kept).with_context(|| format!("{}: not written", kept.display()))?;
        Ok(())
    }
}

/// A server with the tables of a workload.
trait Database {
    /// Runs statements whose rows do not matter.
    fn execute(&mut self, sql: &str) -> Result<()>;
    /// The rows of a query as text.
    fn rows(&mut self, sql: &str) -> Result<Vec<String>>;
    /// What a statement costs, in whatever unit the server tells; nothing is changed by it.
    fn cost(&mut self, sql: &str) -> Result<f64>;
    /// Makes the server look at its tables again.
    fn analyze(&mut self) -> Result<()>;
    /// Indexes that are there and of no use.
    fn invalid_indexes(&mut self) -> Result<Vec<String>>;
}

#[derive(Deserialize)]
struct Advice {
    indexes: Vec<Index>,
    rewrites: Vec<Rewrite>,
}

#[derive(Deserialize)]
struct Index {
    table: String,
    columns: Vec<String>,
    #[serde(rename = "where")]
    condition: Option<String>,
    ddl: String,
    undo: String,
    confidence: String,
    queries: Vec<String>,
}

#[derive(Deserialize)]
struct Rewrite {
    rule: String,
    query: String,
    sql: Option<String>,
    same_result: String,
}

#[derive(Deserialize)]
struct Fingerprint {
    id: String,
}

impl Index {
    fn text(&self) -> String {
        let condition = self.condition.as_ref().map(|text| format!(" WHERE {text}"));
        format!("{} ({}){}", self.table, self.columns.join(", "), condition.unwrap_or_default())
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let slowlog = workspace::build("slowlog-cli", "slowlog", "dev")?;
    let wanted = |name: &&str| args.workload.as_deref().is_none_or(|only| only == *name);
    let mut harm = Vec::new();
    for name in ["campus", "billing"].iter().copied().filter(wanted) {
        let started = Instant::now();
        let (mut database, log) = postgres::Postgres::after_workload(name)?;
        args.keep(name, &log)?;
        harm.extend(judge(name, "postgres", &mut database, &slowlog, &log)?);
        println!("{name}: {:.0} s", started.elapsed().as_secs_f64());
    }
    for name in ["parcel", "bazaar"].iter().copied().filter(wanted) {
        let started = Instant::now();
        let (mut database, log) = mariadb::MariaDb::after_workload(name)?;
        args.keep(name, &log)?;
        harm.extend(judge(name, "mysql", &mut database, &slowlog, &log)?);
        println!("{name}: {:.0} s", started.elapsed().as_secs_f64());
    }
    if !harm.is_empty() {
        bail!("advice does harm\n{}", harm.join("\n"));
    }
    Ok(())
}

/// The statements of a workload with literals, each a part of its calls, two at least.
fn executions(name: &str) -> Vec<String> {
    let mut numbers = Numbers::default();
    let mut texts = Vec::new();
    for statement in statements(name) {
        for _ in 0..(statement.calls / PART_OF_CALLS).max(2) {
            texts.push(numbers.fill(&statement.sql));
        }
    }
    texts
}

/// The file of a workload's rows, a statement a line.
fn data(name: &str) -> Result<String> {
    let path = workspace::root().join(format!("testdata/advice/workloads/{name}.data.sql"));
    std::fs::read_to_string(&path).with_context(|| format!("{}: not read", path.display()))
}

fn advise(slowlog: &Path, name: &str, log: &Path) -> Result<Advice> {
    let schema = workspace::root().join(format!("testdata/advice/workloads/{name}.schema.sql"));
    let mut command = Command::new(slowlog);
    command.args(["indexes", "--quiet", "--format", "json", "--schema"]).arg(schema).arg(log);
    let output = command.stdin(Stdio::null()).output().context("slowlog: did not start")?;
    if !output.status.success() {
        bail!("{}: {}", child::spelled(&command), String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).context("slowlog indexes: no JSON as expected")
}

/// What harm the advice on a log does.
fn judge(
    name: &str,
    dialect: &str,
    database: &mut impl Database,
    slowlog: &Path,
    log: &Path,
) -> Result<Vec<String>> {
    let advice = advise(slowlog, name, log)?;
    let statements = statements(name);
    let before = costs(&statements, database)?;
    let mut harm = Vec::new();
    for index in &advice.indexes {
        for sql in [&index.ddl, &index.undo, &index.ddl] {
            if let Err(error) = run_lines(sql, database) {
                harm.push(format!("{sql}: {error:#}"));
            }
        }
    }
    harm.extend(database.invalid_indexes()?.into_iter().map(|name| format!("{name} is invalid")));
    database.analyze()?;
    let after = costs(&statements, database)?;
    for ((statement, before), after) in statements.iter().zip(&before).zip(&after) {
        if after > &(before * TOLERATED) && after - before > NOTHING {
            harm.push(format!("{before:.0} becomes {after:.0}: {}", statement.sql));
        }
    }
    let same = rewrites(&statements, &advice, database, &mut harm)?;
    let weighted = |costs: &[f64]| -> f64 {
        statements
            .iter()
            .zip(costs)
            .map(|(statement, cost)| f64::from(statement.calls) * cost)
            .sum()
    };
    let saved = 100.0 * (1.0 - weighted(&after) / weighted(&before).max(1.0));
    let supported = advice.indexes.iter().filter(|index| index.confidence == "supported").count();
    println!(
        "{name}: {} indexes, {supported} of them supported by the log, made, undone and made again; cost -{saved:.2} %, {} statements dearer; {same} rewrites with the same rows",
        advice.indexes.len(),
        harm.len(),
    );
    let ids = fingerprints(slowlog, dialect, &statements)?;
    told(name, &statements, &ids, &advice);
    Ok(harm)
}

fn run_lines(sql: &str, database: &mut impl Database) -> Result<()> {
    sql.lines().try_for_each(|line| database.execute(line))
}

fn costs(statements: &[Statement], database: &mut impl Database) -> Result<Vec<f64>> {
    let cost = |statement: &Statement| {
        let mut numbers = Numbers::default();
        let texts = (0..LITERALS).map(|_| numbers.fill(&statement.sql)).collect::<Vec<_>>();
        let each = texts.iter().map(|text| {
            database.cost(text).with_context(|| format!("its cost was not told: {text}"))
        });
        each.sum::<Result<f64>>().map(|sum| sum / LITERALS as f64)
    };
    statements.iter().map(cost).collect()
}

/// Statements with another text of the same rows, for which a rule has to speak; and indexes that a
/// rule names. How many had the same rows.
fn rewrites(
    statements: &[Statement],
    advice: &Advice,
    database: &mut impl Database,
    harm: &mut Vec<String>,
) -> Result<usize> {
    let mut same = 0;
    for statement in statements {
        let rule = statement.expect.iter().find_map(|expectation| match expectation {
            Expectation::Rewrite(rule) => Some(rule),
            _ => None,
        });
        let (Some(rule), Some(text)) = (rule, &statement.same) else { continue };
        let said = advice.rewrites.iter().find(|r| r.rule == *rule && r.same_result == "yes");
        if said.is_none() {
            harm.push(format!("{rule} does not say that the result is the same: {text}"));
        }
        let rows = |database: &mut _, text: &str| rows_of(database, &Numbers::default().fill(text));
        if rows(database, &statement.sql)? == rows(database, text)? {
            same += 1;
        } else {
            harm.push(format!("other rows: {text}"));
        }
    }
    for rewrite in &advice.rewrites {
        let sql = rewrite.sql.as_deref().unwrap_or("");
        if rewrite.same_result == "yes" && sql.contains("CREATE INDEX") {
            for sql in sql.split_inclusive(';') {
                if let Err(error) = database.execute(sql.trim()) {
                    harm.push(format!("{sql}: {error:#}"));
                }
            }
            same += 1;
        }
    }
    Ok(same)
}

fn rows_of(database: &mut impl Database, sql: &str) -> Result<Vec<String>> {
    let mut rows = database.rows(sql)?;
    rows.sort();
    Ok(rows)
}

/// The ids that the advice has the statements under.
fn fingerprints(slowlog: &Path, dialect: &str, statements: &[Statement]) -> Result<Vec<String>> {
    let mut command = Command::new(slowlog);
    command.args(["fingerprint", "--format", "jsonl", "--dialect", dialect]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().context("slowlog: did not start")?;
    let mut input = child.stdin.take().context("slowlog fingerprint: no stdin")?;
    for statement in statements {
        let sql = statement.sql.replace("{n}", "5");
        writeln!(input, "{}", serde_json::json!({ "sql": sql }))?;
    }
    drop(input);
    let output = child.wait_with_output().context("slowlog fingerprint")?;
    let lines = std::str::from_utf8(&output.stdout)?.lines();
    lines
        .map(|line| {
            let answer: Fingerprint = serde_json::from_str(line)?;
            Ok(answer.id)
        })
        .collect()
}

/// What of the expectations the advice meets on the log of a server.
fn told(name: &str, statements: &[Statement], ids: &[String], advice: &Advice) {
    let proposed: Vec<String> = advice.indexes.iter().map(Index::text).collect();
    let (mut met, mut all, mut wanted) = (0, 0, Vec::new());
    for (statement, id) in statements.iter().zip(ids) {
        for expectation in &statement.expect {
            let speaks =
                |rule: &String| advice.rewrites.iter().any(|r| r.rule == *rule && r.query == *id);
            let is_met = match expectation {
                Expectation::Index(any) => {
                    wanted.extend(any.iter().cloned());
                    proposed.iter().any(|index| any.iter().any(|one| is_expected(index, one)))
                }
                Expectation::Rewrite(rule) => speaks(rule),
                Expectation::Nothing => !advice.indexes.iter().any(|i| i.queries == [id.as_str()]),
                Expectation::Silent(rule) => !speaks(rule),
            };
            all += 1;
            met += usize::from(is_met);
            if !is_met {
                println!("  not met: {expectation:?} of {}", statement.sql);
            }
        }
    }
    let unexpected = proposed.iter().filter(|i| !wanted.iter().any(|one| is_expected(i, one)));
    unexpected.for_each(|index| println!("  not expected: {index}"));
    println!("{name}: {met} of {all} expectations met on the server's own log");
}
