//! A deep OFFSET.

use slowlog_normalize::access::Limit;

use super::{Case, Finding, Rule};
use crate::advice::SameResult;

pub(super) const RULE: Rule = Rule {
    id: "deep-offset",
    title: "A deep OFFSET",
    page: include_str!("../../../../docs/rules/deep-offset.md"),
};

/// Fewer rows are quickly passed over.
const DEEP: u64 = 1000;

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    let deep = |limit: Limit| limit.offset.is_some_and(|offset| offset >= DEEP);
    case.blocks().any(|block| block.limit.is_some_and(deep)).then(|| Finding {
        title: "a deep OFFSET reads rows only to drop them".to_owned(),
        why: "go on from the last row of the page before, by a unique order (keyset)".to_owned(),
        sql: Some("WHERE (sort_key, id) > (?, ?) ORDER BY sort_key, id LIMIT ?".to_owned()),
        same_result: SameResult::If,
    })
}
