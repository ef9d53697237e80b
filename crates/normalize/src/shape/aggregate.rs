//! What a select list computes over its rows.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Query, Select,
    SelectItem, Visit, Visitor,
};

use super::access::{Aggregates, Key};
use super::operand::{Scope, Side, plain, side};

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

/// The aggregates of a select list and of `HAVING`.
pub(super) fn aggregates(select: &Select, scope: &impl Scope) -> Aggregates {
    let mut found = Found { depth: 0, any: false };
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
    Aggregates { any: found.any || grouped, only_count, extremum }
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

struct Found {
    depth: usize,
    any: bool,
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
        if let Expr::Function(function) = expr
            && self.depth == 0
            && name(function).is_some_and(|name| AGGREGATES.contains(&name.as_str()))
        {
            self.any = true;
        }
        ControlFlow::Continue(())
    }
}
