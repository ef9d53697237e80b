//! What a select list computes over its rows.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr,
    Query, Select, SelectItem, Visit, Visitor,
};

use super::access::{Aggregates, Key};
use super::operand::{Scope, Side, plain, side};
use super::reader::number;

/// Aggregate functions of both dialects that are in common use.
const AGGREGATES: [&str; 18] = [
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "array_agg",
    "string_agg",
    "group_concat",
    "json_agg",
    "jsonb_agg",
    "json_object_agg",
    "jsonb_object_agg",
    "json_arrayagg",
    "bool_and",
    "bool_or",
    "stddev",
    "variance",
    "percentile_cont",
];

/// The aggregates of a select list and of `HAVING`; and whether it has a function over a window.
pub(super) fn aggregates(select: &Select, scope: &impl Scope) -> (Aggregates, bool) {
    let mut found = Found::default();
    let _: ControlFlow<()> = select.projection.visit(&mut found);
    let _: ControlFlow<()> = select.having.visit(&mut found);
    let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty());
    let only = match select.projection.as_slice() {
        [SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }] if !grouped => {
            call(plain(expr))
        }
        _ => None,
    };
    let only_count = only.as_ref().is_some_and(|(name, _)| name == "count");
    let existence = !grouped
        && select.having.is_none()
        && select.projection.len() == 1
        && (found.count, found.zero_tests) == (1, 1);
    let extremum = only.and_then(|(name, argument)| {
        let descending = match name.as_str() {
            "max" => true,
            "min" => false,
            _ => return None,
        };
        match side(argument?, scope) {
            Side::Operand(operand) => Some(Key { operand, descending, nulls_first: None }),
            Side::Value(_) => None,
        }
    });
    let any = found.count > 0 || grouped;
    (Aggregates { any, only_count, existence, extremum }, found.window)
}

/// Is it `count(*) > 0`, or the like?
fn is_zero_test(expr: &Expr) -> bool {
    let Expr::BinaryOp { left, op, right } = expr else { return false };
    counts_rows(plain(left)) && tests_for_none(op, right)
        || counts_rows(plain(right)) && flipped(op).is_some_and(|op| tests_for_none(&op, left))
}

/// `count(*)` or `count(1)`: it counts rows, whatever is in them.
fn counts_rows(expr: &Expr) -> bool {
    let Expr::Function(function) = expr else { return false };
    let FunctionArguments::List(list) = &function.args else { return false };
    let all = match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)] => true,
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))] => number(expr).is_some(),
        _ => false,
    };
    all && name(function).as_deref() == Some("count") && function.filter.is_none()
}

/// Does a number that is compared so tell no more than whether it is zero?
pub(super) fn tests_for_none(op: &BinaryOperator, limit: &Expr) -> bool {
    use BinaryOperator as B;
    match number(limit) {
        Some(0) => matches!(op, B::Gt | B::Eq | B::NotEq | B::LtEq),
        Some(1) => matches!(op, B::GtEq | B::Lt),
        _ => false,
    }
}

pub(super) fn flipped(op: &BinaryOperator) -> Option<BinaryOperator> {
    use BinaryOperator as B;
    Some(match op {
        B::Gt => B::Lt,
        B::Lt => B::Gt,
        B::GtEq => B::LtEq,
        B::LtEq => B::GtEq,
        B::Eq => B::Eq,
        B::NotEq => B::NotEq,
        _ => return None,
    })
}

/// The name and the argument of a call, `COALESCE(…)` around it left away.
fn call(expr: &Expr) -> Option<(String, Option<&Expr>)> {
    let Expr::Function(function) = expr else { return None };
    let name = name(function)?;
    let argument = match &function.args {
        FunctionArguments::List(list) => match list.args.first() {
            Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))) => Some(expr),
            _ => None,
        },
        _ => None,
    };
    match (name.as_str(), argument) {
        ("coalesce" | "ifnull", Some(inner)) => call(plain(inner)),
        _ => Some((name, argument)),
    }
}

fn name(function: &Function) -> Option<String> {
    // Over a window it is no aggregate.
    let ident = function.name.0.last()?.as_ident()?;
    function.over.is_none().then(|| ident.value.to_ascii_lowercase())
}

#[derive(Default)]
struct Found {
    depth: usize,
    /// Aggregates.
    count: usize,
    /// Comparisons that tell only whether a count is zero.
    zero_tests: usize,
    /// A function over a window.
    window: bool,
}

impl Visitor for Found {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        self.zero_tests += usize::from(is_zero_test(expr));
        if let Expr::Function(function) = expr {
            self.window |= function.over.is_some();
            let known = name(function).is_some_and(|name| AGGREGATES.contains(&name.as_str()));
            self.count += usize::from(known);
        }
        ControlFlow::Continue(())
    }
}
