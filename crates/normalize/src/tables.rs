//! Tables of a statement that no parser knows, guessed from the words before them.

use std::collections::BTreeSet;

use slowlog_event::Dialect;
use slowlog_lex::{Keyword, Lexer, Token, TokenKind};

use crate::shape::canonical;

/// Names after `FROM`, `JOIN`, `INTO`, `UPDATE` and `TABLE`, and after commas in a `FROM`, minus
/// the names that a `WITH` gives.
pub(crate) fn tables_of(sql: &[u8], dialect: Dialect) -> BTreeSet<String> {
    let mut lexer = Lexer::new(sql, dialect);
    let mut tables = BTreeSet::new();
    let mut with = BTreeSet::new();
    let mut expected = false;
    // Depths at which a comma continues a list of tables.
    let mut list_depth = None;
    let mut depth = 0usize;
    let mut verb = None;
    loop {
        let token = lexer.next_token();
        match token.kind {
            TokenKind::Eof => break,
            TokenKind::OpenParen => depth += 1,
            TokenKind::CloseParen => {
                depth = depth.saturating_sub(1);
                expected = false;
            }
            TokenKind::Comma => expected = list_depth == Some(depth),
            TokenKind::Word if token.keyword != Keyword::NONE && !is_name(token.keyword) => {
                match token.keyword {
                    // `COPY t FROM STDIN`, `FETCH NEXT FROM cursor`, `REVOKE … FROM role`.
                    Keyword::FROM
                        if matches!(
                            verb,
                            Some(Keyword::COPY | Keyword::FETCH | Keyword::MOVE | Keyword::REVOKE)
                        ) && depth == 0 => {}
                    Keyword::FROM | Keyword::TABLE => {
                        expected = true;
                        list_depth = Some(depth);
                    }
                    Keyword::JOIN | Keyword::STRAIGHT_JOIN | Keyword::INTO => expected = true,
                    Keyword::UPDATE | Keyword::COPY | Keyword::TRUNCATE | Keyword::VACUUM => {
                        expected = verb.is_none();
                    }
                    Keyword::ONLY
                    | Keyword::LATERAL
                    | Keyword::IF
                    | Keyword::NOT
                    | Keyword::EXISTS => {}
                    keyword => {
                        expected = false;
                        if keyword.ends_from_list() {
                            list_depth = None;
                        }
                    }
                }
            }
            TokenKind::Word | TokenKind::QuotedIdentifier => {
                let name = qualified(sql, &mut lexer, &token, dialect);
                if std::mem::take(&mut expected) {
                    tables.insert(name);
                } else if names_a_query(&lexer) {
                    with.insert(name);
                }
            }
            _ => {}
        }
        verb.get_or_insert(token.keyword);
    }
    tables.retain(|table| !with.contains(table));
    tables
}

fn is_name(keyword: Keyword) -> bool {
    matches!(keyword, Keyword::VALUE | Keyword::DUPLICATE)
}

/// The name with the parts after its dots; they are taken from the lexer.
fn qualified(sql: &[u8], lexer: &mut Lexer<'_>, first: &Token, dialect: Dialect) -> String {
    let part = |token: &Token| {
        let text = String::from_utf8_lossy(&sql[token.start..token.end]).into_owned();
        let quoted = token.kind == TokenKind::QuotedIdentifier;
        let quote = char::from(dialect.identifier_quote());
        canonical(text.trim_matches(quote), quoted, dialect)
    };
    let mut name = part(first);
    loop {
        let mut ahead = lexer.clone();
        if ahead.next_token().kind != TokenKind::Dot {
            return name;
        }
        let token = ahead.next_token();
        if !matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier) {
            return name;
        }
        name = format!("{name}.{}", part(&token));
        *lexer = ahead;
    }
}

/// Does `AS (` follow, maybe after a list of columns?
fn names_a_query(lexer: &Lexer<'_>) -> bool {
    let mut ahead = lexer.clone();
    let mut token = ahead.next_token();
    if token.kind == TokenKind::OpenParen {
        loop {
            token = ahead.next_token();
            match token.kind {
                TokenKind::Word | TokenKind::QuotedIdentifier | TokenKind::Comma => {}
                TokenKind::CloseParen => break,
                _ => return false,
            }
        }
        token = ahead.next_token();
    }
    token.keyword == Keyword::AS && ahead.next_token().kind == TokenKind::OpenParen
}
