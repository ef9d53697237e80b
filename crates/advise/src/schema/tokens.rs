//! The tokens of a statement, with a place.

use slowlog_event::Dialect;
use slowlog_lex::{Lexer, TokenKind};

/// One token.
#[derive(Debug, Clone)]
pub(super) struct Item<'t> {
    pub(super) kind: TokenKind,
    /// As it stands in the text.
    pub(super) text: &'t str,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// All tokens of a text.
pub(super) fn items(text: &str, dialect: Dialect) -> Vec<Item<'_>> {
    let mut lexer = Lexer::new(text.as_bytes(), dialect);
    let mut items = Vec::new();
    loop {
        let token = lexer.next_token();
        if token.kind == TokenKind::Eof {
            return items;
        }
        let text = text.get(token.start..token.end).unwrap_or("");
        items.push(Item { kind: token.kind, text, start: token.start, end: token.end });
    }
}

/// Reads tokens one by one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'i, 't> {
    pub(super) text: &'t str,
    items: &'i [Item<'t>],
    dialect: Dialect,
}

impl<'i, 't> Cursor<'i, 't> {
    pub(super) fn new(text: &'t str, items: &'i [Item<'t>], dialect: Dialect) -> Self {
        Self { text, items, dialect }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(super) fn peek(&self) -> Option<&'i Item<'t>> {
        self.items.first()
    }

    pub(super) fn next(&mut self) -> Option<&'i Item<'t>> {
        let (first, rest) = self.items.split_first()?;
        self.items = rest;
        Some(first)
    }

    /// Takes a word, if it comes next.
    pub(super) fn eat(&mut self, word: &str) -> bool {
        let comes = self.peek().is_some_and(|item| item.text.eq_ignore_ascii_case(word));
        if comes {
            self.next();
        }
        comes
    }

    /// Takes several words, if they come next.
    pub(super) fn eat_all(&mut self, words: &[&str]) -> bool {
        let mut ahead = *self;
        let all = words.iter().all(|word| ahead.eat(word));
        if all {
            *self = ahead;
        }
        all
    }

    /// A name, as queries are compared with it.
    pub(super) fn name(&mut self) -> Option<String> {
        let folds = self.dialect.folds_quoted_identifiers();
        let name = self.written_name()?;
        Some(if folds { name.to_ascii_lowercase() } else { name })
    }

    /// A name with its capital letters, where the server may tell them apart.
    fn written_name(&mut self) -> Option<String> {
        let item = self.peek()?;
        let name = match item.kind {
            TokenKind::Word if self.dialect.folds_quoted_identifiers() => item.text.to_owned(),
            TokenKind::Word => item.text.to_ascii_lowercase(),
            TokenKind::QuotedIdentifier => {
                let quote = self.dialect.identifier_quote() as char;
                let inner = item.text.strip_prefix(quote).unwrap_or(item.text);
                let inner = inner.strip_suffix(quote).unwrap_or(inner);
                inner.replace(&format!("{quote}{quote}"), &quote.to_string())
            }
            // A keyword-like type name or a number is no name.
            _ => return None,
        };
        self.next();
        Some(name)
    }

    /// `schema.table` or `table`, as it is written.
    pub(super) fn written_table_name(&self) -> Option<(Option<String>, String)> {
        let mut ahead = *self;
        let first = ahead.written_name()?;
        if ahead.peek().is_none_or(|item| item.kind != TokenKind::Dot) {
            return Some((None, first));
        }
        ahead.next();
        Some((Some(first), ahead.written_name()?))
    }

    /// `schema.table` or `table`.
    pub(super) fn table_name(&mut self) -> Option<(Option<String>, String)> {
        let mut last = self.name()?;
        let mut schema = None;
        while self.peek().is_some_and(|item| item.kind == TokenKind::Dot) {
            self.next();
            schema = Some(std::mem::replace(&mut last, self.name()?));
        }
        Some((schema, last))
    }

    /// What stands in the parentheses that come next.
    pub(super) fn parenthesised(&mut self) -> Option<Self> {
        if self.peek()?.kind != TokenKind::OpenParen {
            return None;
        }
        let mut depth = 0usize;
        for (place, item) in self.items.iter().enumerate() {
            match item.kind {
                TokenKind::OpenParen => depth += 1,
                TokenKind::CloseParen => {
                    depth -= 1;
                    if depth == 0 {
                        let inner = Self { items: &self.items[1..place], ..*self };
                        self.items = &self.items[place + 1..];
                        return Some(inner);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The parts between commas that stand in no parentheses.
    pub(super) fn parts(self) -> Vec<Self> {
        let mut parts = Vec::new();
        let (mut depth, mut start) = (0usize, 0);
        for (place, item) in self.items.iter().enumerate() {
            match item.kind {
                TokenKind::OpenParen | TokenKind::OpenBracket => depth += 1,
                TokenKind::CloseParen | TokenKind::CloseBracket => depth = depth.saturating_sub(1),
                TokenKind::Comma if depth == 0 => {
                    parts.push(Self { items: &self.items[start..place], ..self });
                    start = place + 1;
                }
                _ => {}
            }
        }
        parts.push(Self { items: &self.items[start..], ..self });
        parts
    }

    /// The text of all tokens left.
    pub(super) fn rest(&self) -> &'t str {
        match (self.items.first(), self.items.last()) {
            (Some(first), Some(last)) => self.text.get(first.start..last.end).unwrap_or(""),
            _ => "",
        }
    }
}
