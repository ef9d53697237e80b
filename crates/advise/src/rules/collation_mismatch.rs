//! A join of columns with different collations.

use slowlog_event::Dialect;

use super::{Case, Finding, Rule};
use crate::advice::SameResult;
use crate::collation;

pub(super) const RULE: Rule = Rule {
    id: "collation-mismatch",
    title: "A join of columns with different collations",
    page: include_str!("../../../../docs/rules/collation-mismatch.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    if case.facts.dialect != Dialect::MySql {
        return None;
    }
    let (left, right) = case.blocks().find_map(|block| {
        block.joins.iter().find_map(|join| {
            let (left, right) = (case.table(block, &join.left)?, case.table(block, &join.right)?);
            let (by_left, by_right) =
                collation::mismatch(left, &join.left.name, right, &join.right.name)?;
            let of = |table: &str, column: &str, by| format!("{table}.{column} ({by})");
            Some((
                of(&left.name, &join.left.name, by_left),
                of(&right.name, &join.right.name, by_right),
            ))
        })
    })?;
    Some(Finding {
        title: format!("{left} and {right} are compared by different collations"),
        why: "one of them is converted row by row, so no index on it helps; give both the same character set and collation".to_owned(),
        sql: Some("ALTER TABLE … MODIFY … CHARACTER SET … COLLATE …".to_owned()),
        same_result: SameResult::If,
    })
}
