//! NOT IN with a subquery.

use slowlog_normalize::access::{Role, Test};

use super::{Case, Finding, Rule};
use crate::advice::SameResult;

pub(super) const RULE: Rule = Rule {
    id: "not-in-subquery",
    title: "NOT IN with a subquery",
    page: include_str!("../../../../docs/rules/not-in-subquery.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    let (place, block) = case.placed_blocks().find(|(_, block)| block.role == Role::NotIn)?;
    let inner = match block.output.as_slice() {
        [column] => case.table(block, column).and_then(|table| table.column(&column.name)),
        _ => None,
    };
    let parent = block.parent.and_then(|at| case.block(at))?;
    let outer = parent.predicates.iter().find(|predicate| predicate.test == Test::NotIn).and_then(
        |predicate| {
            let column = predicate.operand.column()?;
            // The far side of an outer join is NULL where nothing matches.
            let source = &parent.sources[case.source(parent, column)?];
            case.table(parent, column)?.column(&column.name).filter(|_| !source.nullable)
        },
    );
    let never_null = inner.is_some_and(|column| column.not_null)
        && outer.is_some_and(|column| column.not_null)
        && !block.sources.iter().any(|source| source.nullable)
        && place > 0;
    Some(Finding {
        title: "NOT IN (SELECT …) cannot become a join".to_owned(),
        why: if never_null {
            "NOT EXISTS can, and both columns are never NULL, so it says the same"
        } else {
            "NOT EXISTS can; where a NULL is among the values, NOT IN gives no row at all, which is seldom meant"
        }
        .to_owned(),
        sql: Some("NOT EXISTS (SELECT 1 FROM … WHERE inner.column = outer.column)".to_owned()),
        same_result: if never_null { SameResult::Yes } else { SameResult::If },
    })
}
