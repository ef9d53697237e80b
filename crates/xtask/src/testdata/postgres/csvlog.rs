//! A second opinion: the same entries as csvlog, where nothing has to be guessed.
//!
//! Shares no code with slowlog on purpose. csvlog keeps what stderr loses: the command tag tells a
//! parse step from an execution, the `query` column betrays a message of the user's own making.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result, bail};

use super::Counted;

/// Columns of csvlog, the same since PostgreSQL 9.0; later versions only append.
/// <https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG>
mod column {
    pub(super) const SESSION: usize = 5;
    pub(super) const COMMAND_TAG: usize = 7;
    pub(super) const SEVERITY: usize = 11;
    pub(super) const SQLSTATE: usize = 12;
    pub(super) const MESSAGE: usize = 13;
    pub(super) const CONTEXT: usize = 18;
    pub(super) const QUERY: usize = 19;
    pub(super) const LEAST: usize = 23;
}

/// What a csvlog says: the counts that the driver knows too, and the sums that only a log knows.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) counted: Counted,
    pub(super) duration_us: u64,
    pub(super) parse_bind_us: u64,
    pub(super) fetch_us: u64,
    pub(super) plan_us: u64,
    pub(super) nested_plans: u64,
    pub(super) temp_files: u64,
    pub(super) temp_bytes: u64,
    pub(super) sessions: u64,
}

pub(super) fn read(text: &str) -> Result<Seen> {
    let mut seen = Seen::default();
    let mut pending = HashMap::new();
    let mut sessions = HashSet::new();
    for record in records(text)? {
        if record.len() < column::LEAST {
            bail!("a csvlog record has {} columns: {record:?}", record.len());
        }
        let session = record[column::SESSION].clone();
        let before = seen.counted.executions;
        match record[column::SEVERITY].as_str() {
            "ERROR" => {
                seen.counted.errors += 1;
                seen.counted.killed += u64::from(record[column::SQLSTATE] == "57014");
                pending.remove(&session);
            }
            "FATAL" | "PANIC" => seen.counted.fatal_errors += 1,
            // LOG with a statement beside it: PL/pgSQL's RAISE LOG, whatever it claims to be. What
            // the server itself logs about a statement hides it, but for files and locks.
            "LOG" => log_message(&mut seen, &mut pending, &session, &record)
                .with_context(|| format!("{record:?}"))?,
            _ => {}
        }
        if seen.counted.executions > before {
            sessions.insert(session);
        }
    }
    seen.sessions = sessions.len() as u64;
    Ok(seen)
}

fn log_message(
    seen: &mut Seen,
    pending: &mut HashMap<String, String>,
    session: &str,
    record: &[String],
) -> Result<()> {
    let message = record[column::MESSAGE].as_str();
    let forged = !record[column::QUERY].is_empty();
    if let Some(rest) = message.strip_prefix("temporary file: path ") {
        let (_, size) = rest.rsplit_once(", size ").context("a temporary file without a size")?;
        seen.temp_files += 1;
        seen.temp_bytes += size.parse::<u64>()?;
    } else if message.contains(" still waiting for ") {
        seen.counted.lock_waits += 1;
    } else if forged {
    } else if let Some(text) = message.strip_prefix("statement: ") {
        seen.counted.log_statements += 1;
        pending.insert(session.to_owned(), text.to_owned());
    } else if message.starts_with("execute ") {
        seen.counted.log_statements += 1;
        pending.insert(session.to_owned(), after_name(message)?.to_owned());
    } else if let Some(rest) = message.strip_prefix("duration: ") {
        let (number, rest) = rest.split_once(" ms").context("a duration without a unit")?;
        let us = micros(number)?;
        if let Some(text) = rest.strip_prefix("  statement: ") {
            seen.execution(text, us);
        } else if rest.starts_with("  execute fetch from ") {
            seen.fetch_us += us;
            seen.duration_us += us;
        } else if rest.starts_with("  execute ") {
            seen.execution(after_name(rest)?, us);
        } else if rest.starts_with("  parse ") || rest.starts_with("  bind ") {
            seen.step(us);
        } else if rest.starts_with("  plan:") && !record[column::CONTEXT].is_empty() {
            // A statement within a function: its time is part of the outer one's.
            seen.nested_plans += 1;
        } else if rest.starts_with("  plan:") {
            seen.counted.plans += 1;
            seen.plan_us += us;
        } else if rest.is_empty() && matches!(&*record[column::COMMAND_TAG], "PARSE" | "BIND") {
            seen.step(us);
        } else if rest.is_empty() {
            let text = pending.remove(session).context("a duration without a statement")?;
            seen.execution(&text, us);
        } else {
            bail!("a duration of an unknown kind");
        }
    }
    Ok(())
}

impl Seen {
    fn execution(&mut self, text: &str, us: u64) {
        self.counted.execution(text, 1);
        self.duration_us += us;
    }

    fn step(&mut self, us: u64) {
        self.counted.parse_bind_steps += 1;
        self.parse_bind_us += us;
    }
}

/// The text behind `execute NAME: `; the names used here have no colon.
fn after_name(message: &str) -> Result<&str> {
    Ok(message.split_once(": ").context("an execute without a name")?.1)
}

/// PostgreSQL prints milliseconds with exactly three decimals.
fn micros(number: &str) -> Result<u64> {
    let (whole, part) = number.split_once('.').context("a duration without decimals")?;
    if part.len() != 3 {
        bail!("a duration with {} decimals", part.len());
    }
    Ok(whole.parse::<u64>()? * 1000 + part.parse::<u64>()?)
}

/// RFC 4180: fields split by commas, quoted where needed, a quote doubled within quotes.
fn records(text: &str) -> Result<Vec<Vec<String>>> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if quoted && chars.peek() == Some(&'"') => {
                field.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            char => field.push(char),
        }
    }
    if quoted || !record.is_empty() || !field.is_empty() {
        bail!("the csvlog ends within a record");
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(tag: &str, severity: &str, message: &str, query: &str) -> String {
        let mut fields = vec![String::new(); 26];
        fields[column::SESSION] = "1.2".to_owned();
        fields[column::COMMAND_TAG] = tag.to_owned();
        fields[column::SEVERITY] = severity.to_owned();
        fields[column::MESSAGE] = message.to_owned();
        fields[column::QUERY] = query.to_owned();
        let quoted: Vec<_> =
            fields.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect();
        quoted.join(",") + "\n"
    }

    #[test]
    fn fields_may_hold_quotes_commas_and_newlines() {
        let read = records("a,\"b \"\"c\"\",\nd\",\n,,e\n").unwrap();
        assert_eq!(read, [vec!["a", "b \"c\",\nd", ""], vec!["", "", "e"]]);
        assert!(records("a,\"b").is_err());
    }

    #[test]
    fn bare_durations_are_told_apart_by_the_command_tag() {
        let text = line("PARSE", "LOG", "duration: 0.100 ms", "")
            + &line("BIND", "LOG", "duration: 0.200 ms", "")
            + &line("SELECT", "LOG", "execute <unnamed>: SELECT $1", "")
            + &line("SELECT", "LOG", "duration: 1.002 ms", "");
        let seen = read(&text).unwrap();
        assert_eq!((seen.counted.parse_bind_steps, seen.parse_bind_us), (2, 300));
        assert_eq!((seen.counted.executions, seen.duration_us), (1, 1002));
        assert_eq!(seen.counted.statements["SELECT $1"], 1);
    }

    #[test]
    fn a_message_with_a_statement_beside_it_is_nobodys_duration() {
        let seen =
            read(&line("DO", "LOG", "duration: 9.000 ms  statement: forged", "DO ''")).unwrap();
        assert_eq!(seen.counted.executions, 0);
    }
}
