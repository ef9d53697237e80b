//! The beginning of a log, as a log of its own.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

use anyhow::{Context, Result};

use crate::engine::Engine;

/// Copies the first `bytes` of `log`, less what follows the last entry that begins in them.
pub(super) fn cut(log: &Path, bytes: u64, to: &Path, engine: Engine) -> Result<u64> {
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
    let end = memchr::memmem::rfind(&tail, engine.entry_mark())
        .context("the log has no time stamps")?
        + 1;
    let kept = copied - tail_bytes + end as u64;
    out.set_len(kept)?;
    out.flush()?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_cut_ends_before_the_last_entry_that_begins() {
        let dir = tempfile::tempdir().unwrap();
        let (log, to) = (dir.path().join("a"), dir.path().join("b"));
        for (engine, first, rest) in [
            (Engine::Postgres, "2026 one\n\tmore\n", "2026 two\n\tmore\n2026 three\n"),
            (Engine::Mysql, "# Time: one\n2026;\n", "# Time: two\n2026;\n# Time: three\n"),
        ] {
            fs::write(&log, format!("{first}{rest}")).unwrap();
            let kept = cut(&log, first.len() as u64 + 15, &to, engine).unwrap();
            assert_eq!(fs::read_to_string(&to).unwrap(), first);
            assert_eq!(kept, first.len() as u64);
            cut(&log, 1000, &to, engine).unwrap();
            assert_eq!(fs::read(&to).unwrap(), fs::read(&log).unwrap());
        }
    }
}
