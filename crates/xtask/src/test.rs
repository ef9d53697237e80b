//! Everything that must hold before a commit, in the order in which it is cheapest to fail.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::{child, outcome, postgres, setup, testdata, workspace};

pub(crate) fn run() -> Result<()> {
    let started = Instant::now();
    setup::run()?;

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
    let live = live()?;

    println!("\n== ran against");
    println!("PostgreSQL {}", postgres::version()?);
    println!("{}", mariadb()?);
    println!("{}", shared());
    println!("{live}");
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

/// What a server writes at this moment must be counted right, and so must what is kept of before.
fn live() -> Result<String> {
    step("a fresh log of a throw-away PostgreSQL, and the recorded ones");
    // The profile that cargo test has just built with: nothing is compiled twice.
    let slowlog = workspace::build("slowlog-cli", "slowlog", "test")?;
    let fresh = tempfile::tempdir()?;
    let recorded = testdata::record(fresh.path())?.len();
    let mut wrong = compare(&slowlog, fresh.path(), "fresh")?;
    let kept = testdata::dir();
    wrong.extend(compare(&slowlog, &kept, "recorded")?);
    if !wrong.is_empty() {
        bail!("slowlog does not count what the driver counted\n{}", wrong.join("\n"));
    }
    Ok(format!(
        "{recorded} logs recorded now and {} recorded before: totals equal the driver's counts, \
         with the prefix found and with the prefix given",
        testdata::read(&kept)?.len()
    ))
}

fn compare(slowlog: &Path, dir: &Path, kind: &str) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for (log, truth) in testdata::read(dir)? {
        let name = log.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for (how, arguments) in
            [("prefix found", &[][..]), ("prefix given", &["--line-prefix", &truth.line_prefix])]
        {
            match outcome::differences(slowlog, &log, arguments, &truth.totals) {
                Ok(differences) => wrong.extend(
                    differences.into_iter().map(|text| format!("{kind} {name}, {how}: {text}")),
                ),
                Err(error) => wrong.push(format!("{kind} {name}, {how}: {error:#}")),
            }
        }
    }
    Ok(wrong)
}

fn mariadb() -> Result<String> {
    let program = child::find("mariadbd").context("mariadbd: absent after setup")?;
    let version = child::version(program).context("mariadbd --version: did not answer")?;
    let version = version.split_once("Ver ").map_or(version.as_str(), |(_, version)| version);
    Ok(format!("MariaDB {version} (no test needs it yet)"))
}

fn shared() -> String {
    if workspace::root().join("../shared/corpus").is_dir() {
        "../shared/corpus: present, its logs and pairs were tested".to_owned()
    } else {
        "../shared/corpus: absent, its logs and pairs were skipped".to_owned()
    }
}
