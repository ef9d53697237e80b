//! What one run of a program costs.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use wait4::Wait4;

use crate::child;

#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    /// User and system time, of the child and of its own children.
    pub(super) cpu: Duration,
    pub(super) wall: Duration,
    /// Largest resident memory. Linux never shows less than this process had when it started the
    /// child, so nothing large is kept here while children run.
    pub(super) peak_bytes: u64,
}

/// Runs with stdout going to `answer`; the statuses in `accepted` are not failures.
pub(super) fn once(command: &mut Command, answer: &Path, accepted: &[i32]) -> Result<Cost> {
    let file = File::create(answer)?;
    let started = Instant::now();
    let mut running = command
        .stdin(Stdio::null())
        .stdout(file)
        .spawn()
        .with_context(|| format!("{}: did not start", child::spelled(command)))?;
    let used = running.wait4()?;
    let wall = started.elapsed();
    if !used.status.code().is_some_and(|code| accepted.contains(&code)) {
        bail!("{}: {}", child::spelled(command), used.status);
    }
    let rusage = used.rusage;
    Ok(Cost { cpu: rusage.utime + rusage.stime, wall, peak_bytes: rusage.maxrss })
}

/// The best of `times` runs, each figure for itself: noise only ever adds.
pub(super) fn best(times: u32, mut run: impl FnMut() -> Result<Cost>) -> Result<Cost> {
    let mut best = run()?;
    for _ in 1..times {
        let next = run()?;
        best = Cost {
            cpu: best.cpu.min(next.cpu),
            wall: best.wall.min(next.wall),
            peak_bytes: best.peak_bytes.max(next.peak_bytes),
        };
    }
    Ok(best)
}
