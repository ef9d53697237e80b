//! What the statements ask, with names resolved: tables by place, keys by number.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use slowlog_normalize::access::{Role, Test};

use crate::facts::Facts;
use crate::schema::Schema;

/// The number of a column or an expression of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct KeyId(pub(crate) u32);

/// What can be a key of an index.
#[derive(Debug, Clone)]
pub(crate) struct KeyText {
    /// Place of its table.
    pub(crate) table: usize,
    /// The column, or the text of an expression.
    pub(crate) text: Box<str>,
    /// What else there is to an expression.
    expression: Option<Box<Expression>>,
}

#[derive(Debug, Clone)]
struct Expression {
    canonical: String,
    columns: Vec<String>,
    indexable: bool,
}

impl KeyText {
    pub(crate) fn is_expression(&self) -> bool {
        self.expression.is_some()
    }

    /// The text in the form that keys of known indexes have.
    pub(crate) fn canonical(&self) -> &str {
        self.expression.as_ref().map_or(&self.text, |expression| &expression.canonical)
    }

    /// The columns of an expression; of a column, itself.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        let columns = self.expression.iter().flat_map(|expression| &expression.columns);
        let itself = Some(&*self.text).filter(|_| !self.is_expression());
        columns.map(String::as_str).chain(itself)
    }

    /// An index can have it as a key.
    pub(crate) fn is_indexable(&self) -> bool {
        self.expression.as_ref().is_none_or(|expression| expression.indexable)
    }
}

/// Numbers for keys.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    texts: Vec<KeyText>,
    facts: Vec<KeyFacts>,
    by_text: HashTable<KeyId>,
    hasher: RandomState,
}

impl Keys {
    pub(crate) fn column(&mut self, table: usize, name: &str) -> KeyId {
        self.id(table, name, || (name.into(), None))
    }

    pub(crate) fn expression(
        &mut self,
        table: usize,
        text: &str,
        columns: &[String],
        indexable: bool,
    ) -> KeyId {
        let canonical = crate::schema::canonical_text(text);
        self.id(table, &canonical.clone(), || {
            let columns = columns.to_vec();
            (text.into(), Some(Box::new(Expression { canonical, columns, indexable })))
        })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    fn id(
        &mut self,
        table: usize,
        canonical: &str,
        make: impl FnOnce() -> (Box<str>, Option<Box<Expression>>),
    ) -> KeyId {
        let (texts, hasher) = (&self.texts, &self.hasher);
        let named = |id: &KeyId| {
            let text = &texts[id.0 as usize];
            (text.table, text.canonical())
        };
        let hash = hasher.hash_one((table, canonical));
        let entry = self.by_text.entry(
            hash,
            |id| named(id) == (table, canonical),
            |id| hasher.hash_one(named(id)),
        );
        match entry {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                let id = KeyId(texts.len() as u32);
                place.insert(id);
                let (text, expression) = make();
                self.texts.push(KeyText { table, text, expression });
                id
            }
        }
    }

    /// Looks up what is known of each key.
    pub(crate) fn look_up(&mut self, facts: &Facts<'_>, asks: &[Ask]) {
        let mut asked = vec![0; self.texts.len()];
        let scans = asks.iter().flat_map(|ask| &ask.blocks).flat_map(|block| &block.scans);
        for term in scans.flat_map(|scan| &scan.terms) {
            asked[term.key.0 as usize] += u32::from(matches!(term.use_, Use::Equal | Use::In));
        }
        let of = |(key, asked): (&KeyText, u32)| {
            let distinct = key.columns().map(|column| facts.distinct(key.table, column));
            let distinct = distinct.fold(1.0, f64::max);
            let flat = !key.is_expression() && facts.is_flat(key.table, &key.text);
            // That of a column with few values says nothing of where the rare ones are.
            let correlation =
                if flat { 0.0 } else { facts.correlation(key.table, &key.text).abs() };
            KeyFacts {
                distinct,
                correlation,
                sorts_bytes: !key.is_expression() && facts.sorts_bytes(key.table, &key.text),
                flat,
                small: !key.is_expression() && facts.is_small(key.table, &key.text),
                known: !key.is_expression() && facts.knows_column(key.table, &key.text),
                owner: !key.is_expression() && facts.is_owner(&key.text),
                asked,
            }
        };
        self.facts = self.texts.iter().zip(asked).map(of).collect();
    }

    /// What is known of a key that was there when they were looked up.
    pub(crate) fn facts(&self, id: KeyId) -> KeyFacts {
        self.facts[id.0 as usize]
    }

    pub(crate) fn text(&self, id: KeyId) -> &KeyText {
        &self.texts[id.0 as usize]
    }
}

/// How an index can serve a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Use {
    /// One value.
    Equal,
    /// Some values.
    In,
    /// NULL, which is a value to an index, but not to the planner of PostgreSQL where it sorts.
    Null,
    /// Any value but NULL.
    NotNull,
    /// An upper or a lower bound.
    Bound,
    /// Both bounds.
    Range,
    /// The beginning of a text.
    Prefix,
    /// A part of a text: trigrams.
    Part,
    /// JSON or array in another.
    Contains,
    /// Words of a text.
    Words,
    /// None can.
    Filter,
}

/// What is known of a key, looked up once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyFacts {
    pub(crate) distinct: f64,
    /// How far the order of the rows is that of the key, from 0 to 1.
    pub(crate) correlation: f64,
    /// A plain index on it serves `LIKE 'x%'`.
    pub(crate) sorts_bytes: bool,
    /// It has few values.
    pub(crate) flat: bool,
    /// It has small numbers, by its name.
    pub(crate) small: bool,
    /// There are statistics of it.
    pub(crate) known: bool,
    /// It says to whom rows of many tables belong.
    pub(crate) owner: bool,
    /// How many statements look for one value of it.
    pub(crate) asked: u32,
}

/// A condition over one key.
#[derive(Debug, Clone)]
pub(crate) struct Term {
    pub(crate) key: KeyId,
    pub(crate) use_: Use,
    pub(crate) test: Test,
    /// Share of the rows that it leaves.
    pub(crate) selectivity: f64,
    /// As the condition of a partial index, in canonical form, if it always has this very text.
    pub(crate) condition: Option<String>,
}

/// One table of a block.
#[derive(Debug, Clone)]
pub(crate) struct Scan {
    pub(crate) table: usize,
    pub(crate) terms: Vec<Term>,
    /// `OR` groups; each branch is a scan by itself.
    pub(crate) alternatives: Vec<Vec<Scan>>,
    /// The columns read of it; `None` for all.
    pub(crate) columns: Option<Box<[KeyId]>>,
    /// It may only be read after those before it.
    pub(crate) nullable: bool,
}

/// An equality of columns of two scans.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    pub(crate) left: (usize, KeyId),
    pub(crate) right: (usize, KeyId),
}

/// A key to sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SortKey {
    pub(crate) key: KeyId,
    pub(crate) descending: bool,
    /// NULL stands at the other end than it does by default.
    pub(crate) odd_nulls: bool,
}

/// A query block.
#[derive(Debug, Clone)]
pub(crate) struct BlockAsk {
    pub(crate) role: Role,
    pub(crate) scans: Vec<Scan>,
    pub(crate) edges: Vec<Edge>,
    /// The order, if all keys are of one scan.
    pub(crate) order: Option<(usize, Vec<SortKey>)>,
    /// It sorts, or groups, in an order that no index has.
    pub(crate) sorts: bool,
    /// It ends after so many rows.
    pub(crate) limit: Option<f64>,
    /// The block around it.
    pub(crate) parent: Option<usize>,
    /// It runs once for each row of that.
    pub(crate) correlated: bool,
    /// Equalities with the block around it that the planner may or may not use.
    pub(crate) optional: Vec<(usize, Term)>,
    /// It makes one row of many.
    pub(crate) aggregates: bool,
}

/// A statement.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    /// Its place among the statements.
    pub(crate) statement: usize,
    pub(crate) blocks: Vec<BlockAsk>,
    /// The tables in it, sorted.
    pub(crate) tables: Vec<usize>,
}

impl Ask {
    /// The block that reads tables, if there is but one.
    pub(crate) fn only_block(&self) -> Option<&BlockAsk> {
        let mut reading = self.blocks.iter().filter(|block| !block.scans.is_empty());
        reading.next().filter(|_| reading.next().is_none())
    }

    /// The block, if it reads one table in a way that one index decides.
    pub(crate) fn simple_block(&self) -> Option<&BlockAsk> {
        self.only_block().filter(|block| {
            matches!(block.scans.as_slice(), [scan] if scan.alternatives.is_empty())
                && block.optional.is_empty()
        })
    }
}

/// What is written to the tables.
#[derive(Debug, Clone, Default)]
pub(crate) struct Writes {
    /// By table: rows inserted.
    pub(crate) inserts: HashMap<usize, f64>,
    /// By table: the columns set by updates, with the number of updates.
    pub(crate) updates: HashMap<usize, Vec<(Vec<String>, f64)>>,
    /// By table and column: the states that updates set, with the number of updates.
    pub(crate) states: HashMap<(usize, String), Vec<(String, f64)>>,
}

/// The table of a source, by place.
pub(crate) fn table_of(schema: &Schema, namespace: Option<&str>, table: &str) -> Option<usize> {
    if table.is_empty() { None } else { schema.place(namespace, table) }
}
