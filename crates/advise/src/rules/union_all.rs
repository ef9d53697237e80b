//! UNION where UNION ALL gives the same.

use slowlog_normalize::access::{Block, Role, Test, Value};

use super::{Case, Finding, Rule};
use crate::advice::SameResult;

pub(super) const RULE: Rule = Rule {
    id: "union-all",
    title: "UNION where UNION ALL gives the same",
    page: include_str!("../../../../docs/rules/union-all.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    let branches: Vec<&Block> =
        case.blocks().filter(|block| block.role == Role::DistinctBranch).collect();
    let others = case.blocks().any(|block| matches!(block.role, Role::OtherBranch | Role::Branch));
    if branches.len() < 2 || others || !branches.iter().all(|block| has_key(case, block)) {
        return None;
    }
    let disjoint = branches
        .iter()
        .enumerate()
        .all(|(place, a)| branches[..place].iter().all(|b| asks_another_constant(case, a, b)));
    disjoint.then(|| Finding {
        title: "UNION looks for duplicates that cannot be".to_owned(),
        why: "each branch has the primary key, and they ask for different constants of one column"
            .to_owned(),
        sql: Some("UNION ALL".to_owned()),
        same_result: SameResult::Yes,
    })
}

/// One table, and its primary key in the result.
fn has_key(case: &Case<'_, '_>, block: &Block) -> bool {
    let [source] = block.sources.as_slice() else { return false };
    let Some(table) = case.facts.schema.table(source.schema.as_deref(), &source.table) else {
        return false;
    };
    let key = table.primary_key();
    !table.guessed
        && !key.is_empty()
        && !block.aggregates.any
        && block.plain_output
        && key.iter().all(|name| block.output.iter().any(|column| column.name == *name))
}

fn asks_another_constant(case: &Case<'_, '_>, a: &Block, b: &Block) -> bool {
    let same_table =
        a.sources[0].table == b.sources[0].table && a.sources[0].schema == b.sources[0].schema;
    let constants = |block: &Block| -> Vec<_> {
        block
            .predicates
            .iter()
            .filter(|predicate| predicate.test == Test::Equal)
            .filter_map(|predicate| match &predicate.value {
                Value::Constant(constant) if case.statement.is_constant(constant.literal) => {
                    Some((predicate.operand.column()?.name.clone(), constant.literal))
                }
                _ => None,
            })
            .collect()
    };
    let (a, b) = (constants(a), constants(b));
    same_table
        && a.iter().any(|(name, value)| b.iter().any(|(other, v)| other == name && v != value))
}
