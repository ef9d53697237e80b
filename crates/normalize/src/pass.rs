//! One pass over a text: tokens in, normalised text out.

use slowlog_event::Dialect;
use slowlog_lex::{Keyword, Lexer, Token, TokenKind};

use crate::buffer::Buffer;
use crate::frame::{Collapse, Frame, MAX_DEPTH, Span};
use crate::hint;
use crate::literals::Literals;
use crate::statement::Special;

/// What is reused from pass to pass.
#[derive(Debug)]
pub(crate) struct Buffers {
    pub(crate) out: Buffer,
    pub(crate) scratch: Vec<u8>,
    pub(crate) frames: Box<[Frame; MAX_DEPTH]>,
    pub(crate) literals: Literals,
}

/// Facts about the last token that the next one asks for.
pub(crate) mod bit {
    /// A statement begins.
    pub(crate) const START: u32 = 1;
    /// No blank before the next token.
    pub(crate) const TIGHT: u32 = 1 << 1;
    /// No blank before a parenthesis.
    pub(crate) const CALLABLE: u32 = 1 << 2;
    /// The next name is a table.
    pub(crate) const TABLE: u32 = 1 << 3;
    /// The same, but before a parenthesis it is a function.
    pub(crate) const FROM: u32 = 1 << 4;
    /// The name was a table, and after a dot the next one is.
    const TABLE_NAME: u32 = 1 << 5;
    const FROM_NAME: u32 = 1 << 6;
    /// The last tokens were unary signs.
    pub(crate) const SIGN: u32 = 1 << 7;
    /// It was a string literal: the next one continues it.
    pub(crate) const STRING: u32 = 1 << 8;
    /// It was `LIMIT`, and a placeholder directly after it.
    pub(crate) const LIMIT: u32 = 1 << 9;
    pub(crate) const LIMIT_VALUE: u32 = 1 << 10;
    /// It is one of the words that some next token drops.
    pub(crate) const DROPPABLE: u32 = 1 << 11;
    /// `ANY` after a comparison.
    pub(crate) const ANY_OF: u32 = 1 << 12;
    /// It is a dot that follows no operand.
    pub(crate) const NO_QUALIFIER: u32 = 1 << 15;
    /// Only on the way out of a rule: the position of a table outlasts the word; rows follow.
    pub(crate) const KEEP_TABLE: u32 = 1 << 13;
    pub(crate) const ROWS: u32 = 1 << 14;
    /// From the position of a table to the name that stands there.
    pub(crate) const TABLE_TO_NAME: u32 = 2;
    const _: () = assert!((TABLE | FROM) << TABLE_TO_NAME == TABLE_NAME | FROM_NAME);
}

/// The last token, as far as the next one asks for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Last {
    pub(crate) bits: u32,
    pub(crate) kind: TokenKind,
    pub(crate) keyword: Keyword,
}

/// The state of a pass. Offsets into the output are kept only as long as the token they belong
/// to is the last one; the longer-lived ones live in [`Frame`]s.
pub(crate) struct Pass<'a> {
    pub(crate) sql: &'a [u8],
    pub(crate) dialect: Dialect,
    pub(crate) lexer: Lexer<'a>,
    pub(crate) out: &'a mut Buffer,
    pub(crate) scratch: &'a mut Vec<u8>,
    pub(crate) literals: &'a mut Literals,
    pub(crate) frames: &'a mut [Frame; MAX_DEPTH],
    /// The innermost frame, and how many parentheses are open beyond the last one.
    pub(crate) depth: usize,
    pub(crate) overflow: usize,
    /// Is the innermost frame one of rows?
    pub(crate) rows: bool,
    pub(crate) last: Last,
    /// Before the word that may be dropped: the state and the length of the output.
    pub(crate) before_word: (Last, usize),
    /// Before the unary signs: the facts, the length of the output; and whether they negate.
    sign: (u32, usize),
    negative: bool,
    pub(crate) special: Special,
    /// The first keyword of the statement.
    pub(crate) verb: Keyword,
    pub(crate) ddl: bool,
    /// `ON DUPLICATE` was seen: `VALUES` is a function.
    pub(crate) duplicate: bool,
    pub(crate) statement_start: usize,
    pub(crate) previous_statement: Span,
    pub(crate) statements: u32,
}

pub(crate) const START: Last =
    Last { bits: bit::START | bit::TIGHT, kind: TokenKind::Eof, keyword: Keyword::NONE };

impl<'a> Pass<'a> {
    #[inline]
    pub(crate) fn new(sql: &'a [u8], dialect: Dialect, buffers: &'a mut Buffers) -> Self {
        buffers.out.clear();
        buffers.literals.clear();
        buffers.frames[0] = Frame { query: true, ..Frame::default() };
        Self {
            sql,
            dialect,
            lexer: Lexer::new(sql, dialect),
            out: &mut buffers.out,
            scratch: &mut buffers.scratch,
            literals: &mut buffers.literals,
            frames: &mut buffers.frames,
            depth: 0,
            overflow: 0,
            rows: false,
            last: START,
            before_word: (START, 0),
            sign: (0, 0),
            negative: false,
            special: Special::None,
            verb: Keyword::NONE,
            ddl: false,
            duplicate: false,
            statement_start: 0,
            previous_statement: (0, 0),
            statements: 0,
        }
    }

    pub(crate) fn run(&mut self) {
        loop {
            let ended = self.lexer.operand_ended();
            self.out.reserve();
            // Every second token is a word: one guess fewer for the processor.
            let token = match self.lexer.next_word() {
                Some(token) if token.kind == TokenKind::Word => {
                    self.word(&token, ended);
                    continue;
                }
                Some(token) => token,
                None => self.lexer.next_token(),
            };
            match token.kind {
                TokenKind::Word => self.word(&token, ended),
                TokenKind::Comma => self.comma(),
                TokenKind::Dot => self.dot(ended),
                TokenKind::String | TokenKind::Number | TokenKind::Parameter => {
                    self.literal(&token);
                }
                TokenKind::Operator => self.operator(&token, ended),
                TokenKind::OpenParen => self.open_paren(),
                TokenKind::CloseParen => self.close(b')', TokenKind::CloseParen),
                TokenKind::QuotedIdentifier => self.quoted(&token, ended),
                TokenKind::Cast => self.cast(),
                TokenKind::OpenBracket => self.open_bracket(ended),
                TokenKind::CloseBracket => self.close(b']', TokenKind::CloseBracket),
                TokenKind::Semicolon => self.semicolon(),
                TokenKind::Variable => self.variable(&token),
                TokenKind::Hint => self.hint(&token),
                TokenKind::Other => self.other(&token),
                TokenKind::Eof => {
                    self.end_statement();
                    return;
                }
            }
        }
    }

    /// Before any token but `(` and `,`: it ends a list of rows.
    #[inline]
    pub(crate) fn end_rows(&mut self) {
        if self.rows {
            self.end_rows_now();
        }
    }

    /// The blank before a token.
    #[inline]
    pub(crate) fn lead(&mut self) {
        self.out.blank_if(self.last.bits & bit::TIGHT == 0);
    }

    #[inline]
    pub(crate) fn set_last(&mut self, kind: TokenKind, bits: u32) {
        self.last = Last { bits, kind, keyword: Keyword::NONE };
    }

    /// A string, a number or a parameter.
    #[inline]
    fn literal(&mut self, token: &Token) {
        let string = token.kind == TokenKind::String;
        let negative = self.last.bits & bit::SIGN != 0 && self.negative;
        self.literals.push(&self.lexer, token, negative);
        if self.begins_element() {
            self.literals.element(self.sql, token);
        }
        if string && self.last.bits & bit::STRING != 0 {
            return;
        }
        self.placeholder(if string { bit::STRING } else { 0 });
    }

    /// Does an element of a list that collapses begin here?
    #[inline]
    fn begins_element(&self) -> bool {
        let separated = matches!(
            self.last.kind,
            TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::Comma
        );
        separated && self.frames[self.depth].collapse == Collapse::List && self.overflow == 0
    }

    /// Writes `?`, in place of the signs before it, too.
    #[inline]
    pub(crate) fn placeholder(&mut self, bits: u32) {
        self.end_rows();
        if self.special != Special::None {
            self.name_given();
        }
        if self.last.bits & bit::SIGN != 0 {
            self.out.truncate(self.sign.1);
            self.last.bits = self.sign.0;
        }
        self.lead();
        self.out.push(b'?');
        let limit = if self.last.bits & bit::LIMIT != 0 { bit::LIMIT_VALUE } else { 0 };
        self.set_last(TokenKind::Parameter, bits | limit);
    }

    #[inline]
    fn operator(&mut self, token: &Token, ended: bool) {
        let text = &self.sql[token.start..token.end];
        self.end_rows();
        match text {
            [b'?'] => return self.placeholder(0),
            [byte @ (b'+' | b'-')] if !ended || self.last.keyword == Keyword::DEFAULT => {
                if self.last.bits & bit::SIGN == 0 {
                    self.sign = (self.last.bits, self.out.len());
                    self.negative = false;
                }
                self.negative ^= *byte == b'-';
                self.lead();
                self.out.push(*byte);
                return self.set_last(TokenKind::Operator, bit::SIGN);
            }
            _ => {}
        }
        if self.special == Special::Name && *text == *b"*" && self.verb == Keyword::UNLISTEN {
            return self.placeholder(0);
        }
        self.lead();
        match text {
            [byte] => self.out.push(*byte),
            b"!=" => self.out.extend(b"<>"),
            _ => self.out.extend(text),
        }
        self.set_last(TokenKind::Operator, 0);
    }

    #[inline]
    pub(crate) fn dot(&mut self, ended: bool) {
        self.end_rows();
        // Three dots at the end mean a text cut off; dots that were apart stay apart.
        self.out.blank_if(self.last.kind == TokenKind::Dot);
        self.out.push(b'.');
        let table = self.last.bits >> bit::TABLE_TO_NAME & (bit::TABLE | bit::FROM);
        let qualifier = if ended { 0 } else { bit::NO_QUALIFIER };
        self.set_last(TokenKind::Dot, bit::TIGHT | qualifier | table);
    }

    fn cast(&mut self) {
        self.end_rows();
        // After an operator a blank, or `:` and `::` would read as `::` and `:`.
        let apart = matches!(self.last.kind, TokenKind::Operator | TokenKind::Other);
        self.out.blank_if(apart);
        self.out.push(b':');
        self.out.push(b':');
        self.set_last(TokenKind::Cast, bit::TIGHT);
    }

    fn variable(&mut self, token: &Token) {
        self.end_rows();
        self.lead();
        self.out.extend_lower(self.sql, token.start, token.end);
        self.set_last(TokenKind::Variable, 0);
    }

    #[cold]
    fn other(&mut self, token: &Token) {
        self.end_rows();
        self.lead();
        self.out.push(self.sql[token.start]);
        self.set_last(TokenKind::Other, 0);
    }

    /// A hint is kept where servers read it: at the start and directly after a verb.
    #[cold]
    fn hint(&mut self, token: &Token) {
        let start = self.last.bits & bit::START != 0;
        if !start && !self.last.keyword.takes_hint() {
            return;
        }
        self.scratch.clear();
        hint::render(&self.sql[token.start..token.end], self.scratch);
        if self.scratch.is_empty() {
            return;
        }
        self.lead();
        self.out.extend(self.scratch);
        self.last.bits &= !(bit::TIGHT | bit::CALLABLE);
    }

    /// Drops a run of `ASC`: the next token ends the sort key.
    #[inline]
    pub(crate) fn drop_asc(&mut self) {
        if self.last.bits & bit::DROPPABLE != 0 && self.last.keyword == Keyword::ASC {
            self.drop_word();
        }
    }

    #[cold]
    pub(crate) fn drop_word(&mut self) {
        let (last, len) = self.before_word;
        self.last = last;
        self.out.truncate(len);
    }
}

/// The kind of the next token that is not a hint: after a name, hints are dropped.
pub(crate) fn next_kind(lexer: &mut Lexer<'_>) -> TokenKind {
    loop {
        let kind = lexer.next_token().kind;
        if kind != TokenKind::Hint {
            return kind;
        }
    }
}
