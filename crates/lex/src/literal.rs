//! Quoted things and comments: where they end.

use memchr::{memchr, memchr2, memmem};
use slowlog_event::{Dialect, Literal, TextHash};

use crate::class::{is_blank, is_word_byte};
use crate::lexer::Lexer;
use crate::{Token, TokenKind, chunk};

impl<'a> Lexer<'a> {
    /// The text of a string token without prefix and quotes; escapes stay as they are written.
    #[inline]
    pub fn string_body(&self, token: &Token) -> &'a [u8] {
        let text = &self.sql[token.start..token.end];
        let opening = match text.first() {
            Some(b'\'' | b'"') => 1,
            Some(b'$') => {
                1 + text[1..].iter().position(|byte| *byte == b'$').map_or(0, |at| at + 1)
            }
            _ => 1 + text.iter().position(|byte| matches!(byte, b'\'' | b'"')).unwrap_or(0),
        };
        let closing = match text.first() {
            _ if self.open && token.end == self.sql.len() => 0,
            Some(b'$') => opening,
            _ => 1,
        };
        text.get(opening..text.len() - closing).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn string(&mut self, start: usize, quote: usize, escapes: bool) -> Token {
        let end = self.quoted_end(quote, escapes);
        self.operand(TokenKind::String, start, end)
    }

    /// The end of what begins with a quote at `quote`, or of the text.
    #[inline]
    pub(crate) fn quoted_end(&mut self, quote: usize, escapes: bool) -> usize {
        string_end(self.sql, quote, escapes).unwrap_or_else(|| {
            self.open = true;
            self.sql.len()
        })
    }

    /// The end of `$tag$…$tag$` if a dollar quote begins here.
    pub(crate) fn dollar_quoted_end(&mut self, start: usize) -> Option<usize> {
        let mut tag_end = start + 1;
        while is_word_byte(self.byte(tag_end)) && self.byte(tag_end) != b'$' {
            tag_end += 1;
        }
        if self.byte(tag_end) != b'$' || self.byte(start + 1).is_ascii_digit() {
            return None;
        }
        let body = tag_end + 1;
        let tag = &self.sql[start..body];
        let end = memmem::find(&self.sql[body..], tag).map(|at| body + at + tag.len());
        self.open |= end.is_none();
        Some(end.unwrap_or(self.sql.len()))
    }

    /// Skips `-- …`, unless MySQL's rule says that it is no comment.
    pub(crate) fn skip_line_comment(&mut self, start: usize) -> bool {
        if self.dialect.hash_comments()
            && !self.sql.get(start + 2).is_none_or(|byte| is_blank(*byte))
        {
            return false;
        }
        self.skip_line(start);
        true
    }

    pub(crate) fn skip_line(&mut self, start: usize) {
        let rest = &self.sql[start..];
        let end = if self.dialect.hash_comments() {
            memchr(b'\n', rest)
        } else {
            memchr2(b'\n', b'\r', rest)
        };
        self.line_comment |= end.is_none();
        self.pos = end.map_or(self.sql.len(), |at| start + at);
    }

    /// Skips a comment, or only the opening of one that MySQL executes; a hint is a token.
    pub(crate) fn skip_comment(&mut self, start: usize) -> Option<Token> {
        let third = self.byte(start + 2);
        if self.dialect.executable_comments() {
            let marker = match (third, self.byte(start + 3)) {
                (b'!', _) => 3,
                (b'M', b'!') => 4,
                _ => 0,
            };
            if marker > 0 {
                let version = self.sql[start + marker..].iter().take(6);
                let digits = version.take_while(|byte| byte.is_ascii_digit()).count();
                self.executable = true;
                self.pos = start + marker + digits;
                return None;
            }
        }
        let Some(end) = comment_end(self.sql, start, self.dialect) else {
            self.open = true;
            self.pos = self.sql.len();
            return None;
        };
        self.pos = end;
        (third == b'+').then_some(Token {
            kind: TokenKind::Hint,
            keyword: crate::Keyword::NONE,
            has_digit: false,
            start,
            end,
        })
    }
}

/// The end of a string that begins with the quote at `quote`; `None` if the text ends before it.
/// A doubled quote stands for itself, with `escapes` also one after a backslash.
#[inline]
pub fn string_end(sql: &[u8], quote: usize, escapes: bool) -> Option<usize> {
    string_rest_end(sql, quote + 1, *sql.get(quote)?, escapes)
}

/// A string that begins `sql` with its quote: its value, and how long it is with its quotes; `None`
/// if it has no end. As [`string_end`], and [`Literal::from_text`] of what is between, in one go.
#[inline]
pub fn string_literal(sql: &[u8], escapes: bool) -> Option<(Literal, usize)> {
    let mark = *sql.first()?;
    let word = chunk::load(sql, 1);
    let len = closing(word, mark, escapes);
    // Most are short.
    if len < 8 && chunk::byte(word, len) == mark && sql.get(len + 2) != Some(&mark) {
        return Some((Literal::from_word(chunk::first(word, len), len), len + 2));
    }
    if escapes {
        longer_string_literal::<true>(sql, mark, word)
    } else {
        longer_string_literal::<false>(sql, mark, word)
    }
}

/// The same of a string that does not end within the eight bytes behind its quote, which are in `word`.
#[inline(never)]
fn longer_string_literal<const ESCAPES: bool>(
    sql: &[u8],
    mark: u8,
    mut word: u64,
) -> Option<(Literal, usize)> {
    let mut hash = TextHash::default();
    let mut at = 1;
    loop {
        let len = closing(word, mark, ESCAPES);
        let end = at + len;
        if len == 8 {
            hash.add(word);
            at = end;
            if at >= MEDIUM.min(sql.len()) {
                break;
            }
            word = chunk::load(sql, at);
        } else if chunk::byte(word, len) == mark && sql.get(end + 1) != Some(&mark) {
            let literal = hash.literal(chunk::first(word, len), sql.get(1..end)?);
            return Some((literal, end + 1));
        } else {
            break;
        }
    }
    let end = string_end(sql, 0, ESCAPES)?;
    Some((Literal::from_text(sql.get(1..end - 1)?), end))
}

/// Where among eight bytes of a string something is that may end it; 8 if nothing does.
#[inline]
fn closing(word: u64, mark: u8, escapes: bool) -> usize {
    if escapes { chunk::position2(word, mark, b'\\') } else { chunk::position(word, mark) }
}

/// A number at the start of `sql`: its value, and how long it is; `None` as of [`number_end`].
#[inline]
pub fn number_literal(sql: &[u8]) -> Option<(Literal, usize)> {
    let word = chunk::load(sql, 0);
    let len = chunk::digits(word);
    let next = chunk::byte(word, len % 8);
    if (1..8).contains(&len) && next != b'.' && !is_word_byte(next) {
        return Some((Literal::from_word(chunk::first(word, len), len), len));
    }
    let end = number_end(sql, 0)?;
    Some((Literal::from_text(sql.get(..end)?), end))
}

/// Strings are looked through for their end and their value at once as far as this.
const MEDIUM: usize = 64;

/// The end of a string that `mark` has opened somewhere before `start`.
#[inline]
pub(crate) fn string_rest_end(sql: &[u8], start: usize, mark: u8, escapes: bool) -> Option<usize> {
    if escapes { escaped_end(sql, start, mark) } else { doubled_end(sql, start, mark) }
}

/// The end of a string in which only the mark itself has to be doubled.
#[inline]
fn doubled_end(sql: &[u8], start: usize, mark: u8) -> Option<usize> {
    let mut pos = start;
    loop {
        let end = find(sql, pos, mark)? + 1;
        if sql.get(end) != Some(&mark) {
            return Some(end);
        }
        pos = end + 1;
    }
}

/// The end of a string in which a backslash escapes the byte behind it.
#[inline]
fn escaped_end(sql: &[u8], start: usize, mark: u8) -> Option<usize> {
    let mut pos = start;
    loop {
        let found = find2(sql, pos, mark, b'\\')?;
        if sql[found] == mark && sql.get(found + 1) != Some(&mark) {
            return Some(found + 1);
        }
        // An escaped or a doubled quote: two bytes, if the text has them.
        pos = found + 2;
    }
}

/// Most strings are short: so many bytes are looked at before the call of memchr.
const SHORT: usize = 32;

/// The first `a`, which is not zero.
#[inline]
fn find(sql: &[u8], from: usize, a: u8) -> Option<usize> {
    let mut pos = from;
    while pos < sql.len() {
        let at = chunk::position(chunk::load(sql, pos), a);
        if at < 8 {
            return Some(pos + at);
        }
        pos += 8;
        if pos - from >= SHORT {
            return memchr(a, sql.get(pos..)?).map(|at| pos + at);
        }
    }
    None
}

/// The first `a` or `b`, which are not zero.
#[inline]
fn find2(sql: &[u8], from: usize, a: u8, b: u8) -> Option<usize> {
    let mut pos = from;
    while pos < sql.len() {
        let at = chunk::position2(chunk::load(sql, pos), a, b);
        if at < 8 {
            return Some(pos + at);
        }
        pos += 8;
        if pos - from >= SHORT {
            return memchr2(a, b, sql.get(pos..)?).map(|at| pos + at);
        }
    }
    None
}

/// The end of a plain number, digits with or without a fraction, that begins at `start`; `None`
/// if it goes on in another way: an exponent, a letter, a second dot.
///
/// In both dialects the lexer ends the number there, too, if it finds a number at `start`.
#[inline]
pub fn number_end(sql: &[u8], start: usize) -> Option<usize> {
    let mut end = digits_end(sql, start);
    if end == start {
        return None;
    }
    if let Some(&[b'.', b'0'..=b'9']) = sql.get(end..).and_then(<[u8]>::first_chunk) {
        end = digits_end(sql, end + 1);
    }
    match sql.get(end) {
        Some(&next) if next == b'.' || is_word_byte(next) => None,
        _ => Some(end),
    }
}

#[inline]
pub(crate) fn digits_end(sql: &[u8], start: usize) -> usize {
    let mut end = start;
    loop {
        let digits = chunk::digits(chunk::load(sql, end));
        end += digits;
        if digits < 8 {
            return end;
        }
    }
}

/// The end of the comment whose `/*` is at `start`; `None` if the text ends before it.
pub fn comment_end(sql: &[u8], start: usize, dialect: Dialect) -> Option<usize> {
    let mut pos = start + 2;
    if !dialect.nested_comments() {
        return memmem::find(sql.get(pos..)?, b"*/").map(|at| pos + at + 2);
    }
    let mut depth = 1;
    loop {
        pos += memchr2(b'*', b'/', sql.get(pos..)?)?;
        match (sql[pos], sql.get(pos + 1)) {
            (b'*', Some(b'/')) => {
                depth -= 1;
                pos += 2;
                if depth == 0 {
                    return Some(pos);
                }
            }
            (b'/', Some(b'*')) => {
                depth += 1;
                pos += 2;
            }
            _ => pos += 1,
        }
    }
}
