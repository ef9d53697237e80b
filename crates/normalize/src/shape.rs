//! What a statement does and to which tables: once per fingerprint.

pub mod access;
mod aggregate;
mod condition;
mod from;
mod merge;
mod operand;
mod packed;
mod pattern;
mod reader;
mod simplify;
mod together;
mod write;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use slowlog_event::Dialect;
use slowlog_lex::{Lexer, TokenKind};
use sqlparser::ast::{ObjectName, ObjectNamePart, Query, Statement, Visit, Visitor};
use sqlparser::dialect::{MySqlDialect, PostgreSqlDialect};
use sqlparser::parser::Parser;

use self::access::Access;
pub use self::packed::PackedShape;
use crate::kind::StatementKind;
use crate::tables::tables_of;

/// Longer texts are not parsed: their normalised text is short, or they gain nothing by it.
const MAX_PARSED_BYTES: usize = 64 * 1024;
const RECURSION_LIMIT: usize = 200;

/// The kind of a statement, the tables it names, and what it asks of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// What it does.
    pub kind: StatementKind,
    /// The tables, as `table` or `schema.table`, sorted, without the names of `WITH`.
    pub tables: Vec<String>,
    /// A parser knew the statement; if not, the tables are guessed from its words.
    pub parsed: bool,
    /// What it asks of its tables, if a parser knew it.
    pub access: Option<Box<Access>>,
}

/// The shape of a fingerprint from a sample and the normalised text.
///
/// ```
/// use slowlog_event::Dialect;
/// use slowlog_normalize::{StatementKind, shape};
///
/// let sample = b"WITH x AS (SELECT 1) SELECT * FROM x JOIN public.t ON true";
/// let shape = shape(sample, b"", Dialect::Postgres);
/// assert_eq!((shape.kind, shape.parsed), (StatementKind::Select, true));
/// assert_eq!(shape.tables, ["public.t"]);
/// ```
pub fn shape(sample: &[u8], normalized: &[u8], dialect: Dialect) -> Shape {
    let text = if sample.is_empty() { normalized } else { sample };
    let kind = StatementKind::of(text, dialect);
    let parsed = parsed_tables(sample, dialect)
        .or_else(|| parsed_tables(&with_numbered_parameters(normalized, dialect), dialect));
    let (parsed, access) = match parsed {
        Some((tables, access)) => (Some(tables), access.map(Box::new)),
        None => (None, None),
    };
    // The parser's tree does not mark the tables of `COPY`, `DROP` and others.
    let unmarked = |tables: &BTreeSet<String>| {
        tables.is_empty()
            && matches!(kind, StatementKind::Copy | StatementKind::Ddl | StatementKind::Utility)
    };
    let (tables, parsed) = match parsed {
        Some(tables) if !unmarked(&tables) => (tables, true),
        parsed => (tables_of(text, dialect), parsed.is_some()),
    };
    Shape { kind, tables: tables.into_iter().collect(), parsed, access }
}

/// What the query of a view asks, and which of the blocks is its result.
pub fn view(query: &str, dialect: Dialect) -> Option<(Access, usize)> {
    reader::view(&parse(query, dialect)?, dialect)
}

fn parsed_tables(sql: &[u8], dialect: Dialect) -> Option<(BTreeSet<String>, Option<Access>)> {
    if sql.is_empty() || sql.len() > MAX_PARSED_BYTES {
        return None;
    }
    let sql = std::str::from_utf8(sql).ok()?;
    let statements = match parse(sql, dialect) {
        Some(statements) => statements,
        None => parse(&simplify::simplified(sql, dialect)?, dialect)?,
    };
    let mut names = Names { dialect, tables: BTreeSet::new(), with: BTreeSet::new() };
    let _: ControlFlow<()> = statements.visit(&mut names);
    let Names { mut tables, with, .. } = names;
    tables.retain(|table| !with.contains(table));
    Some((tables, reader::access(&statements, dialect)))
}

fn parse(sql: &str, dialect: Dialect) -> Option<Vec<Statement>> {
    let parser = match dialect {
        Dialect::Postgres => Parser::new(&PostgreSqlDialect {}),
        Dialect::MySql => Parser::new(&MySqlDialect {}),
    };
    let mut parser = parser.with_recursion_limit(RECURSION_LIMIT).try_with_sql(sql).ok()?;
    let statements = parser.parse_statements().ok()?;
    (!statements.is_empty()).then_some(statements)
}

struct Names {
    dialect: Dialect,
    tables: BTreeSet<String>,
    with: BTreeSet<String>,
}

impl Visitor for Names {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            let name = &table.alias.name;
            self.with.insert(canonical(&name.value, name.quote_style.is_some(), self.dialect));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<()> {
        let parts: Vec<String> = name
            .0
            .iter()
            .filter_map(ObjectNamePart::as_ident)
            .map(|part| canonical(&part.value, part.quote_style.is_some(), self.dialect))
            .collect();
        if !parts.is_empty() {
            self.tables.insert(parts.join("."));
        }
        ControlFlow::Continue(())
    }
}

/// A name as the server compares it.
pub(crate) fn canonical(name: &str, quoted: bool, dialect: Dialect) -> String {
    if quoted && !dialect.folds_quoted_identifiers() {
        name.to_owned()
    } else {
        name.to_ascii_lowercase()
    }
}

/// The normalised text with `$1`, `$2`, … for its placeholders: `?` is an operator to a parser
/// of PostgreSQL.
fn with_numbered_parameters(normalized: &[u8], dialect: Dialect) -> Vec<u8> {
    let mut out = Vec::with_capacity(normalized.len() * 2);
    if !dialect.custom_operators() {
        out.extend_from_slice(normalized);
        return out;
    }
    let mut lexer = Lexer::new(normalized, dialect);
    let mut end = 0;
    let mut number = 0;
    loop {
        let token = lexer.next_token();
        out.extend_from_slice(&normalized[end..token.start]);
        end = token.end;
        match token.kind {
            TokenKind::Eof => return out,
            TokenKind::Parameter => {
                number += 1;
                out.extend_from_slice(format!("${number}").as_bytes());
            }
            _ => out.extend_from_slice(&normalized[token.start..token.end]),
        }
    }
}

#[cfg(test)]
mod tests;
