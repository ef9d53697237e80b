//! DISTINCT that hides a join's duplicates.

use slowlog_normalize::access::Column;

use super::{Case, Finding, Rule};
use crate::advice::SameResult;

pub(super) const RULE: Rule = Rule {
    id: "distinct-fan-out",
    title: "DISTINCT that hides a join's duplicates",
    page: include_str!("../../../../docs/rules/distinct-fan-out.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    let table = case.blocks().find_map(|block| {
        let first = block.output.first()?.source?;
        let one = block.output.iter().all(|column| column.source == Some(first));
        let plain = block.sources.iter().all(|source| !source.nullable && !source.table.is_empty());
        if !block.distinct || block.aggregates.any || block.all_columns || !one || !plain {
            return None;
        }
        let fans_out = |column: &Column| {
            column.source != Some(first)
                && case.table(block, column).is_some_and(|table| {
                    !table.guessed
                        && !table.indexes.iter().any(|index| {
                            index.unique
                                && index.keys.len() == 1
                                && index.keys[0].text == column.name
                        })
                })
        };
        let join =
            block.joins.iter().flat_map(|join| [&join.left, &join.right]).find(|c| fans_out(c))?;
        case.table(block, join)
    })?;
    Some(Finding {
        title: format!("DISTINCT throws away the copies that the join with {} makes", table.name),
        why: "EXISTS stops at the first match and makes none; DISTINCT stays, unless the result has the primary key".to_owned(),
        sql: Some(format!("WHERE EXISTS (SELECT 1 FROM {} WHERE …)", table.full_name())),
        same_result: SameResult::Yes,
    })
}
