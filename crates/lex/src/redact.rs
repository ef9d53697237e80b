//! A statement as it was written, without its secrets.

use slowlog_event::Dialect;

use crate::class::is_blank;
use crate::{Lexer, TokenKind, unpaired_quote};

/// Appends the statement with a `?` for each string and number and a blank for each comment;
/// the layout, the names and the parameters stay.
///
/// ```
/// use slowlog_event::Dialect;
/// use slowlog_lex::redact;
///
/// let mut out = Vec::new();
/// redact(b"SELECT *\n  FROM t -- secret\n WHERE a = 'secret'", Dialect::Postgres, &mut out);
/// assert_eq!(out, b"SELECT *\n  FROM t \n WHERE a = ?");
/// ```
pub fn redact(sql: &[u8], dialect: Dialect, out: &mut Vec<u8>) {
    replace(sql, dialect, Replacements { string: b"?", number: b"?", hints: false }, out);
}

/// Appends the statement with another literal for each literal, `'?'` or `1`, so that it is a
/// statement still and of the same shape; comments go, but for the names in optimizer hints.
///
/// ```
/// use slowlog_event::Dialect;
/// use slowlog_lex::mask;
///
/// let mut out = Vec::new();
/// mask(b"SELECT a->-5 /* x */ FROM t WHERE b = E'it\\'s'", Dialect::Postgres, &mut out);
/// assert_eq!(out, b"SELECT a->-1  FROM t WHERE b = '?'");
/// ```
pub fn mask(sql: &[u8], dialect: Dialect, out: &mut Vec<u8>) {
    // What a server or a tool has cut off is marked, and the mark is part of the shape.
    let body = sql.trim_ascii_end();
    let ellipsis = [&b"..."[..], "…".as_bytes()].into_iter().find(|mark| body.ends_with(mark));
    let body = ellipsis.map_or(sql, |mark| &body[..body.len() - mark.len()]);
    replace(body, dialect, Replacements { string: b"'?'", number: b"1", hints: true }, out);
    out.extend_from_slice(ellipsis.unwrap_or_default());
}

/// What stands for literals.
#[derive(Clone, Copy)]
struct Replacements {
    string: &'static [u8],
    number: &'static [u8],
    /// Do optimizer hints stay, without their literals?
    hints: bool,
}

fn replace(sql: &[u8], dialect: Dialect, replacements: Replacements, out: &mut Vec<u8>) {
    let begin = out.len();
    let mut lexer = Lexer::new(sql, dialect);
    let mut end = 0;
    loop {
        let token = lexer.next_token();
        if token.kind == TokenKind::Hint && !replacements.hints {
            continue;
        }
        gap(&sql[end..token.start], out);
        let text = &sql[token.start..token.end];
        match token.kind {
            TokenKind::Eof => {
                if lexer.is_open()
                    && let Some(quote) = unpaired_quote(sql, dialect)
                {
                    out.truncate(begin);
                    replace(&sql[..quote], dialect, replacements, out);
                    out.extend_from_slice(replacements.string);
                }
                return;
            }
            TokenKind::String => {
                // Two strings side by side stay two.
                if replacements.string.first() == out.last() {
                    out.push(b' ');
                }
                out.extend_from_slice(replacements.string);
            }
            TokenKind::Number => out.extend_from_slice(replacements.number),
            TokenKind::Hint => mask_hint(text, out),
            _ => out.extend_from_slice(text),
        }
        end = token.end;
    }
}

/// A hint with `'?'` for what is quoted and `1` for each run of digits.
fn mask_hint(hint: &[u8], out: &mut Vec<u8>) {
    let mut rest = hint;
    while let Some((first, behind)) = rest.split_first() {
        let len = match first {
            b'\'' | b'"' => {
                out.extend_from_slice(b"'?'");
                // An unclosed quote ends where the hint does.
                let close = behind.iter().position(|byte| byte == first).map(|at| at + 2);
                close.unwrap_or(rest.len() - b"*/".len().min(behind.len()))
            }
            b'0'..=b'9' => {
                out.push(b'1');
                rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
            }
            _ => {
                out.push(*first);
                1
            }
        };
        rest = &rest[len..];
    }
}

/// Blanks stay; comments between them become one blank.
fn gap(gap: &[u8], out: &mut Vec<u8>) {
    let Some(first) = gap.iter().position(|byte| !is_blank(*byte)) else {
        out.extend_from_slice(gap);
        return;
    };
    let last = gap.iter().rposition(|byte| !is_blank(*byte)).unwrap_or(first);
    out.extend_from_slice(&gap[..first]);
    if first == 0 {
        out.push(b' ');
    }
    out.extend_from_slice(&gap[last + 1..]);
}
