//! After the choice: what others have made superfluous is taken away, and the order of a page appended.

use crate::ask::{KeyId, Use};
use crate::candidate::MOST_KEYS;
use crate::choose::Chooser;
use crate::cost::implied;
use crate::index_model::{IndexModel, Method, ModelKey};
use crate::plan::Indexes;

/// An index has to be worth this share of the time of the statements that use it, beyond what others
/// save of that.
const LEAST_OF_STATEMENTS: f64 = 0.02;

impl Chooser<'_, '_, '_> {
    /// Appends the order of a statement with `LIMIT` to the index that finds its rows, unless
    /// statistics say that there are few of them: some value may have many.
    pub(crate) fn append(&self, chosen: &[&IndexModel]) -> Vec<IndexModel> {
        let mut appended: Vec<IndexModel> = chosen.iter().map(|index| (*index).clone()).collect();
        for block in self.asks.iter().flat_map(|ask| &ask.blocks) {
            let ([scan], Some((_, order)), Some(_)) =
                (block.scans.as_slice(), &block.order, block.limit)
            else {
                continue;
            };
            for index in &mut appended {
                let equal = |key: KeyId| {
                    scan.terms.iter().any(|term| term.key == key && term.use_ == Use::Equal)
                };
                let finds = index.table == scan.table
                    && index.method == Method::BTree
                    && index.keys.iter().all(|key| equal(key.key) && !key.pattern)
                    && implied(scan, &index.conditions, self.keys);
                let unknown = index.keys.iter().all(|key| {
                    !self.keys.text(key.key).expression && !self.keys.facts(key.key).known
                });
                let plain = order.iter().all(|sort| {
                    self.keys.text(sort.key).indexable && sort.descending == order[0].descending
                });
                if finds && unknown && plain && index.keys.len() + order.len() <= MOST_KEYS {
                    let key =
                        |key| ModelKey { key, descending: false, pattern: false, prefix: false };
                    let tail = order.iter().filter(|sort| !equal(sort.key));
                    index.keys.extend(tail.map(|sort| key(sort.key)));
                    break;
                }
            }
        }
        appended
    }

    /// Takes away what others have made superfluous.
    pub(crate) fn prune(&self, chosen: &mut Vec<&IndexModel>, base: &[f64], least: f64) {
        let tables = self.facts.schema.tables.len();
        let redundant = |index: &IndexModel, others: &[&IndexModel]| {
            others.iter().any(|other| *other != index && index.is_prefix_of(other))
        };
        loop {
            let found = chosen.iter().position(|index| redundant(index, chosen));
            let Some(place) = found else { break };
            chosen.remove(place);
        }
        for table in 0..tables {
            while let Some(place) = self.superfluous(table, chosen, base, least) {
                chosen.remove(place);
            }
        }
    }

    /// Of the indexes of a table, the place of the one that is missed least, if that is too little.
    fn superfluous(
        &self,
        table: usize,
        chosen: &[&IndexModel],
        base: &[f64],
        least: f64,
    ) -> Option<usize> {
        let mine: Vec<usize> =
            (0..chosen.len()).filter(|place| chosen[*place].table == table).collect();
        if mine.is_empty() {
            return None;
        }
        let mut indexes = Indexes::new(
            self.facts.schema.tables.len(),
            self.existing.iter().chain(chosen.iter().copied()),
        );
        let mut used = Vec::new();
        // The statements that use any of them, with what they cost and which they use.
        let mut users = Vec::new();
        for (place, ask) in self.asks.iter().enumerate() {
            if ask.tables.binary_search(&table).is_err() {
                continue;
            }
            let cost = self.coster.statement(ask, &indexes, &mut used);
            let uses: Vec<usize> =
                mine.iter().copied().filter(|place| used.contains(&chosen[*place])).collect();
            if !uses.is_empty() {
                users.push((place, cost, uses));
            }
        }
        let mut least_missed: Option<(f64, usize)> = None;
        for place in mine {
            let index = chosen[place];
            indexes.remove(index);
            let (mut missed, mut of) = (0.0, 0.0);
            for (ask, with, _) in users.iter().filter(|(_, _, uses)| uses.contains(&place)) {
                let lost = self.coster.statement(&self.asks[*ask], &indexes, &mut used);
                missed += self.time(*ask, lost, base[*ask]) - self.time(*ask, *with, base[*ask]);
                of += self.time(*ask, base[*ask], base[*ask]);
            }
            indexes.add(index);
            // What is missed has to be worth something, of the log and of these statements.
            missed -= self.write_cost(index) + of * LEAST_OF_STATEMENTS;
            if least_missed.is_none_or(|(known, _)| missed < known) {
                least_missed = Some((missed, place));
            }
        }
        least_missed.filter(|(missed, _)| *missed < least).map(|(_, place)| place)
    }
}
