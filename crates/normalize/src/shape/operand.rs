//! The sides of a comparison: what is a column, what is computed from one, what is a value.

use std::ops::ControlFlow;

use slowlog_event::{Dialect, Literal};
use sqlparser::ast::{
    BinaryOperator, Expr, Ident, UnaryOperator, Value as SqlValue, ValueWithSpan, Visit, VisitMut,
    Visitor, VisitorMut,
};

use super::access::{Column, Constant, ConstantClass, Expression, ExpressionKind, Operand, Value};
use super::canonical;

/// Texts of expressions are kept up to so many bytes: an index on more is no good idea.
const LONGEST_TEXT: usize = 160;
/// Names of states are short.
const LONGEST_WORD: usize = 24;
/// Integers up to this may number states.
const MOST_STATES: u64 = 99;

/// The names that a block, and the blocks around it, give to their sources.
pub(super) trait Scope {
    fn dialect(&self) -> Dialect;
    /// The column if it belongs to this block, `None` if to one around it.
    fn column(&self, qualifier: Option<&str>, name: &str) -> Option<Column>;
}

/// One side of a comparison.
#[derive(Debug)]
pub(super) enum Side {
    Operand(Operand),
    Value(Value),
}

/// What an expression is, seen from a block.
pub(super) fn side(expr: &Expr, scope: &impl Scope) -> Side {
    let expr = plain(expr);
    if let Some((qualifier, name)) = column_name(expr, scope.dialect()) {
        return match scope.column(qualifier.as_deref(), &name) {
            Some(column) => Side::Operand(Operand::Column(column)),
            None => Side::Value(Value::Outer),
        };
    }
    if let Some(constant) = constant(expr) {
        return Side::Value(Value::Constant(constant));
    }
    if is_parameter(expr) {
        return Side::Value(Value::Parameter);
    }
    if matches!(expr, Expr::Subquery(_)) {
        return Side::Value(Value::Subquery);
    }
    let mut names = Names::new(scope.dialect());
    let _: ControlFlow<()> = expr.visit(&mut names);
    if names.subquery {
        return Side::Value(Value::Other);
    }
    let mut columns: Vec<Column> = Vec::new();
    let mut outer = false;
    for (qualifier, name) in names.columns {
        match scope.column(qualifier.as_deref(), &name) {
            Some(column) if !columns.contains(&column) => columns.push(column),
            Some(_) => {}
            None => outer = true,
        }
    }
    if columns.is_empty() {
        return Side::Value(match (outer, kind(expr)) {
            (true, _) => Value::Outer,
            (_, ExpressionKind::Cast(_)) if names.parameter => Value::Parameter,
            (_, ExpressionKind::Random) => return Side::Operand(random()),
            _ => Value::Computed,
        });
    }
    let one_source = columns.iter().all(|column| column.source == columns[0].source);
    if outer || !one_source {
        return Side::Operand(Operand::Other);
    }
    let (text, constants) = text(expr, scope.dialect()).unwrap_or_default();
    let kind = kind(expr);
    Side::Operand(Operand::Expression(Expression { text, columns, kind, constants }))
}

fn random() -> Operand {
    Operand::Expression(Expression {
        text: String::new(),
        columns: Vec::new(),
        kind: ExpressionKind::Random,
        constants: Vec::new(),
    })
}

/// Without parentheses and signs that change nothing.
pub(super) fn plain(mut expr: &Expr) -> &Expr {
    while let Expr::Nested(inner) | Expr::UnaryOp { op: UnaryOperator::Plus, expr: inner } = expr {
        expr = inner;
    }
    expr
}

/// The qualifier and the name, if it is a column; of `a.b.c` the qualifier is `b`.
pub(super) fn column_name(expr: &Expr, dialect: Dialect) -> Option<(Option<String>, String)> {
    let name = |ident: &Ident| canonical(&ident.value, ident.quote_style.is_some(), dialect);
    match expr {
        // MySQL's variables are no columns.
        Expr::Identifier(ident) if !ident.value.starts_with('@') => Some((None, name(ident))),
        Expr::CompoundIdentifier(parts) => match parts.as_slice() {
            [.., qualifier, column] => Some((Some(name(qualifier)), name(column))),
            [column] => Some((None, name(column))),
            [] => None,
        },
        _ => None,
    }
}

fn is_parameter(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(ValueWithSpan { value: SqlValue::Placeholder(_), .. }))
}

/// The literal without its value.
pub(super) fn constant(expr: &Expr) -> Option<Constant> {
    let (class, text, word) = match expr {
        Expr::Value(value) => literal(&value.value)?,
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match plain(expr) {
            Expr::Value(ValueWithSpan { value: SqlValue::Number(number, _), .. }) => {
                (number_class(number), format!("-{number}"), None)
            }
            _ => return None,
        },
        Expr::TypedString(typed) => {
            let (_, text, _) = literal(&typed.value.value)?;
            (ConstantClass::Typed, text, None)
        }
        Expr::Interval(interval) => {
            let (_, text, _) = literal(match plain(&interval.value) {
                Expr::Value(value) => &value.value,
                _ => return None,
            })?;
            (ConstantClass::Typed, text, None)
        }
        // `'ready'::text` and `CAST('x' AS state)` are constants of a type.
        Expr::Cast { expr, data_type, .. } => {
            let inner = constant(plain(expr))?;
            let textual = ["text", "character varying", "varchar"];
            let name = data_type.to_string().to_ascii_lowercase();
            let keeps = textual.iter().any(|textual| name.starts_with(textual));
            return Some(if keeps {
                inner
            } else {
                Constant { class: ConstantClass::Typed, word: None, ..inner }
            });
        }
        _ => return None,
    };
    Some(Constant { class, literal: Literal::from_text(text.as_bytes()), word })
}

fn number_class(number: &str) -> ConstantClass {
    let integer = number.bytes().all(|byte| byte.is_ascii_digit());
    if integer { ConstantClass::Integer } else { ConstantClass::Decimal }
}

fn literal(value: &SqlValue) -> Option<(ConstantClass, String, Option<String>)> {
    Some(match value {
        SqlValue::Null => (ConstantClass::Null, "null".to_owned(), None),
        SqlValue::Boolean(value) => {
            (ConstantClass::Boolean, value.to_string(), Some(value.to_string()))
        }
        SqlValue::Number(number, _) => {
            let state = number.parse::<u64>().is_ok_and(|number| number <= MOST_STATES);
            (number_class(number), number.clone(), state.then(|| number.clone()))
        }
        SqlValue::SingleQuotedString(text)
        | SqlValue::DoubleQuotedString(text)
        | SqlValue::EscapedStringLiteral(text)
        | SqlValue::NationalStringLiteral(text) => {
            let word = is_word(text).then(|| format!("'{text}'"));
            (ConstantClass::Text, text.clone(), word)
        }
        _ => return None,
    })
}

/// Can the text be nothing but the name of a state, or a path in JSON? Nothing with a digit, a blank
/// or an `@`.
fn is_word(text: &str) -> bool {
    let path = text.strip_prefix("$.").unwrap_or("");
    if !path.is_empty() && path.len() <= LONGEST_WORD {
        return path.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.'));
    }
    (1..=LONGEST_WORD).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'))
}

/// The outermost part of an expression.
fn kind(expr: &Expr) -> ExpressionKind {
    use BinaryOperator as B;
    match expr {
        Expr::Cast { data_type, .. } => {
            ExpressionKind::Cast(data_type.to_string().to_ascii_lowercase())
        }
        Expr::Convert { data_type: Some(data_type), .. } => {
            ExpressionKind::Cast(data_type.to_string().to_ascii_lowercase())
        }
        Expr::Function(function) => {
            let name = function.name.to_string().to_ascii_lowercase();
            if matches!(name.as_str(), "random" | "rand") {
                ExpressionKind::Random
            } else {
                ExpressionKind::Function(name)
            }
        }
        Expr::Extract { .. } => ExpressionKind::Function("extract".to_owned()),
        Expr::Substring { .. } => ExpressionKind::Function("substring".to_owned()),
        Expr::Trim { .. } => ExpressionKind::Function("trim".to_owned()),
        Expr::Ceil { .. } => ExpressionKind::Function("ceil".to_owned()),
        Expr::Floor { .. } => ExpressionKind::Function("floor".to_owned()),
        Expr::AtTimeZone { .. } => ExpressionKind::TimeZone,
        Expr::Collate { .. } => ExpressionKind::Collate,
        Expr::JsonAccess { .. } => ExpressionKind::Json,
        Expr::BinaryOp { op, .. } => match op {
            B::Arrow | B::LongArrow | B::HashArrow | B::HashLongArrow => ExpressionKind::Json,
            B::Plus | B::Minus | B::Multiply | B::Divide | B::Modulo | B::StringConcat => {
                ExpressionKind::Arithmetic
            }
            _ => ExpressionKind::Other,
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, .. } => ExpressionKind::Arithmetic,
        _ => ExpressionKind::Other,
    }
}

/// The text of an expression with plain column names, and the literals in it; `None` if one of
/// them must not be kept or varies by definition.
fn text(expr: &Expr, dialect: Dialect) -> Option<(String, Vec<Literal>)> {
    let mut expr = expr.clone();
    let mut plain = Plain { dialect, literals: Vec::new() };
    if VisitMut::visit(&mut expr, &mut plain).is_break() {
        return None;
    }
    let text = expr.to_string();
    if text.len() > LONGEST_TEXT {
        return None;
    }
    let quoted = text.contains(['\'', '"', '`']);
    Some((if quoted { text } else { text.to_ascii_lowercase() }, plain.literals))
}

/// Takes qualifiers away, looks at the literals.
struct Plain {
    dialect: Dialect,
    literals: Vec<Literal>,
}

impl VisitorMut for Plain {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::CompoundIdentifier(parts) = expr
            && let Some(last) = parts.pop()
        {
            *expr = Expr::Identifier(last);
        }
        if let Expr::Identifier(ident) = expr {
            let name = canonical(&ident.value, ident.quote_style.is_some(), self.dialect);
            let simple = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            ident.quote_style = ident.quote_style.filter(|_| !simple);
            ident.value = name;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
        let Some((class, text, word)) = literal(&value.value) else {
            return ControlFlow::Break(());
        };
        if class == ConstantClass::Text && word.is_none() {
            return ControlFlow::Break(());
        }
        self.literals.push(Literal::from_text(text.as_bytes()));
        ControlFlow::Continue(())
    }
}

/// The columns of an expression, subqueries left out.
pub(super) struct Names {
    dialect: Dialect,
    depth: usize,
    pub(super) columns: Vec<(Option<String>, String)>,
    pub(super) subquery: bool,
    pub(super) parameter: bool,
}

impl Names {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, depth: 0, columns: Vec::new(), subquery: false, parameter: false }
    }
}

/// How many names of one expression are looked at.
const MOST_NAMES: usize = 256;

impl Visitor for Names {
    type Break = ();

    fn pre_visit_query(&mut self, _: &sqlparser::ast::Query) -> ControlFlow<()> {
        self.depth += 1;
        self.subquery = true;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &sqlparser::ast::Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.depth == 0 {
            self.parameter |= is_parameter(expr);
            self.columns.extend(column_name(expr, self.dialect));
        }
        if self.columns.len() > MOST_NAMES {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}
