//! Statements that the parser does not know because of words which say nothing of tables.
//!
//! They are taken away, token by token, where the server's grammar has them
//! (<https://mariadb.com/kb/en/select/>, <https://dev.mysql.com/doc/refman/8.4/en/select.html>,
//! <https://www.postgresql.org/docs/current/sql-select.html>), and the rest is parsed.

use slowlog_event::Dialect;
use slowlog_lex::{Lexer, Token, TokenKind};

/// Modifiers behind the verb of a write.
const MODIFIERS: [&str; 5] = ["low_priority", "high_priority", "delayed", "quick", "ignore"];
/// What may follow a lock of rows.
const LOCK_ENDS: [&str; 5] = ["nowait", "wait", "skip", "locked", "no"];

/// The statement without them; `None` if it has none.
pub(super) fn simplified(sql: &str, dialect: Dialect) -> Option<String> {
    let mut lexer = Lexer::new(sql.as_bytes(), dialect);
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next_token();
        if token.kind == TokenKind::Eof {
            break;
        }
        tokens.push(token);
    }
    let text = Text { sql, tokens: &tokens };
    let mut kept = String::with_capacity(sql.len());
    let mut place = 0;
    let mut changed = false;
    while place < tokens.len() {
        let skipped = match dialect {
            Dialect::MySql => text.mysql(place),
            Dialect::Postgres => text.postgres(place),
        };
        if skipped > 0 {
            changed = true;
            place += skipped;
            continue;
        }
        kept.push_str(text.of(place));
        kept.push(' ');
        place += 1;
    }
    changed.then_some(kept)
}

struct Text<'s, 't> {
    sql: &'s str,
    tokens: &'t [Token],
}

impl<'s> Text<'s, '_> {
    fn of(&self, place: usize) -> &'s str {
        self.tokens.get(place).and_then(|token| self.sql.get(token.start..token.end)).unwrap_or("")
    }

    fn are(&self, place: usize, words: &[&str]) -> bool {
        words.iter().zip(place..).all(|(word, at)| self.of(at).eq_ignore_ascii_case(word))
    }

    fn is_any(&self, place: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.of(place).eq_ignore_ascii_case(word))
    }

    fn left(&self, place: usize) -> usize {
        self.tokens.len() - place
    }

    /// How many tokens from here on say nothing of tables.
    fn mysql(&self, place: usize) -> usize {
        if self.are(place, &["lock", "in", "share", "mode"]) {
            return 4;
        }
        if self.are(place, &["for", "update"]) || self.are(place, &["for", "share"]) {
            let ends = (place + 2..self.tokens.len()).take_while(|at| {
                self.is_any(*at, &LOCK_ENDS) || self.tokens[*at].kind == TokenKind::Number
            });
            return 2 + ends.count();
        }
        // `@x := expression`
        if self.tokens[place].kind == TokenKind::Variable && self.of(place + 1) == ":=" {
            return 2;
        }
        let after_verb = place > 0
            && (1..=2).any(|back| {
                place >= back
                    && self.is_any(place - back, &["insert", "replace", "update", "delete"])
            });
        if after_verb && self.is_any(place, &MODIFIERS) {
            return 1;
        }
        if self.is_any(place, &["into"]) && self.is_any(place + 1, &["outfile", "dumpfile"]) {
            return self.until(place + 3, &["from"]);
        }
        if self.is_any(place, &["into"])
            && self.tokens.get(place + 1).is_some_and(|token| token.kind == TokenKind::Variable)
        {
            let list = (place + 1..self.tokens.len()).take_while(|at| {
                matches!(self.tokens[*at].kind, TokenKind::Variable | TokenKind::Comma)
            });
            return 1 + list.count();
        }
        if self.are(place, &["rows", "examined"]) {
            return 3.min(self.left(place));
        }
        if self.are(place, &["procedure", "analyse"]) {
            return self.left(place);
        }
        0
    }

    fn postgres(&self, place: usize) -> usize {
        let locks = self.is_any(place, &["for"])
            && (self.is_any(place + 1, &["update", "share"])
                || self.are(place + 1, &["no", "key", "update"])
                || self.are(place + 1, &["key", "share"]));
        if locks {
            // Several of them may follow one another: all are at the end.
            return self.until(place + 1, &["limit", "offset", "fetch", ")", ";"]);
        }
        // `SELECT … INTO [TEMP] t FROM` makes a table of what it reads.
        if self.is_any(place, &["tablesample"]) {
            return self.past_parentheses(place);
        }
        0
    }

    /// Up to the next of these words.
    fn until(&self, from: usize, words: &[&str]) -> usize {
        let place = from.saturating_sub(1);
        let end = (from..self.tokens.len()).find(|at| self.is_any(*at, words));
        end.unwrap_or(self.tokens.len()) - place
    }

    /// Up to the end of the parentheses that come next.
    fn past_parentheses(&self, place: usize) -> usize {
        let mut depth = 0usize;
        for at in place..self.tokens.len() {
            match self.tokens[at].kind {
                TokenKind::OpenParen => depth += 1,
                TokenKind::CloseParen if depth <= 1 => return at + 1 - place,
                TokenKind::CloseParen => depth -= 1,
                _ => {}
            }
        }
        self.left(place)
    }
}
