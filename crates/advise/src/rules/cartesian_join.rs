//! A join without a condition.

use slowlog_normalize::access::{Block, Test, Value};

use super::{Case, Finding, Rule};
use crate::advice::SameResult;
use crate::ask::table_of;

pub(super) const RULE: Rule = Rule {
    id: "cartesian-join",
    title: "A join without a condition",
    page: include_str!("../../../../docs/rules/cartesian-join.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    let (one, other) = case.blocks().find_map(|block| {
        let apart = |source: usize| block.unlinked.contains(&(source as u16));
        let many = || (0..block.sources.len()).filter(|source| has_many(case, block, *source));
        let one = many().find(|source| !apart(*source))?;
        let other =
            many().find(|source| apart(*source) && !share_a_value(case, block, one, *source))?;
        Some((&block.sources[one].table, &block.sources[other].table))
    })?;
    Some(Finding {
        title: format!("nothing joins {one} and {other}"),
        why: format!(
            "each row of {one} is combined with all rows of {other}; the condition is missing, or CROSS JOIN says that it is meant"
        ),
        sql: Some(format!("JOIN {other} ON {other}.… = {one}.…")),
        same_result: SameResult::No,
    })
}

/// A table of which more than one row is read.
fn has_many(case: &Case<'_, '_>, block: &Block, source: usize) -> bool {
    let of = &block.sources[source];
    let schema = case.facts.schema;
    let Some(place) = table_of(schema, of.schema.as_deref(), &of.table) else { return false };
    let equal = equal_columns(case, block, source);
    !schema.tables[place].indexes.iter().any(|index| {
        index.unique && index.is_plain() && index.keys.iter().all(|key| equal.contains(&&*key.text))
    })
}

/// Columns of a source that have one value.
fn equal_columns<'c>(case: &Case<'c, '_>, block: &'c Block, source: usize) -> Vec<&'c str> {
    let predicates = block.predicates.iter();
    predicates
        .filter(|predicate| predicate.test == Test::Equal && predicate.value != Value::Other)
        .filter_map(|predicate| predicate.operand.column())
        .filter(|column| case.source(block, column) == Some(source))
        .map(|column| column.name.as_str())
        .collect()
}

/// Are both asked for one value of columns of one name? Then that may be what joins them.
fn share_a_value(case: &Case<'_, '_>, block: &Block, one: usize, other: usize) -> bool {
    let of_other = equal_columns(case, block, other);
    equal_columns(case, block, one).iter().any(|column| of_other.contains(column))
}
