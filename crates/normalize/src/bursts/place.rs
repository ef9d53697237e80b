//! Where the literals of a statement stand: what a value that changes from row to row is to it.

use slowlog_event::Literal;
use slowlog_lex::{Keyword, Lexer, TokenKind};

use crate::normalizer::Normalizer;

use super::statement::name_of;
use super::words::Words;

/// What a literal is to its statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Role {
    /// `column = ?`, or the only element of `column IN (?)`.
    Key,
    /// One of several in an `IN` or an array: a batch already.
    Batch,
    /// `column > ?` and the like, `BETWEEN`, `LIKE`.
    Range,
    /// `LIMIT ?`.
    Limit,
    /// `OFFSET ?`.
    Offset,
    /// A value to insert.
    Value,
    /// A value to set.
    Assigned,
    /// Anything else.
    #[default]
    Other,
}

/// The role of a literal and the column that it is compared with.
#[derive(Debug, Clone, Default)]
struct Place {
    role: Role,
    column: Option<Box<str>>,
    /// Table or alias before the column's name.
    qualifier: Option<Box<str>>,
}

/// The places of the first literals of a statement, by ordinal, as the normaliser counts them.
#[derive(Debug)]
pub(crate) struct Places {
    roles: Box<[Role]>,
    /// Of each up to the last key or value the qualifier, and the column; empty where there is none,
    /// and where a literal is neither: nobody asks for it.
    names: Words,
}

impl Places {
    /// Those of a text that has so many literals.
    pub(crate) fn of(text: &[u8], literals: usize, normalizer: &mut Normalizer) -> Self {
        let places = places(text, literals, normalizer);
        let of_key = |place: &&Place| matches!(place.role, Role::Key | Role::Value);
        let last = places.iter().rposition(|place| of_key(&place) && place.column.is_some());
        let named = places[..last.map_or(0, |last| last + 1)].iter().flat_map(|place| {
            let names = Some(place).filter(of_key).map(|key| [&key.qualifier, &key.column]);
            names.map_or([""; 2], |names| names.map(|name| name.as_deref().unwrap_or_default()))
        });
        let names = named.collect();
        Self { roles: places.iter().map(|place| place.role).collect(), names }
    }

    /// By ordinal.
    pub(crate) fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// Table or alias before the name of the column that a literal is compared with.
    pub(crate) fn qualifier(&self, ordinal: usize) -> Option<&str> {
        self.names.iter().nth(2 * ordinal).filter(|name| !name.is_empty())
    }

    /// The column that a literal is compared with.
    pub(crate) fn column(&self, ordinal: usize) -> Option<&str> {
        self.names.iter().nth(2 * ordinal + 1).filter(|name| !name.is_empty())
    }
}

/// The part of a statement that a walk is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Elsewhere,
    Assignments,
    Rows,
    Limit,
    Offset,
}

fn places(text: &[u8], literals: usize, normalizer: &mut Normalizer) -> Vec<Place> {
    let starts = normalizer.literal_starts(text);
    let mut places = vec![Place::default(); literals.min(Literal::KEPT)];
    let mut lexer = Lexer::new(text, normalizer.dialect());
    let mut part = Part::Elsewhere;
    let mut column: Option<Box<str>> = None;
    let mut qualifier: Option<Box<str>> = None;
    let mut after_dot = false;
    let mut role = Role::Other;
    // Inside `IN (…)`: the depth of its parenthesis and the literals in it.
    let mut list: Option<(usize, Vec<usize>)> = None;
    let mut depth = 0usize;
    let mut rows = 0;
    loop {
        let token = lexer.next_token();
        let word = lexer.text(&token);
        if let Some(ordinal) = starts.iter().position(|start| *start == token.start)
            && let Some(place) = places.get_mut(ordinal)
            && token.kind != TokenKind::Eof
        {
            place.role = match part {
                Part::Limit => Role::Limit,
                Part::Offset => Role::Offset,
                Part::Rows => Role::Value,
                Part::Assignments => Role::Assigned,
                Part::Elsewhere => role,
            };
            place.column.clone_from(&column);
            place.qualifier.clone_from(&qualifier);
            if let Some((_, elements)) = &mut list {
                elements.push(ordinal);
            }
        }
        match token.kind {
            TokenKind::Eof => break,
            TokenKind::OpenParen | TokenKind::OpenBracket => {
                depth += 1;
                if part == Part::Rows && depth == 1 {
                    rows += 1;
                }
            }
            TokenKind::CloseParen | TokenKind::CloseBracket => {
                if list.as_ref().is_some_and(|(opened, _)| *opened == depth) {
                    let elements = list.take().map(|(_, elements)| elements).unwrap_or_default();
                    let role = if elements.len() == 1 { Role::Key } else { Role::Batch };
                    for ordinal in elements {
                        places[ordinal].role = role;
                    }
                }
                depth = depth.saturating_sub(1);
            }
            TokenKind::Comma if list.is_none() => {
                role = Role::Other;
                if part != Part::Rows {
                    column = None;
                }
            }
            TokenKind::Operator => {
                role = match word {
                    b"=" | b"<=>" | b"==" => Role::Key,
                    b"<" | b">" | b"<=" | b">=" | b"<>" | b"!=" | b"~~" | b"~" => Role::Range,
                    _ => role,
                };
            }
            TokenKind::Word | TokenKind::QuotedIdentifier => match token.keyword {
                Keyword::IN => list = Some((depth + 1, Vec::new())),
                Keyword::ANY | Keyword::ARRAY => role = Role::Batch,
                Keyword::BETWEEN | Keyword::LIKE | Keyword::ILIKE | Keyword::REGEXP => {
                    role = Role::Range;
                }
                Keyword::AND if role == Role::Range && part == Part::Elsewhere => {}
                Keyword::AND | Keyword::OR | Keyword::ON => role = Role::Other,
                Keyword::LIMIT | Keyword::FETCH => part = Part::Limit,
                Keyword::OFFSET => part = Part::Offset,
                Keyword::VALUES => {
                    part = Part::Rows;
                    column = None;
                }
                Keyword::SET => part = Part::Assignments,
                Keyword::WHERE
                | Keyword::FROM
                | Keyword::HAVING
                | Keyword::SELECT
                | Keyword::RETURNING => {
                    part = Part::Elsewhere;
                    role = Role::Other;
                    column = None;
                }
                Keyword::FOR | Keyword::GROUP | Keyword::ORDER | Keyword::UNION => {
                    part = Part::Elsewhere;
                    role = Role::Other;
                }
                Keyword::NONE => {
                    let before = column.replace(name_of(word).into());
                    qualifier = before.filter(|_| after_dot);
                }
                _ => {}
            },
            _ => {}
        }
        after_dot = token.kind == TokenKind::Dot;
    }
    if rows > 1 {
        places.iter_mut().filter(|place| place.role == Role::Value).for_each(|place| {
            place.role = Role::Batch;
        });
    }
    places
}
