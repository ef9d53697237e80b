//! What a statement does, from its first words.

use std::fmt;

use serde::{Deserialize, Serialize};
use slowlog_event::Dialect;
use slowlog_lex::{Lexer, TokenKind};

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StatementKind {
    /// `SELECT`, `VALUES`, `TABLE`.
    Select,
    /// `INSERT`, `REPLACE`.
    Insert,
    /// `UPDATE`.
    Update,
    /// `DELETE`.
    Delete,
    /// `MERGE`.
    Merge,
    /// `COPY`, `LOAD DATA`.
    Copy,
    /// `CALL`.
    Call,
    /// What changes the schema or rights.
    Ddl,
    /// What begins and ends transactions.
    Transaction,
    /// Settings, cursors, maintenance.
    Utility,
    /// No word that is known.
    Other,
    /// No word at all.
    Empty,
}

impl StatementKind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Select,
        Self::Insert,
        Self::Update,
        Self::Delete,
        Self::Merge,
        Self::Copy,
        Self::Call,
        Self::Ddl,
        Self::Transaction,
        Self::Utility,
        Self::Other,
        Self::Empty,
    ];

    /// The kind of a statement by its first keyword; after `WITH`, by the first verb outside
    /// parentheses.
    ///
    /// ```
    /// use slowlog_event::Dialect;
    /// use slowlog_normalize::StatementKind;
    ///
    /// let sql = b"WITH x AS (SELECT 1) DELETE FROM t";
    /// assert_eq!(StatementKind::of(sql, Dialect::Postgres), StatementKind::Delete);
    /// ```
    pub fn of(sql: &[u8], dialect: Dialect) -> Self {
        let mut lexer = Lexer::new(sql, dialect);
        let mut depth = 0usize;
        let mut with = false;
        let mut empty = true;
        loop {
            let token = lexer.next_token();
            match token.kind {
                TokenKind::Eof if empty => return StatementKind::Empty,
                TokenKind::Eof => return StatementKind::Other,
                TokenKind::Semicolon if empty => {}
                TokenKind::Hint => {}
                // Parentheses before the first word group queries; after `WITH` they hold them.
                TokenKind::OpenParen => depth += usize::from(with),
                TokenKind::CloseParen => depth = depth.saturating_sub(1),
                TokenKind::Word if depth == 0 => {
                    let word = sql[token.start..token.end].to_ascii_lowercase();
                    let kind = kind_of_word(&word);
                    if word == b"with" && !with {
                        with = true;
                    } else if !with || is_query(kind) {
                        return kind;
                    }
                }
                _ if with => {}
                _ => return StatementKind::Other,
            }
            empty &= token.kind == TokenKind::Semicolon || token.kind == TokenKind::Hint;
        }
    }

    /// Its name in reports, the one it is serialised as.
    pub fn name(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Merge => "merge",
            Self::Copy => "copy",
            Self::Call => "call",
            Self::Ddl => "ddl",
            Self::Transaction => "transaction",
            Self::Utility => "utility",
            Self::Other => "other",
            Self::Empty => "empty",
        }
    }
}

impl fmt::Display for StatementKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn is_query(kind: StatementKind) -> bool {
    use StatementKind::{Delete, Insert, Merge, Select, Update};
    matches!(kind, Select | Insert | Update | Delete | Merge)
}

fn kind_of_word(word: &[u8]) -> StatementKind {
    match word {
        b"select" | b"values" | b"table" => StatementKind::Select,
        b"insert" | b"replace" => StatementKind::Insert,
        b"update" => StatementKind::Update,
        b"delete" => StatementKind::Delete,
        b"merge" => StatementKind::Merge,
        b"copy" | b"load" => StatementKind::Copy,
        b"call" => StatementKind::Call,
        b"create" | b"alter" | b"drop" | b"truncate" | b"rename" | b"grant" | b"revoke"
        | b"comment" | b"reassign" | b"security" | b"import" => StatementKind::Ddl,
        b"begin" | b"start" | b"commit" | b"rollback" | b"abort" | b"end" | b"savepoint"
        | b"release" | b"xa" => StatementKind::Transaction,
        b"set" | b"reset" | b"show" | b"explain" | b"describe" | b"desc" | b"use" | b"vacuum"
        | b"analyze" | b"analyse" | b"reindex" | b"cluster" | b"refresh" | b"optimize"
        | b"repair" | b"check" | b"checksum" | b"flush" | b"kill" | b"lock" | b"unlock"
        | b"listen" | b"unlisten" | b"notify" | b"discard" | b"checkpoint" | b"prepare"
        | b"execute" | b"deallocate" | b"declare" | b"fetch" | b"move" | b"close" | b"do"
        | b"handler" | b"purge" | b"change" | b"stop" => StatementKind::Utility,
        _ => StatementKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_serde_writes() {
        for kind in StatementKind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
        }
    }
}
