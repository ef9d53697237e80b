//! Entries of a slow log, written again.

use slowlog_event::Dialect;
use slowlog_lex::mask;

use super::border::Log;
use super::fields::header_fields;
use super::head::{Start, banner_len, follows_statement, start_at};
use super::header::{ERROR, Header, WARNINGS, WITHOUT_KEY, is_unmarked, set_line, used_database};
use super::reader::{statement, throttled, without_another};
use crate::lines::Lines;
use crate::writer::{Literals, Written};

/// Appends the entry or banner that begins `rest`, which holds no other.
pub(crate) fn write_slow_entry(rest: &[u8], literals: Literals, out: &mut Vec<u8>) -> Written {
    if let Some(length) = banner_len(rest) {
        out.extend_from_slice(&rest[..length]);
        return Written::default();
    }
    let header = Header::read(Log { block: rest, ends: true }, 0, &mut Vec::new());
    let start = out.len();
    let mut header_len = 0;
    for (from, to) in Lines::new(&rest[..header.text]) {
        let line = &rest[from..to];
        let text = line.trim_ascii_end();
        let is_metadata = used_database(text).is_some() || set_line(text).is_some();
        if literals == Literals::Raw || used_database(text).is_some() {
            out.extend_from_slice(line);
        } else if is_metadata {
            timestamp(text, out);
        } else {
            header_line(line, text, out);
        }
        if !is_metadata {
            header_len = out.len() - start;
        }
    }
    let mut text = &rest[header.text..];
    if let Some(head) = first_head_within(text) {
        text = without_another(text, head);
    }
    match literals {
        Literals::Raw => out.extend_from_slice(rest[header.text..].trim_ascii_end()),
        Literals::Masked if header.border.is_none() => masked_statement(statement(text), out),
        Literals::Masked => {}
    }
    if out.last().is_some_and(|byte| *byte != b'\n') {
        out.push(b'\n');
    }
    Written { header_len }
}

/// A statement without its literals, and the `;` of the server.
pub(super) fn masked_statement(text: &[u8], out: &mut Vec<u8>) {
    if throttled(text).is_some() {
        out.extend_from_slice(text);
    } else if text.starts_with(ADMINISTRATOR) {
        let is_word = |byte: &u8| byte.is_ascii_alphabetic() || b" :".contains(byte);
        let len = text.iter().take_while(|byte| is_word(byte)).count();
        out.extend_from_slice(b"# ");
        out.extend_from_slice(&text[..len]);
    } else {
        mask(text, Dialect::MySql, out);
    }
    out.push(b';');
}

/// Where the first line of a statement begins that looks like the head of an entry.
fn first_head_within(text: &[u8]) -> Option<usize> {
    let heads = Lines::new(text).map(|(start, _)| start).skip(1);
    heads
        .filter(|start| follows_statement(text, *start))
        .find(|start| matches!(start_at(text, *start), Start::Entry | Start::Banner))
}

pub(super) const ADMINISTRATOR: &[u8] = b"administrator command:";

/// Of the values that the server sets for replay, only the time stays: ids are data.
fn timestamp(line: &[u8], out: &mut Vec<u8>) {
    let list = line[4..].strip_suffix(b";").unwrap_or_default();
    let timestamp = list
        .split(|byte| *byte == b',')
        .find(|setting| setting.trim_ascii().starts_with(b"timestamp="));
    if let Some(timestamp) = timestamp {
        out.extend_from_slice(b"SET ");
        out.extend_from_slice(timestamp.trim_ascii());
        out.extend_from_slice(b";\n");
    }
}

/// A line with `#`. Conditions of MariaDB quote values, and a line that no rule covers may.
fn header_line(line: &[u8], text: &[u8], out: &mut Vec<u8>) {
    if let Some(condition) = text.strip_prefix(ERROR) {
        let digits = condition.iter().take_while(|byte| byte.is_ascii_digit()).count();
        out.extend_from_slice(ERROR);
        out.extend_from_slice(&condition[..digits]);
        out.extend_from_slice(b" ?\n");
        return;
    }
    let named = [&b"# User@Host:"[..], b"# Time:", b"# explain:"];
    let is_known = named.iter().any(|head| text.starts_with(head))
        || WITHOUT_KEY.contains(&text)
        || text == WARNINGS
        || is_unmarked(text);
    let quotes = |byte: &u8| matches!(byte, b'\'' | b'"');
    let has_values = header_fields(text).next().is_some() && !text.iter().any(quotes);
    if is_known || has_values {
        out.extend_from_slice(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_without_their_values() {
        let header = "# Time: 2026-03-01T10:00:00.000000Z\n# User@Host: bob[bob] @ web [10.0.0.1]  Id: 7\n\
            # Query_time: 1.5  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 5\n";
        for (rest, expected) in [
            (
                "SET timestamp=1772359200;\nSELECT 'x', 5;\n",
                "SET timestamp=1772359200;\nSELECT '?', 1;\n",
            ),
            (
                "use shop;\nSET last_insert_id=5,insert_id=7,timestamp=1772359200;\nSELECT 1;\n",
                "use shop;\nSET timestamp=1772359200;\nSELECT 1;\n",
            ),
            ("# administrator command: Quit;\n", "# administrator command: Quit;\n"),
            (
                "# Warnings\n# Error 1366 Incorrect integer value: 'x'\nSET timestamp=1;\nSELECT \"x\n",
                "# Warnings\n# Error 1366 ?\nSET timestamp=1;\nSELECT '?';\n",
            ),
        ] {
            let mut out = Vec::new();
            let log = format!("{header}{rest}");
            let written = write_slow_entry(log.as_bytes(), Literals::Masked, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), format!("{header}{expected}"));
            assert!(written.header_len >= header.len());
            let mut raw = Vec::new();
            write_slow_entry(log.as_bytes(), Literals::Raw, &mut raw);
            assert_eq!(String::from_utf8(raw).unwrap(), log);
        }
    }
}
