//! Of all candidates, the few that are worth having: greedy by the time they save, each judged
//! together with those already chosen, then pruned.
//!
//! The benefit of a candidate can only shrink as others are chosen (mostly: see bundles), so a
//! candidate is looked at again only when it is on top (Minoux 1978, "lazy greedy").

use std::collections::{BTreeMap, BinaryHeap, HashMap};

use slowlog_event::Counter;

use crate::ask::{Ask, KeyId, Keys, Writes};
use crate::candidate::Bundle;
use crate::cost::Coster;
use crate::facts::Facts;
use crate::index_model::IndexModel;
use crate::plan::Indexes;
use crate::size;
use crate::workload::Statement;

/// No statement gets faster than this: parsing, planning, the network stack of the server.
pub(crate) const FLOOR_US: f64 = 60.0;
/// A statement that examines fewer rows gains nothing by an index.
const FEW_EXAMINED: f64 = 100.0;
/// A statement that takes no longer has no table that is worth an index, …
const QUICK_US: f64 = 1500.0;
/// … unless it takes this share of the time of the log.
const LITTLE: f64 = 0.01;
/// What an index costs each row that is inserted, and each update of one of its columns
/// (measured on PostgreSQL 15 with `bench/index/writecost.py`).
pub(crate) const INSERT_US: f64 = 5.0;
const UPDATE_US: f64 = 7.0;
/// An index has to save so many times what it costs the writes.
const OVER_WRITES: f64 = 1.5;
/// It has to save so large a share of all the time of the log, …
const LEAST_SHARE: f64 = 0.001;
/// … or, where statistics say that it will, so much of each second of the log: a quarter of a
/// second an hour.
const LEAST_RATE: f64 = 0.25 / 3600.0;
/// A key has to be worth this share of that.
const EACH_KEY: f64 = 0.02;
/// And some statement has to take at most this share of what it took.
const MOST_LEFT: f64 = 0.5;

/// A limit on what is proposed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Budget {
    /// At most so many indexes.
    pub indexes: Option<usize>,
    /// At most so many bytes for all of them. How large one becomes, only statistics tell.
    pub bytes: Option<u64>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    pub(crate) indexes: Vec<Chosen>,
    /// By statement: cost before and after.
    pub(crate) costs: Vec<(f64, f64)>,
    pub(crate) rejected: Vec<(IndexModel, &'static str)>,
}

/// An index that is proposed.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) index: IndexModel,
    /// Places of the statements that use it and gain.
    pub(crate) gains: Vec<usize>,
    /// Microseconds that it saves, by the model.
    pub(crate) saved_us: f64,
    /// Microseconds that it costs the writes of the log.
    pub(crate) writes_us: f64,
}

pub(crate) struct Chooser<'c, 'f, 's> {
    pub(crate) coster: Coster<'c, 'f>,
    pub(crate) facts: &'c Facts<'f>,
    pub(crate) keys: &'c Keys,
    pub(crate) writes: &'c Writes,
    pub(crate) asks: &'c [Ask],
    pub(crate) statements: &'c [Statement<'s>],
    pub(crate) existing: &'c [IndexModel],
    /// How long the log is, in microseconds.
    pub(crate) period_us: Option<f64>,
    /// The time of all statements.
    pub(crate) total_us: f64,
}

/// A candidate on the heap, by what it saved when it was last looked at.
struct Entry {
    value: f64,
    place: usize,
    round: usize,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.total_cmp(&other.value).then(other.place.cmp(&self.place))
    }
}

impl Chooser<'_, '_, '_> {
    pub(crate) fn choose(&self, candidates: &[Bundle], budget: Budget) -> Choice {
        let tables = self.facts.schema.tables.len();
        let mut current = Indexes::new(tables, self.existing.iter());
        let mut used = Vec::new();
        let base: Vec<f64> = self
            .asks
            .iter()
            .map(|ask| self.coster.statement(ask, &current, &mut used).max(0.01))
            .collect();
        let mut costs = base.clone();
        let share = self.total_us * LEAST_SHARE;
        let least = match self.period_us {
            Some(period) if !self.facts.statistics.is_empty() => share.min(period * LEAST_RATE),
            _ => share,
        };
        let least = least.max(1.0);
        let relevant = self.relevant();
        let asks_of = |bundle: &Bundle| -> Vec<usize> {
            let mut places: Vec<usize> = bundle
                .iter()
                .filter_map(|index| relevant.get(&(index.table, index.keys.first()?.key)))
                .flatten()
                .copied()
                .collect();
            places.sort_unstable();
            places.dedup();
            places
        };
        let mut chosen: Vec<&IndexModel> = Vec::new();
        let mut rejected = Vec::new();
        let mut heap: BinaryHeap<Entry> = (0..candidates.len())
            .map(|place| Entry { value: f64::INFINITY, place, round: usize::MAX })
            .collect();
        // How often something was chosen for each table: what was found out before is stale.
        let mut rounds = vec![0usize; tables];
        let round_of = |rounds: &[usize], bundle: &Bundle| -> usize {
            bundle.iter().map(|index| rounds[index.table]).sum()
        };
        while let Some(top) = heap.pop() {
            if top.value < least || budget.indexes.is_some_and(|most| chosen.len() >= most) {
                break;
            }
            let bundle = &candidates[top.place];
            let new: Vec<&IndexModel> =
                bundle.iter().filter(|index| !current.of(index.table).contains(index)).collect();
            if new.is_empty() {
                continue;
            }
            for index in &new {
                current.add(index);
            }
            let fits = || {
                let size = |index: &&IndexModel| self.size(index);
                let all = chosen.iter().chain(&new).map(size).sum::<u64>();
                budget.bytes.is_none_or(|most| all <= most)
            };
            if !fits() {
                rejected.push((new[0].clone(), "it does not fit into --max-index-size"));
                for index in &new {
                    current.remove(index);
                }
                continue;
            }
            if top.round == round_of(&rounds, bundle) {
                chosen.extend(new);
                for place in asks_of(bundle) {
                    costs[place] = self.coster.statement(&self.asks[place], &current, &mut used);
                }
                for index in bundle {
                    rounds[index.table] += 1;
                }
                continue;
            }
            let mut saved = 0.0;
            let mut best_left = 1.0f64;
            for place in asks_of(bundle) {
                let cost = self.coster.statement(&self.asks[place], &current, &mut used);
                let us = |cost: f64| self.time(place, cost, base[place]);
                let gain = us(costs[place]) - us(cost);
                if gain > 0.0 {
                    saved += gain;
                    best_left = best_left.min(us(cost) / us(costs[place]).max(1.0));
                }
            }
            for index in &new {
                current.remove(index);
            }
            let writes: f64 = new.iter().map(|index| self.write_cost(index)).sum();
            // Of two that save the same, the one with fewer keys.
            let keys: usize = new.iter().map(|index| index.keys.len()).sum();
            let value = saved - writes - keys as f64 * least * EACH_KEY;
            if saved < writes * OVER_WRITES && saved >= least {
                rejected.push((new[0].clone(), "it costs the writes more than it saves"));
            } else if best_left <= MOST_LEFT && value >= least {
                let round = round_of(&rounds, bundle);
                heap.push(Entry { value, place: top.place, round });
            }
        }
        self.prune(&mut chosen, &base, least);
        let mut appended = self.append(&chosen);
        self.cover(&mut appended, &base);
        let mut chosen: Vec<&IndexModel> = appended.iter().collect();
        self.prune(&mut chosen, &base, least);
        self.outcome(&chosen, &base, rejected)
    }

    /// The time of a statement at a cost, where the log has its time at the cost it has now.
    pub(crate) fn time(&self, place: usize, cost: f64, base: f64) -> f64 {
        let statement = &self.statements[self.asks[place].statement];
        let mean = statement.mean_us();
        // What examines few rows takes its time elsewhere: waits, the disk, the network.
        let few = match statement.mean_of(Counter::RowsExamined) {
            Some(rows) => rows < FEW_EXAMINED,
            // Where nothing counts them, what is quick and takes little of the log is left alone.
            None => {
                self.facts.statistics.is_empty()
                    && mean < QUICK_US
                    && (statement.duration_us as f64) < self.total_us * LITTLE
            }
        };
        let fixed = if few { mean } else { FLOOR_US.min(mean) };
        (fixed + (mean - fixed) * (cost / base).min(1.0)) * statement.executions as f64
    }

    /// The statements by the keys that they have conditions on or sort by.
    fn relevant(&self) -> HashMap<(usize, KeyId), Vec<usize>> {
        let mut relevant: HashMap<(usize, KeyId), Vec<usize>> = HashMap::new();
        for (place, ask) in self.asks.iter().enumerate() {
            let mut note = |table: usize, key: KeyId| {
                let places = relevant.entry((table, key)).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            };
            for block in &ask.blocks {
                for scan in &block.scans {
                    let branches = scan.alternatives.iter().flatten().flat_map(|scan| &scan.terms);
                    scan.terms.iter().chain(branches).for_each(|term| note(scan.table, term.key));
                }
                for edge in &block.edges {
                    for (scan, key) in [edge.left, edge.right] {
                        note(block.scans[scan].table, key);
                    }
                }
                for (scan, term) in &block.optional {
                    note(block.scans[*scan].table, term.key);
                }
                if let Some((scan, order)) = &block.order {
                    for sort in order {
                        note(block.scans[*scan].table, sort.key);
                    }
                }
            }
        }
        relevant
    }

    fn size(&self, index: &IndexModel) -> u64 {
        size::bytes(self.facts, self.keys, index).unwrap_or(0)
    }

    /// Microseconds that the writes of the log spend on an index.
    pub(crate) fn write_cost(&self, index: &IndexModel) -> f64 {
        // A partial index has few of the rows.
        let share = if index.conditions.is_empty() { 1.0 } else { size::PARTIAL };
        let inserts = self.writes.inserts.get(&index.table).copied().unwrap_or(0.0);
        let columns: Vec<&str> = index
            .keys
            .iter()
            .map(|key| key.key)
            .chain(index.include.iter().copied())
            .flat_map(|key| self.keys.text(key).columns.iter().map(String::as_str))
            .collect();
        let touches = |set: &[String]| {
            set.iter().any(|column| {
                columns.contains(&column.as_str())
                    || index.conditions.iter().any(|condition| condition.contains(column.as_str()))
            })
        };
        let updates: f64 = self
            .writes
            .updates
            .get(&index.table)
            .into_iter()
            .flatten()
            .filter(|(set, _)| touches(set))
            .map(|(_, rows)| rows)
            .sum();
        inserts * INSERT_US * share + updates * UPDATE_US
    }

    fn outcome(
        &self,
        chosen: &[&IndexModel],
        base: &[f64],
        rejected: Vec<(IndexModel, &'static str)>,
    ) -> Choice {
        let tables = self.facts.schema.tables.len();
        let all = Indexes::new(tables, self.existing.iter().chain(chosen.iter().copied()));
        let mut by_index: BTreeMap<&IndexModel, (Vec<usize>, f64)> = BTreeMap::new();
        let mut costs = Vec::with_capacity(base.len());
        let mut used = Vec::new();
        for (place, ask) in self.asks.iter().enumerate() {
            let cost = self.coster.statement(ask, &all, &mut used).min(base[place]);
            costs.push((base[place], cost));
            let saved =
                self.time(place, base[place], base[place]) - self.time(place, cost, base[place]);
            let mut mine: Vec<&IndexModel> =
                used.iter().copied().filter(|index| chosen.contains(index)).collect();
            mine.sort();
            mine.dedup();
            // What several save together is shared among them.
            let part = saved / mine.len().max(1) as f64;
            if cost < base[place] * 0.95 {
                for index in mine {
                    let entry = by_index.entry(index).or_default();
                    entry.0.push(ask.statement);
                    entry.1 += part;
                }
            }
        }
        let mut indexes: Vec<Chosen> = chosen
            .iter()
            .map(|index| {
                let (gains, saved_us) = by_index.remove(*index).unwrap_or_default();
                let writes_us = self.write_cost(index);
                Chosen { index: (*index).clone(), gains, saved_us, writes_us }
            })
            .filter(|chosen| !chosen.gains.is_empty())
            .collect();
        indexes.sort_by(|a, b| b.saved_us.total_cmp(&a.saved_us).then(a.index.cmp(&b.index)));
        Choice { indexes, costs, rejected }
    }
}
