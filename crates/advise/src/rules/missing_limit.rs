//! A result without LIMIT that is sent whole.

use slowlog_event::Counter;
use slowlog_normalize::access::Role;

use super::{Case, Finding, Rule};
use crate::advice::SameResult;

pub(super) const RULE: Rule = Rule {
    id: "missing-limit",
    title: "A result without LIMIT that is sent whole",
    page: include_str!("../../../../docs/rules/missing-limit.md"),
};

/// Rows that nobody reads at once.
const MANY: f64 = 10_000.0;

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    let reads = case.access.write.is_none();
    let block = case.block(0).filter(|_| reads)?;
    let sent = case.statement.mean_of(Counter::RowsSent)?;
    (sent >= MANY && block.role == Role::Top && block.limit.is_none()).then(|| Finding {
        title: format!("{sent:.0} rows are sent each time"),
        why: "read a page, or in pieces by key".to_owned(),
        sql: Some("WHERE id > ? ORDER BY id LIMIT ?".to_owned()),
        same_result: SameResult::No,
    })
}
