//! slowlog beside the floor and pgBadger: one run, one machine, one log.

mod measure;

use std::fs::{self, File};
use std::io::{BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::{child, corpus, outcome, workspace};
use measure::Cost;

const OURS_RUNS: u32 = 3;
const MEGA: f64 = 1e6;
const LONG_COPIES: u64 = 8;
const SHORT_BYTES: u64 = 100_000_000;
const FEW_SHAPES: usize = 500;
const MANY_SHAPES: usize = 100_000;
const CORPUS_BYTES: u64 = 500_000_000;

#[derive(clap::Args)]
pub(crate) struct Args {
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
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let programs = Programs {
        floor: workspace::build("xtask", "xtask", "release")?,
        slowlog: workspace::build("slowlog-cli", "slowlog", "release")?,
    };
    let corpus_dir = workspace::root().join("target").join("corpus");
    let log = match &args.log {
        Some(log) => log.clone(),
        None => corpus::at(&corpus_dir, CORPUS_BYTES, FEW_SHAPES)?,
    };
    let scratch = tempfile::tempdir_in(log.parent().context("--log: a file")?)?;
    let scratch = scratch.path();
    println!("{}", machine());
    println!("{}", log.display());

    let rows = side_by_side(&programs, &log, args.prefix_mb, scratch)?;
    print_rows(&rows);
    if args.memory {
        memory(&programs, &corpus_dir, scratch)?;
    }
    if args.linear {
        linear(&programs, &log, scratch)?;
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

struct Row {
    name: String,
    bytes: u64,
    cost: Cost,
}

impl Row {
    fn cpu_per_mb(&self) -> f64 {
        self.cost.cpu.as_secs_f64() / (self.bytes as f64 / MEGA)
    }
}

fn side_by_side(
    programs: &Programs,
    log: &Path,
    prefix_mb: u64,
    scratch: &Path,
) -> Result<Vec<Row>> {
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

    if let Some(pgbadger) = child::find("pgbadger") {
        let prefix = scratch.join("prefix.log");
        let bytes = cut(log, prefix_mb * 1_000_000, &prefix)?;
        let mut command = Command::new(pgbadger);
        command.args(["-j", "1", "-q", "-f", "stderr", "-p", &corpus::truth_of(log)?.line_prefix]);
        command.args(["-x", "json", "-o"]).arg(scratch.join("pgbadger.json")).arg(&prefix);
        let cost = measure::once(&mut command, &answer, &[0])?;
        row("pgBadger json -j1", bytes, cost);
    } else {
        println!("pgBadger: skipped, not installed (Debian package pgbadger)");
    }
    Ok(rows)
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

fn print_rows(rows: &[Row]) {
    let cpu_of =
        |name: &str| rows.iter().find(|row| row.name.starts_with(name)).map(Row::cpu_per_mb);
    let (floor, pgbadger) = (cpu_of("floor"), cpu_of("pgBadger"));
    println!(
        "{:<18} {:>8} {:>11} {:>9} {:>8} {:>9} {:>9} {:>11}",
        "", "MB", "CPU ms/MB", "MB/s CPU", "wall s", "peak MB", "x floor", "x pgBadger"
    );
    for row in rows {
        let own = row.cpu_per_mb();
        let ratio =
            |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
        println!(
            "{:<18} {:>8.1} {:>11.3} {:>9.1} {:>8.2} {:>9.1} {:>9} {:>11}",
            row.name,
            row.bytes as f64 / MEGA,
            own * 1e3,
            1.0 / own,
            row.cost.wall.as_secs_f64(),
            row.cost.peak_bytes as f64 / MEGA,
            ratio(floor.map(|floor| own / floor)),
            ratio(pgbadger.map(|pgbadger| pgbadger / own)),
        );
    }
    let find = |name: &str| rows.iter().find(|row| row.name == name);
    if let (Some(one), Some(two)) = (find("slowlog json -j1"), find("slowlog json -j2")) {
        println!(
            "two threads: {:.2} times faster in wall time, {:.2} times the CPU",
            one.cost.wall.as_secs_f64() / two.cost.wall.as_secs_f64(),
            two.cost.cpu.as_secs_f64() / one.cost.cpu.as_secs_f64()
        );
    }
    println!("totals equal the truth file's");
}

fn memory(programs: &Programs, corpus_dir: &Path, scratch: &Path) -> Result<()> {
    let answer = scratch.join("answer");
    let mut peaks = Vec::new();
    for shapes in [FEW_SHAPES, MANY_SHAPES] {
        let log = corpus::at(corpus_dir, CORPUS_BYTES, shapes)?;
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

fn linear(programs: &Programs, log: &Path, scratch: &Path) -> Result<()> {
    let answer = scratch.join("answer");
    let short = scratch.join("short.log");
    cut(log, SHORT_BYTES, &short)?;
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

/// Copies the first `bytes` of `log`, less what follows the last entry that begins in them.
fn cut(log: &Path, bytes: u64, to: &Path) -> Result<u64> {
    let mut head = File::open(log)?.take(bytes);
    let mut out = File::create(to)?;
    let copied = std::io::copy(&mut head, &mut out)?;
    if copied < bytes {
        return Ok(copied);
    }
    // Far more than any entry but the largest, of which there is one in 100 MB.
    let tail_bytes = copied.min(4_000_000);
    let mut file = File::open(to)?;
    file.seek(std::io::SeekFrom::Start(copied - tail_bytes))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let end = memchr::memmem::rfind(&tail, b"\n20").context("the log has no time stamps")? + 1;
    let kept = copied - tail_bytes + end as u64;
    out.set_len(kept)?;
    out.flush()?;
    Ok(kept)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_ends_before_the_last_entry_that_begins() {
        let dir = tempfile::tempdir().unwrap();
        let (log, to) = (dir.path().join("a"), dir.path().join("b"));
        fs::write(&log, "2026 one\n\tmore\n2026 two\n\tmore\n2026 three\n").unwrap();
        let kept = cut(&log, 30, &to).unwrap();
        assert_eq!(fs::read_to_string(&to).unwrap(), "2026 one\n\tmore\n");
        assert_eq!(kept, 15);
        cut(&log, 1000, &to).unwrap();
        assert_eq!(fs::read(&to).unwrap(), fs::read(&log).unwrap());
    }
}
