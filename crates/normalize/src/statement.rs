//! Statements with rules of their own, and where statements begin and end.

use slowlog_lex::{Keyword, Token, TokenKind};

use crate::frame::{Collapse, Frame};
use crate::pass::{Last, Pass, START, bit, next_kind};

/// What the first word of a statement says about the words after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Special {
    None,
    /// The first word that is not part of the syntax is a name made up for the session.
    Name,
    /// `WORK` and `TRANSACTION` say nothing.
    Transaction,
}

impl Pass<'_> {
    /// The first keyword of a statement; true if nothing is left to do for it.
    #[cold]
    pub(crate) fn statement_begins(&mut self, token: &Token) -> bool {
        let keyword = token.keyword;
        if self.verb != Keyword::EXPLAIN || !matches!(keyword, Keyword::ANALYZE | Keyword::VERBOSE)
        {
            self.verb = keyword;
        }
        let word = Last { bits: 0, kind: TokenKind::Word, keyword };
        match keyword {
            Keyword::SAVEPOINT
            | Keyword::RELEASE
            | Keyword::PREPARE
            | Keyword::EXECUTE
            | Keyword::DEALLOCATE
            | Keyword::DECLARE
            | Keyword::FETCH
            | Keyword::MOVE
            | Keyword::CLOSE
            | Keyword::LISTEN
            | Keyword::UNLISTEN
            | Keyword::NOTIFY
            | Keyword::USE
            | Keyword::ROLLBACK => {
                self.special = Special::Name;
                self.plain_word(token, word);
            }
            Keyword::BEGIN | Keyword::COMMIT => {
                self.special = Special::Transaction;
                self.plain_word(token, word);
            }
            Keyword::END if self.dialect.custom_operators() => {
                self.special = Special::Transaction;
                self.verb = Keyword::COMMIT;
                self.lead();
                self.out.extend(b"commit");
                self.last = Last { keyword: Keyword::COMMIT, ..word };
            }
            Keyword::SET => {
                self.plain_word(token, word);
                self.settings();
            }
            Keyword::EXPLAIN => self.plain_word(token, Last { bits: bit::START, ..word }),
            Keyword::ANALYZE | Keyword::VERBOSE if self.verb == Keyword::EXPLAIN => {
                self.plain_word(token, Last { bits: bit::START, ..word });
            }
            Keyword::TRUNCATE | Keyword::COPY | Keyword::VACUUM | Keyword::ANALYZE => {
                self.frames[0].from_list = true;
                self.plain_word(token, Last { bits: bit::TABLE, ..word });
            }
            Keyword::CREATE | Keyword::ALTER | Keyword::DROP => {
                self.ddl = true;
                self.plain_word(token, word);
            }
            _ => return false,
        }
        true
    }

    fn plain_word(&mut self, token: &Token, last: Last) {
        self.lead();
        self.out.extend_lower(self.sql, token.start, token.end);
        self.last = last;
    }

    /// A word of a special statement; true if nothing is left to do for it.
    #[cold]
    pub(crate) fn special_word(&mut self, token: &Token) -> bool {
        let text = &self.sql[token.start..token.end];
        let is =
            |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()));
        if self.special == Special::Transaction {
            let noise = token.kind == TokenKind::Word && is(&["work", "transaction"]);
            if !noise {
                self.special = Special::None;
            }
            return noise;
        }
        let noise = self.verb == Keyword::ROLLBACK && is(&["work", "transaction"]);
        if noise && token.kind == TokenKind::Word {
            return true;
        }
        let syntax: &[&str] = match self.verb {
            Keyword::RELEASE => &["savepoint"],
            Keyword::PREPARE => &["transaction"],
            Keyword::DEALLOCATE => &["prepare", "all"],
            Keyword::CLOSE => &["all"],
            Keyword::ROLLBACK => &["to", "savepoint", "prepared", "and", "no", "chain", "release"],
            Keyword::FETCH | Keyword::MOVE => &[
                "next", "prior", "first", "last", "absolute", "relative", "all", "forward",
                "backward", "from", "in",
            ],
            _ => &[],
        };
        let expects_operand = token.keyword.expects_operand();
        if token.kind == TokenKind::Word && (is(syntax) || expects_operand) {
            return false;
        }
        self.placeholder(0);
        // The rest of a qualified name belongs to it.
        loop {
            let mut ahead = self.lexer.clone();
            if next_kind(&mut ahead) != TokenKind::Dot {
                return true;
            }
            if !matches!(next_kind(&mut ahead), TokenKind::Word | TokenKind::QuotedIdentifier) {
                return true;
            }
            self.lexer = ahead;
        }
    }

    /// A placeholder stands where the name is expected: the second pass sees the first one's.
    #[cold]
    pub(crate) fn name_given(&mut self) {
        let counts = matches!(self.verb, Keyword::FETCH | Keyword::MOVE);
        if self.special == Special::Transaction || !counts {
            self.special = Special::None;
        }
    }

    /// The rest of `SET …`: names stay, values are one `?` each.
    fn settings(&mut self) {
        let mut value_follows = false;
        let mut names = 0;
        loop {
            let before = self.lexer.clone();
            let token = self.lexer.next_token();
            self.out.reserve();
            let text = &self.sql[token.start..token.end];
            let assigns = match token.kind {
                TokenKind::Operator => matches!(text, b"=" | b":="),
                TokenKind::Word => names > 0 && token.keyword == Keyword::TO,
                _ => false,
            };
            match token.kind {
                TokenKind::Eof | TokenKind::Semicolon => {
                    self.lexer = before;
                    return;
                }
                TokenKind::Hint => {}
                _ if assigns => {
                    self.lead();
                    self.out.extend_lower(self.sql, token.start, token.end);
                    self.set_last(TokenKind::Operator, 0);
                    self.setting_value();
                    value_follows = false;
                }
                _ if value_follows => {
                    self.lexer = before;
                    self.setting_value();
                    value_follows = false;
                }
                TokenKind::Comma => {
                    self.out.push(b',');
                    self.set_last(TokenKind::Comma, 0);
                }
                TokenKind::Dot => self.dot(before.operand_ended()),
                TokenKind::Word | TokenKind::Variable => {
                    names += 1;
                    self.lead_word(&token);
                    self.out.extend_lower(self.sql, token.start, token.end);
                    self.set_last(TokenKind::Word, 0);
                    let direct = ["names", "role", "authorization", "zone", "set", "charset"];
                    value_follows = token.kind == TokenKind::Word
                        && direct.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()));
                }
                TokenKind::String | TokenKind::Number | TokenKind::Parameter => {
                    self.literals.push(&self.lexer, &token, false);
                    self.placeholder(0);
                }
                _ => {
                    self.lead();
                    self.out.extend_lower(self.sql, token.start, token.end);
                    self.set_last(TokenKind::Other, 0);
                }
            }
        }
    }

    /// The value of a setting, up to the end or, in MySQL, to the next setting.
    fn setting_value(&mut self) {
        let mut depth = 0usize;
        let mut any = false;
        loop {
            let before = self.lexer.clone();
            let token = self.lexer.next_token();
            match token.kind {
                TokenKind::Eof | TokenKind::Semicolon => {
                    self.lexer = before;
                    break;
                }
                TokenKind::Comma if depth == 0 && self.dialect.at_variables() => {
                    self.lexer = before;
                    break;
                }
                TokenKind::OpenParen => depth += 1,
                TokenKind::CloseParen => depth = depth.saturating_sub(1),
                TokenKind::String | TokenKind::Number | TokenKind::Parameter => {
                    self.literals.push(&self.lexer, &token, false);
                }
                _ => {}
            }
            any = true;
        }
        if any {
            self.placeholder(0);
        }
    }

    #[cold]
    pub(crate) fn semicolon(&mut self) {
        self.end_statement();
        if self.out.len() > 0 {
            self.out.extend(b"; ");
        }
        self.statement_start = self.out.len();
        self.frames[0] = Frame { query: true, ..Frame::default() };
        self.depth = 0;
        self.overflow = 0;
        self.rows = false;
        self.last = START;
        self.special = Special::None;
        self.verb = Keyword::NONE;
        self.ddl = false;
        self.duplicate = false;
    }

    /// Ends a statement: closes what a list left open, drops what says nothing.
    pub(crate) fn end_statement(&mut self) {
        self.drop_asc();
        self.close_lists();
        while self.depth > 0 {
            self.end_frame();
            self.depth -= 1;
        }
        self.end_frame();
        let (start, end) = self.previous_statement;
        let statement = (self.statement_start, self.out.len());
        if statement.0 == statement.1 {
            self.out.truncate(end);
            return;
        }
        self.statements = self.statements.saturating_add(1);
        if start < end && self.out.span((start, end)) == self.out.span(statement) {
            self.out.truncate(end);
        } else {
            self.previous_statement = statement;
        }
    }

    /// A text may end anywhere. Lists left open are closed as if they were complete, so that the
    /// place of the cut does not make a new shape; a partial row after a complete one goes.
    fn close_lists(&mut self) {
        let Some(outermost) =
            (0..=self.depth).find(|depth| self.frames[*depth].collapse != Collapse::None)
        else {
            return;
        };
        if self.overflow > 0 {
            return;
        }
        while self.depth >= outermost {
            let frame = self.frames[self.depth];
            if frame.collapse != Collapse::None
                && frame.element == self.out.len()
                && frame.previous.0 < frame.previous.1
            {
                // After a comma nothing came.
                self.out.truncate(frame.previous.1);
                self.frames[self.depth].element = frame.previous.0;
                self.frames[self.depth].previous = (0, 0);
            }
            if frame.collapse == Collapse::Rows {
                self.end_frame();
                self.frames[self.depth].collapse = Collapse::None;
                if self.depth == outermost {
                    return;
                }
            } else {
                self.end_frame();
            }
            self.frames[self.depth].collapse = Collapse::None;
            self.depth -= 1;
            let parent = self.frames[self.depth];
            if parent.collapse == Collapse::Rows && parent.previous.0 < parent.previous.1 {
                self.out.truncate(parent.previous.1);
                self.frames[self.depth].element = parent.previous.0;
                self.frames[self.depth].previous = (0, 0);
            } else {
                self.out.push(if frame.bracket { b']' } else { b')' });
            }
            self.out.reserve();
        }
    }
}
