//! The log compressed: slowlog beside the tool that only decompresses it.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::{MEGA, OURS_RUNS, Programs, check_totals, measure};
use crate::child;

/// The tools, each with the level that archives of logs are mostly made with.
const TOOLS: [(&str, &str); 5] =
    [("gzip", "-6"), ("zstd", "-3"), ("xz", "-2"), ("bzip2", "-9"), ("lz4", "-1")];

pub(super) fn run(programs: &Programs, log: &Path, scratch: &Path) -> Result<()> {
    let answer = scratch.join("answer");
    let plain = programs.slowlog(log, "json", 2, &answer)?.wall.as_secs_f64();
    println!("{:<8} {:>8} {:>12} {:>12} {:>7}", "", "MB", "tool -dc s", "slowlog s", "ratio");
    println!("{:<8} {:>8.1} {:>12} {plain:>12.2}", "plain", megabytes(log)?, "-");
    for (tool, level) in TOOLS {
        let Some(program) = child::find(tool) else {
            println!("{tool}: skipped, not installed (Debian package of the same name)");
            continue;
        };
        let packed = scratch.join(format!("packed.{}", suffix(tool)));
        let mut pack = Command::new(&program);
        pack.args([level, "-c"]).arg(log).stdout(File::create(&packed)?).stderr(Stdio::null());
        ensure!(pack.status()?.success(), "{tool}: could not compress {}", log.display());
        let unpack = measure::best(OURS_RUNS, || {
            let mut command = Command::new(&program);
            command.arg("-dc").arg(&packed);
            measure::once(&mut command, Path::new("/dev/null"), &[0])
        });
        let unpack = unpack?.wall.as_secs_f64();
        let ours = programs.slowlog(&packed, "json", 2, &answer)?.wall.as_secs_f64();
        check_totals(log, &answer)?;
        let size = megabytes(&packed)?;
        println!("{tool:<8} {size:>8.1} {unpack:>12.2} {ours:>12.2} {:>7.2}", ours / unpack);
        fs::remove_file(&packed)?;
    }
    Ok(())
}

/// The tools, unlike slowlog, want to see it.
fn suffix(tool: &str) -> &str {
    match tool {
        "gzip" => "gz",
        "zstd" => "zst",
        "bzip2" => "bz2",
        other => other,
    }
}

fn megabytes(file: &Path) -> Result<f64> {
    let size = fs::metadata(file).with_context(|| format!("{}: not read", file.display()))?.len();
    Ok(size as f64 / MEGA)
}
