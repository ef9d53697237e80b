//! Conditions: what a `WHERE` or `ON` clause asks of which column.

use std::ops::ControlFlow;

use sqlparser::ast::{BinaryOperator, Expr, InTarget, Query, UnaryOperator, Visit, Visitor};

use super::access::{Constant, ConstantClass, Join, Operand, Predicate, Role, Test, Value};
use super::aggregate::{flipped, tests_for_none};
use super::operand::{Names, Scope, Side, plain, side};
use super::pattern::{begins_plainly, full_text, like};
use super::reader::{Reader, Within};
use slowlog_event::{Dialect, Literal};

/// More branches of an `OR` than this are not told apart.
const MOST_BRANCHES: usize = 16;

impl Reader {
    /// Takes conditions that all have to hold. The flag: it only decides on a side of an outer
    /// join, so it filters nothing of the other.
    pub(super) fn conditions(&mut self, at: usize, conditions: Vec<(&Expr, bool)>) {
        for (condition, outer_join) in conditions {
            self.blocks[at].filtered = true;
            for expr in operands(condition, &BinaryOperator::And) {
                if !self.admit() {
                    return;
                }
                self.tie_sources(at, expr);
                let before = self.blocks[at].predicates.len();
                self.condition(at, expr);
                if outer_join {
                    self.keep_nullable(at, before);
                }
            }
        }
    }

    /// A condition links the sources that it names; where a name may be anything, all of them.
    fn tie_sources(&mut self, at: usize, expr: &Expr) {
        let count = self.blocks[at].sources.len() as u16;
        if count < 2 {
            return;
        }
        let mut names = Names::new(self.dialect);
        let _: ControlFlow<()> = expr.visit(&mut names);
        let several = names.columns.len() > 1;
        let mut sources = Vec::new();
        let mut doubt = names.subquery;
        for (qualifier, name) in names.columns {
            let within = Within { reader: self, block: at };
            match within.column(qualifier.as_deref(), &name).map(|column| column.source) {
                Some(Some(source)) => sources.push(source),
                Some(None) => doubt |= several,
                None => {}
            }
        }
        if doubt {
            self.tie(at, 0..count);
        } else {
            self.tie(at, sources);
        }
    }

    /// Of the predicates from a place on, only those over sources that may be missing.
    fn keep_nullable(&mut self, at: usize, from: usize) {
        let block = &mut self.blocks[at];
        let added = block.predicates.split_off(from);
        let sources = &block.sources;
        let nullable = |predicate: &Predicate| {
            source_of(&predicate.operand)
                .is_some_and(|source| sources.get(usize::from(source)).is_some_and(|s| s.nullable))
        };
        let kept: Vec<_> = added.into_iter().filter(nullable).collect();
        block.predicates.extend(kept);
    }

    fn condition(&mut self, at: usize, expr: &Expr) {
        let branches = operands(expr, &BinaryOperator::Or);
        if branches.len() > 1 {
            self.alternatives(at, expr, &branches);
            return;
        }
        if let Some(predicates) = self.predicates(at, expr) {
            if predicates.iter().any(|predicate| predicate.value == Value::Subquery) {
                self.reads(at, expr);
            }
            self.blocks[at].predicates.extend(predicates);
            return;
        }
        match plain(expr) {
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                let within = Within { reader: self, block: at };
                if let (
                    Side::Operand(Operand::Column(left)),
                    Side::Operand(Operand::Column(right)),
                ) = (side(left, &within), side(right, &within))
                {
                    if left.source.is_none() || left.source != right.source {
                        self.blocks[at].joins.push(Join { left, right });
                    }
                    return;
                }
                self.reads_count(at, expr);
            }
            Expr::BinaryOp { .. } => self.reads_count(at, expr),
            Expr::Exists { subquery, negated } => {
                let role = if *negated { Role::NotExists } else { Role::Exists };
                let _ = self.query(subquery, role, Some(at));
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => match plain(expr) {
                Expr::Exists { subquery, negated: false } => {
                    let _ = self.query(subquery, Role::NotExists, Some(at));
                }
                inner => self.reads(at, inner),
            },
            Expr::In { expr, target: InTarget::Subquery(subquery), negated, .. } => {
                let test = if *negated { Test::NotIn } else { Test::InSubquery };
                if let Side::Operand(operand) = side(expr, &Within { reader: self, block: at }) {
                    self.blocks[at].predicates.push(Predicate {
                        operand,
                        test,
                        value: Value::Other,
                    });
                }
                let role = if *negated { Role::NotIn } else { Role::In };
                let _ = self.query(subquery, role, Some(at));
            }
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => {
                if let Side::Operand(operand) = side(left, &Within { reader: self, block: at }) {
                    let test = Test::InSubquery;
                    self.blocks[at].predicates.push(Predicate {
                        operand,
                        test,
                        value: Value::Other,
                    });
                }
                let mut subqueries = InSubqueries { reader: self, parent: at, depth: 0 };
                let _: ControlFlow<()> = right.visit(&mut subqueries);
            }
            other => self.reads(at, other),
        }
    }

    /// Reads the subqueries of a comparison, which may ask of a count only whether it is zero.
    fn reads_count(&mut self, at: usize, expr: &Expr) {
        let subquery = self.blocks.len();
        self.reads(at, expr);
        let Expr::BinaryOp { left, op, right } = plain(expr) else { return };
        let is_subquery = |expr: &Expr| matches!(plain(expr), Expr::Subquery(_));
        let tested = is_subquery(left) && tests_for_none(op, right)
            || is_subquery(right) && flipped(op).is_some_and(|op| tests_for_none(&op, left));
        if let Some(block) = self.blocks.get_mut(subquery).filter(|_| tested) {
            block.aggregates.existence = block.aggregates.only_count;
        }
    }

    /// An `OR`. Its branches are kept if each is made of predicates alone.
    fn alternatives(&mut self, at: usize, expr: &Expr, branches: &[&Expr]) {
        let mut group = Vec::new();
        for branch in branches {
            let mut conditions = Vec::new();
            for expr in operands(branch, &BinaryOperator::And) {
                match self.admit().then(|| self.predicates(at, expr)).flatten() {
                    Some(predicates) => conditions.extend(predicates),
                    // What is no predicate may be true of any row that the others leave.
                    None => {
                        self.reads(at, expr);
                        self.note_correlation(at, expr);
                    }
                }
            }
            if conditions.is_empty() || group.len() >= MOST_BRANCHES {
                self.reads(at, expr);
                return;
            }
            group.push(conditions);
        }
        let first = match group.first().map(Vec::as_slice) {
            Some([only]) => only.clone(),
            _ => {
                self.blocks[at].alternatives.push(group);
                return;
            }
        };
        // `a = 1 OR a = 2` is `a IN (1, 2)`.
        let same = group.iter().all(|branch| {
            matches!(branch.as_slice(), [one] if one.operand == first.operand
                && matches!(one.test, Test::Equal | Test::In(_)))
        });
        if same {
            let test = Test::In(group.len() as u32);
            self.blocks[at].predicates.push(Predicate { test, value: Value::Other, ..first });
        } else {
            self.blocks[at].alternatives.push(group);
        }
    }

    /// A column of a block around this one makes it correlated.
    fn note_correlation(&mut self, at: usize, expr: &Expr) {
        if matches!(side(expr, &Within { reader: self, block: at }), Side::Value(Value::Outer)) {
            self.blocks[at].correlated = true;
        }
    }

    /// The predicates that a condition without AND and OR is made of; `None` if it is none.
    fn predicates(&mut self, at: usize, expr: &Expr) -> Option<Vec<Predicate>> {
        let found = predicates(expr, &Within { reader: self, block: at })?;
        if found.iter().any(|predicate| predicate.value == Value::Outer) {
            self.blocks[at].correlated = true;
        }
        Some(found)
    }
}

/// Reads the subquery of `= ANY (…)`.
struct InSubqueries<'r> {
    reader: &'r mut Reader,
    parent: usize,
    depth: usize,
}

impl Visitor for InSubqueries<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if self.depth == 0 {
            let _ = self.reader.query(query, Role::In, Some(self.parent));
        }
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}

/// The operands of a chain of one operator, without recursion: chains may be long.
fn operands<'e>(expr: &'e Expr, operator: &BinaryOperator) -> Vec<&'e Expr> {
    let mut open = vec![expr];
    let mut found = Vec::new();
    while let Some(expr) = open.pop() {
        match plain(expr) {
            Expr::BinaryOp { left, op, right } if op == operator => {
                open.push(right);
                open.push(left);
            }
            other => found.push(other),
        }
    }
    found
}

fn source_of(operand: &Operand) -> Option<u16> {
    match operand {
        Operand::Column(column) => column.source,
        Operand::Expression(expression) => expression.columns.first()?.source,
        Operand::Other => None,
    }
}

fn predicates(expr: &Expr, scope: &Within<'_>) -> Option<Vec<Predicate>> {
    let one = |operand, test, value| Some(vec![Predicate { operand, test, value }]);
    let unary = |inner: &Expr, test| match side(inner, scope) {
        Side::Operand(operand) => one(operand, test, Value::Other),
        Side::Value(_) => None,
    };
    let truth = |inner: &Expr, value: bool| match side(inner, scope) {
        Side::Operand(operand @ Operand::Column(_)) => one(operand, Test::Equal, boolean(value)),
        _ => None,
    };
    match plain(expr) {
        Expr::BinaryOp { left, op, right } => binary(left, op, right, scope),
        Expr::IsNull(inner) | Expr::IsUnknown(inner) => unary(inner, Test::IsNull),
        Expr::IsNotNull(inner) | Expr::IsNotUnknown(inner) => unary(inner, Test::IsNotNull),
        Expr::IsTrue(inner) => truth(inner, true),
        Expr::IsFalse(inner) => truth(inner, false),
        // PostgreSQL uses no index for it.
        Expr::IsNotDistinctFrom(left, right) => {
            let mut predicates = binary(left, &BinaryOperator::Spaceship, right, scope)?;
            let no_key = |p: &Predicate| p.test == Test::Equal;
            predicates.iter_mut().filter(|p| no_key(p)).for_each(|p| p.test = Test::Other);
            Some(predicates)
        }
        Expr::Between { expr, negated: false, low, high } => {
            let Side::Operand(operand) = side(expr, scope) else { return None };
            let (low, high) = (value(low, scope)?, value(high, scope)?);
            let above = Predicate { operand: operand.clone(), test: Test::Above, value: low };
            Some(vec![above, Predicate { operand, test: Test::Below, value: high }])
        }
        Expr::In { expr, target: InTarget::List(list), negated, .. } => {
            in_list(expr, list, *negated, scope)
        }
        Expr::In { expr, target: InTarget::Unnest(_), negated: false, .. } => {
            unary(expr, Test::In(0))
        }
        Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => {
            let count = match plain(right) {
                Expr::Array(array) => array.elem.len() as u32,
                _ => 0,
            };
            // A subquery has a block of its own.
            let Side::Operand(operand) = side(left, scope) else { return None };
            match side(right, scope) {
                Side::Value(Value::Other | Value::Subquery) => None,
                Side::Value(_) => one(operand, Test::In(count), Value::Other),
                Side::Operand(_) => None,
            }
        }
        Expr::Like { negated, expr, pattern, .. } => like(expr, pattern, *negated, false, scope),
        Expr::ILike { negated, expr, pattern, .. } => like(expr, pattern, *negated, true, scope),
        Expr::SimilarTo { expr, .. } | Expr::RLike { expr, .. } => unary(expr, Test::Regex),
        Expr::MatchAgainst { columns, .. } => full_text(columns, scope),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => match plain(expr) {
            inner @ (Expr::Identifier(_) | Expr::CompoundIdentifier(_)) => truth(inner, false),
            _ => None,
        },
        column @ (Expr::Identifier(_) | Expr::CompoundIdentifier(_)) => truth(column, true),
        _ => None,
    }
}

fn boolean(value: bool) -> Value {
    let word = value.to_string();
    Value::Constant(Constant {
        class: ConstantClass::Boolean,
        literal: Literal::from_text(word.as_bytes()),
        word: Some(word),
    })
}

pub(super) fn value(expr: &Expr, scope: &Within<'_>) -> Option<Value> {
    match side(expr, scope) {
        Side::Value(value) => Some(value),
        Side::Operand(_) => None,
    }
}

fn in_list(
    expr: &Expr,
    list: &[Expr],
    negated: bool,
    scope: &Within<'_>,
) -> Option<Vec<Predicate>> {
    if let Expr::Tuple(columns) = plain(expr) {
        // `(a, b) IN ((1, 2), …)` bounds each column.
        let of = |column: &Expr| match side(column, scope) {
            Side::Operand(operand) if !negated => {
                Some(Predicate { operand, test: Test::In(list.len() as u32), value: Value::Other })
            }
            _ => None,
        };
        return columns.iter().map(of).collect();
    }
    let Side::Operand(operand) = side(expr, scope) else { return None };
    let mut values = list.iter().map(|item| value(item, scope));
    let (test, value) = match (list, negated) {
        ([_], false) => (Test::Equal, values.next()??),
        (_, true) => (Test::NotIn, Value::Other),
        _ => {
            let simple = |value: Option<Value>| value.is_some_and(|value| value != Value::Other);
            // Looking at a few is enough: a list is made by one program.
            if !values.by_ref().take(8).all(simple) {
                return None;
            }
            (Test::In(list.len() as u32), Value::Other)
        }
    };
    Some(vec![Predicate { operand, test, value }])
}

fn binary(
    left: &Expr,
    op: &BinaryOperator,
    right: &Expr,
    scope: &Within<'_>,
) -> Option<Vec<Predicate>> {
    use BinaryOperator as B;
    if let (Expr::Tuple(left), Expr::Tuple(right)) = (plain(left), plain(right)) {
        return tuples(left, op, right, scope);
    }
    let (test, flipped) = match op {
        B::Eq | B::Spaceship => (Test::Equal, Test::Equal),
        B::Lt | B::LtEq => (Test::Below, Test::Above),
        B::Gt | B::GtEq => (Test::Above, Test::Below),
        B::AtArrow => (Test::Contains, Test::Other),
        B::ArrowAt => (Test::Other, Test::Contains),
        B::PGOverlap => (Test::Overlaps, Test::Overlaps),
        B::Question | B::QuestionPipe | B::QuestionAnd => (Test::HasKey, Test::Other),
        B::AtAt => (Test::FullText, Test::FullText),
        B::PGRegexMatch if begins_plainly(right) => (Test::Prefix, Test::Other),
        B::PGRegexMatch | B::PGRegexIMatch | B::Regexp => (Test::Regex, Test::Other),
        B::PGLikeMatch => return like(left, right, false, false, scope),
        B::PGILikeMatch => return like(left, right, false, true, scope),
        B::NotEq | B::PGNotLikeMatch | B::PGNotILikeMatch | B::PGRegexNotMatch => {
            (Test::Other, Test::Other)
        }
        _ => return None,
    };
    let (operand, test, value) = match (side(left, scope), side(right, scope)) {
        (Side::Operand(operand), Side::Value(value)) => (operand, test, value),
        (Side::Value(value), Side::Operand(operand)) => (operand, flipped, value),
        // A computation compared with a column: of use to neither.
        (Side::Operand(Operand::Expression(left)), Side::Operand(_)) => {
            (Operand::Expression(left), Test::Other, Value::Other)
        }
        (Side::Operand(_), Side::Operand(Operand::Expression(right))) => {
            (Operand::Expression(right), Test::Other, Value::Other)
        }
        _ => return None,
    };
    // The value of a subquery is computed once, or for each row.
    if value == Value::Other {
        return None;
    }
    if let Value::Constant(Constant { class: ConstantClass::Null, .. }) = value {
        let (test, value) = match op {
            B::Spaceship => (Test::IsNull, Value::Other),
            B::NotEq => (Test::NotIn, value),
            _ => (Test::Other, value),
        };
        return Some(vec![Predicate { operand, test, value }]);
    }
    Some(vec![Predicate { operand, test, value }])
}

/// `(a, b) = (1, 2)` is both; `(a, b) < (1, 2)` bounds `a`.
fn tuples(
    left: &[Expr],
    op: &BinaryOperator,
    right: &[Expr],
    scope: &Within<'_>,
) -> Option<Vec<Predicate>> {
    if *op == BinaryOperator::Eq {
        let pairs = left.iter().zip(right);
        let each: Option<Vec<_>> =
            pairs.map(|(left, right)| binary(left, op, right, scope)).collect();
        return each.map(|each| each.into_iter().flatten().collect());
    }
    let mut bound = binary(left.first()?, op, right.first()?, scope)?;
    // <https://dev.mysql.com/doc/refman/8.4/en/range-optimization.html#row-constructor-range-optimization>
    if scope.reader.dialect == Dialect::MySql {
        for predicate in &mut bound {
            predicate.test = Test::RowBound;
        }
    }
    Some(bound)
}
