//! A large log with exact truth beside it, the same for the same arguments.

mod clock;
mod form;
mod literals;
mod mysql;
mod postgres;
pub(crate) mod random;
mod rendered;
mod shape;
mod statistics;
mod template;
mod transcript;
mod writer;

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::truth::Totals;
use crate::{child, workspace};
use form::Form;
use mysql::Slow;
use postgres::Stderr;
use transcript::{LogFormat, Transcript};
use writer::Writer;

/// From measured logs: used only to tell how many events a size will hold.
const BYTES_PER_EVENT: u64 = 410;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Directory for the log and its truth
    #[arg(long)]
    out: PathBuf,
    /// Size of the log, of one in another format that of the stderr log with the same entries:
    /// 500MB, 2GB, or a number of bytes
    #[arg(long, default_value = "500MB", value_parser = parse_size)]
    size: u64,
    /// Number of distinct statements; every one occurs
    #[arg(long, default_value_t = 500)]
    shapes: usize,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, value_enum, default_value_t = Engine::Postgres)]
    engine: Engine,
    /// How a PostgreSQL server writes it
    #[arg(long, value_enum, default_value_t = LogFormat::Stderr)]
    format: LogFormat,
}

/// What a generated log holds.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Truth {
    /// What a PostgreSQL log is written with; slowlog finds it, pgBadger has to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) line_prefix: Option<String>,
    pub(crate) bytes: u64,
    lines: u64,
    /// Lines that begin with the prefix; the `# Time:` lines of a slow log.
    entries: u64,
    duration_events: u64,
    pub(crate) totals: Totals,
    /// Sums that a slow log alone has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows_sent: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows_examined: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lock_us: Option<u64>,
    databases: Vec<Share>,
    users: Vec<Share>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    applications: Vec<Share>,
    #[serde(default, skip_deserializing)]
    shapes: Vec<ShapeTruth>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Share {
    name: String,
    executions: u64,
    duration_us: u64,
}

#[derive(Debug, Serialize)]
struct ShapeTruth {
    shape: usize,
    executions: u64,
    duration_us: u64,
    example: String,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if cfg!(debug_assertions) {
        // Ten times slower without optimisation: build that, and let it do the work.
        let program = workspace::build("xtask", "xtask", "release")?;
        return child::run(std::process::Command::new(program).args(std::env::args_os().skip(1)));
    }
    ensure!(args.shapes > 0, "--shapes: at least 1");
    // Each shape is placed once by hand, the rest is drawn: there must be room for both.
    ensure!(
        args.size / BYTES_PER_EVENT >= 2 * args.shapes as u64,
        "--size: {} hold about {} statements, too few for {} shapes",
        spelled_size(args.size),
        args.size / BYTES_PER_EVENT,
        args.shapes
    );
    ensure!(
        args.engine == Engine::Postgres || args.format == LogFormat::Stderr,
        "--format: only PostgreSQL has others"
    );
    let log = match args.engine {
        Engine::Postgres => generate(args, Stderr::default())?,
        Engine::Mysql => generate(args, Slow::default())?,
    };
    println!("{}", log.display());
    Ok(())
}

/// The log of these arguments in `dir`, generated unless it is there.
pub(crate) fn at(dir: &Path, engine: Engine, size: u64, shapes: usize) -> Result<PathBuf> {
    let log = dir.join(file_name(engine, size, shapes));
    // The truth is written last: it stands beside a whole log.
    if !(log.exists() && log.with_extension("truth.json").exists()) {
        let program = workspace::build("xtask", "xtask", "release")?;
        let engine = engine.to_possible_value().context("an engine without a name")?;
        child::run(std::process::Command::new(program).arg("corpus").arg("--out").arg(dir).args(
            [
                "--engine",
                engine.get_name(),
                "--size",
                &size.to_string(),
                "--shapes",
                &shapes.to_string(),
            ],
        ))?;
    }
    Ok(log)
}

/// The truth beside `log`, without its shapes: there may be a hundred thousand of them.
pub(crate) fn truth_of(log: &Path) -> Result<Truth> {
    let path = log.with_extension("truth.json");
    let file = File::open(&path).with_context(|| {
        format!("{}: not read\nhint: cargo xtask corpus --out DIR makes both", path.display())
    })?;
    serde_json::from_reader(std::io::BufReader::new(file))
        .with_context(|| format!("{}: not understood", path.display()))
}

fn file_name(engine: Engine, size: u64, shapes: usize) -> String {
    format!("{}-{}-{shapes}.log", engine.file_prefix(), spelled_size(size))
}

fn generate(args: &Args, form: impl Form) -> Result<PathBuf> {
    fs::create_dir_all(&args.out)
        .with_context(|| format!("{}: not created", args.out.display()))?;
    let path = args.out.join(file_name(args.engine, args.size, args.shapes));
    let path = path.with_extension(args.format.extension());
    let file = File::create(&path).with_context(|| format!("{}: not created", path.display()))?;
    let file = BufWriter::with_capacity(1 << 20, file);
    let shapes =
        (0..args.shapes).map(|number| shape::shape(number, args.shapes, args.engine)).collect();
    let started = Instant::now();
    let mut transcript = Transcript::new(file, args.format);
    let mut writer = Writer::new(&mut transcript, form, shapes, args.seed);
    writer.write_all(args.size)?;
    let seconds = started.elapsed().as_secs_f64();
    let (truth, statistics) = writer.finish()?;
    let truth = Truth { bytes: transcript.bytes, lines: transcript.lines, ..truth };
    let truth_path = match args.format {
        LogFormat::Stderr => path.with_extension("truth.json"),
        format => path.with_extension(format!("{}.truth.json", format.extension())),
    };
    let file = BufWriter::new(File::create(&truth_path)?);
    serde_json::to_writer(file, &truth)
        .with_context(|| format!("{}: not written", truth_path.display()))?;
    statistics.print(&truth, args.engine);
    println!("written at {:.0} MB/s", truth.bytes as f64 / 1e6 / seconds);
    Ok(path)
}

/// `500MB`, `2GB`, `4000000`: decimal units.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let end = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..end].parse().map_err(|_| "expected a number".to_owned())?;
    let unit = match text[end..].to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        unit => return Err(format!("unit {unit:?}, expected KB, MB or GB")),
    };
    number.checked_mul(unit).ok_or_else(|| "too large".to_owned())
}

fn spelled_size(bytes: u64) -> String {
    for (unit, name) in [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB")] {
        if bytes >= unit && bytes.is_multiple_of(unit) {
            return format!("{}{name}", bytes / unit);
        }
    }
    format!("{bytes}B")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_they_are_written() {
        for (text, bytes) in [("500MB", 500_000_000), ("2GB", 2_000_000_000), ("1234B", 1234)] {
            assert_eq!(parse_size(text), Ok(bytes));
            assert_eq!(spelled_size(bytes), text);
        }
        assert!(parse_size("5XB").is_err());
    }
}
