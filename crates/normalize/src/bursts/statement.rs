//! What a statement is to a loop: once per fingerprint, from its tokens.

use std::collections::BTreeMap;

use slowlog_event::{Dialect, Execution, FingerprintIndex};
use slowlog_lex::{Keyword, Lexer, TokenKind};

use crate::kind::StatementKind;
use crate::normalizer::Normalizer;

use super::framework::Framework;
use super::place::{Places, Role};
use super::words::Words;

/// Statements with lists of other lengths have their literals at other places; so many lengths
/// are remembered per fingerprint.
const MOST_VARIANTS: usize = 4;
/// Names of a statement that are remembered, to find the column that links two of them.
const MOST_NAMES: usize = 96;

/// What a statement does in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Begins a transaction.
    Begin,
    /// Ends one.
    End,
    /// Says nothing of what the application does: settings, savepoints, tests of a connection.
    Control,
    /// Reads rows.
    Read,
    /// Changes rows.
    Write,
}

/// What is known of a fingerprint.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) class: Class,
    pub(crate) kind: StatementKind,
    pub(crate) dialect: Dialect,
    /// First what columns are qualified with, each with the table behind it; then the names of columns,
    /// tables and aliases in it.
    names: Words,
    /// How many qualifiers.
    aliases: u16,
    /// `SELECT *`: columns that are not named.
    pub(crate) star: bool,
    /// A `GROUP BY`.
    pub(crate) groups: bool,
    /// An aggregate over all rows that match: one row, whatever there is.
    pub(crate) aggregate: bool,
    /// `SELECT 1 …`: asks whether there are rows.
    pub(crate) exists: bool,
    /// An `ORDER BY`.
    pub(crate) ordered: bool,
    /// A `LIMIT` or a `FETCH FIRST`.
    pub(crate) limited: bool,
    /// `LIMIT 1`, written out.
    pub(crate) limited_to_one: bool,
    /// `FOR UPDATE SKIP LOCKED`: takes the next job from a queue.
    pub(crate) skips_locked: bool,
    /// `INSERT … ON CONFLICT`, `ON DUPLICATE KEY`, `REPLACE`.
    pub(crate) upserts: bool,
    /// The library that seems to have written it.
    pub(crate) framework: Option<Framework>,
    /// The literals of a statement that has so many of them.
    variants: Vec<(usize, Places)>,
}

impl Facts {
    /// From the first execution that is seen.
    fn of(execution: &Execution<'_>) -> Self {
        let dialect = if execution.slow.is_some() { Dialect::MySql } else { Dialect::Postgres };
        let text = execution.text;
        let kind = StatementKind::of(text, dialect);
        let mut facts = Self {
            class: Class::Control,
            kind,
            dialect,
            names: Words::default(),
            aliases: 0,
            star: false,
            groups: false,
            aggregate: false,
            exists: false,
            ordered: false,
            limited: false,
            limited_to_one: false,
            skips_locked: false,
            upserts: false,
            framework: Framework::of(text),
            variants: Vec::new(),
        };
        facts.scan(text);
        facts.class = facts.class_of(text);
        facts
    }

    /// Walks over the tokens once.
    fn scan(&mut self, text: &[u8]) {
        let mut lexer = Lexer::new(text, self.dialect);
        let mut depth = 0usize;
        let mut before = Keyword::NONE;
        let mut table_next = false;
        let mut alias_next = false;
        let mut select_list = false;
        let mut calls = false;
        let mut columns = 0;
        let mut last: &[u8] = b"";
        let mut aliases: Vec<[String; 2]> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        loop {
            let token = lexer.next_token();
            let word = lexer.text(&token);
            match token.kind {
                TokenKind::Eof => break,
                TokenKind::OpenParen => {
                    if select_list && depth == 0 && columns == 0 {
                        calls |= is_aggregate(last);
                    }
                    depth += 1;
                }
                TokenKind::CloseParen => depth = depth.saturating_sub(1),
                TokenKind::Operator if word == b"*" && depth == 0 => {
                    self.star |= select_list;
                }
                TokenKind::Comma if select_list && depth == 0 => columns += 1,
                TokenKind::Comma => alias_next = false,
                TokenKind::Number if before == Keyword::SELECT && depth == 0 => self.exists = true,
                TokenKind::Number if before == Keyword::LIMIT => {
                    self.limited_to_one |= word == b"1";
                }
                TokenKind::Word | TokenKind::QuotedIdentifier => {
                    // `SELECT EXISTS (SELECT …)`
                    self.exists |= before == Keyword::SELECT
                        && depth == 0
                        && word.eq_ignore_ascii_case(b"exists");
                    match token.keyword {
                        Keyword::SELECT if depth == 0 => select_list = true,
                        Keyword::FROM | Keyword::INTO => {
                            select_list &= depth > 0;
                            table_next = true;
                        }
                        Keyword::JOIN => table_next = true,
                        Keyword::AS if alias_next => {}
                        Keyword::UPDATE if self.kind == StatementKind::Update => {
                            table_next = aliases.is_empty();
                        }
                        Keyword::GROUP if depth == 0 => self.groups = true,
                        Keyword::ORDER if depth == 0 => self.ordered = true,
                        Keyword::LIMIT | Keyword::FETCH if depth == 0 => self.limited = true,
                        Keyword::DUPLICATE | Keyword::REPLACE => self.upserts = true,
                        Keyword::NONE => {
                            let name = name_of(word);
                            if name.is_empty() {
                                alias_next = false;
                            } else if table_next && !before_dot(&lexer) {
                                aliases.push([name.clone(), name.clone()]);
                                table_next = false;
                                alias_next = true;
                            } else if std::mem::take(&mut alias_next)
                                && let Some([alias, _]) = aliases.last_mut()
                            {
                                alias.clone_from(&name);
                            }
                            self.upserts |= name == "conflict";
                            self.skips_locked |= name == "locked" && last == b"skip";
                            if !name.is_empty() && names.len() < MOST_NAMES {
                                names.push(name);
                            }
                        }
                        _ => alias_next = false,
                    }
                    last = word;
                    if last.eq_ignore_ascii_case(b"skip") {
                        last = b"skip";
                    }
                }
                _ => {}
            }
            if token.kind != TokenKind::Parameter {
                before = token.keyword;
            }
        }
        self.aggregate = calls && !self.groups;
        names.sort_unstable();
        names.dedup();
        aliases.truncate(u16::MAX.into());
        self.aliases = aliases.len() as u16;
        self.names = aliases.iter().flatten().chain(&names).map(String::as_str).collect();
    }

    fn class_of(&self, text: &[u8]) -> Class {
        match self.kind {
            StatementKind::Select if self.table().is_none() => Class::Control,
            StatementKind::Select => Class::Read,
            StatementKind::Insert
            | StatementKind::Update
            | StatementKind::Delete
            | StatementKind::Merge
            | StatementKind::Call => Class::Write,
            StatementKind::Transaction => {
                let mut lexer = Lexer::new(text, self.dialect);
                let token = lexer.next_token();
                let word = lexer.text(&token).to_ascii_lowercase();
                let next = lexer.next_token();
                let to_savepoint = lexer.text(&next).eq_ignore_ascii_case(b"to");
                match word.as_slice() {
                    b"begin" | b"start" => Class::Begin,
                    b"commit" | b"end" | b"abort" => Class::End,
                    b"rollback" if !to_savepoint => Class::End,
                    _ => Class::Control,
                }
            }
            _ => Class::Control,
        }
    }

    /// Remembers where the literals of an execution stand, if it has another number of them than
    /// those before.
    fn learn(&mut self, execution: &Execution<'_>, normalizers: &mut Normalizers) {
        let literals = execution.literals.len();
        if self.variants.len() < MOST_VARIANTS && self.places(literals).is_none() {
            let normalizer = normalizers.of(self.dialect);
            self.variants.reserve_exact(1);
            self.variants.push((literals, Places::of(execution.text, literals, normalizer)));
        }
    }

    /// The numbers of literals that [`Facts::learn`] has no use for, a bit for each.
    fn known_literals(&self) -> u32 {
        if self.variants.len() == MOST_VARIANTS {
            return u32::MAX;
        }
        self.variants.iter().fold(0, |known, (literals, _)| known | 1 << literals)
    }

    /// The places of literals, if there are so many.
    pub(crate) fn places(&self, literals: usize) -> Option<&Places> {
        let known = self.variants.iter().find(|(known, _)| *known == literals)?;
        Some(&known.1)
    }

    /// What columns are qualified with, each with the table behind it.
    fn aliases(&self) -> impl Iterator<Item = (&str, &str)> {
        let words = || self.names.iter().take(2 * usize::from(self.aliases));
        words().step_by(2).zip(words().skip(1).step_by(2))
    }

    /// The table read from or written to, without its schema.
    pub(crate) fn table(&self) -> Option<&str> {
        self.names.iter().nth(1).filter(|_| self.aliases > 0)
    }

    /// The table that a qualifier of columns means.
    pub(crate) fn table_of(&self, qualifier: &str) -> Option<&str> {
        self.aliases().find(|(alias, _)| *alias == qualifier).map(|(_, table)| table)
    }

    /// Does it name this column, table or alias?
    pub(crate) fn names(&self, name: &str) -> bool {
        self.names.iter().skip(2 * usize::from(self.aliases)).any(|known| known == name)
    }

    /// Is the other a write to the table of this statement?
    pub(crate) fn writes_same_table(&self, other: &Self) -> bool {
        other.class == Class::Write && self.table().is_some() && self.table() == other.table()
    }

    /// Can it return more than one row? A single row has no rows to loop over.
    pub(crate) fn many_rows(&self) -> bool {
        self.class == Class::Read && !self.aggregate && !self.exists && !self.looks_up_one()
    }

    /// `LIMIT 1`, or an equality with the column `id`.
    fn looks_up_one(&self) -> bool {
        self.limited_to_one
            || self.variants.first().is_some_and(|(_, places)| {
                let mut roles = places.roles().iter().enumerate();
                roles.any(|(at, role)| *role == Role::Key && places.column(at) == Some("id"))
            })
    }
}

/// The facts of every fingerprint that was executed.
#[derive(Debug, Default)]
pub(crate) struct Statements {
    facts: Vec<Option<Box<Facts>>>,
    /// By fingerprint, what every execution asks for, side by side: the class, and with how many
    /// literals nothing new can be learned, a bit for each number.
    known: Vec<Option<(Class, u32)>>,
    normalizers: Normalizers,
}

/// Normalisers that are used again: a new one costs more than what one statement is asked.
#[derive(Debug, Default)]
struct Normalizers {
    postgres: Option<Normalizer>,
    mysql: Option<Normalizer>,
}

impl Normalizers {
    fn of(&mut self, dialect: Dialect) -> &mut Normalizer {
        let normalizer = match dialect {
            Dialect::Postgres => &mut self.postgres,
            Dialect::MySql => &mut self.mysql,
        };
        normalizer.get_or_insert_with(|| Normalizer::new(dialect))
    }
}

impl Statements {
    /// The class of an execution's statement, learned from its text the first time.
    #[inline]
    pub(crate) fn class(&mut self, execution: &Execution<'_>) -> Class {
        match self.known.get(execution.fingerprint.0 as usize) {
            Some(Some((class, literals))) if literals >> execution.literals.len() & 1 == 1 => {
                *class
            }
            _ => self.learn(execution),
        }
    }

    #[cold]
    fn learn(&mut self, execution: &Execution<'_>) -> Class {
        let index = execution.fingerprint.0 as usize;
        if index >= self.facts.len() {
            self.facts.resize_with(index + 1, || None);
            self.known.resize(index + 1, None);
        }
        let facts = self.facts[index].get_or_insert_with(|| Box::new(Facts::of(execution)));
        facts.learn(execution, &mut self.normalizers);
        self.known[index] = Some((facts.class, facts.known_literals()));
        facts.class
    }

    /// The library that wrote most of the statements of which one is told.
    pub(crate) fn usual_framework(&self) -> Option<Framework> {
        let mut counts: BTreeMap<Framework, usize> = BTreeMap::new();
        for framework in self.facts.iter().flatten().filter_map(|facts| facts.framework) {
            *counts.entry(framework).or_default() += 1;
        }
        let all: usize = counts.values().sum();
        let (usual, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
        (4 * count >= 3 * all).then_some(usual)
    }

    pub(crate) fn get(&self, fingerprint: FingerprintIndex) -> Option<&Facts> {
        self.facts.get(fingerprint.0 as usize)?.as_deref()
    }
}

fn before_dot(lexer: &Lexer<'_>) -> bool {
    lexer.clone().next_token().kind == TokenKind::Dot
}

fn is_aggregate(word: &[u8]) -> bool {
    [&b"count"[..], b"sum", b"min", b"max", b"avg"]
        .iter()
        .any(|name| word.eq_ignore_ascii_case(name))
}

/// A name without its quotes, in lower case.
pub(crate) fn name_of(word: &[u8]) -> String {
    let text = String::from_utf8_lossy(word);
    text.trim_matches(['"', '`']).to_lowercase()
}
