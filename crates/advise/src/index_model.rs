//! An index as the cost model sees it.

use crate::ask::{KeyId, Keys};
use crate::facts::Facts;
use crate::schema::{Index, Table, canonical_text};

/// What an index can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Method {
    BTree,
    /// Values in JSON and arrays, words of a `tsvector`.
    Inverted,
    /// Paths with their values in JSON (`jsonb_path_ops`): smaller, and of no use for `?`.
    Paths,
    /// Trigrams of a text.
    Trigrams,
    /// Words of a text.
    Words,
    /// Anything else: of no use here.
    Other,
}

/// A key of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ModelKey {
    pub(crate) key: KeyId,
    pub(crate) descending: bool,
    /// NULL stands at the other end than it does by default; read backwards, it does so, too.
    pub(crate) odd_nulls: bool,
    /// Compares bytes, so it serves `=` and `LIKE 'x%'` and no order.
    pub(crate) pattern: bool,
    /// It has a part of each value only.
    pub(crate) prefix: bool,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct IndexModel {
    pub(crate) table: usize,
    pub(crate) keys: Vec<ModelKey>,
    pub(crate) method: Method,
    /// The condition of a partial index, part by part.
    pub(crate) conditions: Vec<String>,
    /// Columns beside the keys.
    pub(crate) include: Vec<KeyId>,
    /// The rows themselves are in its order and in it.
    pub(crate) clustered: bool,
    pub(crate) unique: bool,
}

impl ModelKey {
    /// In ascending order, all of each value.
    pub(crate) fn plain(key: KeyId) -> Self {
        Self { key, descending: false, odd_nulls: false, pattern: false, prefix: false }
    }
}

impl IndexModel {
    pub(crate) fn btree(table: usize, keys: Vec<ModelKey>) -> Self {
        Self {
            table,
            keys,
            method: Method::BTree,
            conditions: Vec::new(),
            include: Vec::new(),
            clustered: false,
            unique: false,
        }
    }

    /// Does it have a column?
    pub(crate) fn holds(&self, key: KeyId) -> bool {
        self.clustered
            || self.include.contains(&key)
            || self.keys.iter().any(|known| known.key == key && !known.prefix)
    }

    /// Are its keys the first keys of the other, so that whatever it serves the other serves too?
    pub(crate) fn is_prefix_of(&self, other: &Self) -> bool {
        self.table == other.table
            && self.method == other.method
            && self.conditions == other.conditions
            && self.keys.len() <= other.keys.len()
            && self.keys.iter().zip(&other.keys).all(|(a, b)| {
                a.key == b.key && a.pattern == b.pattern && a.odd_nulls == b.odd_nulls
            })
            && self.include.iter().all(|key| other.holds(*key))
            && directions_agree(&self.keys, &other.keys)
    }
}

/// Sorted alike, or the other way round throughout.
fn directions_agree(a: &[ModelKey], b: &[ModelKey]) -> bool {
    let same = |(a, b): (&ModelKey, &ModelKey)| a.descending == b.descending;
    a.len() <= 1 || a.iter().zip(b).all(same) || !a.iter().zip(b).any(same)
}

/// The model of an index that is there.
pub(crate) fn known(facts: &Facts<'_>, keys: &mut Keys, place: usize, index: &Index) -> IndexModel {
    let table = &facts.schema.tables[place];
    let mut model = IndexModel::btree(place, Vec::new());
    for key in &index.keys {
        let id = if key.expression {
            keys.expression(place, &key.text, &[], true)
        } else {
            keys.column(place, &key.text)
        };
        let class = key.class.as_deref().unwrap_or("");
        model.keys.push(ModelKey {
            key: id,
            descending: key.descending,
            odd_nulls: key.nulls_first.is_some_and(|first| first != key.descending),
            pattern: class.ends_with("pattern_ops"),
            prefix: key.prefix.is_some(),
        });
    }
    let has_class = |part: &str| {
        let mut classes = index.keys.iter().filter_map(|key| key.class.as_deref());
        classes.any(|class| class.contains(part))
    };
    let (trigrams, paths) = (has_class("trgm"), has_class("path_ops"));
    model.method = match index.method.as_str() {
        "btree" => Method::BTree,
        "gin" | "gist" if trigrams => Method::Trigrams,
        "gin" if paths => Method::Paths,
        "gin" => Method::Inverted,
        "fulltext" => Method::Words,
        _ => Method::Other,
    };
    model.unique = index.unique;
    model.include = index.include.iter().map(|name| keys.column(place, name)).collect();
    model.conditions = index.condition.as_deref().map(conjuncts).unwrap_or_default();
    if is_clustering(table, facts) {
        model.clustered = index.primary;
        if !index.primary && model.method == Method::BTree {
            append_primary_key(&mut model, table, keys, place);
        }
    }
    model
}

/// InnoDB keeps rows in the order of the primary key, and has that key at the end of all others.
pub(crate) fn is_clustering(table: &Table, facts: &Facts<'_>) -> bool {
    facts.dialect == slowlog_event::Dialect::MySql
        && table.engine.as_deref().is_none_or(|engine| engine == "innodb")
}

pub(crate) fn append_primary_key(
    model: &mut IndexModel,
    table: &Table,
    keys: &mut Keys,
    place: usize,
) {
    for name in table.primary_key() {
        let key = keys.column(place, name);
        if !model.keys.iter().any(|known| known.key == key) {
            model.keys.push(ModelKey::plain(key));
        }
    }
}

/// The parts of a condition, as [`canonical_text`].
pub(crate) fn conjuncts(condition: &str) -> Vec<String> {
    let mut parts: Vec<String> = condition.split(" and ").map(canonical_text).collect();
    parts.sort();
    parts
}
