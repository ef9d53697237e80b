//! slowlog beside the floor and its peers: one run, one machine, one log.

mod carriers;
mod cut;
mod measure;
mod peer;
mod table;

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::engine::Engine;
use crate::{child, corpus, outcome, workspace};
use cut::cut;
use measure::Cost;
use table::Row;

const OURS_RUNS: u32 = 3;
const MEGA: f64 = 1e6;
const LONG_COPIES: u64 = 8;
const SHORT_BYTES: u64 = 100_000_000;
const FEW_SHAPES: usize = 500;
const MANY_SHAPES: usize = 100_000;
const CORPUS_BYTES: u64 = 500_000_000;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[arg(long, value_enum, default_value_t = Engine::Postgres)]
    engine: Engine,
    /// A log made by `cargo xtask corpus`; made afresh where not given
    #[arg(long)]
    log: Option<PathBuf>,
    /// Peers read this many megabytes of it
    #[arg(long, default_value_t = 50)]
    prefix_mb: u64,
    /// Also: memory for each further fingerprint, with 500 and 100,000 shapes
    #[arg(long)]
    memory: bool,
    /// Also: cost of a megabyte in 4 GB and in 100 MB (writes 4 GB, and removes them)
    #[arg(long)]
    linear: bool,
    /// Also: the log compressed, beside the tools that decompress it
    #[arg(long)]
    carriers: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let programs = Programs {
        floor: workspace::build("xtask", "xtask", "release")?,
        slowlog: workspace::build("slowlog-cli", "slowlog", "release")?,
    };
    let corpus_dir = workspace::root().join("target").join("corpus");
    let log = match &args.log {
        Some(log) => log.clone(),
        None => corpus::at(&corpus_dir, args.engine, CORPUS_BYTES, FEW_SHAPES)?,
    };
    let scratch = tempfile::tempdir_in(log.parent().context("--log: a file")?)?;
    let scratch = scratch.path();
    println!("{}", machine());
    println!("{}", log.display());

    side_by_side(args, &programs, &log, scratch)?;
    if args.memory {
        memory(args.engine, &programs, &corpus_dir, scratch)?;
    }
    if args.linear {
        linear(args.engine, &programs, &log, scratch)?;
    }
    if args.carriers {
        carriers::run(&programs, &log, scratch)?;
    }
    Ok(())
}

struct Programs {
    floor: PathBuf,
    slowlog: PathBuf,
}

impl Programs {
    /// The best of some runs of slowlog; its report, of the last run, is in `answer`.
    fn slowlog(&self, log: &Path, format: &str, threads: u32, answer: &Path) -> Result<Cost> {
        measure::best(OURS_RUNS, || {
            let mut command = Command::new(&self.slowlog);
            command.arg("analyze").arg(log);
            command.args(["--format", format, "-j", &threads.to_string(), "--no-progress"]);
            measure::once(&mut command, answer, &[0])
        })
    }

    fn floor(&self, log: &Path, answer: &Path) -> Result<Cost> {
        measure::best(OURS_RUNS, || {
            measure::once(Command::new(&self.floor).arg("floor").arg(log), answer, &[0])
        })
    }
}

fn side_by_side(args: &Args, programs: &Programs, log: &Path, scratch: &Path) -> Result<()> {
    let bytes = fs::metadata(log).with_context(|| format!("{}: not read", log.display()))?.len();
    let answer = scratch.join("answer");
    let mut rows = Vec::new();
    let mut row = |name: &str, bytes, cost| rows.push(Row { name: name.to_owned(), bytes, cost });

    row("floor", bytes, programs.floor(log, &answer)?);
    for (format, threads) in [("json", 1), ("json", 2), ("text", 1), ("text", 2)] {
        let cost = programs.slowlog(log, format, threads, &answer)?;
        if format == "json" {
            check_totals(log, &answer)?;
        }
        row(&format!("slowlog {format} -j{threads}"), bytes, cost);
    }

    let prefix = scratch.join("prefix.log");
    let prefix_bytes = cut(log, args.prefix_mb * 1_000_000, &prefix, args.engine)?;
    let truth = corpus::truth_of(log)?;
    let (mut peers, mut remarks) = (Vec::new(), Vec::new());
    for peer in peer::of(args.engine) {
        let Some(program) = child::find(peer.program) else {
            remarks.push(format!(
                "{}: skipped, not installed (Debian package {})",
                peer.name, peer.package
            ));
            continue;
        };
        let mut command = Command::new(program);
        (peer.arguments)(&mut command, &truth, &prefix, scratch);
        // They talk of their progress there.
        command.stderr(std::process::Stdio::null());
        let cost = measure::once(&mut command, &answer, &[0])?;
        row(peer.row, prefix_bytes, cost);
        peers.push(peer.name);
        remarks.push(format!("{}: {}", peer.name, peer.remark(&answer, &prefix)?));
    }
    table::print(&rows, &peers);
    println!("slowlog: totals equal the truth file's");
    for remark in remarks {
        println!("{remark}");
    }
    Ok(())
}

/// A fast wrong answer is worth nothing.
fn check_totals(log: &Path, answer: &Path) -> Result<()> {
    let report = outcome::totals(BufReader::new(File::open(answer)?))?;
    let differences = corpus::truth_of(log)?.totals.differences(&report);
    if !differences.is_empty() {
        bail!("{}: slowlog is wrong\n{}", log.display(), differences.join("\n"));
    }
    Ok(())
}

fn memory(engine: Engine, programs: &Programs, corpus_dir: &Path, scratch: &Path) -> Result<()> {
    let answer = scratch.join("answer");
    let mut peaks = Vec::new();
    for shapes in [FEW_SHAPES, MANY_SHAPES] {
        let log = corpus::at(corpus_dir, engine, CORPUS_BYTES, shapes)?;
        let row = Row {
            name: format!("{shapes} shapes"),
            bytes: corpus::truth_of(&log)?.bytes,
            cost: programs.slowlog(&log, "json", 1, &answer)?,
        };
        check_totals(&log, &answer)?;
        println!(
            "{:<18} {:>11.3} ms/MB CPU, peak {:.1} MB",
            row.name,
            row.cpu_per_mb() * 1e3,
            row.cost.peak_bytes as f64 / MEGA
        );
        peaks.push(row.cost.peak_bytes as f64);
    }
    println!(
        "each further fingerprint: {:.2} KB",
        (peaks[1] - peaks[0]) / (MANY_SHAPES - FEW_SHAPES) as f64 / 1e3
    );
    Ok(())
}

fn linear(engine: Engine, programs: &Programs, log: &Path, scratch: &Path) -> Result<()> {
    let answer = scratch.join("answer");
    let short = scratch.join("short.log");
    cut(log, SHORT_BYTES, &short, engine)?;
    let repeated = scratch.join("long.log");
    {
        let mut out = File::create(&repeated)?;
        for _ in 0..LONG_COPIES {
            std::io::copy(&mut File::open(log)?, &mut out)?;
        }
    }
    let mut costs = Vec::new();
    for (name, file) in [("short", &short), ("long", &repeated)] {
        let row = Row {
            name: name.to_owned(),
            bytes: fs::metadata(file)?.len(),
            cost: programs.slowlog(file, "json", 1, &answer)?,
        };
        println!(
            "{:<18} {:>8.0} MB {:>11.3} ms/MB CPU, peak {:.1} MB",
            row.name,
            row.bytes as f64 / MEGA,
            row.cpu_per_mb() * 1e3,
            row.cost.peak_bytes as f64 / MEGA
        );
        costs.push(row.cpu_per_mb());
    }
    fs::remove_file(&repeated)?;
    println!("cost of a megabyte, long to short: {:.3}", costs[1] / costs[0]);
    let executions = |report: &Path| -> Result<u64> {
        let totals = outcome::totals(BufReader::new(File::open(report)?))?;
        totals["executions"].as_u64().context("the report has no executions")
    };
    let expected = corpus::truth_of(log)?.totals.executions.unwrap_or_default() * LONG_COPIES;
    ensure!(executions(&answer)? == expected, "the long log: not {expected} executions");
    Ok(())
}

/// The processor's name and the number of them: a figure without its machine is none.
fn machine() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let count = std::thread::available_parallelism().map_or(0, usize::from);
    let rustc = child::version("rustc").unwrap_or_default();
    format!("{model}, {count} processors, {rustc}")
}
