//! A LIKE pattern that begins with a wildcard.

use slowlog_event::Dialect;
use slowlog_normalize::access::Test;

use super::{Case, Finding, Rule};
use crate::advice::SameResult;
use crate::ddl::{quoted, table_name};

pub(super) const RULE: Rule = Rule {
    id: "leading-wildcard",
    title: "A LIKE pattern that begins with a wildcard",
    page: include_str!("../../../../docs/rules/leading-wildcard.md"),
};

pub(super) fn find(case: &Case<'_, '_>) -> Option<Finding> {
    let (table, column) = case.predicates().find_map(|(block, predicate)| {
        let column = predicate.operand.column()?;
        let table = case.table(block, column)?;
        let served = table.indexes.iter().any(|index| {
            index.keys.iter().any(|key| {
                key.text == column.name && key.class.as_deref().is_some_and(|c| c.contains("trgm"))
            })
        });
        (matches!(predicate.test, Test::Substring(_)) && !served).then_some((table, column))
    })?;
    let dialect = case.facts.dialect;
    let (name, column) = (table_name(table, dialect), quoted(&column.name, dialect));
    let (sql, same_result) = match dialect {
        Dialect::Postgres => (
            format!(
                "CREATE EXTENSION IF NOT EXISTS pg_trgm; \
                 CREATE INDEX CONCURRENTLY ON {name} USING gin ({column} gin_trgm_ops);"
            ),
            SameResult::Yes,
        ),
        Dialect::MySql => (format!("MATCH ({column}) AGAINST (? IN BOOLEAN MODE)"), SameResult::If),
    };
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
