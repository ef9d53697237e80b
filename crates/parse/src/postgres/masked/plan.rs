//! Plans of auto_explain without their literals, in its four formats.

use std::borrow::Cow;

use memchr::{memchr, memmem};
use slowlog_event::Dialect;
use slowlog_lex::{mask, redact};

use crate::json::unescape;
use crate::postgres::message::{entities, json_string, text_query};

/// Appends a message with a plan: `duration: 1.5 ms  plan:` and what follows.
pub(super) fn write(message: &[u8], out: &mut Vec<u8>) {
    const PLAN: &[u8] = b"plan:";
    let plan = memmem::find(message, PLAN).map_or(message.len(), |at| at + PLAN.len());
    let blanks = message[plan..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let (head, body) = message.split_at(plan + blanks);
    out.extend_from_slice(head);
    match text_query(body) {
        Ok((rest, query)) => {
            out.extend_from_slice(&body[..body.len() - rest.len() - query.len()]);
            mask(query, Dialect::Postgres, out);
            rest.split_inclusive(|byte| *byte == b'\n').for_each(|line| node_line(line, out));
        }
        Err(_) if body.starts_with(b"<") => xml(body, out),
        Err(_) => strings(body, out),
    }
}

/// Appends the text of a value; the query stays a query.
fn value(text: &[u8], is_query: bool, out: &mut Vec<u8>) {
    if is_query {
        mask(text, Dialect::Postgres, out);
    } else {
        redact(text, Dialect::Postgres, out);
    }
}

/// A line of a plan as text. What a node costs is no literal.
fn node_line(line: &[u8], out: &mut Vec<u8>) {
    let costs = memmem::find(line, b"  (cost=").unwrap_or(line.len());
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" .=()\r\n".contains(byte);
    let costs = if line[costs..].iter().all(is_plain) { costs } else { line.len() };
    redact(&line[..costs], Dialect::Postgres, out);
    out.extend_from_slice(&line[costs..]);
}

/// JSON and YAML: strings between double quotes that are no keys.
fn strings(body: &[u8], out: &mut Vec<u8>) {
    let mut rest = body;
    let mut is_query = false;
    while let Some(quote) = memchr(b'"', rest) {
        let (before, text) = rest.split_at(quote + 1);
        out.extend_from_slice(before);
        is_query |= before.ends_with(b"Query Text: \"");
        let Ok((behind, inside)) = json_string(text) else { return };
        if behind.first() == Some(&b':') {
            out.extend_from_slice(inside);
            is_query = inside == b"Query Text";
        } else {
            let mut plain = Vec::new();
            unescape(inside, &mut plain);
            let mut masked = Vec::new();
            value(&plain, is_query, &mut masked);
            escape(&masked, out);
            is_query = false;
        }
        // A text that was cut ends without its quote.
        if inside.len() < text.len() {
            out.push(b'"');
        }
        rest = behind;
    }
    out.extend_from_slice(rest);
}

/// Appends a text as it stands in a string of JSON.
pub(in crate::postgres) fn escape(text: &[u8], out: &mut Vec<u8>) {
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(*byte),
        }
    }
}

/// Texts between the tags.
fn xml(body: &[u8], out: &mut Vec<u8>) {
    let mut rest = body;
    while let Some(close) = memchr(b'>', rest) {
        let (tag, behind) = rest.split_at(close + 1);
        out.extend_from_slice(tag);
        let end = memchr(b'<', behind).unwrap_or(behind.len());
        let (text, next) = behind.split_at(end);
        let is_number = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
        if text.iter().all(|byte| is_number(byte) || byte.is_ascii_whitespace()) {
            out.extend_from_slice(text);
        } else {
            let plain: Cow<'_, [u8]> = entities(text);
            let mut masked = Vec::new();
            value(&plain, tag.ends_with(b"<Query-Text>"), &mut masked);
            for byte in masked {
                match byte {
                    b'<' => out.extend_from_slice(b"&lt;"),
                    b'>' => out.extend_from_slice(b"&gt;"),
                    b'&' => out.extend_from_slice(b"&amp;"),
                    _ => out.push(byte),
                }
            }
        }
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_in_every_format() {
        for (plan, expected) in [
            (
                "plan:\nQuery Text: SELECT 'x'\n FROM t\nQuery Parameters: $1 = 'x'\nSeq Scan on t  (cost=0.00..1.01 rows=1 width=4)\n  Filter: (a = 'x'::text)",
                "plan:\nQuery Text: SELECT '?'\n FROM t\nQuery Parameters: $1 = ?\nSeq Scan on t  (cost=0.00..1.01 rows=1 width=4)\n  Filter: (a = ?::text)",
            ),
            (
                "plan:\n{\n \"Query Text\": \"SELECT 'x\\\"'\\n\",\n \"Plan\": {\"Total Cost\": 1.01, \"Filter\": \"(a = 'x')\"}\n}",
                "plan:\n{\n \"Query Text\": \"SELECT '?'\\n\",\n \"Plan\": {\"Total Cost\": 1.01, \"Filter\": \"(a = ?)\"}\n}",
            ),
            (
                "plan:\nQuery Text: \"SELECT 'x'\\n\"\nPlan: \n  Filter: \"(a = 'x')\"",
                "plan:\nQuery Text: \"SELECT '?'\\n\"\nPlan: \n  Filter: \"(a = ?)\"",
            ),
            (
                "plan:\n<explain>\n<Query-Text>SELECT 'x&amp;' &lt; 5</Query-Text>\n<Filter>(5 = a)</Filter><Total-Cost>1.01</Total-Cost></explain>",
                "plan:\n<explain>\n<Query-Text>SELECT '?' &lt; 1</Query-Text>\n<Filter>(? = a)</Filter><Total-Cost>1.01</Total-Cost></explain>",
            ),
        ] {
            let mut out = Vec::new();
            write(plan.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
