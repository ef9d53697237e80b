//! The lexer: one token a call.

use slowlog_event::Dialect;

use crate::chunk;
use crate::class::{Class, Classes, classes_of, is_operator_byte, is_word_byte};
use crate::literal::digits_end;
use crate::{Keyword, Token, TokenKind};

/// Cuts SQL text into tokens. It accepts any bytes, allocates nothing, and its work grows with
/// the length of the text alone.
///
/// ```
/// use slowlog_event::Dialect;
/// use slowlog_lex::{Keyword, Lexer, TokenKind};
///
/// let mut lexer = Lexer::new(b"SELECT 'it''s' -- why", Dialect::Postgres);
/// assert_eq!(lexer.next_token().keyword, Keyword::SELECT);
/// let string = lexer.next_token();
/// assert_eq!((string.kind, string.start, string.end), (TokenKind::String, 7, 14));
/// assert_eq!(lexer.next_token().kind, TokenKind::Eof);
/// ```
#[derive(Clone)]
pub struct Lexer<'a> {
    pub(crate) sql: &'a [u8],
    pub(crate) pos: usize,
    classes: &'static Classes,
    pub(crate) dialect: Dialect,
    /// What the last token was, as bits of [`after`].
    after: u8,
    /// Inside `/*!50000 … */`.
    pub(crate) executable: bool,
    pub(crate) open: bool,
    pub(crate) line_comment: bool,
}

/// What the next token asks about the last one.
mod after {
    /// It can end an operand: that tells the operator `?` from the parameter `?`.
    pub(super) const OPERAND: u8 = 1;
    /// It is a dot: the next word is a name and no keyword.
    pub(super) const DOT: u8 = 2;
    /// It is the operator `?`, so that a second `?` is a parameter.
    pub(super) const QUESTION: u8 = 4;
}

impl std::fmt::Debug for Lexer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lexer")
            .field("len", &self.sql.len())
            .field("pos", &self.pos)
            .field("dialect", &self.dialect)
            .finish_non_exhaustive()
    }
}

impl<'a> Lexer<'a> {
    /// Begins at the start of a text.
    #[inline]
    pub fn new(sql: &'a [u8], dialect: Dialect) -> Self {
        Self {
            sql,
            pos: 0,
            classes: classes_of(dialect),
            dialect,
            after: 0,
            executable: false,
            open: false,
            line_comment: false,
        }
    }

    /// Can the last token end an operand? If not, a sign is unary and a `NULL` a value.
    #[inline]
    pub fn operand_ended(&self) -> bool {
        self.after & after::OPERAND != 0
    }

    /// Did the text end inside a literal, a quoted name or a `/* … */`? Known at the end.
    #[inline]
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Did the text end inside a comment that lasts to the end of its line? Known at the end.
    #[inline]
    pub fn ends_in_line_comment(&self) -> bool {
        self.line_comment
    }

    /// The bytes of a token.
    #[inline]
    pub fn text(&self, token: &Token) -> &'a [u8] {
        &self.sql[token.start..token.end]
    }

    /// The next token; [`TokenKind::Eof`] at the end, however often it is asked.
    #[inline]
    pub fn next_token(&mut self) -> Token {
        loop {
            let mut start = self.pos;
            let Some(&(mut byte)) = self.sql.get(start) else {
                return self.token(TokenKind::Eof, start, start);
            };
            if byte == b' ' {
                // Most tokens follow one blank: without a jump of its own for it.
                start += 1;
                match self.sql.get(start) {
                    Some(&next) => byte = next,
                    None => return self.token(TokenKind::Eof, start, start),
                }
            }
            match self.classes[byte as usize] {
                Class::Blank => self.pos = start + 1,
                Class::Word => return self.word(start),
                Class::Comma => return self.punctuation(TokenKind::Comma, start, false),
                Class::Dot => {
                    if !self.operand_ended() && self.byte(start + 1).is_ascii_digit() {
                        return self.number(start);
                    }
                    let dot = self.punctuation(TokenKind::Dot, start, false);
                    self.after = after::DOT;
                    return dot;
                }
                Class::Digit => return self.number(start),
                Class::Quote => return self.string(start, start, self.dialect.backslash_escapes()),
                Class::OpenParen => return self.punctuation(TokenKind::OpenParen, start, false),
                Class::CloseParen => return self.punctuation(TokenKind::CloseParen, start, true),
                Class::Operator => return self.operator(start),
                Class::Star => {
                    if self.executable && self.byte(start + 1) == b'/' {
                        self.executable = false;
                        self.pos = start + 2;
                        continue;
                    }
                    return self.operator(start);
                }
                Class::Minus => {
                    if self.byte(start + 1) == b'-' && self.skip_line_comment(start) {
                        continue;
                    }
                    return self.operator(start);
                }
                Class::Slash => {
                    if self.byte(start + 1) == b'*' {
                        if let Some(hint) = self.skip_comment(start) {
                            return hint;
                        }
                        continue;
                    }
                    return self.operator(start);
                }
                Class::Hash => {
                    if self.dialect.hash_comments() {
                        self.skip_line(start);
                        continue;
                    }
                    return self.operator(start);
                }
                Class::Dollar => return self.dollar(start),
                Class::Question => return self.question(start),
                Class::Colon => return self.colon(start),
                Class::DoubleQuote => {
                    if self.dialect.double_quote_is_string() {
                        return self.string(start, start, self.dialect.backslash_escapes());
                    }
                    return self.quoted_identifier(start, start);
                }
                Class::Backtick => return self.quoted_identifier(start, start),
                Class::At => return self.variable(start),
                Class::Percent => {
                    if !self.operand_ended()
                        && let Some(end) = self.percent_parameter(start)
                    {
                        return self.parameter(start, end);
                    }
                    return self.operator(start);
                }
                Class::Semicolon => return self.punctuation(TokenKind::Semicolon, start, false),
                Class::OpenBracket => {
                    return self.punctuation(TokenKind::OpenBracket, start, false);
                }
                Class::CloseBracket => {
                    return self.punctuation(TokenKind::CloseBracket, start, true);
                }
                Class::Other => return self.punctuation(TokenKind::Other, start, false),
            }
        }
    }

    #[inline]
    pub(crate) fn byte(&self, at: usize) -> u8 {
        self.sql.get(at).copied().unwrap_or(0)
    }

    #[inline]
    fn token(&self, kind: TokenKind, start: usize, end: usize) -> Token {
        Token { kind, keyword: Keyword::NONE, has_digit: false, start, end }
    }

    #[inline]
    fn finish(&mut self, kind: TokenKind, start: usize, end: usize, operand: bool) -> Token {
        self.pos = end;
        self.after = u8::from(operand) * after::OPERAND;
        self.token(kind, start, end)
    }

    #[inline]
    fn punctuation(&mut self, kind: TokenKind, start: usize, operand: bool) -> Token {
        self.finish(kind, start, start + 1, operand)
    }

    /// A literal or anything else that ends an operand.
    #[inline]
    pub(crate) fn operand(&mut self, kind: TokenKind, start: usize, end: usize) -> Token {
        self.finish(kind, start, end, true)
    }

    #[inline]
    fn word(&mut self, start: usize) -> Token {
        let first = chunk::word(chunk::load(self.sql, start));
        let mut end = start + first.len as usize;
        let mut has_digit = first.has_digit;
        let mut second = 0;
        let mut long = false;
        if first.len == 8 {
            let next = chunk::word(chunk::load(self.sql, end));
            end += next.len as usize;
            has_digit |= next.has_digit;
            second = next.lower;
            if next.len == 8 {
                loop {
                    let next = chunk::word(chunk::load(self.sql, end));
                    end += next.len as usize;
                    has_digit |= next.has_digit;
                    long |= next.len > 0;
                    if next.len < 8 {
                        break;
                    }
                }
            }
        }
        // A quote directly after a word may make the word its prefix.
        let next = self.byte(end);
        if matches!(next, b'\'' | b'"' | b'&') || self.byte(start) == b'_' {
            if let Some(token) = self.prefixed(start, end) {
                return token;
            }
        }
        let keyword = if long || self.after & after::DOT != 0 {
            Keyword::NONE
        } else {
            Keyword::find(first.lower, second)
        };
        self.pos = end;
        self.after = u8::from(!keyword.expects_operand()) * after::OPERAND;
        Token { kind: TokenKind::Word, keyword, has_digit, start, end }
    }

    /// `E'…'`, `U&'…'`, `U&"…"`, `B'…'`, `X'…'`, `N'…'`, and `_utf8'…'` of MySQL.
    #[cold]
    fn prefixed(&mut self, start: usize, end: usize) -> Option<Token> {
        let next = self.byte(end);
        let escapes = self.dialect.backslash_escapes();
        if self.dialect.double_quote_is_string() {
            let quote = if self.byte(start) == b'_' {
                let blanks = self.sql[end..].iter().take_while(|b| crate::class::is_blank(**b));
                end + blanks.count()
            } else if end == start + 1 && matches!(self.byte(start) | 0x20, b'n' | b'b' | b'x') {
                end
            } else {
                return None;
            };
            return matches!(self.byte(quote), b'\'' | b'"')
                .then(|| self.string(start, quote, escapes));
        }
        if end != start + 1 {
            return None;
        }
        match (self.byte(start) | 0x20, next) {
            (b'e', b'\'') => Some(self.string(start, end, true)),
            (b'b' | b'x' | b'n', b'\'') => Some(self.string(start, end, false)),
            (b'u', b'&') => match self.byte(end + 1) {
                b'\'' => Some(self.string(start, end + 1, false)),
                b'"' => Some(self.quoted_identifier(start, end + 1)),
                _ => None,
            },
            _ => None,
        }
    }

    fn quoted_identifier(&mut self, start: usize, quote: usize) -> Token {
        let end = self.quoted_end(quote, false);
        self.operand(TokenKind::QuotedIdentifier, start, end)
    }

    #[inline]
    fn number(&mut self, start: usize) -> Token {
        let end = digits_end(self.sql, start);
        let next = self.byte(end);
        if next != b'.' && !is_word_byte(next) {
            return self.operand(TokenKind::Number, start, end);
        }
        self.long_number(start, end)
    }

    /// A number with a fraction, an exponent, a base or underscores; or a word that begins with
    /// a digit.
    fn long_number(&mut self, start: usize, digits_end: usize) -> Token {
        if self.dialect.digit_identifiers() {
            let word_end = self.word_end(start);
            if self.byte(start) != b'.' && self.byte(digits_end) != b'.' {
                if let Some(end) = self.mysql_number(start, digits_end, word_end) {
                    return self.operand(TokenKind::Number, start, end);
                }
                let word = self.operand(TokenKind::Word, start, word_end);
                return Token { has_digit: true, ..word };
            }
        } else if digits_end == start + 1 && self.byte(start) == b'0' {
            let is_digit: fn(&u8) -> bool = match self.byte(digits_end) | 0x20 {
                b'x' => u8::is_ascii_hexdigit,
                b'o' => |byte| matches!(byte, b'0'..=b'7'),
                b'b' => |byte| matches!(byte, b'0' | b'1'),
                _ => |_| false,
            };
            let end = digits_end + 1 + self.run(digits_end + 1, |byte| is_digit(byte) || *byte == b'_');
            if self.byte(digits_end) != b'.' && end > digits_end + 1 {
                return self.operand(TokenKind::Number, start, end);
            }
        }
        let mut end = self.decimals(start);
        if self.byte(end) == b'.' && self.byte(end + 1) != b'.' {
            end = self.decimals(end + 1);
        }
        if self.byte(end) | 0x20 == b'e' {
            let sign = usize::from(matches!(self.byte(end + 1), b'+' | b'-'));
            let digits = self.run(end + 1 + sign, u8::is_ascii_digit);
            if digits > 0 {
                end += 1 + sign + digits;
            }
        }
        self.operand(TokenKind::Number, start, end)
    }

    /// Decimal digits, in PostgreSQL with single underscores between them.
    fn decimals(&self, start: usize) -> usize {
        let mut end = start + self.run(start, u8::is_ascii_digit);
        while !self.dialect.digit_identifiers()
            && end > start
            && self.byte(end) == b'_'
            && self.byte(end + 1).is_ascii_digit()
        {
            end += 1 + self.run(end + 1, u8::is_ascii_digit);
        }
        end
    }

    /// Where the number ends that a MySQL word of digits and letters is, if it is one.
    fn mysql_number(&self, start: usize, digits_end: usize, word_end: usize) -> Option<usize> {
        if digits_end == word_end {
            return Some(word_end);
        }
        let rest = &self.sql[digits_end + 1..word_end];
        let letter = self.byte(digits_end);
        if digits_end == start + 1 && self.byte(start) == b'0' {
            let number = match letter {
                b'x' => !rest.is_empty() && rest.iter().all(u8::is_ascii_hexdigit),
                b'b' => !rest.is_empty() && rest.iter().all(|byte| matches!(byte, b'0' | b'1')),
                _ => false,
            };
            if number {
                return Some(word_end);
            }
        }
        if letter | 0x20 != b'e' || !rest.iter().all(u8::is_ascii_digit) {
            return None;
        }
        if !rest.is_empty() {
            return Some(word_end);
        }
        // `1e+5`; and `1e` cut off before its digits, which must not show as a word.
        match self.sql.get(word_end) {
            None => Some(word_end),
            Some(b'+' | b'-') => {
                let digits = self.run(word_end + 1, u8::is_ascii_digit);
                Some(if digits > 0 { word_end + 1 + digits } else { word_end })
            }
            _ => None,
        }
    }

    /// How many bytes from `start` on are of a kind.
    #[inline]
    fn run(&self, start: usize, of_kind: impl Fn(&u8) -> bool) -> usize {
        let rest = self.sql.get(start..).unwrap_or_default();
        rest.iter().take_while(|byte| of_kind(byte)).count()
    }

    fn word_end(&self, start: usize) -> usize {
        start + self.run(start, |byte| is_word_byte(*byte))
    }

    #[inline]
    fn parameter(&mut self, start: usize, end: usize) -> Token {
        self.operand(TokenKind::Parameter, start, end)
    }

    fn dollar(&mut self, start: usize) -> Token {
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
    fn question(&mut self, start: usize) -> Token {
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

    fn colon(&mut self, start: usize) -> Token {
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
    fn percent_parameter(&self, start: usize) -> Option<usize> {
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

    fn variable(&mut self, start: usize) -> Token {
        let name = start + 1 + usize::from(self.byte(start + 1) == b'@');
        let end = self.word_end(name);
        if end == name {
            return self.punctuation(TokenKind::Operator, start, false);
        }
        self.operand(TokenKind::Variable, start, end)
    }

    #[inline]
    fn operator(&mut self, start: usize) -> Token {
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
                    (b"<=", b'>') | (b"->", b'>') => 3,
                    (b"<<" | b">>" | b"<>" | b"<=" | b">=" | b"!=" | b"&&" | b"||" | b"->", _) => 2,
                    _ => 1,
                };
        }
        let mut end = start + 1;
        while is_operator_byte(self.byte(end)) {
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
