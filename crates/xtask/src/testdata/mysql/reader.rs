//! A second opinion: the slow log read by one who knows which texts may stand in it.
//!
//! Shares no code with slowlog on purpose. Where a statement ends needs no lexer here: every text
//! was sent by the driver, so one of its texts must stand there, whatever it imitates.

use std::collections::{BTreeSet, HashSet};

use anyhow::{Context, Result, bail};

use super::driver::{Counted, Entry};
use crate::slow_times::micros;

#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) counted: Counted,
    pub(super) duration_us: u64,
    /// How often the server opened the log.
    pub(super) banners: u64,
}

pub(super) fn read(log: &[u8], texts: &BTreeSet<&[u8]>) -> Result<Seen> {
    let mut seen = Seen::default();
    let mut threads = HashSet::new();
    let mut rest = log;
    while !rest.is_empty() {
        let entry = rest;
        let mut head = Head::default();
        loop {
            let line = take_line(&mut rest)?;
            if line.ends_with("started with:") {
                // Port and socket, and the names of columns that the log does not have.
                take_line(&mut rest)?;
                take_line(&mut rest)?;
                seen.banners += 1;
                break;
            }
            if line.starts_with("SET ") && line.contains("timestamp=") {
                let text = take_text(&mut rest, texts)
                    .with_context(|| format!("no known text in\n{}", excerpt(entry)))?;
                let (user, database) = head
                    .names()
                    .with_context(|| format!("no whole head in\n{}", excerpt(entry)))?;
                seen.duration_us += head.us;
                threads.insert(head.thread);
                *seen.counted.entries.entry(Entry { user, database, text }).or_default() += 1;
                break;
            }
            head.line(&line).with_context(|| format!("{line:?} in\n{}", excerpt(entry)))?;
        }
    }
    seen.counted.sessions = threads.len() as u64;
    Ok(seen)
}

#[derive(Default)]
struct Head {
    user: Option<String>,
    database: Option<String>,
    thread: String,
    us: u64,
}

impl Head {
    fn line(&mut self, line: &str) -> Result<()> {
        if let Some(rest) = line.strip_prefix("# User@Host: ") {
            // The account and the name logged in with are the same here, whatever is in them.
            let (twice, _) = rest.rsplit_once("] @ ").context("no host")?;
            let user = &twice[..(twice.len() - 1) / 2];
            if *twice != format!("{user}[{user}") {
                bail!("not one name twice");
            }
            self.user = Some(user.to_owned());
        } else if let Some(rest) = line.strip_prefix("# Thread_id: ") {
            let (thread, rest) = rest.split_once("  Schema: ").context("no schema")?;
            let (database, _) = rest.rsplit_once("  QC_hit: ").context("no QC_hit")?;
            thread.clone_into(&mut self.thread);
            self.database = Some(database.to_owned());
        } else if let Some(rest) = line.strip_prefix("# Query_time: ") {
            self.us = micros(rest.split(' ').next().unwrap_or_default())?;
        } else if !line.starts_with('#') && !line.starts_with("use ") {
            bail!("not a line of a head");
        }
        Ok(())
    }

    fn names(self: &mut Head) -> Option<(String, String)> {
        Some((self.user.take()?, self.database.take()?))
    }
}

fn take_line(rest: &mut &[u8]) -> Result<String> {
    let end = memchr::memchr(b'\n', rest).context("the log ends within a line")?;
    let line = String::from_utf8_lossy(&rest[..end]).into_owned();
    *rest = &rest[end + 1..];
    Ok(line)
}

/// The longest of the texts that stands here, with the server's `;` behind it.
fn take_text(rest: &mut &[u8], texts: &BTreeSet<&[u8]>) -> Option<Vec<u8>> {
    let ended = |text: &&[u8]| rest.strip_prefix(*text)?.strip_prefix(b";\n");
    let text =
        texts.iter().filter(|text| ended(text).is_some()).max_by_key(|text| text.len()).copied()?;
    *rest = ended(&text)?;
    Some(text.to_vec())
}

fn excerpt(entry: &[u8]) -> String {
    String::from_utf8_lossy(&entry[..entry.len().min(600)]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "# User@Host: a [b][a [b]] @ localhost []\n\
                        # Thread_id: 7  Schema: shop  QC_hit: No\n\
                        # Query_time: 0.000012  Lock_time: 0.000000  Rows_sent: 1\n";

    #[test]
    fn a_text_that_imitates_an_entry_is_a_text() {
        let forged = format!("SELECT ';\n{HEAD}SET timestamp=1;\nSELECT 1;\n'");
        let log = format!(
            "mariadbd, Version: x. started with:\nTcp port: 0\nTime\n{HEAD}SET timestamp=1;\n{forged};\n\
             # Time: x\n{HEAD}use `shop`;\nSET insert_id=3,timestamp=1;\nSELECT 1;\n"
        );
        let seen =
            read(log.as_bytes(), &BTreeSet::from([&b"SELECT 1"[..], forged.as_bytes()])).unwrap();
        assert_eq!((seen.banners, seen.duration_us, seen.counted.sessions), (1, 24, 1));
        let texts: Vec<_> = seen.counted.entries.keys().map(|entry| entry.text.clone()).collect();
        assert_eq!(texts, [forged.as_bytes(), b"SELECT 1"]);
        assert!(seen.counted.entries.keys().all(|entry| entry.user == "a [b]"));
        assert!(read(log.as_bytes(), &BTreeSet::from([&b"SELECT 1"[..]])).is_err());
    }
}
