//! A LIKE pattern that begins with a wildcard.

use slowlog_event::Dialect;
use slowlog_normalize::access::Test;

use super::{Case, Finding, Rule};
use crate::advice::SameResult;
use crate::ddl::{quoted, table_name};
use crate::schema::Table;

pub(super) const RULE: Rule = Rule {
    id: "leading-wildcard",
    title: "A LIKE pattern that begins with a wildcard",
    page: include_str!("../../../../docs/rules/leading-wildcard.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    let (table, column) = case.predicates().find_map(|(block, predicate)| {
        let column = predicate.operand.column()?;
        let table = case.table(block, column)?;
        let served = has_trigrams(table, &column.name);
        (matches!(predicate.test, Test::Substring(_)) && !served).then_some((table, column))
    })?;
    let dialect = case.facts.dialect;
    let (sql, same_result) = match dialect {
        Dialect::Postgres => (trigram_index(table, &column.name), SameResult::Yes),
        Dialect::MySql => {
            let (name, quoted) = (table_name(table, dialect), quoted(&column.name, dialect));
            let search = format!("MATCH ({quoted}) AGAINST (? IN BOOLEAN MODE)");
            if has_words(table, &column.name) {
                (search, SameResult::If)
            } else {
                let index = format!("ALTER TABLE {name} ADD FULLTEXT INDEX ({quoted});");
                (format!("{index} … {search}"), SameResult::If)
            }
        }
    };
    let column = quoted(&column.name, dialect);
    Some(Finding {
        title: format!("{column} LIKE '%…' has no beginning to look for"),
        why: match dialect {
            Dialect::Postgres => "no B-tree helps; an index of trigrams does (extension pg_trgm)",
            Dialect::MySql => {
                "no B-tree helps; a FULLTEXT index does, if words are what is looked for"
            }
        }
        .to_owned(),
        sql: Some(sql),
        same_result,
    })
}

/// Is there an index of the words of the column, and of nothing else?
fn has_words(table: &Table, column: &str) -> bool {
    table.indexes.iter().any(|index| {
        index.method == "fulltext" && matches!(index.keys.as_slice(), [key] if key.text == column)
    })
}

/// Is there an index of trigrams on the column?
pub(super) fn has_trigrams(table: &Table, column: &str) -> bool {
    table.indexes.iter().flat_map(|index| &index.keys).any(|key| {
        key.text == column && key.class.as_deref().is_some_and(|class| class.contains("trgm"))
    })
}

/// The statements for one.
pub(super) fn trigram_index(table: &Table, column: &str) -> String {
    let (name, column) = (table_name(table, Dialect::Postgres), quoted(column, Dialect::Postgres));
    format!(
        "CREATE EXTENSION IF NOT EXISTS pg_trgm; \
         CREATE INDEX CONCURRENTLY ON {name} USING gin ({column} gin_trgm_ops);"
    )
}
