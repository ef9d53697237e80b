//! What holds the sources of a block together: conditions that name several of them, and blocks that
//! stand for a table.

use sqlparser::ast::{Expr, SelectItem};

use super::access::{Block, Column, NO_SOURCE};
use super::operand::{Scope, column_name};
use super::reader::{MOST_OUTPUT, Reader, Within};

/// A common table expression.
pub(super) struct With {
    pub(super) name: String,
    /// Its block, if it is one `SELECT`.
    pub(super) block: Option<usize>,
    /// How often it is read. The servers read one that is read twice by itself.
    pub(super) uses: usize,
}

/// What a source stands for.
#[derive(Clone, Copy)]
pub(super) enum Meaning {
    /// A block.
    Block(usize),
    /// A common table expression, by place.
    With(usize),
}

impl Reader {
    /// Reads blocks that stand for a table as one with the block around them.
    pub(super) fn merge(&mut self) {
        for (at, source, meaning) in std::mem::take(&mut self.stand_ins) {
            let inner = match meaning {
                Meaning::Block(inner) => Some(inner),
                Meaning::With(place) => {
                    let with = &self.with[place];
                    with.block.filter(|_| with.uses == 1)
                }
            };
            let Some(inner) = inner else { continue };
            let is_child = |block: &Block| block.parent.map(usize::from) == Some(inner);
            // A parent stands before its children.
            if inner < at && self.blocks[..at].iter().any(is_child) {
                continue;
            }
            let read = self.blocks[inner].clone();
            if self.blocks[at].absorb(source, &read) {
                self.blocks[inner] = Block::empty(read.role, read.parent);
                let children = self.blocks.iter_mut().filter(|block| is_child(block));
                children.for_each(|block| block.parent = Some(at as u16));
            }
        }
    }

    /// Which sources of each block nothing links with the first one.
    pub(super) fn note_unlinked(&mut self) {
        for (at, block) in self.blocks.iter_mut().enumerate() {
            let count = block.sources.len();
            if count < 2 {
                continue;
            }
            // The part that each source belongs to: of two that are tied the smaller number.
            let mut part: Vec<u16> = (0..count as u16).collect();
            for (_, a, b) in self.ties.iter().filter(|(of, ..)| *of == at) {
                let (Some(&a), Some(&b)) = (part.get(usize::from(*a)), part.get(usize::from(*b)))
                else {
                    continue;
                };
                part.iter_mut().filter(|part| **part == a.max(b)).for_each(|part| *part = a.min(b));
            }
            let apart = (0..count as u16).filter(|source| part[usize::from(*source)] != 0);
            block.unlinked = apart.collect();
        }
    }

    /// All of these sources of a block have something to do with each other.
    pub(super) fn tie(&mut self, at: usize, sources: impl IntoIterator<Item = u16>) {
        let mut sources = sources.into_iter();
        if let Some(first) = sources.next() {
            self.ties.extend(sources.map(|other| (at, first, other)));
        }
    }

    /// How a block around this one may call its columns; `*` stands for all of a source.
    pub(super) fn result_names(
        &self,
        at: usize,
        projection: &[SelectItem],
    ) -> Vec<(String, Column)> {
        let scope = Within { reader: self, block: at };
        let no_column = |name: &str| Column { source: Some(NO_SOURCE), name: name.to_owned() };
        let column = |expr: &Expr| {
            let (qualifier, name) = column_name(expr, self.dialect)?;
            scope.column(qualifier.as_deref(), &name)
        };
        let one_source = (self.blocks[at].sources.len() == 1).then_some(0);
        let of = |item: &SelectItem| match item {
            SelectItem::UnnamedExpr(expr) => {
                let (_, name) = column_name(expr, self.dialect)?;
                let column = column(expr).unwrap_or_else(|| no_column(&name));
                Some((name, column))
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                let name = self.name(alias);
                let column = column(expr).unwrap_or_else(|| no_column(&name));
                Some((name, column))
            }
            SelectItem::Wildcard(_) => {
                Some(("*".to_owned(), Column { source: one_source, name: "*".to_owned() }))
            }
            SelectItem::QualifiedWildcard(..) => {
                Some(("*".to_owned(), Column { source: None, name: "*".to_owned() }))
            }
            SelectItem::ExprWithAliases { .. } => None,
        };
        projection.iter().take(MOST_OUTPUT).filter_map(of).collect()
    }
}
