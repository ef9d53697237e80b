//! From a predicate to a condition over one key, with its selectivity.

use slowlog_normalize::access::{Column, ExpressionKind, Operand, Predicate, Test, Value};

use crate::ask::{Scan, Term, Use};
use crate::facts::Facts;
use crate::resolve::{Names, Resolver};
use crate::schema::{Table, TypeClass, canonical_text};
use crate::workload::Statement;

impl Resolver<'_, '_> {
    pub(crate) fn term(
        &mut self,
        predicate: &Predicate,
        scans: &[Scan],
        names: &Names<'_, '_>,
        statement: &Statement<'_>,
    ) -> Option<(usize, Term)> {
        let constant = match &predicate.value {
            Value::Constant(constant) => Some(constant),
            _ => None,
        };
        let literal = constant.map(|constant| constant.literal);
        let word = constant.and_then(|constant| constant.word.clone());
        match &predicate.operand {
            Operand::Column(column) => {
                let scan = names.scan(column, scans)?;
                let table = scans[scan].table;
                let definition = &self.facts.schema.tables[table];
                let use_ = match use_of(predicate.test) {
                    _ if mismatched(definition, column, predicate) => Use::Filter,
                    Use::Contains if !has_inverted_index(definition, column) => Use::Filter,
                    Use::Words if !is_searchable(definition, column) => Use::Filter,
                    use_ => use_,
                };
                let mut selectivity =
                    self.facts.selectivity(table, &column.name, predicate.test, literal);
                let known = self.facts.knows_column(table, &column.name);
                if !known
                    && word.as_ref().is_some_and(|word| self.passes(table, &column.name, word))
                {
                    // Rows that an update takes out of a state do not stay in it.
                    selectivity = selectivity.min(0.02);
                }
                let condition = self
                    .condition(table, column, predicate, statement)
                    .map(|text| canonical_text(&text));
                let key = self.keys.column(table, &column.name);
                Some((scan, Term { key, use_, test: predicate.test, selectivity, condition }))
            }
            Operand::Expression(expression) => {
                let scan = names.scan(expression.columns.first()?, scans)?;
                let table = scans[scan].table;
                let columns: Vec<String> =
                    expression.columns.iter().map(|column| column.name.clone()).collect();
                let selectivity =
                    self.facts.expression_selectivity(table, &columns, predicate.test);
                let mut literals = expression.constants.iter();
                let constant = literals.all(|literal| statement.is_constant(*literal));
                let key = if expression.text.is_empty() {
                    self.keys.expression(
                        table,
                        &format!("({})", columns.join(",")),
                        &columns,
                        false,
                    )
                } else {
                    self.expression_key(table, expression)
                };
                let use_ = match use_of(predicate.test) {
                    use_ @ (Use::Equal | Use::In | Use::Bound | Use::Prefix)
                        if constant && self.keys.text(key).is_indexable() =>
                    {
                        use_
                    }
                    _ => Use::Filter,
                };
                let test = predicate.test;
                Some((scan, Term { key, use_, test, selectivity, condition: None }))
            }
            Operand::Other => None,
        }
    }

    /// Do updates take rows out of this state, about as many as come in? Then few are in it.
    fn passes(&self, table: usize, column: &str, state: &str) -> bool {
        let Some(states) = self.writes.states.get(&(table, column.to_owned())) else {
            return false;
        };
        let count = |other: bool| -> f64 {
            states.iter().filter(|(name, _)| (name != state) == other).map(|(_, rows)| rows).sum()
        };
        let inserts = self.writes.inserts.get(&table).copied().unwrap_or(0.0);
        let (out, back) = (count(true), count(false));
        out > 0.0 && back == 0.0 && out >= inserts * 0.9
    }

    /// The text that a partial index on it would have, if it never varies and is worth one.
    fn condition(
        &self,
        table: usize,
        column: &Column,
        predicate: &Predicate,
        statement: &Statement<'_>,
    ) -> Option<String> {
        let name = crate::ddl::quoted(&column.name, self.facts.dialect);
        match (predicate.test, &predicate.value) {
            (Test::IsNull, _) => Some(format!("{name} IS NULL")),
            (Test::Equal, Value::Constant(constant)) => {
                let word = constant.word.as_ref()?;
                let state = self.facts.is_flat(table, &column.name);
                let constant = statement.is_constant(constant.literal);
                (state && constant).then(|| format!("{name} = {word}"))
            }
            _ => None,
        }
    }
}

/// Two bounds of one column are a range.
pub(crate) fn bound_twice(terms: &mut Vec<Term>) {
    let mut kept: Vec<Term> = Vec::with_capacity(terms.len());
    for term in terms.drain(..) {
        let other = kept.iter_mut().find(|other| {
            other.key == term.key
                && other.use_ == Use::Bound
                && term.use_ == Use::Bound
                && other.test != term.test
        });
        match other {
            Some(other) => {
                other.use_ = Use::Range;
                other.selectivity = Facts::range();
            }
            None => kept.push(term),
        }
    }
    *terms = kept;
}

/// What any other condition on a column says anyway: that it is not NULL.
pub(crate) fn leave_implied(terms: &mut Vec<Term>) {
    let tested: Vec<_> = terms
        .iter()
        .filter(|term| !matches!(term.use_, Use::NotNull | Use::Null | Use::Filter))
        .map(|term| term.key)
        .collect();
    terms.retain(|term| term.use_ != Use::NotNull || !tested.contains(&term.key));
}

fn use_of(test: Test) -> Use {
    match test {
        Test::Equal | Test::Verbatim => Use::Equal,
        Test::In(_) | Test::InSubquery => Use::In,
        Test::IsNull => Use::Null,
        Test::IsNotNull => Use::NotNull,
        Test::Below | Test::Above => Use::Bound,
        Test::Prefix => Use::Prefix,
        Test::Substring(_) => Use::Part,
        Test::Contains => Use::Contains,
        Test::Overlaps | Test::HasKey => Use::Contains,
        Test::FullText => Use::Words,
        Test::NotIn | Test::Pattern(_) | Test::Regex | Test::RowBound | Test::Other => Use::Filter,
    }
}

/// MySQL compares text with a number as numbers, so no index on the text helps.
/// <https://dev.mysql.com/doc/refman/8.4/en/type-conversion.html>
pub(crate) fn mismatched(table: &Table, column: &Column, predicate: &Predicate) -> bool {
    use slowlog_normalize::access::ConstantClass as C;
    let Some(definition) = table.column(&column.name) else { return false };
    let Value::Constant(constant) = &predicate.value else { return false };
    match definition.class {
        TypeClass::Text | TypeClass::Long | TypeClass::Enumeration => {
            definition.class != TypeClass::Enumeration
                && matches!(constant.class, C::Integer | C::Decimal)
        }
        _ => false,
    }
}

fn has_inverted_index(table: &Table, column: &Column) -> bool {
    table
        .column(&column.name)
        .is_some_and(|column| matches!(column.class, TypeClass::Jsonb | TypeClass::Array))
}

fn is_searchable(table: &Table, column: &Column) -> bool {
    table.column(&column.name).is_some_and(|column| column.class == TypeClass::SearchVector)
}

/// Is it a function of its columns that never changes, so that PostgreSQL can index it?
///
/// `date_trunc` and casts of `timestamptz` depend on the session's time zone.
pub(crate) fn is_immutable(kind: &ExpressionKind, columns: &[TypeClass], text: &str) -> bool {
    let zoned =
        columns.iter().any(|class| matches!(class, TypeClass::Temporal | TypeClass::Unknown));
    match kind {
        ExpressionKind::Function(name) => match name.as_str() {
            "lower" | "upper" | "md5" | "length" | "char_length" | "abs" | "trim" | "btrim"
            | "ltrim" | "rtrim" | "substring" | "substr" | "left" | "right" | "reverse"
            | "replace" | "coalesce" | "floor" | "ceil" | "round" | "mod" => {
                // What stands inside may be anything: only plain columns and literals are safe.
                !text.contains("::") && text.matches('(').count() == 1
            }
            _ => false,
        },
        ExpressionKind::Json => true,
        ExpressionKind::Arithmetic => {
            !zoned
                && !text.contains('(')
                && columns
                    .iter()
                    .all(|class| matches!(class, TypeClass::Integer | TypeClass::Number))
        }
        _ => false,
    }
}
