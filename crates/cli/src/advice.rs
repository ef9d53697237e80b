//! What advice rests on, from files.

use std::path::Path;

use anyhow::{Context, Result};
use slowlog::Analysis;
use slowlog::advise::{Advice, Advisor, Budget, Schema, Statistics};

use crate::args::AdviceArgs;

/// Advice on an analysis, with the schema and the statistics that were given.
pub(crate) fn advise(arguments: &AdviceArgs, analysis: &Analysis) -> Result<Advice> {
    let schema = match &arguments.schema {
        Some(path) => {
            let schema = Schema::parse(&read(path)?, analysis.dialect());
            if schema.tables.is_empty() {
                anyhow::bail!(
                    "{}: no table in it, expected CREATE TABLE statements\nhint: pg_dump -s DATABASE, or mysqldump --no-data DATABASE",
                    path.display()
                );
            }
            Some(schema)
        }
        None => None,
    };
    let statistics = match &arguments.stats {
        Some(path) => Statistics::parse(&read(path)?).with_context(|| {
            format!(
                "{}: no statistics\nhint: docs/GUIDE.md has the query that writes them",
                path.display()
            )
        })?,
        None => Statistics::default(),
    };
    let budget = Budget { indexes: arguments.max_indexes, bytes: arguments.max_index_size };
    Ok(analysis.advise(&Advisor { schema, statistics, budget }))
}

/// A text file; what is no UTF-8 in it stands in a literal.
fn read(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("{}: not read", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
