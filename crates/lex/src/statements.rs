//! Where statements end.

use slowlog_event::Dialect;

use crate::class::is_blank;
use crate::{Lexer, TokenKind};

/// Cuts a text at each `;` that stands outside literals, names and comments. Statements without
/// a token are left out; blanks around the others are cut off.
///
/// ```
/// use slowlog_event::Dialect;
/// use slowlog_lex::split_statements;
///
/// let statements: Vec<_> = split_statements(b"select ';'; -- a;b\n ; select 2", Dialect::Postgres).collect();
/// assert_eq!(statements, [&b"select ';'"[..], b"select 2"]);
/// ```
pub fn split_statements(sql: &[u8], dialect: Dialect) -> impl Iterator<Item = &[u8]> {
    let mut lexer = Lexer::new(sql, dialect);
    let mut start = 0;
    std::iter::from_fn(move || {
        let mut tokens = 0;
        loop {
            let token = lexer.next_token();
            match token.kind {
                TokenKind::Eof if tokens == 0 => return None,
                TokenKind::Eof | TokenKind::Semicolon => {
                    let statement = trim(&sql[start..token.start]);
                    start = token.end;
                    if tokens > 0 {
                        return Some(statement);
                    }
                }
                _ => tokens += 1,
            }
        }
    })
}

fn trim(text: &[u8]) -> &[u8] {
    let Some(first) = text.iter().position(|byte| !is_blank(*byte)) else { return &[] };
    let last = text.iter().rposition(|byte| !is_blank(*byte)).unwrap_or(first);
    &text[first..=last]
}
