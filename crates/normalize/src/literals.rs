//! The first literals of a statement.

use slowlog_event::Literal;
use slowlog_lex::{Lexer, Token, TokenKind};

#[derive(Debug, Clone)]
pub(crate) struct Literals {
    kept: [Literal; Literal::KEPT],
    len: usize,
    /// Where the token of each begins, and whether a sign negates it.
    origins: [(usize, bool); Literal::KEPT],
    /// How many parameters without a number were seen.
    anonymous: u32,
    /// Where literals begin that are an element of a list, or as far as is known the beginning of
    /// one. Of neighbours the first.
    elements: Vec<usize>,
    /// The end of the last of those and of its neighbours.
    element_end: usize,
}

/// A statement with more lists is not remembered.
const MAX_LISTS: usize = 128;

impl Literals {
    pub(crate) fn new() -> Self {
        Self {
            kept: [Literal::param(0); Literal::KEPT],
            len: 0,
            origins: [(0, false); Literal::KEPT],
            anonymous: 0,
            elements: Vec::new(),
            element_end: 0,
        }
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        self.len = 0;
        self.anonymous = 0;
        self.elements.clear();
        self.element_end = 0;
    }

    /// A list goes on with a literal.
    #[inline]
    pub(crate) fn element(&mut self, sql: &[u8], token: &Token) {
        let first = !matches!(sql[self.element_end..token.start], [b','] | [b',', b' ']);
        if first && self.elements.len() < MAX_LISTS {
            self.elements.push(token.start);
        }
        self.element_end = token.end;
    }

    pub(crate) fn elements(&self) -> &[usize] {
        &self.elements
    }

    #[inline]
    pub(crate) fn kept(&self) -> &[Literal] {
        &self.kept[..self.len]
    }

    /// Each literal with the start of its token and whether a sign negates it.
    pub(crate) fn origins(&self) -> impl Iterator<Item = (Literal, usize, bool)> {
        let origins = self.kept.iter().zip(&self.origins).take(self.len);
        origins.map(|(literal, (start, negative))| (*literal, *start, *negative))
    }

    #[inline]
    pub(crate) fn keep(&mut self, literal: impl FnOnce(&mut Self) -> Literal) {
        if self.len < Literal::KEPT {
            self.kept[self.len] = literal(self);
            self.len += 1;
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, lexer: &Lexer<'_>, token: &Token, negative: bool) {
        if let Some(origin) = self.origins.get_mut(self.len) {
            *origin = (token.start, negative);
        }
        self.keep(|this| match token.kind {
            TokenKind::String => Literal::from_text(lexer.string_body(token)),
            TokenKind::Number => number(lexer.text(token), negative),
            _ => this.parameter(lexer.text(token)),
        });
    }

    /// `NULL` and its like, by its lower-case word.
    #[cold]
    pub(crate) fn push_word(&mut self, word: &str) {
        if let Some(origin) = self.origins.get_mut(self.len) {
            *origin = (usize::MAX, false);
        }
        self.keep(|_| Literal::from_text(word.as_bytes()));
    }

    fn parameter(&mut self, text: &[u8]) -> Literal {
        let number = if let [b'$', digits @ ..] = text {
            let step = |n: u32, digit: &u8| n.checked_mul(10)?.checked_add(u32::from(digit - b'0'));
            digits.iter().try_fold(0, step).unwrap_or(0)
        } else {
            self.anonymous += 1;
            self.anonymous
        };
        Literal::param(number)
    }
}

/// A number with the sign that was folded into it.
#[inline]
pub(crate) fn number(text: &[u8], negative: bool) -> Literal {
    if !negative {
        return Literal::from_text(text);
    }
    let mut signed = [b'-'; 40];
    match signed.get_mut(1..=text.len()) {
        Some(room) => {
            room.copy_from_slice(text);
            Literal::from_text(&signed[..=text.len()])
        }
        None => Literal::from_text(text),
    }
}
