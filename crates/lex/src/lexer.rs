//! The lexer: one token a call.

use slowlog_event::Dialect;

use crate::chunk;
use crate::class::{Class, Classes, classes_of, is_word_byte};
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
    pub(crate) after: u8,
    /// Inside `/*!50000 … */`.
    pub(crate) executable: bool,
    pub(crate) open: bool,
    pub(crate) line_comment: bool,
}

/// What the next token asks about the last one.
pub(crate) mod after {
    /// It can end an operand: that tells the operator `?` from the parameter `?`.
    pub(crate) const OPERAND: u8 = 1;
    /// It is a dot: the next word is a name and no keyword.
    pub(crate) const DOT: u8 = 2;
    /// It is the operator `?`, so that a second `?` is a parameter.
    pub(crate) const QUESTION: u8 = 4;
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
                return token(TokenKind::Eof, start, start);
            };
            if byte == b' ' {
                // Most tokens follow one blank: without a jump of its own for it.
                start += 1;
                match self.sql.get(start) {
                    Some(&next) => byte = next,
                    None => return token(TokenKind::Eof, start, start),
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
    pub(crate) fn finish(
        &mut self,
        kind: TokenKind,
        start: usize,
        end: usize,
        operand: bool,
    ) -> Token {
        self.pos = end;
        self.after = u8::from(operand) * after::OPERAND;
        token(kind, start, end)
    }

    #[inline]
    pub(crate) fn punctuation(&mut self, kind: TokenKind, start: usize, operand: bool) -> Token {
        self.finish(kind, start, start + 1, operand)
    }

    /// A literal or anything else that ends an operand.
    #[inline]
    pub(crate) fn operand(&mut self, kind: TokenKind, start: usize, end: usize) -> Token {
        self.finish(kind, start, end, true)
    }

    /// The next token if it is a word that begins here or after one blank, the commonest case;
    /// else nothing has happened.
    #[expect(clippy::inline_always, reason = "a fifth fewer instructions for the normaliser")]
    #[inline(always)]
    pub fn next_word(&mut self) -> Option<Token> {
        let mut start = self.pos;
        let mut byte = *self.sql.get(start)?;
        if byte == b' ' {
            start += 1;
            byte = *self.sql.get(start)?;
        }
        if self.classes[byte as usize] != Class::Word {
            return None;
        }
        let token = self.word(start);
        Some(token)
    }

    #[expect(clippy::inline_always, reason = "part of `next_word`")]
    #[inline(always)]
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
        if (matches!(next, b'\'' | b'"' | b'&') || self.byte(start) == b'_')
            && let Some(token) = self.prefixed(start, end)
        {
            return token;
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

    /// How many bytes from `start` on are of a kind.
    #[inline]
    pub(crate) fn run(&self, start: usize, of_kind: impl Fn(&u8) -> bool) -> usize {
        let rest = self.sql.get(start..).unwrap_or_default();
        rest.iter().take_while(|byte| of_kind(byte)).count()
    }

    pub(crate) fn word_end(&self, start: usize) -> usize {
        start + self.run(start, |byte| is_word_byte(*byte))
    }
}

#[inline]
fn token(kind: TokenKind, start: usize, end: usize) -> Token {
    Token { kind, keyword: Keyword::NONE, has_digit: false, start, end }
}
