//! Operators, and the parameters and variables that begin with the same bytes.

use crate::class::{is_operator_byte, is_word_byte};
use crate::lexer::{Lexer, after};
use crate::{Token, TokenKind};

/// PostgreSQL's names end here (`NAMEDATALEN`); it also bounds the look-ahead.
const MAX_OPERATOR_BYTES: usize = 63;

impl Lexer<'_> {
    #[inline]
    pub(crate) fn parameter(&mut self, start: usize, end: usize) -> Token {
        self.operand(TokenKind::Parameter, start, end)
    }

    pub(crate) fn dollar(&mut self, start: usize) -> Token {
        let digits = self.run(start + 1, u8::is_ascii_digit);
        if digits > 0 {
            return self.parameter(start, start + 1 + digits);
        }
        if let Some(end) = self.dollar_quoted_end(start) {
            return self.operand(TokenKind::String, start, end);
        }
        self.punctuation(TokenKind::Other, start, false)
    }

    /// A `?` after an operand is an operator of PostgreSQL, alone or with what follows it.
    pub(crate) fn question(&mut self, start: usize) -> Token {
        if self.dialect.custom_operators() && self.operand_ended() {
            let end = self.operator_end(start);
            if end > start + 1 {
                return self.finish(TokenKind::Operator, start, end, false);
            }
            if self.after & after::QUESTION == 0 {
                // Rendered, a parameter and this operator are the same byte: both must leave the
                // same state behind, or a second pass over rendered text would decide otherwise.
                let token = self.operand(TokenKind::Operator, start, end);
                self.after |= after::QUESTION;
                return token;
            }
        }
        self.parameter(start, start + 1)
    }

    pub(crate) fn colon(&mut self, start: usize) -> Token {
        match self.byte(start + 1) {
            b':' => self.finish(TokenKind::Cast, start, start + 2, false),
            b'=' => self.finish(TokenKind::Operator, start, start + 2, false),
            next if !self.operand_ended() && is_word_byte(next) && !next.is_ascii_digit() => {
                let end = self.word_end(start + 1);
                self.parameter(start, end)
            }
            _ => self.punctuation(TokenKind::Operator, start, false),
        }
    }

    /// The end of `%s` or `%(name)s`, as drivers of Python write them.
    pub(crate) fn percent_parameter(&self, start: usize) -> Option<usize> {
        let end = match self.byte(start + 1) {
            b's' => start + 2,
            b'(' => {
                let name_end = self.word_end(start + 2);
                if name_end == start + 2 || self.byte(name_end) != b')' {
                    return None;
                }
                if self.byte(name_end + 1) != b's' {
                    return None;
                }
                name_end + 2
            }
            _ => return None,
        };
        (!is_word_byte(self.byte(end))).then_some(end)
    }

    pub(crate) fn variable(&mut self, start: usize) -> Token {
        let name = start + 1 + usize::from(self.byte(start + 1) == b'@');
        let end = self.word_end(name);
        if end == name {
            return self.punctuation(TokenKind::Operator, start, false);
        }
        self.operand(TokenKind::Variable, start, end)
    }

    #[inline]
    pub(crate) fn operator(&mut self, start: usize) -> Token {
        let end = if is_operator_byte(self.byte(start + 1)) || self.byte(start + 1) == b'=' {
            self.operator_end(start)
        } else {
            start + 1
        };
        self.finish(TokenKind::Operator, start, end, false)
    }

    fn operator_end(&self, start: usize) -> usize {
        if !self.dialect.custom_operators() {
            let two = [self.byte(start), self.byte(start + 1)];
            return start
                + match (&two, self.byte(start + 2)) {
                    (b"<=" | b"->", b'>') => 3,
                    (b"<<" | b">>" | b"<>" | b"<=" | b">=" | b"!=" | b"&&" | b"||" | b"->", _) => 2,
                    _ => 1,
                };
        }
        let mut end = start + 1;
        while end < start + MAX_OPERATOR_BYTES && is_operator_byte(self.byte(end)) {
            match (self.byte(end), self.byte(end + 1)) {
                (b'-', b'-') | (b'/', b'*') => break,
                // `a=?` holds a parameter, `a @? b` and `a ?| b` an operator.
                (b'?', _) if self.byte(start) != b'?' && self.sql[start..end] != *b"@" => break,
                (b'%', _) if self.percent_parameter(end).is_some() => break,
                _ => end += 1,
            }
        }
        // https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-OPERATORS
        let may_end_in_sign = |run: &[u8]| {
            run.iter().any(|byte| !matches!(byte, b'+' | b'-' | b'*' | b'/' | b'<' | b'>' | b'='))
        };
        if !may_end_in_sign(&self.sql[start..end]) {
            while end > start + 1 && matches!(self.byte(end - 1), b'+' | b'-') {
                end -= 1;
            }
        }
        end
    }
}
