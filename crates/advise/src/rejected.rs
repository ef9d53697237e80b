//! Tempting indexes that are not advised, with the reason.

use crate::advice::RejectedIndex;
use crate::advisor::Context;
use crate::ask::{Ask, Use};
use crate::candidate::Bundle;
use crate::choose::{Choice, FLOOR_US};
use crate::ddl::ddl;

/// So many are told.
const MOST: usize = 12;
/// Fewer rows are on a few pages.
const FEW_ROWS: f64 = 1000.0;
/// A statement that takes less than this share of the log tempts nobody.
const LEAST_SHARE: f64 = 0.001;

/// For statements that take time and got no index, the index one might think of.
pub(crate) fn rejected(
    context: &Context<'_, '_, '_>,
    asks: &[Ask],
    choice: &Choice,
    candidates: &[Bundle],
) -> Vec<RejectedIndex> {
    let mut found = Vec::new();
    for (index, reason) in &choice.rejected {
        let text = ddl(context.facts, context.keys, index).statement;
        if found.len() < MOST && !found.iter().any(|known: &RejectedIndex| known.ddl == text) {
            found.push(RejectedIndex { ddl: text, reason: (*reason).to_owned(), query: None });
        }
    }
    let total: u64 = context.statements.iter().map(|statement| statement.duration_us).sum();
    for (ask, (before, after)) in asks.iter().zip(&choice.costs) {
        let statement = &context.statements[ask.statement];
        let tempting = statement.duration_us as f64 >= total as f64 * LEAST_SHARE;
        if found.len() >= MOST || !tempting || after < &(before * 0.95) {
            continue;
        }
        let terms = ask.blocks.iter().flat_map(|block| &block.scans).flat_map(|scan| {
            scan.terms.iter().filter(|term| term.use_ == Use::Equal).map(move |term| (scan, term))
        });
        for (scan, term) in terms {
            let single = candidates.iter().find(|bundle| {
                matches!(bundle.as_slice(), [one] if one.table == scan.table
                    && one.conditions.is_empty()
                    && matches!(one.keys.as_slice(), [key] if key.key == term.key))
            });
            let Some([index]) = single.map(Vec::as_slice) else { continue };
            let known = &context.facts.schema.tables[scan.table].indexes;
            let key = context.keys.text(term.key);
            if known.iter().any(|known| {
                known.is_plain() && known.keys.first().is_some_and(|first| *first.text == *key.text)
            }) {
                continue;
            }
            let table = context.facts.table(scan.table);
            let reason = if table.rows < FEW_ROWS {
                format!("the table has about {:.0} rows", table.rows)
            } else if statement.mean_us() < FLOOR_US * 2.0 {
                format!("the query takes {:.0} µs: there is nothing to gain", statement.mean_us())
            } else if term.selectivity > 0.05 {
                format!(
                    "about {:.0} % of the rows have such a value of {}",
                    term.selectivity * 100.0,
                    key.text
                )
            } else {
                continue;
            };
            let text = ddl(context.facts, context.keys, index).statement;
            if !found.iter().any(|known| known.ddl == text) {
                found.push(RejectedIndex { ddl: text, reason, query: Some(statement.id) });
            }
            break;
        }
    }
    found
}
