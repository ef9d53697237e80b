//! A function around a column.

use slowlog_normalize::access::{ExpressionKind, Operand, Test};

use super::{Case, Finding, Rule};
use crate::advice::SameResult;
use crate::schema::TypeClass;

pub(super) const RULE: Rule = Rule {
    id: "function-on-column",
    title: "A function around a column",
    page: include_str!("../../../../docs/rules/function-on-column.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    case.predicates().find_map(|(block, predicate)| {
        let Operand::Expression(expression) = &predicate.operand else { return None };
        let column = expression.columns.first()?;
        let table = case.table(block, column)?;
        let compared = matches!(predicate.test, Test::Equal | Test::In(_) | Test::Below | Test::Above);
        let to_date = matches!(&expression.kind, ExpressionKind::Cast(to) if to == "date");
        let wraps = to_date
            || matches!(
                expression.kind,
                ExpressionKind::Function(_) | ExpressionKind::TimeZone | ExpressionKind::Arithmetic
            );
        if !compared || !wraps || case.serves_expression(table, expression) {
            return None;
        }
        let name = match &expression.kind {
            ExpressionKind::Function(name) => format!("{name}({})", column.name),
            ExpressionKind::Cast(to) => format!("the {to} of {}", column.name),
            _ => format!("a computation from {}", column.name),
        };
        let temporal = table.column(&column.name).is_some_and(|c| c.class == TypeClass::Temporal);
        let (why, sql) = if temporal {
            (
                "the function runs for every row; a range over the column itself can use an index, its bounds in the zone of the function",
                Some(format!("{0} >= ? AND {0} < ?", column.name)),
            )
        } else {
            ("the function runs for every row; compare the column itself, or make an index on the expression", case.expression_index(table, expression))
        };
        Some(Finding {
            title: format!("{name} is computed for every row"),
            why: why.to_owned(),
            sql,
            same_result: SameResult::If,
        })
    })
}
