//! Plans of auto_explain without their literals, in its four formats.

use memchr::{memchr, memmem, memrchr};
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

/// What EXPLAIN names with a word of its own or with the name of an object.
const NAMES: [&[u8]; 17] = [
    b"Node Type",
    b"Parent Relationship",
    b"Join Type",
    b"Relation Name",
    b"Schema",
    b"Alias",
    b"Index Name",
    b"CTE Name",
    b"Subplan Name",
    b"Function Name",
    b"Strategy",
    b"Partial Mode",
    b"Scan Direction",
    b"Operation",
    b"Command",
    b"Sort Method",
    b"Sort Space Type",
];

/// Appends the text of a value. The query stays a query, names stay; of conditions and the like
/// nothing stays.
fn value(key: &[u8], text: &[u8], out: &mut Vec<u8>) {
    if key == b"Query Text" {
        mask(text, Dialect::Postgres, out);
    } else if NAMES.contains(&key) {
        redact(text, Dialect::Postgres, out);
    } else {
        out.push(b'?');
    }
}

/// A line of a plan as text. What a node is and costs stays, and so do numbers.
fn node_line(line: &[u8], out: &mut Vec<u8>) {
    let text = line.trim_ascii_end();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" .=()".contains(byte);
    let costs = memmem::find(text, b"  (cost=").filter(|at| text[*at..].iter().all(is_plain));
    let colon = memmem::find(text, b": ");
    if let Some(costs) = costs {
        redact(&text[..costs], Dialect::Postgres, out);
        out.extend_from_slice(&text[costs..]);
    } else if let Some(colon) = colon.filter(|at| text[..*at].iter().all(is_plain)) {
        let (key, value) = text.split_at(colon + 2);
        out.extend_from_slice(key);
        let is_number = value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
        out.extend_from_slice(if is_number { value } else { b"?" });
    } else if !text.trim_ascii().is_empty() {
        out.push(b'?');
    }
    out.extend_from_slice(&line[text.len()..]);
}

/// JSON and YAML: strings between double quotes that are no keys. In YAML, a key stands before its
/// colon without quotes.
fn strings(body: &[u8], out: &mut Vec<u8>) {
    let mut rest = body;
    let mut key: &[u8] = b"";
    while let Some(quote) = memchr(b'"', rest) {
        let (before, text) = rest.split_at(quote + 1);
        out.extend_from_slice(before);
        if let Some(line) = before.strip_suffix(b": \"") {
            let start = memrchr(b'\n', line).map_or(0, |newline| newline + 1);
            let plain = line[start..].trim_ascii_start();
            key = if plain.is_empty() { key } else { plain.strip_prefix(b"- ").unwrap_or(plain) };
        }
        let Ok((behind, inside)) = json_string(text) else { return };
        if behind.first() == Some(&b':') {
            key = inside;
            out.extend_from_slice(inside);
        } else {
            let (mut plain, mut masked) = (Vec::new(), Vec::new());
            unescape(inside, &mut plain);
            value(key, &plain, &mut masked);
            escape(&masked, out);
            key = b"";
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
            let start = memrchr(b'<', tag).map_or(tag.len(), |open| open + 1);
            let key: Vec<u8> = tag[start..close.max(start)]
                .iter()
                .map(|byte| if *byte == b'-' { b' ' } else { *byte })
                .collect();
            let mut masked = Vec::new();
            value(&key, &entities(text), &mut masked);
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
                "plan:\nQuery Text: SELECT '?'\n FROM t\nQuery Parameters: ?\nSeq Scan on t  (cost=0.00..1.01 rows=1 width=4)\n  Filter: ?",
            ),
            (
                "plan:\n{\n \"Query Text\": \"SELECT 'x\\\"'\\n\",\n \"Plan\": {\"Node Type\": \"Seq Scan\", \"Total Cost\": 1.01, \"Filter\": \"(a = 'x')\"}\n}",
                "plan:\n{\n \"Query Text\": \"SELECT '?'\\n\",\n \"Plan\": {\"Node Type\": \"Seq Scan\", \"Total Cost\": 1.01, \"Filter\": \"?\"}\n}",
            ),
            (
                "plan:\nQuery Text: \"SELECT 'x'\\n\"\nPlan: \n  Filter: \"(a = 'x')\"",
                "plan:\nQuery Text: \"SELECT '?'\\n\"\nPlan: \n  Filter: \"?\"",
            ),
            (
                "plan:\n<explain>\n<Query-Text>SELECT 'x&amp;' &lt; 5</Query-Text>\n<Filter>(5 = a)</Filter><Total-Cost>1.01</Total-Cost></explain>",
                "plan:\n<explain>\n<Query-Text>SELECT '?' &lt; 1</Query-Text>\n<Filter>?</Filter><Total-Cost>1.01</Total-Cost></explain>",
            ),
        ] {
            let mut out = Vec::new();
            write(plan.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
