//! COUNT where EXISTS is meant.

use super::{Case, Finding, Rule};
use crate::advice::SameResult;

pub(super) const RULE: Rule = Rule {
    id: "count-for-existence",
    title: "COUNT where EXISTS is meant",
    page: include_str!("../../../../docs/rules/count-for-existence.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    case.blocks().any(|block| block.aggregates.existence).then(|| Finding {
        title: "all rows are counted to know whether there is one".to_owned(),
        why: "EXISTS stops at the first".to_owned(),
        sql: Some("EXISTS (SELECT 1 FROM … WHERE …)".to_owned()),
        same_result: SameResult::Yes,
    })
}
