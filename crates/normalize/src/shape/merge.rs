//! A subquery of `FROM`, a common table expression or a view, read as one with the block around it:
//! so planners do, and only so a condition outside finds an index inside.

use super::access::{Block, Column, Expression, Key, NO_SOURCE, Operand, Predicate};

/// More sources than this a block does not get.
const MOST_SOURCES: usize = 32;

impl Block {
    /// Reads `inner` in the place of the source `place`. False if it is left as it was, because
    /// the rows of `inner` are made from its sources in another way.
    pub fn absorb(&mut self, place: u16, inner: &Self) -> bool {
        let Some(source) = self.sources.get(usize::from(place)) else { return false };
        if !inner.transparent || self.sources.len() + inner.sources.len() > MOST_SOURCES {
            return false;
        }
        let nullable = source.nullable;
        let shift = self.sources.len() as u16;
        self.columns_mut(|column| {
            if column.source == Some(place) {
                *column = renamed(column, &inner.names, shift);
            }
        });
        let mut inner = inner.clone();
        inner.columns_mut(|column| {
            column.source = column.source.map(|source| shifted(source, shift));
        });
        for source in &mut inner.sources {
            source.nullable |= nullable;
            // Names of the inner block mean nothing outside.
            source.alias.clear();
        }
        self.sources[usize::from(place)].table.clear();
        self.sources.append(&mut inner.sources);
        self.predicates.append(&mut inner.predicates);
        self.joins.append(&mut inner.joins);
        self.alternatives.append(&mut inner.alternatives);
        self.filtered |= inner.filtered;
        self.correlated |= inner.correlated;
        self.unlinked.clear();
        true
    }

    fn columns_mut(&mut self, mut change: impl FnMut(&mut Column)) {
        let predicates = self.alternatives.iter_mut().flatten().flatten();
        for Predicate { operand, .. } in self.predicates.iter_mut().chain(predicates) {
            of_operand(operand, &mut change);
        }
        let keys = self.order.iter_mut().chain(self.aggregates.extremum.as_mut());
        keys.for_each(|Key { operand, .. }| of_operand(operand, &mut change));
        self.group.iter_mut().for_each(|operand| of_operand(operand, &mut change));
        let joined = self.joins.iter_mut().flat_map(|join| [&mut join.left, &mut join.right]);
        let named = self.names.iter_mut().map(|(_, column)| column);
        joined.chain(&mut self.output).chain(named).for_each(change);
    }
}

fn shifted(source: u16, shift: u16) -> u16 {
    if source == NO_SOURCE { source } else { source.saturating_add(shift) }
}

/// The column that a name of the inner block stands for.
fn renamed(column: &Column, names: &[(String, Column)], shift: u16) -> Column {
    let known = names.iter().find(|(name, _)| *name == column.name).map(|(_, column)| column);
    let all = || names.iter().find(|(name, _)| name == "*").map(|(_, column)| column.source);
    match (known, all()) {
        (Some(known), _) => Column {
            source: known.source.map(|source| shifted(source, shift)),
            name: known.name.clone(),
        },
        (None, Some(source)) => Column {
            source: source.map(|source| shifted(source, shift)),
            name: column.name.clone(),
        },
        (None, None) => Column { source: Some(NO_SOURCE), name: column.name.clone() },
    }
}

fn of_operand(operand: &mut Operand, change: &mut impl FnMut(&mut Column)) {
    match operand {
        Operand::Column(column) => change(column),
        Operand::Expression(Expression { columns, text, .. }) => {
            for column in columns {
                let before = column.name.clone();
                change(column);
                // The text has the name from outside.
                if column.name != before || column.source == Some(NO_SOURCE) {
                    text.clear();
                }
            }
        }
        Operand::Other => {}
    }
}
