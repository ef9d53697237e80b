//! How large an index becomes, where statistics say how many rows its table has.

use crate::ask::Keys;
use crate::facts::{Basis, Facts};
use crate::index_model::{IndexModel, Method, is_clustering};
use crate::schema::TypeClass;

/// Header and line pointer of an entry
/// (<https://www.postgresql.org/docs/current/btree.html>); InnoDB's has about as much.
const ENTRY: f64 = 16.0;
/// How full pages are.
const FILL: f64 = 0.9;
/// Longer texts than this are seldom looked for.
const LONG_TEXT: u32 = 32;
/// How much of the rows a partial index has; also for what it costs the writes.
pub(crate) const PARTIAL: f64 = 0.2;

/// Bytes, by the types of its columns and the rows of its table; `None` without statistics. Equal
/// keys, which the servers store once for several rows, are counted in full.
pub(crate) fn bytes(facts: &Facts<'_>, keys: &Keys, index: &IndexModel) -> Option<u64> {
    let table = facts.table(index.table);
    if table.source != Basis::Statistics {
        return None;
    }
    let definition = &facts.schema.tables[index.table];
    let width = |column: &str| {
        let column = definition.column(column);
        match column.map_or(TypeClass::Unknown, |column| column.class) {
            TypeClass::Boolean => 1.0,
            TypeClass::Enumeration => 4.0,
            TypeClass::Integer | TypeClass::Number | TypeClass::Temporal => 8.0,
            TypeClass::Uuid => 16.0,
            _ => {
                let length = column.and_then(|column| column.length);
                f64::from(length.unwrap_or(LONG_TEXT).min(LONG_TEXT))
            }
        }
    };
    let held = index.keys.iter().map(|key| key.key).chain(index.include.iter().copied());
    let columns = held.flat_map(|key| keys.text(key).columns());
    // InnoDB has the primary key in each entry.
    let primary = if is_clustering(definition, facts) {
        definition.primary_key().into_iter().map(width).sum()
    } else {
        0.0
    };
    let entry = ENTRY + primary + columns.map(width).sum::<f64>();
    let rows = if index.conditions.is_empty() { table.rows } else { table.rows * PARTIAL };
    // Values of JSON and trigrams of text come many to a row, and are stored compressed.
    let entries = if index.method == Method::BTree { rows } else { rows * 2.0 };
    Some((entries * entry / FILL).max(8192.0) as u64)
}
