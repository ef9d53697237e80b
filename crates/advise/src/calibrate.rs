//! How selective conditions were in the log, where it tells: by plans, and by rows sent and examined.

use slowlog_event::Counter;
use slowlog_normalize::access::Block;

use crate::ask::{Scan, Term, Use};
use crate::facts::Basis;
use crate::resolve::Resolver;
use crate::workload::Statement;

/// Of fewer rows a share says little.
const LEAST_EXAMINED: f64 = 1000.0;

impl Resolver<'_, '_> {
    /// Makes the conditions of a block as selective as they were, by the least sure of them.
    pub(crate) fn calibrate(
        &self,
        scans: &mut [Scan],
        block: &Block,
        blocks: &[Block],
        statement: &Statement<'_>,
    ) {
        let reading = blocks.iter().filter(|block| !block.sources.is_empty()).count();
        let only = scans.len() == 1 && reading == 1;
        for scan in scans {
            if let Some(share) = self.by_plan(scan.table, blocks, statement) {
                self.scale(scan, share);
            } else if only && let Some(share) = self.by_counts(scan.table, block, statement) {
                let all: f64 = scan.terms.iter().map(|term| term.selectivity).product();
                // A limit may have kept more rows from being found.
                if share < all || block.limit.is_none() {
                    self.scale(scan, share);
                }
            }
        }
    }

    fn scale(&self, scan: &mut Scan, share: f64) {
        let unsure = |term: &Term| match term.use_ {
            Use::Bound | Use::Range | Use::Filter => Some(3),
            Use::Prefix | Use::Part | Use::Contains | Use::Words | Use::In => Some(2),
            Use::Equal => Some(1),
            Use::Null => Some(0),
            Use::NotNull => None,
        };
        let is_known = |term: &Term| {
            let text = self.keys.text(term.key);
            !text.expression && self.facts.knows_column(text.table, &text.text)
        };
        let all: f64 = scan.terms.iter().map(|term| term.selectivity).product();
        let least_sure = scan
            .terms
            .iter_mut()
            .filter(|term| !is_known(term))
            .filter_map(|term| Some((unsure(term)?, term)))
            .max_by_key(|(unsure, _)| *unsure);
        // An OR has no term of its own.
        if let Some((_, term)) = least_sure.filter(|_| scan.alternatives.is_empty()) {
            term.selectivity = (term.selectivity * share / all).clamp(1e-9, 1.0);
        }
    }

    /// The share of the rows of a table that its filter left when all of them were read. The table
    /// must stand in the statement once.
    fn by_plan(&self, table: usize, blocks: &[Block], statement: &Statement<'_>) -> Option<f64> {
        let plan = statement.plan()?;
        let name = &self.facts.schema.tables[table].name;
        let sources = blocks.iter().flat_map(|block| &block.sources);
        if sources.filter(|source| source.table == *name).count() != 1 {
            return None;
        }
        let read = plan.reads.iter().find(|read| read.whole && *read.table == **name)?;
        let (rows, examined) = (read.rows?.max(1) as f64, read.examined()? as f64);
        (examined >= LEAST_EXAMINED && rows < examined).then(|| rows / examined)
    }

    /// The same by what the statement sent of what it examined.
    fn by_counts(&self, table: usize, block: &Block, statement: &Statement<'_>) -> Option<f64> {
        if block.aggregates.any || block.distinct {
            return None;
        }
        let mean = |counter| statement.mean_of(counter).unwrap_or(0.0);
        let given = mean(Counter::RowsSent).max(mean(Counter::RowsAffected)).max(1.0);
        let examined = mean(Counter::RowsExamined);
        // An index that is there may have kept others from being examined.
        let all = match self.facts.table(table).source {
            Basis::Guess => examined,
            _ => examined.max(self.facts.table(table).rows),
        };
        (examined >= LEAST_EXAMINED && given < all).then(|| given / all)
    }
}
