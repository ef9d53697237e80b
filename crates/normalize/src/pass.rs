//! One pass over a text: tokens in, normalised text out.

use slowlog_event::Dialect;
use slowlog_lex::{Keyword, Lexer, Token, TokenKind};

use crate::buffer::Buffer;
use crate::frame::{Collapse, Frame, MAX_DEPTH, Span};
use crate::name::{self, Quotes};
use crate::statement::Special;
use crate::hint;
use crate::literals::Literals;

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
            let token = self.lexer.next_token();
            self.out.reserve();
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

    #[cold]
    fn end_rows_now(&mut self) {
        self.end_element();
        self.frames[self.depth].collapse = Collapse::None;
        self.rows = false;
    }

    /// The blank before a token.
    #[inline]
    pub(crate) fn lead(&mut self) {
        self.out.blank_if(self.last.bits & bit::TIGHT == 0);
    }

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
    pub(crate) fn set_last(&mut self, kind: TokenKind, bits: u32) {
        self.last = Last { bits, kind, keyword: Keyword::NONE };
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
    fn folds(&self) -> bool {
        match next_kind(&mut self.lexer.clone()) {
            TokenKind::Dot => true,
            TokenKind::OpenParen => {
                self.last.bits & (bit::TABLE | bit::FROM) == bit::TABLE
            }
            _ => self.last.bits & bit::TABLE != 0,
        }
    }

    #[cold]
    fn folded(&mut self, token: &Token) {
        self.scratch.clear();
        name::fold(&self.sql[token.start..token.end], self.scratch);
        self.scratch.make_ascii_lowercase();
        self.out.extend(self.scratch);
    }

    /// A quoted name: without its quotes where they mean nothing.
    fn quoted(&mut self, token: &Token, ended: bool) {
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

    /// A string, a number or a parameter.
    #[inline]
    fn literal(&mut self, token: &Token) {
        let string = token.kind == TokenKind::String;
        let negative = self.last.bits & bit::SIGN != 0 && self.negative;
        self.literals.push(&self.lexer, token, negative);
        if string && self.last.bits & bit::STRING != 0 {
            return;
        }
        self.placeholder(if string { bit::STRING } else { 0 });
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
    fn comma(&mut self) {
        self.drop_asc();
        if self.last.bits & bit::LIMIT_VALUE != 0 {
            // `LIMIT ?, ?` of MySQL.
            self.out.extend(b" offset");
            self.last = Last { bits: 0, kind: TokenKind::Word, keyword: Keyword::OFFSET };
            return;
        }
        let collapse = self.frames[self.depth].collapse != Collapse::None;
        if collapse {
            self.end_element();
        }
        self.out.push(b',');
        let frame = &mut self.frames[self.depth];
        frame.element = self.out.len();
        let table = if frame.from_list { bit::TABLE | bit::FROM } else { 0 };
        self.set_last(TokenKind::Comma, table);
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

    #[inline]
    fn open_paren(&mut self) {
        let last = self.last;
        let parent = self.frames[self.depth].collapse;
        let element_starts = matches!(
            last.kind,
            TokenKind::Comma | TokenKind::OpenParen | TokenKind::OpenBracket
        );
        let list = match parent {
            _ if last.keyword == Keyword::IN || last.bits & bit::ANY_OF != 0 => true,
            Collapse::None => false,
            Collapse::List => element_starts || last.keyword == Keyword::ROW,
            Collapse::Rows => {
                let row = last.kind == TokenKind::Comma
                    || matches!(last.keyword, Keyword::VALUES | Keyword::VALUE | Keyword::ROW);
                if !row {
                    self.end_rows();
                }
                row
            }
        };
        self.out.blank_if(last.bits & (bit::TIGHT | bit::CALLABLE) == 0);
        let tables = last.bits & (bit::TABLE | bit::FROM) == bit::TABLE | bit::FROM
            && last.keyword != Keyword::USING;
        self.open(b'(', if list { Collapse::List } else { Collapse::None }, tables);
        self.last.kind = TokenKind::OpenParen;
    }

    fn open_bracket(&mut self, ended: bool) {
        self.end_rows();
        let last = self.last;
        let element_starts = matches!(last.kind, TokenKind::Comma | TokenKind::OpenBracket);
        let frame = &self.frames[self.depth];
        let list = last.keyword == Keyword::ARRAY
            || frame.collapse == Collapse::List && frame.bracket && element_starts;
        self.out.blank_if(!(last.bits & bit::TIGHT != 0 || ended || last.keyword == Keyword::ARRAY));
        self.open(b'[', if list { Collapse::List } else { Collapse::None }, false);
        self.last.kind = TokenKind::OpenBracket;
    }

    #[inline]
    fn open(&mut self, byte: u8, collapse: Collapse, tables: bool) {
        self.out.push(byte);
        let table = if tables { bit::TABLE | bit::FROM } else { 0 };
        self.set_last(TokenKind::OpenParen, bit::TIGHT | table);
        if self.depth + 1 == MAX_DEPTH {
            self.overflow += 1;
            return;
        }
        self.depth += 1;
        self.frames[self.depth] = Frame {
            collapse,
            bracket: byte == b'[',
            from_list: tables,
            element: self.out.len(),
            ..Frame::default()
        };
        self.rows = false;
    }

    #[inline]
    fn close(&mut self, byte: u8, kind: TokenKind) {
        self.drop_asc();
        if self.overflow > 0 {
            self.end_rows();
            self.overflow -= 1;
        } else if self.depth > 0 && self.frames[self.depth].bracket == (byte == b']') {
            self.end_frame();
            self.depth -= 1;
            self.rows = self.frames[self.depth].collapse == Collapse::Rows;
        } else {
            self.end_rows();
        }
        self.out.push(byte);
        self.set_last(kind, 0);
    }

    /// Ends the element or the rows and the arm of the innermost frame.
    #[inline]
    pub(crate) fn end_frame(&mut self) {
        let frame = &self.frames[self.depth];
        let arm = frame.arm != 0;
        if frame.collapse != Collapse::None {
            self.end_element();
        }
        if arm {
            self.end_arm();
        }
    }

    /// Ends an element of a list: if it equals the one before it, it goes.
    #[inline]
    pub(crate) fn end_element(&mut self) {
        let frame = &mut self.frames[self.depth];
        let end = self.out.len();
        let blank = self.out.text().get(frame.element) == Some(&b' ');
        let element = (frame.element + usize::from(blank), end);
        let (start, previous_end) = frame.previous;
        if start < previous_end && self.out.span(frame.previous) == self.out.span(element) {
            self.out.truncate(previous_end);
        } else {
            frame.previous = element;
        }
    }

    /// Ends an arm of a `UNION`: if it and its connector equal the arm before it, they go.
    #[cold]
    pub(crate) fn end_arm(&mut self) {
        let frame = &mut self.frames[self.depth];
        if frame.arm == 0 {
            return;
        }
        let arm = (frame.arm, self.out.len());
        frame.arm = 0;
        let (start, previous_end) = frame.previous_arm;
        if start < previous_end && self.out.span(frame.previous_arm) == self.out.span(arm) {
            self.out.truncate(previous_end);
        } else {
            frame.previous_arm = arm;
        }
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
