//! A LIKE pattern that begins with a wildcard.

use slowlog_event::Dialect;
use slowlog_normalize::access::Test;

use super::{Case, Finding, Rule};
use crate::advice::SameResult;

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
    let (sql, same_result) = match case.facts.dialect {
        Dialect::Postgres => (
            format!("CREATE INDEX … ON {} USING gin ({} gin_trgm_ops)", table.full_name(), column.name),
            SameResult::Yes,
        ),
        Dialect::MySql => {
            (format!("MATCH ({}) AGAINST (? IN BOOLEAN MODE)", column.name), SameResult::If)
        }
    };
    Some(Finding {
        title: format!("{} LIKE '%…' has no beginning to look for", column.name),
        why: match case.facts.dialect {
            Dialect::Postgres => "no B-tree helps; an index of trigrams does (extension pg_trgm)",
            Dialect::MySql => "no B-tree helps; a FULLTEXT index does, if words are what is looked for",
        }
        .to_owned(),
        sql: Some(sql),
        same_result,
    })
}
