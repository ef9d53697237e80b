//! Rewrites: one rule a file, one page of docs each, cases that must speak and must stay silent.
//!
//! A rule speaks only of statements that cost something in this log: style is no advice.

mod calc_found_rows;
mod cartesian_join;
mod cast_on_column;
mod collation_mismatch;
mod correlated_subquery;
mod count_for_existence;
mod deep_offset;
mod distinct_fan_out;
mod function_on_column;
mod huge_in_list;
mod implicit_conversion;
mod leading_wildcard;
mod missing_limit;
mod missing_where;
mod not_in_subquery;
mod null_comparison;
mod or_over_tables;
mod order_by_random;
mod regex_filter;
mod row_value_range;
mod union_all;

use slowlog_normalize::access::{Access, Block, Column, Expression, Predicate};

use crate::advice::{RewriteAdvice, SameResult, Saves};
use crate::ask::table_of;
use crate::facts::Facts;
use crate::schema::{Table, TypeClass, canonical_text};
use crate::term::is_immutable;
use crate::workload::Statement;

/// A rule of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The same word in file, page and tests.
    pub id: &'static str,
    /// What it finds.
    pub title: &'static str,
    /// Its page, in Markdown.
    pub page: &'static str,
}

/// What a rule has to say of a statement.
struct Finding {
    title: String,
    why: String,
    sql: Option<String>,
    same_result: SameResult,
}

type Find = fn(&Case<'_, '_>) -> Option<Finding>;

/// All rules, by id.
const RULES: [(Rule, Find); 21] = [
    (calc_found_rows::RULE, calc_found_rows::find),
    (cartesian_join::RULE, cartesian_join::find),
    (cast_on_column::RULE, cast_on_column::find),
    (collation_mismatch::RULE, collation_mismatch::find),
    (correlated_subquery::RULE, correlated_subquery::find),
    (count_for_existence::RULE, count_for_existence::find),
    (deep_offset::RULE, deep_offset::find),
    (distinct_fan_out::RULE, distinct_fan_out::find),
    (function_on_column::RULE, function_on_column::find),
    (huge_in_list::RULE, huge_in_list::find),
    (implicit_conversion::RULE, implicit_conversion::find),
    (leading_wildcard::RULE, leading_wildcard::find),
    (missing_limit::RULE, missing_limit::find),
    (missing_where::RULE, missing_where::find),
    (not_in_subquery::RULE, not_in_subquery::find),
    (null_comparison::RULE, null_comparison::find),
    (or_over_tables::RULE, or_over_tables::find),
    (order_by_random::RULE, order_by_random::find),
    (regex_filter::RULE, regex_filter::find),
    (row_value_range::RULE, row_value_range::find),
    (union_all::RULE, union_all::find),
];

/// The catalogue, by id.
pub fn rules() -> impl Iterator<Item = Rule> {
    RULES.into_iter().map(|(rule, _)| rule)
}

/// A statement has to take this share of the log, …
const LEAST_SHARE: f64 = 0.002;
/// … and so long each time, in microseconds.
const LEAST_MEAN_US: f64 = 1000.0;
/// So many are told.
const MOST: usize = 200;

/// What the rules find, the one with the most at stake first.
pub(crate) fn rewrites(facts: &Facts<'_>, statements: &[Statement<'_>]) -> Vec<RewriteAdvice> {
    let total: f64 = statements.iter().map(|statement| statement.duration_us as f64).sum();
    let costly = |statement: &&Statement<'_>| {
        statement.duration_us as f64 >= total * LEAST_SHARE && statement.mean_us() >= LEAST_MEAN_US
    };
    let mut found = Vec::new();
    for statement in statements.iter().filter(costly) {
        let case = Case { facts, statement, access: &statement.access() };
        for (rule, find) in RULES {
            let Some(finding) = find(&case) else { continue };
            if found.len() >= MOST {
                return found;
            }
            found.push(RewriteAdvice {
                id: format!("R{}", found.len() + 1),
                rule: rule.id,
                query: statement.id,
                title: finding.title,
                why: finding.why,
                sql: finding.sql,
                same_result: finding.same_result,
                saves: Saves {
                    at_stake_us: statement.duration_us,
                    low_us: None,
                    likely_us: None,
                    high_us: None,
                    basis: "the time of the query",
                },
            });
        }
    }
    found
}

/// A statement, as rules look at it.
struct Case<'c, 's> {
    facts: &'c Facts<'c>,
    statement: &'c Statement<'s>,
    access: &'c Access,
}

impl<'c> Case<'c, '_> {
    fn blocks(&self) -> impl Iterator<Item = &'c Block> {
        self.access.blocks.iter()
    }

    fn placed_blocks(&self) -> impl Iterator<Item = (usize, &'c Block)> {
        self.blocks().enumerate()
    }

    fn block(&self, place: u16) -> Option<&'c Block> {
        self.access.blocks.get(usize::from(place))
    }

    /// All conditions, those of `OR` groups included.
    fn predicates(&self) -> impl Iterator<Item = (&'c Block, &'c Predicate)> {
        self.blocks().flat_map(|block| {
            let branches = block.alternatives.iter().flatten().flatten();
            block.predicates.iter().chain(branches).map(move |predicate| (block, predicate))
        })
    }

    /// Which source of a block a column belongs to.
    fn source(&self, block: &Block, column: &Column) -> Option<usize> {
        match column.source {
            Some(source) => Some(usize::from(source)),
            None => block.sources.iter().position(|source| {
                table_of(self.facts.schema, source.schema.as_deref(), &source.table).is_some_and(
                    |table| self.facts.schema.tables[table].column(&column.name).is_some(),
                )
            }),
        }
    }

    fn table(&self, block: &Block, column: &Column) -> Option<&'c Table> {
        let source = block.sources.get(self.source(block, column)?)?;
        let table = table_of(self.facts.schema, source.schema.as_deref(), &source.table)?;
        Some(&self.facts.schema.tables[table])
    }

    /// The statements for an index on an expression of MySQL, and of MariaDB, which has none but
    /// one on a generated column
    /// (<https://dev.mysql.com/doc/refman/8.4/en/create-index.html#create-index-functional-key-parts>).
    fn expression_index(&self, table: &Table, expression: &Expression) -> Option<String> {
        let text = &expression.text;
        if self.facts.dialect != slowlog_event::Dialect::MySql || text.is_empty() {
            return None;
        }
        let name = crate::ddl::table_name(table, self.facts.dialect);
        Some(format!(
            "ALTER TABLE {name} ADD INDEX (({text})); -- MySQL 8.0.13; on MariaDB: \
             ALTER TABLE {name} ADD COLUMN c … AS ({text}) VIRTUAL, ADD INDEX (c);"
        ))
    }

    /// Is there an index on the expression, or would one be proposed?
    fn serves_expression(&self, table: &Table, expression: &Expression) -> bool {
        let text = canonical_text(&expression.text);
        let known = table.indexes.iter().flat_map(|index| &index.keys);
        let there =
            !text.is_empty() && known.into_iter().any(|key| key.expression && key.text == text);
        let class = |column: &Column| {
            table.column(&column.name).map_or(TypeClass::Unknown, |column| column.class)
        };
        let classes: Vec<TypeClass> = expression.columns.iter().map(class).collect();
        let indexable = self.facts.dialect == slowlog_event::Dialect::Postgres
            && !text.is_empty()
            && !matches!(expression.kind, slowlog_normalize::access::ExpressionKind::Arithmetic)
            && is_immutable(&expression.kind, &classes, &expression.text);
        there || indexable
    }
}
