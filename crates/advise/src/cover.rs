//! Columns beside the keys: where an index has all that a statement reads, the table need not be
//! looked at.
//!
//! It pays seldom: the index grows, each update of such a column costs more, and PostgreSQL looks at
//! the table nevertheless where it was changed since the last VACUUM. So only where statistics
//! tell how much it is, and a good part of the log is saved.

use slowlog_event::Dialect;

use crate::ask::{Ask, KeyId};
use crate::choose::Chooser;
use crate::index_model::{IndexModel, Method};
use crate::plan::Indexes;
use crate::schema::TypeClass;
use crate::size;

/// More columns than this are not added.
const MOST_COLUMNS: usize = 2;
/// It has to save this share of the time of the log.
const LEAST_SHARE: f64 = 0.01;
/// The index may become so much larger.
const MOST_GROWTH: f64 = 1.5;
/// So many sets of columns of one index are weighed.
const MOST_SETS: usize = 8;

impl Chooser<'_, '_, '_> {
    /// Adds columns to the indexes that were chosen, where that pays.
    pub(crate) fn cover(&self, chosen: &mut [IndexModel]) {
        if self.facts.dialect != Dialect::Postgres || self.facts.statistics.is_empty() {
            return;
        }
        for place in 0..chosen.len() {
            let table = chosen[place].table;
            let asks = self.on_table[table].iter().map(|ask| &self.asks[*ask]);
            let mut sets: Vec<Vec<KeyId>> =
                asks.filter_map(|ask| self.missing(ask, &chosen[place])).collect();
            sets.sort();
            sets.dedup();
            if sets.is_empty() {
                continue;
            }
            let bare = self.time_with(chosen, table);
            let mut best: Option<(f64, IndexModel)> = None;
            for include in sets.into_iter().take(MOST_SETS) {
                let covering = IndexModel { include, ..chosen[place].clone() };
                if !self.is_small(&chosen[place], &covering) {
                    continue;
                }
                let known = std::mem::replace(&mut chosen[place], covering);
                let time = self.time_with(chosen, table);
                let covering = std::mem::replace(&mut chosen[place], known);
                let pays = bare - time >= self.total_us * LEAST_SHARE;
                if pays && best.as_ref().is_none_or(|(least, _)| time < *least) {
                    best = Some((time, covering));
                }
            }
            if let Some((_, covering)) = best {
                chosen[place] = covering;
            }
        }
    }

    /// What a statement on one table reads beside the keys, if that is little and never updated.
    fn missing(&self, ask: &Ask, index: &IndexModel) -> Option<Vec<KeyId>> {
        let block = ask.only_block()?;
        let [scan] = block.scans.as_slice() else { return None };
        if scan.table != index.table
            || index.method != Method::BTree
            || !scan.alternatives.is_empty()
        {
            return None;
        }
        let read = scan.columns.as_ref()?.iter().copied();
        let tested = scan.terms.iter().filter(|term| term.condition.is_none());
        let mut missing: Vec<KeyId> =
            read.chain(tested.map(|term| term.key)).filter(|key| !index.holds(*key)).collect();
        missing.sort();
        missing.dedup();
        let fits = |key: &KeyId| {
            let text = self.keys.text(*key);
            let column = self.facts.schema.tables[index.table].column(&text.text);
            let narrow = column.is_some_and(|column| {
                !matches!(
                    column.class,
                    TypeClass::Text
                        | TypeClass::Long
                        | TypeClass::Json
                        | TypeClass::Jsonb
                        | TypeClass::Array
                        | TypeClass::SearchVector
                        | TypeClass::Unordered
                        | TypeClass::Unknown
                )
            });
            let updates = self.writes.updates.get(&index.table).into_iter().flatten();
            let updated =
                updates.into_iter().any(|(set, _)| set.iter().any(|column| **column == *text.text));
            !text.is_expression() && narrow && !updated
        };
        (1..=MOST_COLUMNS)
            .contains(&missing.len())
            .then_some(missing)
            .filter(|missing| missing.iter().all(fits))
    }

    fn is_small(&self, bare: &IndexModel, covering: &IndexModel) -> bool {
        let bytes = |index| size::bytes(self.facts, self.keys, index);
        bytes(bare)
            .zip(bytes(covering))
            .is_some_and(|(bare, covering)| covering as f64 <= bare as f64 * MOST_GROWTH)
    }

    /// The time of all statements on a table with these indexes.
    fn time_with(&self, chosen: &[IndexModel], table: usize) -> f64 {
        let indexes = Indexes::new(self.on_table.len(), self.existing.iter().chain(chosen));
        let mut used = Vec::new();
        let time = |ask: &usize| {
            self.now[*ask].time(self.coster.statement(&self.asks[*ask], &indexes, &mut used))
        };
        self.on_table[table].iter().map(time).sum()
    }
}
