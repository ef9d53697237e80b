//! Patterns: LIKE, regular expressions, full text.

use sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName,
    Value as SqlValue, ValueWithSpan,
};

use super::access::{Column, Expression, ExpressionKind, Operand, Predicate, Test, Value};
use super::condition::value;
use super::operand::{Scope as _, Side, plain, side};
use super::reader::Within;

pub(super) fn like(
    expr: &Expr,
    pattern: &Expr,
    negated: bool,
    no_case: bool,
    scope: &Within<'_>,
) -> Option<Vec<Predicate>> {
    let Side::Operand(operand) = side(expr, scope) else { return None };
    let text = text_of(pattern);
    let begins = beginning(pattern);
    let test = match text {
        _ if negated => Test::Other,
        None if begins.is_some_and(|text| text.starts_with(['%', '_'])) => Test::Substring(no_case),
        None if begins.is_some_and(|text| !text.is_empty()) && !no_case => Test::Prefix,
        None => Test::Pattern(no_case),
        Some(text) if text.starts_with(['%', '_']) => Test::Substring(no_case),
        Some(_) if no_case => Test::Pattern(true),
        Some(text) if text.contains(['%', '_']) => Test::Prefix,
        Some(_) => Test::Verbatim,
    };
    let value = value(pattern, scope).unwrap_or(Value::Other);
    Some(vec![Predicate { operand, test, value }])
}

pub(super) fn full_text(columns: &[ObjectName], scope: &Within<'_>) -> Option<Vec<Predicate>> {
    let column = |name: &ObjectName| {
        let mut parts = name.0.iter().rev().filter_map(|part| part.as_ident());
        let column = scope.reader.name(parts.next()?);
        let qualifier = parts.next().map(|ident| scope.reader.name(ident));
        scope.column(qualifier.as_deref(), &column)
    };
    let columns: Vec<Column> = columns.iter().map(column).collect::<Option<_>>()?;
    let operand = Operand::Expression(Expression {
        text: String::new(),
        columns,
        kind: ExpressionKind::Function("match".to_owned()),
        constants: Vec::new(),
    });
    Some(vec![Predicate { operand, test: Test::FullText, value: Value::Other }])
}

/// A regular expression that begins with `^` and plain characters: it is searched as a prefix.
pub(super) fn begins_plainly(pattern: &Expr) -> bool {
    let Some(text) = text_of(pattern).and_then(|text| text.strip_prefix('^')) else { return false };
    let plain = text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    // What follows may say that the last of them can be missing.
    plain > 1 && !text.contains('|')
}

fn text_of(expr: &Expr) -> Option<&str> {
    match plain(expr) {
        Expr::Value(ValueWithSpan {
            value:
                SqlValue::SingleQuotedString(text)
                | SqlValue::DoubleQuotedString(text)
                | SqlValue::EscapedStringLiteral(text),
            ..
        }) => Some(text),
        _ => None,
    }
}

/// The literal that a pattern begins with: of `concat('%', $1)` and `'%' || $1`, too.
fn beginning(pattern: &Expr) -> Option<&str> {
    match plain(pattern) {
        Expr::BinaryOp { left, op: BinaryOperator::StringConcat, .. } => beginning(left),
        Expr::Function(function) => {
            let name = function.name.0.last()?.as_ident()?;
            let FunctionArguments::List(list) = &function.args else { return None };
            match list.args.first()? {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(first))
                    if name.value.eq_ignore_ascii_case("concat") =>
                {
                    text_of(first)
                }
                _ => None,
            }
        }
        other => text_of(other),
    }
}
