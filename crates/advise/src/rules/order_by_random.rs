//! ORDER BY random().

use slowlog_normalize::access::{ExpressionKind, Operand};

use super::{Case, Finding, Rule};
use crate::advice::SameResult;

pub(super) const RULE: Rule = Rule {
    id: "order-by-random",
    title: "ORDER BY random()",
    page: include_str!("../../../../docs/rules/order-by-random.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    let random = |operand: &Operand| matches!(operand, Operand::Expression(expression) if expression.kind == ExpressionKind::Random);
    let found = case.blocks().any(|block| block.order.iter().any(|key| random(&key.operand)));
    found.then(|| Finding {
        title: "all rows are sorted at random to keep a few".to_owned(),
        why: "pick a random key and read on from there; gaps make some rows likelier".to_owned(),
        sql: Some("WHERE id >= ? ORDER BY id LIMIT 1".to_owned()),
        same_result: SameResult::If,
    })
}
