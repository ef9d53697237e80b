//! The floor: what it costs to read a log at all.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Small enough to stay in the second-level cache between the read and the count.
const BLOCK_BYTES: usize = 256 * 1024;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files to read; measured as a release build
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let (mut bytes, mut lines) = (0, 0);
    for file in &args.files {
        let count = count(file).with_context(|| format!("{}: not read", file.display()))?;
        bytes += count.bytes;
        lines += count.lines;
    }
    println!("bytes {bytes}\nlines {lines}");
    Ok(())
}

struct Count {
    bytes: u64,
    lines: u64,
}

fn count(path: &Path) -> std::io::Result<Count> {
    let mut file = File::open(path)?;
    let mut block = vec![0; BLOCK_BYTES];
    let mut count = Count { bytes: 0, lines: 0 };
    loop {
        let length = file.read(&mut block)?;
        if length == 0 {
            return Ok(count);
        }
        count.bytes += length as u64;
        count.lines += memchr::memchr_iter(b'\n', &block[..length]).count() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_across_blocks_and_an_unfinished_last_line() {
        let mut text = "x\n".repeat(BLOCK_BYTES);
        text.push_str("tail");
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        std::fs::write(&path, &text).unwrap();
        let count = count(&path).unwrap();
        assert_eq!((count.bytes, count.lines), (text.len() as u64, BLOCK_BYTES as u64));
    }
}
