//! Everything that must hold before a commit, in the order in which it is cheapest to fail.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::testdata::{Known, MysqlTruth, PostgresTruth};
use crate::{child, languages, mariadb, outcome, postgres, setup, testdata, workspace};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only the logs of real servers: those recorded now, and those recorded before
    #[arg(long)]
    live: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let started = Instant::now();
    setup::run()?;
    if args.live {
        for line in live()? {
            println!("{line}");
        }
        return Ok(());
    }

    step("cargo fmt --check");
    child::run(workspace::cargo().args(["fmt", "--all", "--check"]))?;
    step("cargo clippy");
    child::run(workspace::cargo().args([
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    step("cargo test");
    let results = cargo_test()?;
    step("the table of languages");
    languages::run(&languages::Args { check: true })?;
    let live = live()?;

    println!("\n== ran against");
    println!("PostgreSQL {}", postgres::version()?);
    println!("MariaDB {}", mariadb::version()?);
    println!("{}", shared());
    for line in live {
        println!("{line}");
    }
    println!("== {:.0} s; cargo test's own closing lines:", started.elapsed().as_secs_f64());
    for result in results {
        println!("{result}");
    }
    Ok(())
}

fn step(name: &str) {
    println!("\n== {name}");
}

/// Runs the tests with their output shown, and returns the lines that close each binary's with
/// tests in it.
fn cargo_test() -> Result<Vec<String>> {
    // Examples are built by this and run by tests of their own; doc tests are part of it.
    let mut running = workspace::cargo()
        .args(["test", "--workspace", "--no-fail-fast"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo test: did not start")?;
    let mut results = Vec::new();
    let mut terminal = std::io::stdout();
    let stdout = running.stdout.take().context("cargo test: without stdout")?;
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        writeln!(terminal, "{line}")?;
        if line.starts_with("test result:") && !line.contains(" 0 passed; 0 failed; 0 ignored") {
            results.push(line);
        }
    }
    let status = running.wait()?;
    if !status.success() {
        bail!("cargo test: {status}");
    }
    Ok(results)
}

/// What servers write at this moment must be counted right, and so must what is kept of before.
fn live() -> Result<Vec<String>> {
    step("fresh logs of a throw-away PostgreSQL and MariaDB, and the recorded ones");
    // The profile that cargo test has just built with: nothing is compiled twice.
    let slowlog = workspace::build("slowlog-cli", "slowlog", "test")?;
    let mut wrong = Vec::new();
    let lines = vec![
        live_of::<PostgresTruth>(&slowlog, &mut wrong)?,
        live_of::<MysqlTruth>(&slowlog, &mut wrong)?,
    ];
    if !wrong.is_empty() {
        bail!("slowlog does not count what the driver counted\n{}", wrong.join("\n"));
    }
    Ok(lines)
}

fn live_of<T: Known>(slowlog: &Path, wrong: &mut Vec<String>) -> Result<String> {
    let fresh = tempfile::tempdir()?;
    let recorded = T::record(fresh.path())?.len();
    compare::<T>(slowlog, fresh.path(), "fresh", wrong)?;
    let kept = testdata::dir::<T>();
    compare::<T>(slowlog, &kept, "recorded", wrong)?;
    Ok(format!(
        "testdata/{}: {recorded} logs recorded now and {} recorded before: totals equal the \
         driver's counts",
        T::DIRECTORY,
        testdata::read::<T>(&kept)?.len()
    ))
}

fn compare<T: Known>(
    slowlog: &Path,
    dir: &Path,
    kind: &str,
    wrong: &mut Vec<String>,
) -> Result<()> {
    for (log, truth) in testdata::read::<T>(dir)? {
        let name = log.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for (how, arguments) in truth.ways() {
            match outcome::differences(slowlog, &log, &arguments, &truth.expected()) {
                Ok(differences) => wrong.extend(
                    differences.into_iter().map(|text| format!("{kind} {name}, {how}: {text}")),
                ),
                Err(error) => wrong.push(format!("{kind} {name}, {how}: {error:#}")),
            }
        }
    }
    Ok(())
}

fn shared() -> String {
    if workspace::root().join("../shared/corpus").is_dir() {
        "../shared/corpus: present, its logs and pairs were tested".to_owned()
    } else {
        "../shared/corpus: absent, its logs and pairs were skipped".to_owned()
    }
}
