//! A comparison with NULL.

use slowlog_normalize::access::{ConstantClass, Test, Value};

use super::{Case, Finding, Rule};
use crate::advice::SameResult;

pub(super) const RULE: Rule = Rule {
    id: "null-comparison",
    title: "A comparison with NULL",
    page: include_str!("../../../../docs/rules/null-comparison.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    let (column, test) = case.predicates().find_map(|(_, predicate)| match &predicate.value {
        Value::Constant(constant) if constant.class == ConstantClass::Null => {
            Some((predicate.operand.column()?, predicate.test))
        }
        _ => None,
    })?;
    let meant = if test == Test::NotIn { "IS NOT NULL" } else { "IS NULL" };
    Some(Finding {
        title: format!("a comparison of {} with NULL is never true", column.name),
        why: format!("{meant} is what is meant"),
        sql: Some(format!("{} {meant}", column.name)),
        same_result: SameResult::No,
    })
}
