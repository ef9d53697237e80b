//! A subquery that runs for every row.

use slowlog_normalize::access::{Block, Role, Test};

use super::{Case, Finding, Rule};
use crate::advice::SameResult;

pub(super) const RULE: Rule = Rule {
    id: "correlated-subquery",
    title: "A subquery that runs for every row",
    page: include_str!("../../../../docs/rules/correlated-subquery.md"),
};

/// For so many rows a search each is fine.
const FEW: u64 = 100;

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    let subquery = case.blocks().find(|block| block.role == Role::Scalar && block.correlated)?;
    let parent = case.block(subquery.parent?)?;
    let limited = parent.limit.and_then(|limit| limit.rows).is_some_and(|rows| rows <= FEW);
    if limited || by_key(case, parent) {
        return None;
    }
    Some(Finding {
        title: "a subquery runs for every row".to_owned(),
        why: "one pass over the grouped subquery is cheaper, if there are many rows; an aggregate of no rows needs coalesce".to_owned(),
        sql: Some("LEFT JOIN (SELECT key, … FROM … GROUP BY key) s ON s.key = outer.key".to_owned()),
        same_result: SameResult::If,
    })
}

/// Does the block read one row by its key?
fn by_key(case: &Case<'_, '_>, block: &Block) -> bool {
    block.predicates.iter().any(|predicate| {
        let column = predicate.operand.column();
        predicate.test == Test::Equal
            && column.is_some_and(|column| {
                case.table(block, column)
                    .is_some_and(|table| table.primary_key() == [column.name.as_str()])
            })
    })
}
