//! A deep OFFSET.

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
    let deep = case.blocks().find_map(|block| {
        let limit = block.limit?;
        limit.offset.filter(|offset| *offset >= DEEP)
    })?;
    Some(Finding {
        title: format!("OFFSET {deep} reads and drops as many rows"),
        why: "go on from the last row of the page before, by a unique order (keyset)".to_owned(),
        sql: Some("WHERE (sort_key, id) > (?, ?) ORDER BY sort_key, id LIMIT ?".to_owned()),
        same_result: SameResult::If,
    })
}
