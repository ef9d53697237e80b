//! A constant of another type than the column.

use slowlog_event::Dialect;
use slowlog_normalize::access::{ConstantClass, Test, Value};

use super::{Case, Finding, Rule};
use crate::advice::SameResult;
use crate::schema::TypeClass;
use crate::term::mismatched;

pub(super) const RULE: Rule = Rule {
    id: "implicit-conversion",
    title: "A constant of another type than the column",
    page: include_str!("../../../../docs/rules/implicit-conversion.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    case.predicates().find_map(|(block, predicate)| {
        let column = predicate.operand.column()?;
        let table = case.table(block, column)?;
        let compared = matches!(predicate.test, Test::Equal | Test::Below | Test::Above);
        let Value::Constant(constant) = &predicate.value else { return None };
        let class = table.column(&column.name)?.class;
        let name = &column.name;
        if !compared {
            return None;
        }
        match case.facts.dialect {
            Dialect::MySql if mismatched(table, column, predicate) => Some(Finding {
                title: format!("{name} is text and is compared with a number"),
                why: "every row is converted to a number, so no index helps; give the number in quotes".to_owned(),
                sql: Some(format!("{name} = '?'")),
                same_result: SameResult::If,
            }),
            Dialect::Postgres if class == TypeClass::Integer && constant.class == ConstantClass::Decimal => {
                Some(Finding {
                    title: format!("{name} is an integer and is compared with a numeric"),
                    why: "every row is converted to numeric, so no index helps; give an integer".to_owned(),
                    sql: Some(format!("{name} = ?::integer")),
                    same_result: SameResult::If,
                })
            }
            _ => None,
        }
    })
}
