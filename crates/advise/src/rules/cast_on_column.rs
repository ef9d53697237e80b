//! A cast around a column.

use slowlog_normalize::access::{ExpressionKind, Operand, Test};

use super::{Case, Finding, Rule};
use crate::advice::SameResult;
use crate::schema::TypeClass;

pub(super) const RULE: Rule = Rule {
    id: "cast-on-column",
    title: "A cast around a column",
    page: include_str!("../../../../docs/rules/cast-on-column.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    case.predicates().find_map(|(block, predicate)| {
        let Operand::Expression(expression) = &predicate.operand else { return None };
        let ExpressionKind::Cast(to) = &expression.kind else { return None };
        let column = expression.columns.first()?;
        let table = case.table(block, column)?;
        let compared = matches!(predicate.test, Test::Equal | Test::In(_) | Test::Below | Test::Above);
        let textual = ["text", "varchar", "character", "bpchar"];
        // Text is text to PostgreSQL; a date of a time is a range of it, see function-on-column.
        let class = table.column(&column.name).map_or(TypeClass::Unknown, |column| column.class);
        let text = matches!(class, TypeClass::Text | TypeClass::Long | TypeClass::Unknown);
        let harmless = to.starts_with("date") || text && textual.iter().any(|name| to.starts_with(name));
        if !compared || harmless || case.serves_expression(table, expression) {
            return None;
        }
        Some(Finding {
            title: format!("{} is cast to {to} for every row", column.name),
            why: "an index on the column cannot be used; cast the constant, if the text has one spelling for each value".to_owned(),
            sql: Some(format!("{} = '?'", column.name)),
            same_result: SameResult::If,
        })
    })
}
