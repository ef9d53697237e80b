//! SQL_CALC_FOUND_ROWS.

use super::{Case, Finding, Rule};
use crate::advice::SameResult;

pub(super) const RULE: Rule = Rule {
    id: "calc-found-rows",
    title: "SQL_CALC_FOUND_ROWS",
    page: include_str!("../../../../docs/rules/calc-found-rows.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    case.access.found_rows.then(|| Finding {
        title: "all rows are found so that they can be counted, whatever the LIMIT".to_owned(),
        why: "without SQL_CALC_FOUND_ROWS the page stops at its LIMIT; count in a statement of its own, where the number is needed at all".to_owned(),
        sql: Some("SELECT … LIMIT ?; SELECT count(*) FROM … WHERE …".to_owned()),
        same_result: SameResult::If,
    })
}
