//! Parentheses, and the elements, rows and arms that collapse inside them.

use slowlog_lex::{Keyword, TokenKind};

use crate::frame::{Collapse, Frame, MAX_DEPTH};
use crate::pass::{Last, Pass, bit};

impl Pass<'_> {
    #[cold]
    pub(crate) fn end_rows_now(&mut self) {
        self.end_element();
        self.frames[self.depth].collapse = Collapse::None;
        self.rows = false;
    }

    #[inline]
    pub(crate) fn comma(&mut self) {
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
    pub(crate) fn open_paren(&mut self) {
        let last = self.last;
        let parent = self.frames[self.depth].collapse;
        let element_starts =
            matches!(last.kind, TokenKind::Comma | TokenKind::OpenParen | TokenKind::OpenBracket);
        let collapses = match parent {
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
        self.open(b'(', if collapses { Collapse::List } else { Collapse::None }, tables);
        self.last.kind = TokenKind::OpenParen;
    }

    pub(crate) fn open_bracket(&mut self, ended: bool) {
        self.end_rows();
        let last = self.last;
        let element_starts = matches!(last.kind, TokenKind::Comma | TokenKind::OpenBracket);
        let frame = &self.frames[self.depth];
        let collapses = last.keyword == Keyword::ARRAY
            || frame.collapse == Collapse::List && frame.bracket && element_starts;
        self.out
            .blank_if(!(last.bits & bit::TIGHT != 0 || ended || last.keyword == Keyword::ARRAY));
        self.open(b'[', if collapses { Collapse::List } else { Collapse::None }, false);
        self.last.kind = TokenKind::OpenBracket;
    }

    #[inline]
    pub(crate) fn open(&mut self, byte: u8, collapse: Collapse, tables: bool) {
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
    pub(crate) fn close(&mut self, byte: u8, kind: TokenKind) {
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
}
