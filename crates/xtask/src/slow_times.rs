//! A second opinion on a slow log: its `# Query_time:` lines, summed, and nothing else looked at.
//!
//! Shares no code with slowlog on purpose. A text that imitates such a line would be taken for
//! one, so this is for logs that are known to have none.

use std::io::BufRead;

use anyhow::{Context, Result};

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) entries: u64,
    pub(crate) duration_us: u64,
}

pub(crate) fn read(mut log: impl BufRead) -> Result<Times> {
    let mut times = Times::default();
    let mut line = Vec::new();
    while log.read_until(b'\n', &mut line)? > 0 {
        if let Some(rest) = line.strip_prefix(b"# Query_time: ") {
            let end = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
            times.entries += 1;
            times.duration_us += micros(&String::from_utf8_lossy(&rest[..end]))?;
        }
        line.clear();
    }
    Ok(times)
}

/// `0.000123`, always with six digits behind the point.
pub(crate) fn micros(text: &str) -> Result<u64> {
    let (seconds, fraction) = text
        .split_once('.')
        .filter(|(_, fraction)| fraction.len() == 6)
        .with_context(|| format!("a time of {text:?}, expected seconds with six decimals"))?;
    Ok(seconds.parse::<u64>()? * 1_000_000 + fraction.parse::<u64>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_summed() {
        let log = "# Time: x\n# Query_time: 1.000002  Lock_time: 9.000000\nSELECT 1;\n\
                   # Query_time: 0.500000  Lock_time: 9.000000\né;\n";
        assert_eq!(read(log.as_bytes()).unwrap(), Times { entries: 2, duration_us: 1_500_002 });
        assert!(read(&b"# Query_time: 1  \n"[..]).is_err());
    }
}
