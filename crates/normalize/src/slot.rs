//! Places of a statement that may be filled otherwise.

use slowlog_event::{Dialect, Literal};
use slowlog_lex::{Lexer, TokenKind, comment_end, number_end, number_literal, string_literal};

/// A place of a statement that may be filled otherwise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    /// What it is filled with: one of the labels below.
    pub(crate) label: u16,
    /// Where its token begins, which may have a prefix.
    pub(crate) token: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Labels are no bytes.
pub(crate) const FIRST: u16 = LIST;
/// Literals of a list, however many. It comes before the others: what fills it may begin with what
/// fills them.
pub(crate) const LIST: u16 = 256;
/// A number.
pub(crate) const NUMBER: u16 = 257;
/// A string in which backslashes are bytes like others.
pub(crate) const STRING: u16 = 258;
/// A string in which they escape.
pub(crate) const ESCAPED: u16 = 259;
/// A comment that says nothing.
pub(crate) const COMMENT: u16 = 260;

/// More text outside of literals, or more slots, are rarely sent twice.
const MAX_FIXED_BYTES: usize = 8 * 1024;
const MAX_SLOTS: usize = 128;

/// The first literals of a statement, and where they were found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    literals: [Literal; Literal::KEPT],
    len: usize,
    /// Of each where it begins, and its slot, comments not counted.
    places: [(u32, u32); Literal::KEPT],
    /// How many slots were filled.
    slots: u32,
}

impl Found {
    #[inline]
    pub(crate) fn clear(&mut self) {
        (self.len, self.slots) = (0, 0);
    }

    #[inline]
    pub(crate) fn literals(&self) -> &[Literal] {
        self.literals.get(..self.len).unwrap_or_default()
    }

    /// Each literal with its start and its slot.
    pub(crate) fn places(&self) -> impl Iterator<Item = (Literal, usize, u32)> {
        let places = self.literals().iter().zip(&self.places);
        places.map(|(literal, (start, slot))| (*literal, *start as usize, *slot))
    }

    /// Where the first literal begins.
    pub(crate) fn start(&self) -> Option<usize> {
        (self.len > 0).then_some(self.places[0].0 as usize)
    }

    /// The length of what fills a slot with this label at `start` of a statement, where `text`
    /// begins; 0 if nothing does. Apart from the walk, which needs all registers.
    #[inline(never)]
    pub(crate) fn fill(
        &mut self,
        label: u16,
        text: &[u8],
        start: usize,
        dialect: Dialect,
    ) -> usize {
        let first = text.first().copied().unwrap_or_default();
        let found = match label {
            COMMENT => return plain_comment_end(text, 0, dialect).unwrap_or(0),
            LIST => {
                let len = elements(text, dialect, |literal, at| self.keep(literal, start + at));
                self.slots += u32::from(len > 0);
                return len;
            }
            NUMBER if first.is_ascii_digit() => number_literal(text),
            STRING | ESCAPED if is_quote(first, dialect) => string_literal(text, label == ESCAPED),
            _ => None,
        };
        let Some((literal, len)) = found else { return 0 };
        self.keep(literal, start);
        self.slots += 1;
        len
    }

    #[inline]
    fn keep(&mut self, literal: Literal, start: usize) {
        if let (Some(kept), Some(place)) =
            (self.literals.get_mut(self.len), self.places.get_mut(self.len))
        {
            *kept = literal;
            *place = (start as u32, self.slots);
            self.len += 1;
        }
    }
}

/// The length of the literals at the start of `text` that are all of an element of a list, with the
/// commas between them; each goes to `keep` with where it begins.
///
/// Lists collapse, so a statement with one of these has the same text as with another number of
/// them.
#[inline]
pub(crate) fn elements(
    text: &[u8],
    dialect: Dialect,
    mut keep: impl FnMut(Literal, usize),
) -> usize {
    let (mut start, mut end) = (0, 0);
    loop {
        let rest = text.get(start..).unwrap_or_default();
        let Some(&first) = rest.first() else { return end };
        let literal = match first {
            b'0'..=b'9' => number_literal(rest),
            _ if is_quote(first, dialect) => string_literal(rest, dialect.backslash_escapes()),
            _ => return end,
        };
        let Some((literal, len)) = literal else { return end };
        let Some(next @ (b',' | b')' | b']')) = rest.get(len) else { return end };
        keep(literal, start);
        end = start + len;
        if *next != b',' {
            return end;
        }
        start = end + 1 + usize::from(rest.get(len + 1) == Some(&b' '));
    }
}

#[inline]
fn is_quote(byte: u8, dialect: Dialect) -> bool {
    byte == b'\'' || byte == b'"' && dialect.double_quote_is_string()
}

/// A statement as it is with one element in place of several; `None` if no list has several. Lists
/// begin in it where `lists` tells.
pub(crate) fn with_single_elements(
    sql: &[u8],
    dialect: Dialect,
    lists: &[usize],
) -> Option<Vec<u8>> {
    let mut single = Vec::new();
    let mut pos = 0;
    for start in lists.iter().copied() {
        let mut second = None;
        let len =
            elements(&sql[start..], dialect, |_, at| second = second.or((at > 0).then_some(at)));
        let Some(second) = second.filter(|_| start >= pos) else { continue };
        let first = sql[start..][..second].trim_ascii_end().len() - 1;
        single.extend_from_slice(&sql[pos..start + first]);
        pos = start + len;
    }
    single.extend_from_slice(&sql[pos..]);
    (pos > 0).then_some(single)
}

/// Finds the places of a statement that may be filled otherwise; false if it is too much to
/// remember. Lists begin where `lists` tells, and have one element.
pub(crate) fn find(sql: &[u8], dialect: Dialect, lists: &[usize], slots: &mut Vec<Slot>) -> bool {
    slots.clear();
    let mut lexer = Lexer::new(sql, dialect);
    let mut end = 0;
    loop {
        let token = lexer.next_token();
        let mut at = end;
        while at < token.start {
            match plain_comment_end(&sql[..token.start], at, dialect) {
                Some(end) => {
                    slots.push(Slot { label: COMMENT, token: at, start: at, end });
                    at = end;
                }
                // A comment to the end of the line may hold what looks like another.
                None if matches!(sql[at], b'-' | b'#' | b'/') => break,
                None => at += 1,
            }
        }
        end = token.end;
        let start = token.start;
        let is_list = || {
            lists.binary_search(&start).is_ok()
                && elements(&sql[start..], dialect, |_, _| ()) == end - start
        };
        match token.kind {
            TokenKind::Eof => {
                let filled: usize = slots.iter().map(|slot| slot.end - slot.start).sum();
                return sql.len() - filled <= MAX_FIXED_BYTES;
            }
            TokenKind::Number
                if number_end(sql, start) == Some(end) && stands_apart(sql, start) =>
            {
                let label = if is_list() { LIST } else { NUMBER };
                slots.push(Slot { label, token: start, start, end });
            }
            TokenKind::String if sql[start] != b'$' => {
                let prefix = sql[start..end].iter().position(|b| matches!(b, b'\'' | b'"'));
                let escapes = dialect.backslash_escapes() || matches!(sql[start], b'e' | b'E');
                let label = match escapes {
                    _ if is_list() => LIST,
                    true => ESCAPED,
                    false => STRING,
                };
                let quote = start + prefix.unwrap_or(0);
                slots.push(Slot { label, token: start, start: quote, end });
            }
            _ => {}
        }
        if slots.len() > MAX_SLOTS {
            return false;
        }
    }
}

/// Does nothing touch the beginning of a number that would read other digits as its own? `0b12` is
/// `0b1` and 2, `0b11` is one number.
fn stands_apart(sql: &[u8], start: usize) -> bool {
    let before = start.checked_sub(1).map(|at| sql[at]);
    !before.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.'))
}

/// The end of a comment that says nothing: no hint and no code.
fn plain_comment_end(sql: &[u8], start: usize, dialect: Dialect) -> Option<usize> {
    match sql.get(start..start + 3)? {
        b"/*+" | b"/*!" | b"/*M" => None,
        [b'/', b'*', _] => comment_end(sql, start, dialect),
        _ => None,
    }
}
