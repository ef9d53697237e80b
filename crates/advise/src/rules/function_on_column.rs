//! A function around a column.

use slowlog_event::Dialect;
use slowlog_normalize::access::{ExpressionKind, Operand, Test};

use super::{Case, Finding, Rule};
use crate::advice::SameResult;
use crate::collation;
use crate::schema::{Table, TypeClass};

pub(super) const RULE: Rule = Rule {
    id: "function-on-column",
    title: "A function around a column",
    page: include_str!("../../../../docs/rules/function-on-column.md"),
};

/// Functions that give a part of a time which comes again: the same month of every year.
const PARTS: [&str; 15] = [
    "month",
    "monthname",
    "day",
    "dayname",
    "dayofmonth",
    "dayofweek",
    "dayofyear",
    "weekday",
    "week",
    "weekofyear",
    "quarter",
    "hour",
    "minute",
    "second",
    "time",
];

/// `text`: that of the expression.
fn is_part_of_time(kind: &ExpressionKind, text: &str) -> bool {
    let ExpressionKind::Function(name) = kind else { return false };
    match name.as_str() {
        // Which part stands inside. A year does not come again.
        "extract" | "date_part" => !text.to_ascii_lowercase().contains("year"),
        name => PARTS.contains(&name),
    }
}

fn folds_case(kind: &ExpressionKind) -> bool {
    matches!(kind, ExpressionKind::Function(name) if matches!(name.as_str(), "lower" | "upper" | "lcase" | "ucase"))
}

fn ignores_case(case: &Case<'_, '_>, table: &Table, column: &str) -> bool {
    case.facts.dialect == Dialect::MySql && collation::ignores_case(table, column)
}

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
        let plain = crate::ddl::quoted(&column.name, case.facts.dialect);
        let temporal = table.column(&column.name).is_some_and(|c| c.class == TypeClass::Temporal);
        let (why, sql) = if temporal && is_part_of_time(&expression.kind, &expression.text) {
            (
                "the function runs for every row, and what it gives is no range of the column; an index on the expression helps",
                case.expression_index(table, expression),
            )
        } else if temporal {
            (
                "the function runs for every row; a range over the column itself can use an index, its bounds in the zone of the function",
                Some(format!("{plain} >= ? AND {plain} < ?")),
            )
        } else if folds_case(&expression.kind) && ignores_case(case, table, &column.name) {
            (
                "the function runs for every row; the collation of the column ignores case anyway: compare the column itself",
                Some(format!("{plain} = ?")),
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
