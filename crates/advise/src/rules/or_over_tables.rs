//! OR over columns of several tables.

use slowlog_normalize::access::{Block, Operand, Predicate};

use super::{Case, Finding, Rule};
use crate::advice::SameResult;

pub(super) const RULE: Rule = Rule {
    id: "or-over-tables",
    title: "OR over columns of several tables",
    page: include_str!("../../../../docs/rules/or-over-tables.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    let found = case.blocks().any(|block| {
        block.alternatives.iter().any(|group| {
            let first = group.first().and_then(|branch| source(case, block, branch.first()?));
            first.is_some()
                && group.iter().flatten().any(|predicate| {
                    source(case, block, predicate).is_some_and(|other| Some(other) != first)
                })
        })
    });
    found.then(|| Finding {
        title: "an OR over columns of several tables".to_owned(),
        why: "no index serves both sides; two statements with UNION can use one each".to_owned(),
        sql: Some("SELECT … WHERE a UNION SELECT … WHERE b".to_owned()),
        same_result: SameResult::If,
    })
}

/// Which source a predicate is over.
fn source(case: &Case<'_, '_>, block: &Block, predicate: &Predicate) -> Option<usize> {
    let column = match &predicate.operand {
        Operand::Column(column) => column,
        Operand::Expression(expression) => expression.columns.first()?,
        Operand::Other => return None,
    };
    case.source(block, column)
}
