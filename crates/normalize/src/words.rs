//! Names, with and without quotes.

use slowlog_lex::{Keyword, Token, TokenKind};

use crate::name::{self, Quotes};
use crate::pass::{Pass, bit, next_kind};
use crate::statement::Special;

impl Pass<'_> {
    /// The same before a word: MySQL's `1a` close to a dot could read as the number `.1`.
    #[inline]
    pub(crate) fn lead_word(&mut self, token: &Token) {
        if token.has_digit
            && self.last.bits & bit::NO_QUALIFIER != 0
            && self.sql[token.start].is_ascii_digit()
        {
            self.last.bits &= !bit::TIGHT;
        }
        self.lead();
    }

    #[inline]
    pub(crate) fn word(&mut self, token: &Token, ended: bool) {
        if self.special != Special::None && self.special_word(token) {
            return;
        }
        if token.keyword != Keyword::NONE {
            return self.keyword(token, ended);
        }
        self.end_rows();
        self.lead_word(token);
        if token.has_digit && self.folds() {
            self.folded(token);
        } else {
            self.out.extend_lower(self.sql, token.start, token.end);
        }
        self.name_done();
    }

    /// The state after a name.
    #[inline]
    pub(crate) fn name_done(&mut self) {
        let table = (self.last.bits & (bit::TABLE | bit::FROM)) << bit::TABLE_TO_NAME;
        self.set_last(TokenKind::Word, bit::CALLABLE | table);
    }

    /// Is the name just read a table's or a qualifier?
    #[cold]
    pub(crate) fn folds(&self) -> bool {
        match next_kind(&mut self.lexer.clone()) {
            TokenKind::Dot => true,
            TokenKind::OpenParen => self.last.bits & (bit::TABLE | bit::FROM) == bit::TABLE,
            _ => self.last.bits & bit::TABLE != 0,
        }
    }

    #[cold]
    pub(crate) fn folded(&mut self, token: &Token) {
        self.scratch.clear();
        name::fold(&self.sql[token.start..token.end], self.scratch);
        self.scratch.make_ascii_lowercase();
        self.out.extend(self.scratch);
    }

    /// A quoted name: without its quotes where they mean nothing.
    pub(crate) fn quoted(&mut self, token: &Token, ended: bool) {
        let text = &self.sql[token.start..token.end];
        let quote = self.dialect.identifier_quote();
        let opening = text.iter().position(|byte| *byte == quote).unwrap_or(0) + 1;
        let closed = !(self.lexer.is_open() && token.end == self.sql.len());
        let content = &text[opening..text.len() - usize::from(closed)];
        // `U&"…"` has escapes of its own.
        let quotes = match name::quotes(content, self.dialect) {
            Quotes::NotNeeded(keyword) => {
                if keyword != Keyword::NONE || self.special != Special::None {
                    let start = token.start + opening;
                    let end = start + content.len();
                    let kind = TokenKind::Word;
                    // Without quotes it reads as that word: take it as such the first time, too.
                    return self.word(&Token { kind, keyword, start, end, has_digit: true }, ended);
                }
                false
            }
            Quotes::Needed => {
                if self.special != Special::None && self.special_word(token) {
                    return;
                }
                true
            }
        };
        self.end_rows();
        let folds = content.iter().any(u8::is_ascii_digit) && self.folds();
        self.scratch.clear();
        if quotes {
            self.scratch.extend_from_slice(&text[..opening]);
            self.scratch.make_ascii_lowercase();
        }
        let start = self.scratch.len();
        if folds {
            name::fold(content, self.scratch);
        } else {
            self.scratch.extend_from_slice(content);
        }
        if self.dialect.folds_quoted_identifiers() {
            self.scratch[start..].make_ascii_lowercase();
        }
        if quotes {
            self.scratch.push(quote);
        }
        self.lead();
        self.out.extend(self.scratch);
        self.name_done();
    }
}
