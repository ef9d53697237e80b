//! The statement inside a `PREPARE`.

use slowlog_event::Dialect;
use slowlog_lex::{Keyword, Lexer, TokenKind};

/// The text after `AS` of `PREPARE name [(types)] AS …`; `None` for any other statement.
///
/// ```
/// use slowlog_event::Dialect;
/// use slowlog_normalize::prepared_query;
///
/// let sql = b"PREPARE q (int) AS SELECT $1";
/// assert_eq!(prepared_query(sql, Dialect::Postgres), Some(&b"SELECT $1"[..]));
/// assert_eq!(prepared_query(b"SELECT 1", Dialect::Postgres), None);
/// ```
pub fn prepared_query(sql: &[u8], dialect: Dialect) -> Option<&[u8]> {
    let mut lexer = Lexer::new(sql, dialect);
    if lexer.next_token().keyword != Keyword::PREPARE {
        return None;
    }
    if !matches!(lexer.next_token().kind, TokenKind::Word | TokenKind::QuotedIdentifier) {
        return None;
    }
    let mut depth = 0usize;
    loop {
        let token = lexer.next_token();
        match token.kind {
            TokenKind::OpenParen => depth += 1,
            TokenKind::CloseParen => depth = depth.checked_sub(1)?,
            TokenKind::Eof | TokenKind::Semicolon => return None,
            _ if depth > 0 => {}
            TokenKind::Word if token.keyword == Keyword::AS => {
                return Some(sql[token.end..].trim_ascii_start());
            }
            _ => return None,
        }
    }
}
