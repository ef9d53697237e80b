//! Small real logs: throw-away servers, driven and recorded, with the driver's own counts.

mod mysql;
mod postgres;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::outcome::Expected;
use crate::workspace;

pub(crate) use mysql::Truth as MysqlTruth;
pub(crate) use postgres::Truth as PostgresTruth;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Record elsewhere, and compare what does not depend on time with what is stored
    #[arg(long)]
    check: bool,
    /// Of this server alone
    #[arg(long, value_enum)]
    engine: Option<Engine>,
}

/// What is known of a recorded log without slowlog.
pub(crate) trait Known: PartialEq + Serialize + DeserializeOwned {
    /// Below testdata.
    const DIRECTORY: &'static str;

    /// Records every scenario into `out`: NAME.log and NAME.truth.json.
    fn record(out: &Path) -> Result<Vec<(String, Self)>>;

    /// The part that is the same in every run of the driver.
    fn timeless(&self) -> Self;

    /// What slowlog has to report.
    fn expected(&self) -> Expected<'_>;

    /// How slowlog may be asked for it: words for messages, and arguments.
    fn ways(&self) -> Vec<(&'static str, Vec<&str>)>;
}

/// A text, and how often it was executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Statement {
    text: String,
    executions: u64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.engine != Some(Engine::Mysql) {
        run_for::<PostgresTruth>(args.check)?;
    }
    if args.engine != Some(Engine::Postgres) {
        run_for::<MysqlTruth>(args.check)?;
    }
    Ok(())
}

fn run_for<T: Known>(check_only: bool) -> Result<()> {
    if check_only { check::<T>() } else { keep::<T>() }
}

fn keep<T: Known>() -> Result<()> {
    let stored = dir::<T>();
    fs::create_dir_all(&stored)?;
    for (name, truth) in T::record(&stored)? {
        println!("{name}: {}", serde_json::to_string(truth.expected().totals)?);
    }
    Ok(())
}

fn check<T: Known>() -> Result<()> {
    let stored = dir::<T>();
    let fresh = tempfile::tempdir()?;
    let mut wrong = Vec::new();
    let recorded = T::record(fresh.path())?;
    for (name, truth) in &recorded {
        let kept: T = read_truth(&stored.join(format!("{name}.truth.json")))?;
        let (kept, now) = (kept.timeless(), truth.timeless());
        if kept != now {
            let (kept, now) = (serde_json::to_string(&kept)?, serde_json::to_string(&now)?);
            wrong.push(format!("{name}: stored {kept}, recorded now {now}"));
        }
    }
    let directory = T::DIRECTORY;
    if !wrong.is_empty() {
        let wrong = wrong.join("\n");
        bail!("testdata/{directory}: out of date\n{wrong}\nhint: cargo xtask testdata");
    }
    println!("testdata/{directory}: {} logs are what a server writes today", recorded.len());
    Ok(())
}

/// Where the recorded logs are kept.
pub(crate) fn dir<T: Known>() -> PathBuf {
    workspace::root().join("testdata").join(T::DIRECTORY)
}

/// The logs in `dir` that have a truth beside them, in order of name.
pub(crate) fn read<T: Known>(dir: &Path) -> Result<Vec<(PathBuf, T)>> {
    let mut logs = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("{}: not read", dir.display()))? {
        let log = entry?.path();
        if log.extension().is_some_and(|extension| extension == "log") {
            let truth = read_truth(&log.with_extension("truth.json"))?;
            logs.push((log, truth));
        }
    }
    logs.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(logs)
}

fn read_truth<T: Known>(path: &Path) -> Result<T> {
    let text = fs::read(path).with_context(|| format!("{}: not read", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{}: not understood", path.display()))
}

fn write(out: &Path, name: &str, log: &[u8], truth: &impl Known) -> Result<()> {
    fs::write(out.join(format!("{name}.log")), log)?;
    let json = serde_json::to_string_pretty(truth)? + "\n";
    fs::write(out.join(format!("{name}.truth.json")), json)?;
    Ok(())
}
