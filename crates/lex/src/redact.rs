//! A statement as it was written, without its secrets.

use slowlog_event::Dialect;

use crate::class::is_blank;
use crate::{Lexer, TokenKind};

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
    let mut lexer = Lexer::new(sql, dialect);
    let mut end = 0;
    loop {
        let token = lexer.next_token();
        if token.kind == TokenKind::Hint {
            continue;
        }
        gap(&sql[end..token.start], out);
        match token.kind {
            TokenKind::Eof => return,
            TokenKind::String | TokenKind::Number => out.push(b'?'),
            _ => out.extend_from_slice(&sql[token.start..token.end]),
        }
        end = token.end;
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
