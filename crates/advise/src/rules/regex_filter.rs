//! A regular expression as the condition.

use slowlog_event::Dialect;
use slowlog_normalize::access::Test;

use super::leading_wildcard::{has_trigrams, trigram_index};
use super::{Case, Finding, Rule};
use crate::advice::SameResult;

pub(super) const RULE: Rule = Rule {
    id: "regex-filter",
    title: "A regular expression as the condition",
    page: include_str!("../../../../docs/rules/regex-filter.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    let (table, column) = case.predicates().find_map(|(block, predicate)| {
        let column = predicate.operand.column()?;
        let table = case.table(block, column)?;
        (predicate.test == Test::Regex && !has_trigrams(table, &column.name))
            .then_some((table, column))
    })?;
    let postgres = case.facts.dialect == Dialect::Postgres;
    Some(Finding {
        title: format!("every {} is matched with a regular expression", column.name),
        why: if postgres {
            "no B-tree helps; an index of trigrams does (extension pg_trgm), if the expression has three plain characters in a row"
        } else {
            "no index helps; LIKE 'x%' can use one, and so can = on a generated column that has what is looked for"
        }
        .to_owned(),
        sql: postgres.then(|| trigram_index(table, &column.name)),
        same_result: if postgres { SameResult::Yes } else { SameResult::If },
    })
}
