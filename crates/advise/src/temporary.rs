//! Temporary tables that the log makes: what a statement asks of one, it does not ask of a table of
//! the same name. They get no advice: each lives as long as its session, and its maker knows best.

use std::collections::BTreeSet;

use slowlog_digest::Digest;
use slowlog_event::Dialect;
use slowlog_normalize::StatementKind;
use slowlog_normalize::access::Access;

use crate::schema::temporary_table;
use crate::workload::Statement;

/// So many are named.
const MOST_NAMED: usize = 5;

/// The names of the temporary tables that statements of the log make.
pub(crate) fn made(digest: &Digest, dialect: Dialect) -> BTreeSet<String> {
    let may_make = |kind| matches!(kind, StatementKind::Ddl | StatementKind::Select);
    digest
        .queries()
        .map(|(fingerprint, _)| fingerprint)
        .filter(|fingerprint| fingerprint.dialect == dialect)
        .filter(|fingerprint| fingerprint.shape.as_ref().is_some_and(|shape| may_make(shape.kind)))
        .map(|fingerprint| String::from_utf8_lossy(&fingerprint.text))
        // A word that all of them have, so that few are read token by token.
        .filter(|text| text.contains("temp") || text.contains("TEMP"))
        .filter_map(|text| temporary_table(&text, dialect))
        .collect()
}

/// The statement without what it says of temporary tables; `None` if it names none.
pub(crate) fn hide(statement: &Statement<'_>, made: &BTreeSet<String>) -> Option<Access> {
    if made.is_empty() {
        return None;
    }
    let mut hidden = statement.access();
    let is_one = |schema: Option<&str>, table: &str| {
        schema.is_none_or(|schema| schema.starts_with("pg_temp")) && made.contains(table)
    };
    let writes = hidden.write.as_ref().is_some_and(|w| is_one(w.schema.as_deref(), &w.table));
    let mut sources = hidden.blocks.iter().flat_map(|block| &block.sources);
    if !writes && !sources.any(|source| is_one(source.schema.as_deref(), &source.table)) {
        return None;
    }
    if writes {
        hidden.write = None;
    }
    for source in hidden.blocks.iter_mut().flat_map(|block| &mut block.sources) {
        if is_one(source.schema.as_deref(), &source.table) {
            source.table.clear();
        }
    }
    Some(hidden)
}

/// What is left out because of them.
pub(crate) fn note(made: &BTreeSet<String>) -> Option<String> {
    let named: Vec<&str> = made.iter().take(MOST_NAMED).map(String::as_str).collect();
    (!named.is_empty()).then(|| {
        format!(
            "the log makes temporary tables ({}{}): no advice on what names one of them without a schema",
            named.join(", "),
            if made.len() > MOST_NAMED { ", …" } else { "" }
        )
    })
}
