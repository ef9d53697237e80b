//! UPDATE or DELETE without WHERE.

use slowlog_normalize::access::WriteKind;

use super::{Case, Finding, Rule};
use crate::advice::SameResult;

pub(super) const RULE: Rule = Rule {
    id: "missing-where",
    title: "UPDATE or DELETE without WHERE",
    page: include_str!("../../../../docs/rules/missing-where.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    let write = case.access.write.as_ref()?;
    let block = case.block(0)?;
    let all = block.predicates.is_empty()
        && block.joins.is_empty()
        && block.alternatives.is_empty()
        && !block.filtered
        && block.sources.len() == 1
        && block.limit.is_none()
        && case.access.blocks.len() == 1;
    let verb = match write.kind {
        WriteKind::Update => "UPDATE",
        WriteKind::Delete => "DELETE",
        WriteKind::Insert => return None,
    };
    all.then(|| Finding {
        title: format!("{verb} without WHERE changes every row of {}", write.table),
        why: "all rows are locked until it commits; do it in batches by key, if it is meant"
            .to_owned(),
        sql: None,
        same_result: SameResult::No,
    })
}
