//! Keywords and what each does to the state of the pass.

use slowlog_lex::{Keyword, Token, TokenKind};

use crate::frame::Collapse;
use crate::pass::{Last, Pass, bit};
use crate::rule::{RULES, Rule};

impl Pass<'_> {
    #[inline]
    pub(crate) fn keyword(&mut self, token: &Token, ended: bool) {
        let keyword = token.keyword;
        if self.rows && keyword != Keyword::ROW {
            self.end_rows();
        }
        if self.last.bits & bit::START != 0 && self.statement_begins(token) {
            return;
        }
        let rule = RULES[keyword.index()];
        let mut bits = if keyword.is_function_like() { bit::CALLABLE } else { 0 };
        if rule != Rule::None {
            match self.apply(rule, ended) {
                Some(more) => bits |= more,
                None => return self.value(keyword),
            }
        } else if !keyword.is_reserved() {
            bits |= bit::CALLABLE;
        }
        if keyword.ends_from_list() {
            self.frames[self.depth].from_list = false;
        }
        if bits & (bit::TABLE | bit::KEEP_TABLE) == 0 {
            // A keyword where a table is expected is its name.
            bits |= (self.last.bits & (bit::TABLE | bit::FROM)) << bit::TABLE_TO_NAME;
        }
        self.lead();
        self.out.extend_lower(self.sql, token.start, token.end);
        if rule == Rule::Values && bits & bit::CALLABLE == 0 || bits & bit::ROWS != 0 {
            self.rows_begin();
        }
        self.last =
            Last { bits: bits & !(bit::KEEP_TABLE | bit::ROWS), kind: TokenKind::Word, keyword };
    }

    /// A keyword that stands for a value.
    #[cold]
    fn value(&mut self, keyword: Keyword) {
        self.literals.push_word(keyword.text());
        self.placeholder(0);
    }

    /// What a rule adds to the facts; `None` for a value.
    fn apply(&mut self, rule: Rule, ended: bool) -> Option<u32> {
        const TABLE: u32 = bit::TABLE;
        const FROM: u32 = bit::TABLE | bit::FROM;
        let last = self.last;
        let frame = &mut self.frames[self.depth];
        let first = last.kind == TokenKind::OpenParen && frame.collapse == Collapse::List;
        Some(match rule {
            Rule::None => 0,
            Rule::Value => {
                // A `default` that is no value itself stands before one.
                if ended && last.keyword != Keyword::DEFAULT || self.keeps_value_word(last.keyword)
                {
                    return Some(0);
                }
                return None;
            }
            Rule::Select => {
                if first {
                    frame.collapse = Collapse::None;
                }
                frame.query = true;
                0
            }
            Rule::Change => {
                frame.query = true;
                0
            }
            Rule::With => {
                if first {
                    frame.collapse = Collapse::None;
                }
                0
            }
            Rule::Values => {
                if first {
                    frame.collapse = Collapse::None;
                }
                if self.duplicate || frame.collapse == Collapse::List { bit::CALLABLE } else { 0 }
            }
            Rule::MySqlValue => {
                let insert = matches!(self.verb, Keyword::INSERT | Keyword::REPLACE);
                let after_target = matches!(last.kind, TokenKind::CloseParen | TokenKind::Word)
                    && ended
                    && self.depth == 0;
                if insert && after_target && !self.duplicate && self.dialect.at_variables() {
                    bit::ROWS
                } else {
                    bit::CALLABLE
                }
            }
            Rule::Table => {
                if first {
                    frame.collapse = Collapse::None;
                }
                frame.from_list = true;
                TABLE
            }
            Rule::From => {
                if frame.query && last.keyword != Keyword::DISTINCT {
                    frame.from_list = true;
                    FROM
                } else {
                    0
                }
            }
            Rule::Join => {
                if last.bits & bit::DROPPABLE != 0 && last.keyword != Keyword::ASC {
                    self.drop_word();
                }
                FROM
            }
            Rule::Into => TABLE,
            Rule::Update => {
                let statement = last.bits & bit::START != 0
                    || matches!(last.kind, TokenKind::OpenParen | TokenKind::CloseParen)
                    || matches!(
                        last.keyword,
                        Keyword::EXPLAIN | Keyword::ANALYZE | Keyword::VERBOSE | Keyword::AS
                    );
                if statement {
                    frame.query = true;
                    frame.from_list = true;
                    TABLE
                } else {
                    0
                }
            }
            Rule::Using => {
                if frame.query {
                    FROM
                } else {
                    0
                }
            }
            Rule::KeepTable => last.bits & FROM | bit::KEEP_TABLE,
            Rule::Union => {
                frame.collapse = Collapse::None;
                self.end_arm();
                let start = self.out.len() + usize::from(self.last.bits & bit::TIGHT == 0);
                self.frames[self.depth].arm = start;
                0
            }
            Rule::EndOfArm => {
                self.drop_asc();
                self.end_arms();
                0
            }
            Rule::Limit => {
                self.drop_asc();
                self.end_arms();
                bit::LIMIT
            }
            Rule::Nulls => {
                self.drop_asc();
                bit::CALLABLE
            }
            Rule::Asc | Rule::Outer | Rule::Inner => {
                let run = last.bits & bit::DROPPABLE != 0
                    && (last.keyword == Keyword::ASC) == (rule == Rule::Asc);
                let begins = match rule {
                    Rule::Asc => ended,
                    Rule::Inner => true,
                    _ => matches!(last.keyword, Keyword::LEFT | Keyword::RIGHT | Keyword::FULL),
                };
                if !run && begins {
                    self.before_word = (last, self.out.len());
                }
                if run || begins { bit::DROPPABLE } else { 0 }
            }
            Rule::AnyOf => {
                let compares = last.kind == TokenKind::Operator
                    || matches!(last.keyword, Keyword::LIKE | Keyword::ILIKE);
                if compares { bit::ANY_OF | bit::CALLABLE } else { 0 }
            }
            Rule::Row => 0,
            Rule::Duplicate => {
                self.duplicate |= last.keyword == Keyword::ON;
                bit::CALLABLE
            }
        })
    }

    /// `IS NULL`, `NOT NULL`, `SET DEFAULT`, `AS true`, `COLLATE default`: no values.
    fn keeps_value_word(&self, before: Keyword) -> bool {
        match before {
            Keyword::IS | Keyword::NOT | Keyword::SET | Keyword::AS | Keyword::COLLATE => true,
            Keyword::FROM | Keyword::TO => self.ddl,
            _ => false,
        }
    }

    fn end_arms(&mut self) {
        if self.frames[self.depth].arm != 0 {
            self.end_arm();
            self.frames[self.depth].previous_arm = (0, 0);
        }
    }

    fn rows_begin(&mut self) {
        let frame = &mut self.frames[self.depth];
        frame.collapse = Collapse::Rows;
        frame.element = self.out.len();
        frame.previous = (0, 0);
        self.rows = true;
    }
}
