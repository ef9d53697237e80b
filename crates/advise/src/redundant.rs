//! Indexes of the schema that others make superfluous.

use slowlog_event::Dialect;

use crate::advice::RedundantIndex;
use crate::ddl::{quoted, table_name};
use crate::facts::Facts;
use crate::schema::{Index, Table};

/// Finds them. Unique indexes guard something, so only an equal one makes them superfluous.
pub(crate) fn redundant(facts: &Facts<'_>) -> Vec<RedundantIndex> {
    let mut found = Vec::new();
    for table in &facts.schema.tables {
        for (place, index) in table.indexes.iter().enumerate() {
            if index.primary || index.constraint || index.name.is_empty() {
                continue;
            }
            let better = table.indexes.iter().enumerate().find(|(other, better)| {
                *other != place && makes_superfluous(better, index, *other < place)
            });
            if let Some((_, better)) = better {
                found.push(advice(facts, table, index, better));
            }
        }
    }
    found
}

/// `first`: of two that are equal the later one is superfluous.
fn makes_superfluous(better: &Index, index: &Index, first: bool) -> bool {
    let same_kind = better.method == index.method
        && better.condition == index.condition
        && index.include.iter().all(|column| {
            better.include.contains(column) || better.keys.iter().any(|key| key.text == *column)
        });
    let begins = better.keys.len() >= index.keys.len()
        && index.keys.iter().zip(&better.keys).all(|(a, b)| a == b);
    let equal = begins && better.keys.len() == index.keys.len();
    if !same_kind || !begins {
        return false;
    }
    if index.unique {
        return equal && better.unique && (first || better.constraint);
    }
    if equal {
        return first || better.unique;
    }
    // A prefix of words or trigrams means nothing.
    index.method == "btree"
}

fn advice(facts: &Facts<'_>, table: &Table, index: &Index, better: &Index) -> RedundantIndex {
    let name = quoted(&index.name, facts.dialect);
    let full = table_name(table, facts.dialect);
    let ddl = match (facts.dialect, &table.schema) {
        (Dialect::MySql, _) => format!("ALTER TABLE {full} DROP INDEX {name};"),
        (Dialect::Postgres, Some(schema)) => {
            format!("DROP INDEX CONCURRENTLY {}.{name};", quoted(schema, facts.dialect))
        }
        (Dialect::Postgres, None) => format!("DROP INDEX CONCURRENTLY {name};"),
    };
    let keys = |index: &Index| {
        index.keys.iter().map(|key| key.text.as_str()).collect::<Vec<_>>().join(", ")
    };
    RedundantIndex {
        table: table.full_name(),
        index: index.name.clone(),
        covered_by: better.name.clone(),
        ddl,
        reason: format!(
            "({}) are the first keys of {} ({}): every search and sort by the one can use the other; \
             look for hints that name it first",
            keys(index),
            if better.name.is_empty() { "a constraint" } else { &better.name },
            keys(better)
        ),
    }
}
