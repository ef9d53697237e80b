//! Optimizer hints: part of the shape, but for their values.

/// Appends a hint with a `?` for each quoted string and run of digits; nothing if it says nothing.
///
/// The content never holds a comment mark of its own, so that it reads as one hint again.
pub(crate) fn render(hint: &[u8], out: &mut Vec<u8>) {
    let content = hint.get(3..hint.len().saturating_sub(2)).unwrap_or_default();
    let start = out.len();
    out.extend_from_slice(b"/*+ ");
    let empty = out.len();
    let mut at = 0;
    while at < content.len() {
        let byte = content[at];
        let len = match byte {
            b'*' | b'/' => {
                let marks = matches!(content.get(at + 1), Some(b'*' | b'/'));
                if marks {
                    blank(out, empty);
                } else {
                    out.push(byte);
                }
                if marks { 2 } else { 1 }
            }
            0..=b' ' | 0x7f => {
                blank(out, empty);
                1
            }
            b'\'' | b'"' => {
                out.push(b'?');
                let rest = &content[at + 1..];
                rest.iter().position(|other| *other == byte).map_or(rest.len(), |end| end + 1) + 1
            }
            b'0'..=b'9' => {
                out.push(b'?');
                content[at..].iter().take_while(|byte| byte.is_ascii_digit()).count()
            }
            _ => {
                out.push(byte.to_ascii_lowercase());
                1
            }
        };
        at += len;
    }
    if out.len() == empty {
        out.truncate(start);
        return;
    }
    blank(out, empty);
    out.extend_from_slice(b"*/");
}

fn blank(out: &mut Vec<u8>, empty: usize) {
    if out.len() > empty && out.last() != Some(&b' ') {
        out.push(b' ');
    }
}
