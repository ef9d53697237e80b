//! Entries of PostgreSQL's logs, written again in the format they came in.

use memchr::{memchr, memchr2};
use slowlog_event::{Severity, without_tabs};

use super::clock::Clock;
use super::columns::{Column, severity};
use super::csvlog::unescape as unquote;
use super::head::Head;
use super::jsonlog::column;
use super::label::Label;
use super::masked::{Text, escape, write_masked};
use super::prefix::Prefix;
use super::reader::{state_len, trim_line_end};
use crate::json::{Members, Value, unescape};
use crate::lines::Lines;
use crate::writer::Literals;

/// Objects of JSON within objects are written to this depth: carriers put the columns in one.
const DEPTH: usize = 3;

/// An entry of the stderr log: its line and the lines that belong to it.
pub(crate) fn write_stderr_entry(
    prefixes: &[Prefix],
    rest: &[u8],
    literals: Literals,
    out: &mut Vec<u8>,
) {
    let mut clock = Clock::default();
    let mut session = None;
    // The text that is being collected, and what stands before it.
    let mut open: Option<(Text, Vec<u8>)> = None;
    let mut is_ours = false;
    for (start, end) in Lines::new(rest) {
        let line = trim_line_end(&rest[start..end]);
        let continues = line.first() == Some(&b'\t');
        let head = (!continues).then(|| Head::parse(prefixes, &mut clock, line)).flatten();
        let (kind, text) = match &head {
            Some(head) => match head.label {
                Label::Severity(_) if start > 0 => break,
                Label::Severity(severity) => {
                    session = head.session;
                    let text = head.message + state_len(&line[head.message..]);
                    (Text::Message(severity), text)
                }
                _ if head.session != session => {
                    is_ours = false;
                    continue;
                }
                Label::Detail => (Text::Detail, head.message),
                Label::Statement => (Text::Statement, head.message),
                _ => (Text::Other, head.message),
            },
            None if continues && is_ours => {
                if literals == Literals::Raw {
                    out.extend_from_slice(&rest[start..end]);
                } else if let Some((_, text)) = &mut open {
                    text.push(b'\n');
                    text.extend_from_slice(line);
                }
                continue;
            }
            None => {
                is_ours &= continues;
                continue;
            }
        };
        is_ours = true;
        close(open.take(), out);
        if literals == Literals::Raw {
            out.extend_from_slice(&rest[start..end]);
        } else {
            out.extend_from_slice(&line[..text]);
            open = Some((kind, line[text..].to_vec()));
        }
    }
    close(open, out);
    end_line(out);
}

/// Ends a text of the stderr log: the server puts a TAB behind every newline.
fn close(open: Option<(Text, Vec<u8>)>, out: &mut Vec<u8>) {
    let Some((kind, text)) = open else { return };
    let mut masked = Vec::new();
    write_masked(kind, &without_tabs(&text), &mut masked);
    for (place, line) in masked.split(|byte| *byte == b'\n').enumerate() {
        if place > 0 {
            out.extend_from_slice(b"\n\t");
        }
        out.extend_from_slice(line);
    }
    out.push(b'\n');
}

/// A log may end within a line.
fn end_line(out: &mut Vec<u8>) {
    if out.last().is_some_and(|byte| *byte != b'\n') {
        out.push(b'\n');
    }
}

/// A record of csvlog.
pub(crate) fn write_csv_entry(rest: &[u8], literals: Literals, out: &mut Vec<u8>) {
    let mut at = 0;
    let mut level = Severity::Log;
    for place in 0.. {
        let (text, end) = csv_column(rest, at);
        if literals == Literals::Masked {
            let kind = match place {
                _ if place == Column::Severity as usize => {
                    level = severity(text).unwrap_or(level);
                    None
                }
                _ if place == Column::Message as usize => Some(Text::Message(level)),
                _ if place == Column::Detail as usize => Some(Text::Detail),
                _ if place == Column::Statement as usize => Some(Text::Statement),
                // The hint, the internal query, the context, the place in the server's source, and
                // what later servers have behind the query id.
                15 | 16 | 18 | 21 | 26.. => Some(Text::Other),
                _ => None,
            };
            match kind.filter(|_| !text.is_empty()) {
                Some(kind) => {
                    let (mut plain, mut masked) = (Vec::new(), Vec::new());
                    unquote(text, &mut plain);
                    write_masked(kind, &plain, &mut masked);
                    out.push(b'"');
                    for byte in masked {
                        let doubled = usize::from(byte == b'"');
                        out.extend(std::iter::repeat_n(byte, 1 + doubled));
                    }
                    out.push(b'"');
                }
                None => out.extend_from_slice(&rest[at..end]),
            }
        }
        match rest.get(end) {
            Some(b',') => {
                if literals == Literals::Masked {
                    out.push(b',');
                }
                at = end + 1;
            }
            _ => {
                if literals == Literals::Raw {
                    out.extend_from_slice(&rest[..end]);
                }
                out.push(b'\n');
                return;
            }
        }
    }
}

/// The text of a column without its quotes, and where the column ends.
fn csv_column(rest: &[u8], at: usize) -> (&[u8], usize) {
    if rest.get(at) != Some(&b'"') {
        let len = memchr2(b',', b'\n', &rest[at..]).unwrap_or(rest.len() - at);
        let text = &rest[at..at + len];
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        return (text, at + text.len());
    }
    let mut end = at + 1;
    loop {
        match memchr(b'"', &rest[end..]) {
            Some(len) if rest.get(end + len + 1) == Some(&b'"') => end += len + 2,
            Some(len) => return (&rest[at + 1..end + len], end + len + 1),
            None => return (&rest[at + 1..], rest.len()),
        }
    }
}

/// A line of jsonlog.
pub(crate) fn write_json_entry(rest: &[u8], literals: Literals, out: &mut Vec<u8>) {
    let end = memchr(b'\n', rest).unwrap_or(rest.len());
    let line = rest[..end].trim_ascii_end();
    match literals {
        Literals::Raw => out.extend_from_slice(line),
        Literals::Masked => {
            let level = level(line, 0, DEPTH).unwrap_or(Severity::Log);
            json_object(line, 0, level, DEPTH, out);
        }
    }
    out.push(b'\n');
}

/// The severity of an entry, which may stand behind its message.
fn level(line: &[u8], at: usize, depth: usize) -> Option<Severity> {
    Members::new(line, at).find_map(|(key, value)| match value {
        Value::Text((start, end), _) if column(key) == Some(Column::Severity) => {
            severity(&line[start..end])
        }
        Value::Nested(start) if depth > 0 => level(line, start, depth - 1),
        _ => None,
    })
}

/// Members that may hold text of anybody's are written without it, those that are not known too.
fn json_object(line: &[u8], at: usize, level: Severity, depth: usize, out: &mut Vec<u8>) {
    out.push(b'{');
    let mut is_first = true;
    for (key, value) in Members::new(line, at) {
        if !is_first {
            out.push(b',');
        }
        is_first = false;
        out.push(b'"');
        out.extend_from_slice(key);
        out.extend_from_slice(b"\":");
        match value {
            Value::Text((start, end), _) => {
                let text = &line[start..end];
                out.push(b'"');
                match json_text(key, level) {
                    Some(kind) => {
                        let (mut plain, mut masked) = (Vec::new(), Vec::new());
                        unescape(text, &mut plain);
                        // Azure writes the message as stderr has it.
                        let head = if key == b"message" { stderr_head(&plain) } else { 0 };
                        escape(&plain[..head], out);
                        write_masked(kind, &plain[head..], &mut masked);
                        escape(&masked, out);
                    }
                    None => out.extend_from_slice(text),
                }
                out.push(b'"');
            }
            Value::Bare((start, end)) => out.extend_from_slice(&line[start..end]),
            Value::Nested(start) if depth > 0 && line.get(start) == Some(&b'{') => {
                json_object(line, start, level, depth - 1, out);
            }
            Value::Nested(_) => out.extend_from_slice(b"null"),
        }
    }
    out.push(b'}');
}

/// What the text of a member is; `None` if it is no text of a user's.
fn json_text(key: &[u8], level: Severity) -> Option<Text> {
    const SAFE: [&[u8]; 15] = [
        b"remote_port",
        b"session_start",
        b"session_start_time",
        b"txid",
        b"transaction_id",
        b"backend_type",
        b"leader_pid",
        b"cursor_position",
        b"query_pos",
        b"level",
        b"ts",
        b"logger",
        b"logging_pod",
        b"time",
        b"category",
    ];
    match column(key) {
        Some(Column::Message) => Some(Text::Message(level)),
        Some(Column::Detail) => Some(Text::Detail),
        Some(Column::Statement) => Some(Text::Statement),
        Some(Column::Context) => Some(Text::Other),
        Some(_) => None,
        None => (!SAFE.contains(&key)).then_some(Text::Other),
    }
}

/// The length of what stands before the message if that has the prefix and the label of stderr.
fn stderr_head(message: &[u8]) -> usize {
    const LABELS: [&[u8]; 4] = [b"LOG:  ", b"ERROR:  ", b"FATAL:  ", b"PANIC:  "];
    let is_stamp = message.first().is_some_and(u8::is_ascii_digit);
    let label = |label: &&[u8]| memchr::memmem::find(message, label).map(|at| at + label.len());
    LABELS.iter().filter_map(label).min().filter(|_| is_stamp).unwrap_or(0)
}
