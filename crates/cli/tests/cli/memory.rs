//! Memory is bounded, whatever the input holds.

use std::io::Write as _;
use std::process::Stdio;

use crate::run::{command, log};

/// Bytes of the one line. More of them would take longer and show nothing else: all beyond the
/// first 16 MiB of an entry are skipped.
const LINE: usize = 200_000_000;
/// What the 16 MiB of an entry may cost, with the blocks of two threads; far below the line.
const BOUND_KB: u64 = 110_000;

#[test]
fn a_line_of_any_length() {
    for opening in ["SELECT '", "SELECT "] {
        let mut child =
            command().args(["-j", "2", "--format", "json"]).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(log(10).as_bytes()).unwrap();
        write!(
            stdin,
            "2026-03-01 10:30:00.123 UTC [7] bob@shop LOG:  duration: 1.000 ms  statement: {opening}"
        )
        .unwrap();
        let piece = b"x1, ".repeat(250_000);
        for _ in 0..LINE / piece.len() {
            stdin.write_all(&piece).unwrap();
        }
        stdin.write_all(b"\n").unwrap();
        stdin.write_all(log(10).as_bytes()).unwrap();
        // slowlog waits for more: this is its peak but for the report.
        let peak = peak_kb(child.id());
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["totals"]["executions"], 21);
        assert_eq!(report["inputs"][0]["problems"][0]["kind"], "long_entries");
        assert!(peak < BOUND_KB, "{opening}: {peak} kB");
    }
}

/// The most memory that a process has had so far.
fn peak_kb(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
