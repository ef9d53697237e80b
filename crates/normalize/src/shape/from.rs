//! The `FROM` clause: tables, what else is read from, and the conditions of joins.

use sqlparser::ast::{
    Expr, Ident, JoinConstraint, JoinOperator, ObjectName, TableFactor, TableWithJoins,
};

use super::access::{Column, Join, Role, Source};
use super::reader::Reader;
use super::together::Meaning;

/// More sources of a block than this are left out.
const MOST_SOURCES: usize = 32;
impl Reader {
    /// The tables of a `FROM` clause; the conditions of their joins, with whether they only decide
    /// on the side that may be missing.
    pub(super) fn tables<'e>(
        &mut self,
        at: usize,
        from: &'e [TableWithJoins],
        nullable: bool,
    ) -> Vec<(&'e Expr, bool)> {
        let mut conditions = Vec::new();
        let mut using = Vec::new();
        for table in from {
            let first = self.blocks[at].sources.len();
            conditions.extend(self.factor(at, &table.relation, nullable));
            for join in &table.joins {
                let (constraint, left_missing, right_missing) = match &join.join_operator {
                    JoinOperator::Join(on)
                    | JoinOperator::Inner(on)
                    | JoinOperator::CrossJoin(on)
                    | JoinOperator::StraightJoin(on) => (Some(on), false, false),
                    JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => (Some(on), false, true),
                    JoinOperator::Right(on) | JoinOperator::RightOuter(on) => {
                        (Some(on), true, false)
                    }
                    JoinOperator::FullOuter(on) => (Some(on), true, true),
                    _ => (None, true, true),
                };
                let here = self.blocks[at].sources.len();
                // Whoever writes CROSS JOIN means it.
                let meant = !matches!(
                    &join.join_operator,
                    JoinOperator::Join(_)
                        | JoinOperator::Inner(_)
                        | JoinOperator::Left(_)
                        | JoinOperator::LeftOuter(_)
                        | JoinOperator::Right(_)
                        | JoinOperator::RightOuter(_)
                        | JoinOperator::StraightJoin(_)
                ) || matches!(
                    constraint,
                    Some(JoinConstraint::Using(_) | JoinConstraint::Natural)
                );
                if left_missing {
                    self.blocks[at].sources[first..here].iter_mut().for_each(|s| s.nullable = true);
                }
                conditions.extend(self.factor(at, &join.relation, nullable || right_missing));
                if meant {
                    self.tie(at, [first as u16, here as u16]);
                }
                match constraint {
                    Some(JoinConstraint::On(expr)) => {
                        conditions.push((expr, left_missing || right_missing));
                    }
                    Some(
                        JoinConstraint::Using(columns) | JoinConstraint::UsingAlias(columns, _),
                    ) => {
                        using.push((first, here, columns));
                    }
                    _ => {}
                }
            }
        }
        for (first, here, columns) in using {
            for column in columns {
                self.join_using(at, first, here, column);
            }
        }
        conditions
    }

    fn join_using(&mut self, at: usize, first: usize, here: usize, column: &ObjectName) {
        let Some(ident) = column.0.last().and_then(|part| part.as_ident()) else { return };
        let name = self.name(ident);
        let block = &mut self.blocks[at];
        if here > first && here < block.sources.len() {
            let of = |place: usize| Column { source: Some(place as u16), name: name.clone() };
            block.joins.push(Join { left: of(first), right: of(here) });
        }
    }

    fn factor<'e>(
        &mut self,
        at: usize,
        factor: &'e TableFactor,
        nullable: bool,
    ) -> Vec<(&'e Expr, bool)> {
        if self.blocks[at].sources.len() >= MOST_SOURCES {
            self.partial = true;
            return Vec::new();
        }
        let source = |alias: Option<&Ident>, reader: &Self| Source {
            schema: None,
            table: String::new(),
            alias: alias.map(|alias| reader.name(alias)).unwrap_or_default(),
            nullable,
            written: None,
        };
        let place = self.blocks[at].sources.len() as u16;
        // What is no table may be one row, or look at the others by itself.
        if !matches!(factor, TableFactor::Table { args: None, .. } | TableFactor::NestedJoin { .. })
        {
            self.tie(at, [0, place]);
        }
        match factor {
            TableFactor::Table { name, alias, args, .. } => {
                let (schema, table) = self.table_name(name);
                let with = self.with.iter().rposition(|with| with.name == table);
                let with = with.filter(|_| schema.is_none());
                if let Some(with) = with {
                    self.with[with].uses += 1;
                    self.stand_ins.push((at, place, Meaning::With(with)));
                    self.tie(at, [0, place]);
                }
                let is_table = args.is_none() && with.is_none();
                let written = self.spelled(name).filter(|_| is_table);
                let alias =
                    alias.as_ref().map_or_else(|| table.clone(), |alias| self.name(&alias.name));
                let table = if is_table { table } else { String::new() };
                self.blocks[at].sources.push(Source { schema, table, alias, nullable, written });
                Vec::new()
            }
            TableFactor::Derived { subquery, alias, .. } => {
                let source = source(alias.as_ref().map(|alias| &alias.name), self);
                self.blocks[at].sources.push(source);
                let inner = self.query(subquery, Role::Derived, Some(at));
                let renamed = alias.as_ref().is_some_and(|alias| !alias.columns.is_empty());
                if let Some(inner) = inner.filter(|_| !renamed) {
                    self.stand_ins.push((at, place, Meaning::Block(inner)));
                }
                Vec::new()
            }
            TableFactor::NestedJoin { table_with_joins, .. } => {
                self.tables(at, std::slice::from_ref(&**table_with_joins), nullable)
            }
            TableFactor::Function { alias, .. }
            | TableFactor::UNNEST { alias, .. }
            | TableFactor::TableFunction { alias, .. }
            | TableFactor::JsonTable { alias, .. } => {
                let source = source(alias.as_ref().map(|alias| &alias.name), self);
                self.blocks[at].sources.push(source);
                Vec::new()
            }
            _ => {
                let source = source(None, self);
                self.blocks[at].sources.push(source);
                Vec::new()
            }
        }
    }
}
