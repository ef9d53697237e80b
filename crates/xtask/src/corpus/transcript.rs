//! The same entries of PostgreSQL in another format: what a generated stderr log says is written
//! as csvlog, as jsonlog, or as syslog carries it.

use std::collections::HashMap;
use std::io::{self, Write};

use clap::ValueEnum;

/// How the log of a PostgreSQL server is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Stderr,
    Csv,
    Json,
    /// RFC 3164, a line of the log each, with numbers.
    Syslog,
}

impl LogFormat {
    /// What the names of its files end in.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Stderr => "log",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Syslog => "syslog",
        }
    }
}

/// Writes entries in a format; each call has whole ones.
pub(super) struct Transcript<W> {
    out: W,
    format: LogFormat,
    /// Bytes and lines written.
    pub(super) bytes: u64,
    pub(super) lines: u64,
    /// Messages of each process so far.
    messages: HashMap<String, u64>,
}

/// An entry of the stderr log.
#[derive(Default)]
struct Entry<'a> {
    stamp: &'a str,
    process: &'a str,
    /// User, database, application.
    names: [&'a str; 3],
    severity: &'a str,
    message: String,
    detail: String,
    statement: String,
}

impl<W: Write> Transcript<W> {
    pub(super) fn new(out: W, format: LogFormat) -> Self {
        Self { out, format, bytes: 0, lines: 0, messages: HashMap::new() }
    }

    fn transcribe(&mut self, entries: &str) -> String {
        match self.format {
            LogFormat::Stderr => entries.to_owned(),
            LogFormat::Syslog => self.syslog(entries),
            LogFormat::Csv => read(entries).iter().map(csv).collect(),
            LogFormat::Json => read(entries).iter().map(json).collect(),
        }
    }

    fn syslog(&mut self, entries: &str) -> String {
        let mut lines = String::new();
        let (mut host, mut message, mut part) = (String::new(), 0, 0);
        for line in entries.lines() {
            if let Some(head) = Head::of(line) {
                host = format!("Mar  1 {} db1 postgres[{}]", &head.stamp[11..19], head.process);
                if !matches!(head.label, "DETAIL" | "STATEMENT") {
                    let count = self.messages.entry(head.process.to_owned()).or_default();
                    *count += 1;
                    (message, part) = (*count, 0);
                }
            }
            part += 1;
            lines += &format!("{host}: [{message}-{part}] {}\n", line.replace('\t', "#011"));
        }
        lines
    }
}

impl<W: Write> Write for Transcript<W> {
    fn write(&mut self, entries: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(entries).map_err(io::Error::other)?;
        let transcribed = self.transcribe(text);
        self.out.write_all(transcribed.as_bytes())?;
        self.bytes += transcribed.len() as u64;
        self.lines += memchr::memchr_iter(b'\n', transcribed.as_bytes()).count() as u64;
        Ok(entries.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The head of a line: `2026-03-01 10:00:00.000 UTC [7] [user=u,db=d,app=a] LOG:  text`.
struct Head<'a> {
    stamp: &'a str,
    process: &'a str,
    names: [&'a str; 3],
    label: &'a str,
    text: &'a str,
}

impl<'a> Head<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let (stamp, rest) = line.split_once(" [")?;
        let (process, rest) = rest.split_once("] [user=")?;
        let (user, rest) = rest.split_once(",db=")?;
        let (database, rest) = rest.split_once(",app=")?;
        let (application, rest) = rest.split_once("] ")?;
        let (label, text) = rest.split_once(":  ")?;
        let is_head = stamp.starts_with("2026-");
        is_head.then_some(Self {
            stamp,
            process,
            names: [user, database, application],
            label,
            text,
        })
    }
}

fn read(entries: &str) -> Vec<Entry<'_>> {
    let mut read: Vec<Entry<'_>> = Vec::new();
    let mut label = "";
    for line in entries.lines() {
        let head = Head::of(line);
        let text = head.as_ref().map_or(line, |head| head.text);
        if let Some(head) = head {
            label = head.label;
            if !matches!(label, "DETAIL" | "STATEMENT") {
                let Head { stamp, process, names, label: severity, .. } = head;
                read.push(Entry { stamp, process, names, severity, ..Entry::default() });
            }
        }
        let Some(entry) = read.last_mut() else { continue };
        let field = match label {
            "DETAIL" => &mut entry.detail,
            "STATEMENT" => &mut entry.statement,
            _ => &mut entry.message,
        };
        // The server puts a TAB behind each newline of a message.
        match text.strip_prefix('\t') {
            Some(further) => *field += &format!("\n{further}"),
            None => *field += text,
        }
    }
    read
}

fn csv(entry: &Entry<'_>) -> String {
    let quoted = |text: &str| match text {
        "" => String::new(),
        _ => format!("\"{}\"", text.replace('"', "\"\"")),
    };
    let Entry { stamp, process, names: [user, database, application], severity, .. } = entry;
    let state = if *severity == "LOG" { "00000" } else { "57014" };
    let session = format!("69a40f20.{:x}", process.parse::<u64>().unwrap_or_default());
    format!(
        "{stamp},\"{user}\",\"{database}\",{process},\"10.0.0.1:4711\",{session},1,\"SELECT\",2026-03-01 09:00:00 UTC,3/40,0,{severity},{state},{},{},,,,,{},,,\"{application}\",\"client backend\",,0\n",
        quoted(&entry.message),
        quoted(&entry.detail),
        quoted(&entry.statement)
    )
}

fn json(entry: &Entry<'_>) -> String {
    let Entry { stamp, process, names: [user, database, application], severity, .. } = entry;
    let session = format!("69a40f20.{:x}", process.parse::<u64>().unwrap_or_default());
    let member = |key: &str, text: &str| match text {
        "" => String::new(),
        _ => format!(",\"{key}\":{}", serde_json::Value::from(text)),
    };
    format!(
        "{{\"timestamp\":\"{stamp}\",\"user\":\"{user}\",\"dbname\":\"{database}\",\"pid\":{process},\"remote_host\":\"10.0.0.1\",\"remote_port\":4711,\"session_id\":\"{session}\",\"line_num\":1,\"ps\":\"SELECT\",\"session_start\":\"2026-03-01 09:00:00 UTC\",\"vxid\":\"3/40\",\"txid\":0,\"error_severity\":\"{severity}\"{}{}{},\"application_name\":\"{application}\",\"backend_type\":\"client backend\",\"query_id\":0}}\n",
        member("message", &entry.message),
        member("detail", &entry.detail),
        member("statement", &entry.statement)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_in_every_format() {
        let entries = "2026-03-01 10:00:00.000 UTC [7] [user=u,db=d,app=a b] ERROR:  x \"y\"\n2026-03-01 10:00:00.000 UTC [7] [user=u,db=d,app=a b] STATEMENT:  SELECT\n\t1\n";
        for (format, expected) in [
            (LogFormat::Stderr, entries),
            (
                LogFormat::Csv,
                "2026-03-01 10:00:00.000 UTC,\"u\",\"d\",7,\"10.0.0.1:4711\",69a40f20.7,1,\"SELECT\",2026-03-01 09:00:00 UTC,3/40,0,ERROR,57014,\"x \"\"y\"\"\",,,,,,\"SELECT\n1\",,,\"a b\",\"client backend\",,0\n",
            ),
            (
                LogFormat::Json,
                "{\"timestamp\":\"2026-03-01 10:00:00.000 UTC\",\"user\":\"u\",\"dbname\":\"d\",\"pid\":7,\"remote_host\":\"10.0.0.1\",\"remote_port\":4711,\"session_id\":\"69a40f20.7\",\"line_num\":1,\"ps\":\"SELECT\",\"session_start\":\"2026-03-01 09:00:00 UTC\",\"vxid\":\"3/40\",\"txid\":0,\"error_severity\":\"ERROR\",\"message\":\"x \\\"y\\\"\",\"statement\":\"SELECT\\n1\",\"application_name\":\"a b\",\"backend_type\":\"client backend\",\"query_id\":0}\n",
            ),
            (
                LogFormat::Syslog,
                "Mar  1 10:00:00 db1 postgres[7]: [1-1] 2026-03-01 10:00:00.000 UTC [7] [user=u,db=d,app=a b] ERROR:  x \"y\"\nMar  1 10:00:00 db1 postgres[7]: [1-2] 2026-03-01 10:00:00.000 UTC [7] [user=u,db=d,app=a b] STATEMENT:  SELECT\nMar  1 10:00:00 db1 postgres[7]: [1-3] #0111\n",
            ),
        ] {
            let mut out = Vec::new();
            let mut transcript = Transcript::new(&mut out, format);
            transcript.write_all(entries.as_bytes()).unwrap();
            let (bytes, lines) = (transcript.bytes, transcript.lines);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
            assert_eq!((bytes, lines), (expected.len() as u64, expected.lines().count() as u64));
        }
    }
}
