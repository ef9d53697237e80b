//! Memory is bounded, whatever the input holds.

use std::io::Write as _;
use std::process::Stdio;

use crate::run::{Sandbox, command, log};

/// Bytes of the one line.
const LINE: u64 = 1_000_000_000;
/// An entry is read up to 16 MiB; this is what two threads may need for it, and far below the line.
const BOUND_KB: u64 = 256_000;

/// A line of a gigabyte, before and behind it entries that must not be lost.
fn check(opening: &str, entries_behind: u32) {
    let mut child =
        command().args(["-j", "2", "--format", "json"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let head = "2026-03-01 10:30:00.123 UTC [7] bob@shop LOG:  duration: 1.000 ms  statement: ";
    let mut written = 0;
    let mut write = |bytes: &[u8]| {
        written += bytes.len() as u64;
        // slowlog may have ended too early: the exit code tells.
        stdin.write_all(bytes).is_ok()
    };
    write(format!("{}{head}{opening}", log(10)).as_bytes());
    let piece = b"x1, ".repeat(250_000);
    for _ in 0..LINE / piece.len() as u64 {
        if !write(&piece) {
            break;
        }
    }
    write(format!("\n{}", log(entries_behind)).as_bytes());
    // slowlog waits for more: this is its peak but for the report.
    let peak = peak_kb(child.id());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let messages = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{opening}: {messages}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["totals"]["executions"], 11 + entries_behind, "{opening}");
    assert_eq!(report["inputs"][0]["problems"][0]["kind"], "long_entries");
    assert_eq!(report["completeness"]["bytes"], written);
    assert_eq!(report["completeness"]["parsed_bytes"], written);
    assert!(peak < BOUND_KB, "{opening}: {peak} kB");
}

#[test]
fn a_line_of_a_gigabyte_in_a_literal() {
    check("SELECT '", 10);
}

/// Enough behind it for more blocks than one.
#[test]
fn a_line_of_a_gigabyte_and_a_log_behind_it() {
    check("SELECT ", 20_000);
}

/// A gigabyte of zeros between entries, in a gzip of a megabyte.
fn bomb() -> Vec<u8> {
    let gzip = |content: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    };
    let zeros = gzip(&vec![0; 10_000_000]);
    let mut bomb = gzip(log(10).as_bytes());
    for _ in 0..LINE / 10_000_000 {
        bomb.extend_from_slice(&zeros);
    }
    bomb.extend_from_slice(&gzip(format!("\n{}", log(10)).as_bytes()));
    bomb
}

#[test]
fn a_bomb_does_not_fill_the_memory() {
    let sandbox = Sandbox::new();
    let bomb = bomb();
    assert!(bomb.len() < 2_000_000);
    sandbox.file("bomb.gz", &bomb);
    let mut command = command();
    command.args(["-j", "2", "--format", "json", "bomb.gz"]).current_dir(sandbox.path());
    let mut child = command.spawn().unwrap();
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        peak = peak.max(peak_kb(child.id()));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = LINE + 1 + 2 * log(10).len() as u64;
    assert_eq!(report["inputs"][0]["decompressed_bytes"], text);
    assert_eq!(report["completeness"]["bytes"], text);
    assert_eq!(report["totals"]["executions"], 20);
    assert!(peak > 0 && peak < BOUND_KB, "{peak} kB");
}

/// The most memory that a process has had so far.
fn peak_kb(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or(0, |line| line.trim().trim_end_matches(" kB").parse().unwrap())
}
