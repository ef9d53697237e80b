//! Numbers, and the words of MySQL that begin with a digit.

use crate::class::is_word_byte;
use crate::lexer::Lexer;
use crate::literal::digits_end;
use crate::{Token, TokenKind};

impl Lexer<'_> {
    #[inline]
    pub(crate) fn number(&mut self, start: usize) -> Token {
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
            let end =
                digits_end + 1 + self.run(digits_end + 1, |byte| is_digit(byte) || *byte == b'_');
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
            // MySQL reads `0X1F` as a name, but in lower case, as it is shown, it is a number.
            let number = match letter | 0x20 {
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
        // `1e+5`; and `1e`, maybe cut off before its digits, which must not show as a word.
        let signed = matches!(self.byte(word_end), b'+' | b'-');
        let digits = if signed { self.run(word_end + 1, u8::is_ascii_digit) } else { 0 };
        Some(if digits > 0 { word_end + 1 + digits } else { word_end })
    }
}
