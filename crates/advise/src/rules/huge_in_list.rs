//! A long IN list.

use slowlog_event::Dialect;
use slowlog_normalize::access::Test;

use super::{Case, Finding, Rule};
use crate::advice::SameResult;

pub(super) const RULE: Rule = Rule {
    id: "huge-in-list",
    title: "A long IN list",
    page: include_str!("../../../../docs/rules/huge-in-list.md"),
};

/// Shorter lists are common and cheap.
const LONG: u32 = 200;

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    let count = case.predicates().find_map(|(_, predicate)| match predicate.test {
        Test::In(count) if count >= LONG => Some(count),
        _ => None,
    })?;
    let (why, sql) = match case.facts.dialect {
        Dialect::Postgres => (
            "it is parsed and planned anew for each length; give an array, or join what the values came from",
            "= ANY (?)",
        ),
        Dialect::MySql => (
            "it is parsed and planned anew for each length; look the values up in a temporary table, or join what they came from",
            "IN (SELECT value FROM wanted)",
        ),
    };
    Some(Finding {
        title: format!("an IN list of {count} values"),
        why: why.to_owned(),
        sql: Some(sql.to_owned()),
        same_result: SameResult::Yes,
    })
}
