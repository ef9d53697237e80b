//! How selective conditions were in the log, where it tells: by plans, and by rows sent and examined.

use slowlog_event::Counter;
use slowlog_normalize::access::{Block, Limit};

use crate::ask::{Scan, Term, Use};
use crate::evidence;
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
                self.scale(scan, share);
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
            !text.is_expression() && self.facts.knows_column(text.table, &text.text)
        };
        // An OR has no term of its own.
        if !scan.alternatives.is_empty() {
            return;
        }
        let mut terms: Vec<(u8, &mut Term)> = Vec::new();
        let mut left = share;
        for term in &mut scan.terms {
            match unsure(term).filter(|_| !is_known(term)) {
                Some(rank) => terms.push((rank, term)),
                None => left /= term.selectivity,
            }
        }
        terms.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        // What the least sure one cannot make up for, since it leaves all rows at most, the next has to.
        for at in 0..terms.len() {
            let others: f64 = terms[at + 1..].iter().map(|(_, term)| term.selectivity).product();
            let term = &mut *terms[at].1;
            term.selectivity = (left / others).clamp(1e-9, 1.0);
            left /= term.selectivity;
        }
    }

    /// The share of the rows of a table that its filter left when all of them were read. The table
    /// must stand in the statement once.
    fn by_plan(&self, table: usize, blocks: &[Block], statement: &Statement<'_>) -> Option<f64> {
        let plan = statement.plan()?;
        let table = &self.facts.schema.tables[table];
        let sources = blocks.iter().flat_map(|block| &block.sources);
        if sources.filter(|source| source.table == table.name).count() != 1 {
            return None;
        }
        let (mut rows, mut examined) = (0.0, 0.0);
        for read in plan.reads.iter().filter(|read| read.whole && evidence::is_of(read, table)) {
            rows += read.rows? as f64;
            examined += read.examined()? as f64;
        }
        let rows = rows.max(1.0);
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
        // A limit that was reached kept more rows from being told of, where all were read and sorted.
        let reached = |limit: &Limit| limit.rows.is_none_or(|rows| given >= rows as f64);
        if !block.order.is_empty() && block.limit.as_ref().is_some_and(reached) {
            return None;
        }
        // An index that is there may have kept others from being examined.
        let all = match self.facts.table(table).source {
            Basis::Guess => examined,
            _ => examined.max(self.facts.table(table).rows),
        };
        (examined >= LEAST_EXAMINED && given < all).then(|| given / all)
    }
}
