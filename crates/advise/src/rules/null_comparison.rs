//! A comparison with NULL.

use slowlog_normalize::access::{ConstantClass, Value};

use super::{Case, Finding, Rule};
use crate::advice::SameResult;

pub(super) const RULE: Rule = Rule {
    id: "null-comparison",
    title: "A comparison with NULL",
    page: include_str!("../../../../docs/rules/null-comparison.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    let column = case.predicates().find_map(|(_, predicate)| match &predicate.value {
        Value::Constant(constant) if constant.class == ConstantClass::Null => {
            predicate.operand.column()
        }
        _ => None,
    })?;
    Some(Finding {
        title: format!("a comparison of {} with NULL is never true", column.name),
        why: "IS NULL is what is meant".to_owned(),
        sql: Some(format!("{} IS NULL", column.name)),
        same_result: SameResult::No,
    })
}
