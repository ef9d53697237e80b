//! What a statement costs with a set of indexes: a planner in small.

use slowlog_normalize::access::Role;

use crate::ask::{Ask, BlockAsk, KeyId, Scan, SortKey};
use crate::cost::{Coster, Path, Wanted};
use crate::index_model::IndexModel;

const ROW: f64 = 0.01;
const HASH_ROW: f64 = 0.015;
/// A block that runs for each row of another runs at most so often.
const MOST_RUNS: f64 = 100_000.0;
/// Joins of more tables are read in the order of the statement.
const MOST_ORDERED: usize = 8;

/// The indexes of each table.
pub(crate) struct Indexes<'i> {
    by_table: Vec<Vec<&'i IndexModel>>,
}

impl<'i> Indexes<'i> {
    pub(crate) fn new(tables: usize, indexes: impl Iterator<Item = &'i IndexModel>) -> Self {
        let mut by_table = vec![Vec::new(); tables];
        for index in indexes {
            by_table[index.table].push(index);
        }
        Self { by_table }
    }

    pub(crate) fn of(&self, table: usize) -> &[&'i IndexModel] {
        &self.by_table[table]
    }

    pub(crate) fn add(&mut self, index: &'i IndexModel) {
        self.by_table[index.table].push(index);
    }

    pub(crate) fn remove(&mut self, index: &IndexModel) {
        self.by_table[index.table].retain(|known| *known != index);
    }
}

impl Coster<'_, '_> {
    /// The cost of one execution of a statement, and the indexes that it uses.
    pub(crate) fn statement<'i>(
        &self,
        ask: &Ask,
        indexes: &Indexes<'i>,
        used: &mut Vec<&'i IndexModel>,
    ) -> f64 {
        used.clear();
        let mut rows = vec![1.0; ask.blocks.len()];
        let mut total = 0.0;
        for (place, block) in ask.blocks.iter().enumerate() {
            let (cost, found) = self.block(block, indexes, used);
            rows[place] = found;
            let runs = block.parent.and_then(|parent| rows.get(parent)).copied().unwrap_or(1.0);
            let runs = runs.clamp(1.0, MOST_RUNS);
            if !block.correlated {
                total += if block.optional.is_empty() {
                    cost
                } else {
                    cost.min(self.looked_up(block, indexes, used) * runs)
                };
                continue;
            }
            let repeated = cost * runs;
            total += if matches!(block.role, Role::Exists | Role::NotExists) {
                // Or it is read once, and hashed.
                let once: f64 = block.scans.iter().map(|scan| self.whole(scan)).sum();
                repeated.min(once)
            } else {
                repeated
            };
        }
        total
    }

    fn whole(&self, scan: &Scan) -> f64 {
        let table = self.facts.table(scan.table);
        table.pages + table.rows * HASH_ROW
    }

    /// `x IN (SELECT y …)` by looking for `y = x`.
    fn looked_up<'i>(
        &self,
        block: &BlockAsk,
        indexes: &Indexes<'i>,
        used: &mut Vec<&'i IndexModel>,
    ) -> f64 {
        let mut block = block.clone();
        for (scan, term) in std::mem::take(&mut block.optional) {
            block.scans[scan].terms.push(term);
        }
        block.limit = Some(1.0);
        self.block(&block, indexes, used).0
    }

    /// The cost of a block and its rows.
    fn block<'i>(
        &self,
        block: &BlockAsk,
        indexes: &Indexes<'i>,
        used: &mut Vec<&'i IndexModel>,
    ) -> (f64, f64) {
        let order = |scan: usize| {
            block.order.as_ref().filter(|(of, _)| *of == scan).map(|(_, keys)| keys.as_slice())
        };
        match block.scans.as_slice() {
            [] => (0.0, 1.0),
            [scan] => {
                let path = self.best(scan, indexes.of(scan.table), wanted(block));
                note(used, indexes.of(scan.table), path);
                let rows = path.rows.min(block.limit.unwrap_or(f64::MAX));
                (path.cost, if block.aggregates { 1.0 } else { rows })
            }
            scans => {
                let starts = if scans.len() <= MOST_ORDERED { scans.len() } else { 1 };
                let mut best: Option<(f64, f64, Vec<&'i IndexModel>)> = None;
                let mut alone = vec![None; scans.len()];
                let all = self.joined_rows(block);
                for start in (0..starts).filter(|start| *start == 0 || !scans[*start].nullable) {
                    let mut mine = Vec::new();
                    let joined = Joined { block, start, order: order(start), all };
                    let (cost, rows) = self.join(&joined, indexes, &mut alone, &mut mine);
                    if best.as_ref().is_none_or(|(known, ..)| cost < *known) {
                        best = Some((cost, rows, mine));
                    }
                }
                let (cost, rows, mine) = best.unwrap_or((0.0, 1.0, Vec::new()));
                used.extend(mine);
                (cost, if block.aggregates { 1.0 } else { rows })
            }
        }
    }

    /// The cost of a statement that reads one table, if it has this index and no other; `None` if that
    /// is of no use to it, or if it reads in a way that more than one index has a part in.
    pub(crate) fn by_one(&self, ask: &Ask, index: &IndexModel) -> Option<f64> {
        let block = ask.simple_block()?;
        self.with_index(&block.scans[0], index, wanted(block))
    }

    /// Rows of a join, whatever the order of its tables.
    fn joined_rows(&self, block: &BlockAsk) -> f64 {
        let mut done = vec![false; block.scans.len()];
        let mut bound = Vec::new();
        let mut rows = 1.0;
        for (place, scan) in block.scans.iter().enumerate() {
            bound_keys(block, place, &done, &mut bound);
            rows *= self.rows(scan, &bound);
            done[place] = true;
        }
        rows
    }

    /// Reads the tables one after the other, from `start` on, always the one that is cheapest next.
    ///
    /// `alone`: how each scan is read without the others, once it was looked for.
    fn join<'i>(
        &self,
        joined: &Joined<'_>,
        indexes: &Indexes<'i>,
        alone: &mut [Option<Path>],
        used: &mut Vec<&'i IndexModel>,
    ) -> (f64, f64) {
        let Joined { block, start, order, all } = *joined;
        let scans = &block.scans;
        let limit = block.limit.filter(|_| !block.sorts);
        // With an order that the first table gives, reading stops as soon as there are enough:
        // the rows that the joins leave of each decide how many that takes.
        let here = &scans[start];
        let part = limit.map_or(1.0, |limit| (limit / all.max(1.0)).min(1.0));
        let stops = order.is_some() || block.order.is_none();
        let wanted = limit.filter(|_| stops).map(|_| (self.rows(here, &[]) * part).max(1.0));
        let first =
            self.best(here, indexes.of(here.table), Wanted { bound: &[], order, limit: wanted });
        note(used, indexes.of(here.table), first);
        let mut total = first.cost;
        let mut rows = first.rows;
        if first.ordered || block.order.is_none() {
            rows = (rows * part).max(1.0);
        }
        let mut done = vec![false; scans.len()];
        done[start] = true;
        let mut bound = Vec::new();
        for _ in 1..scans.len() {
            // What has a condition in common with the tables before comes first.
            let mut next: Option<((bool, f64), usize, Path, f64)> = None;
            for (place, scan) in scans.iter().enumerate().filter(|(place, _)| !done[*place]) {
                bound_keys(block, place, &done, &mut bound);
                let inner = self.best(
                    scan,
                    indexes.of(scan.table),
                    Wanted { bound: &bound, order: None, limit: None },
                );
                let alone = *alone[place].get_or_insert_with(|| {
                    self.best(scan, indexes.of(scan.table), Wanted::default())
                });
                let looked_up = rows * inner.cost;
                let hashed = alone.cost + (alone.rows + rows) * HASH_ROW;
                let (cost, path) =
                    if looked_up < hashed { (looked_up, inner) } else { (hashed, alone) };
                let rank = (bound.is_empty(), cost);
                if next.as_ref().is_none_or(|(known, ..)| rank < *known) {
                    next = Some((rank, place, path, self.rows(scan, &bound)));
                }
            }
            let Some(((_, cost), place, path, matches)) = next else { break };
            done[place] = true;
            note(used, indexes.of(scans[place].table), path);
            total += cost;
            rows = (rows * matches).clamp(0.5, 1e9);
        }
        (total + rows * ROW, rows)
    }
}

/// A join, by the table that is read first.
struct Joined<'b> {
    block: &'b BlockAsk,
    start: usize,
    /// The order asked for, if it is that of the first table.
    order: Option<&'b [SortKey]>,
    /// The rows of the join.
    all: f64,
}

/// What is wanted of the scan of a block that reads one table.
fn wanted(block: &BlockAsk) -> Wanted<'_> {
    let order = block.order.as_ref().map(|(_, keys)| keys.as_slice());
    // What is sorted in an order that no index has, is read as a whole before.
    let limit = block.limit.filter(|_| !block.sorts || block.order.is_some());
    Wanted { bound: &[], order, limit }
}

/// Finds the keys of a scan that tables read before give a value.
fn bound_keys(block: &BlockAsk, place: usize, done: &[bool], keys: &mut Vec<KeyId>) {
    keys.clear();
    for edge in &block.edges {
        if edge.left.0 == place && done[edge.right.0] {
            keys.push(edge.left.1);
        } else if edge.right.0 == place && done[edge.left.0] {
            keys.push(edge.right.1);
        }
    }
}

fn note<'i>(used: &mut Vec<&'i IndexModel>, indexes: &[&'i IndexModel], path: Path) {
    let mut left = path.used;
    while left != 0 {
        used.extend(indexes.get(left.trailing_zeros() as usize));
        left &= left - 1;
    }
}
