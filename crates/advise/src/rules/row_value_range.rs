//! A comparison of rows that no index is searched for.

use slowlog_normalize::access::Test;

use super::{Case, Finding, Rule};
use crate::advice::SameResult;

pub(super) const RULE: Rule = Rule {
    id: "row-value-range",
    title: "A comparison of rows that no index is searched for",
    page: include_str!("../../../../docs/rules/row-value-range.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    let (_, predicate) =
        case.predicates().find(|(_, predicate)| predicate.test == Test::RowBound)?;
    let column = predicate.operand.column().map_or("a", |column| &column.name);
    Some(Finding {
        title: format!("({column}, …) is compared as a row"),
        why: "MySQL and MariaDB look for no such bound in an index, so all rows before it are read; spell it out".to_owned(),
        sql: Some(format!("{column} >= ? AND ({column} > ? OR ({column} = ? AND … > ?))")),
        same_result: SameResult::Yes,
    })
}
