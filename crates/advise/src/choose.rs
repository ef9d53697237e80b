//! Of all candidates, the few that are worth having: greedy by the time they save, each judged
//! together with those already chosen, then pruned.
//!
//! The benefit of a candidate can only shrink as others are chosen (mostly: see bundles), so a
//! candidate is looked at again only when it is on top (Minoux 1978, "lazy greedy"), and only if a
//! statement that it helps got quicker in the meantime (`offer.rs`).

use std::collections::{BTreeMap, BinaryHeap};

use slowlog_event::Counter;

use crate::ask::{Ask, Keys, Writes};
use crate::candidate::Bundle;
use crate::cost::Coster;
use crate::facts::Facts;
use crate::index_model::IndexModel;
use crate::offer::Offers;
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
/// … or, where statistics or plans say that it will, so much of each second of the log: a quarter of a
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

/// A candidate on the heap, by what it saved when it was last looked at.
struct Entry {
    value: f64,
    place: usize,
    /// When that was; `None` for a bound that it cannot surpass.
    round: Option<usize>,
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
    /// Of each statement, what it takes as things are.
    pub(crate) now: Vec<Now>,
    /// The statements on each table.
    pub(crate) on_table: Vec<Vec<usize>>,
}

/// A statement as things are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    /// What the model says that it costs.
    pub(crate) cost: f64,
    /// Microseconds of the log that no index saves.
    fixed_us: f64,
    /// Those that go with the cost.
    moving_us: f64,
}

impl Now {
    /// The time of the statement at another cost.
    pub(crate) fn time(&self, cost: f64) -> f64 {
        self.fixed_us + self.moving_us * (cost / self.cost).min(1.0)
    }
}

impl<'c, 'f, 's> Chooser<'c, 'f, 's> {
    pub(crate) fn new(
        coster: Coster<'c, 'f>,
        writes: &'c Writes,
        asks: &'c [Ask],
        statements: &'c [Statement<'s>],
        existing: &'c [IndexModel],
        period_us: Option<f64>,
    ) -> Self {
        let (facts, keys) = (coster.facts, coster.keys);
        let mut on_table = vec![Vec::new(); facts.schema.tables.len()];
        for (place, ask) in asks.iter().enumerate() {
            ask.tables.iter().for_each(|table| on_table[*table].push(place));
        }
        let total_us = statements.iter().map(|statement| statement.duration_us as f64).sum();
        let mut chooser = Self {
            coster,
            facts,
            keys,
            writes,
            asks,
            statements,
            existing,
            period_us,
            total_us,
            now: Vec::new(),
            on_table,
        };
        let indexes = Indexes::new(chooser.on_table.len(), existing.iter());
        let mut used = Vec::new();
        chooser.now = asks
            .iter()
            .map(|ask| {
                let cost = chooser.coster.statement(ask, &indexes, &mut used).max(0.01);
                chooser.now(&statements[ask.statement], cost)
            })
            .collect();
        chooser
    }

    fn now(&self, statement: &Statement<'_>, cost: f64) -> Now {
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
        let executions = statement.executions as f64;
        Now { cost, fixed_us: fixed * executions, moving_us: (mean - fixed) * executions }
    }

    pub(crate) fn choose(&self, candidates: &[Bundle], budget: Budget) -> Choice {
        let least = self.least();
        let offers = Offers::new(self, candidates);
        let (mut chosen, rejected) = self.take(candidates, offers, budget, least);
        self.prune(&mut chosen, least);
        let mut appended = self.append(&chosen);
        self.cover(&mut appended);
        let mut chosen: Vec<&IndexModel> = appended.iter().collect();
        self.prune(&mut chosen, least);
        self.outcome(&chosen, rejected)
    }

    /// What an index has to save at least, in microseconds.
    fn least(&self) -> f64 {
        let share = self.total_us * LEAST_SHARE;
        let least = match self.period_us {
            Some(period) if self.is_sure() => share.min(period * LEAST_RATE),
            _ => share,
        };
        least.max(1.0)
    }

    /// Takes the candidate that saves most, again and again.
    fn take<'i>(
        &self,
        candidates: &'i [Bundle],
        mut offers: Offers,
        budget: Budget,
        least: f64,
    ) -> (Vec<&'i IndexModel>, Vec<(IndexModel, &'static str)>)
    where
        'c: 'i,
    {
        let mut current = Indexes::new(self.on_table.len(), self.existing.iter());
        let mut chosen: Vec<&IndexModel> = Vec::new();
        let mut rejected = Vec::new();
        let mut heap: BinaryHeap<Entry> = (0..candidates.len())
            .map(|place| Entry { value: offers.most(place), place, round: None })
            .collect();
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
            let size = |index: &&IndexModel| self.size(index);
            let fits = budget
                .bytes
                .is_none_or(|most| chosen.iter().chain(&new).map(size).sum::<u64>() <= most);
            if !fits {
                rejected.push((new[0].clone(), "it does not fit into --max-index-size"));
                continue;
            }
            for index in &new {
                current.add(index);
            }
            if top.round.is_some_and(|round| offers.is_fresh(top.place, round)) {
                chosen.extend(new);
                offers.accept(self, top.place, &current);
                continue;
            }
            let offer = offers.judge(self, bundle, top.place, &current);
            for index in &new {
                current.remove(index);
            }
            let writes: f64 = new.iter().map(|index| self.write_cost(index)).sum();
            // Of two that save the same, the one with fewer keys.
            let keys: usize = new.iter().map(|index| index.keys.len()).sum();
            let value = offer.saved_us - writes - keys as f64 * least * EACH_KEY;
            if offer.saved_us < writes * OVER_WRITES && offer.saved_us >= least {
                rejected.push((new[0].clone(), "it costs the writes more than it saves"));
            } else if offer.best_left <= MOST_LEFT && value >= least {
                heap.push(Entry { value, place: top.place, round: Some(offers.round()) });
            }
        }
        (chosen, rejected)
    }

    /// Do statistics, or plans in the log, say what an index will do?
    fn is_sure(&self) -> bool {
        !self.facts.statistics.is_empty()
            || self.statements.iter().any(|statement| statement.plan().is_some())
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
            .flat_map(|key| self.keys.text(key).columns())
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

    fn outcome(&self, chosen: &[&IndexModel], rejected: Vec<(IndexModel, &'static str)>) -> Choice {
        let all =
            Indexes::new(self.on_table.len(), self.existing.iter().chain(chosen.iter().copied()));
        let mut by_index: BTreeMap<&IndexModel, (Vec<usize>, f64)> =
            chosen.iter().map(|index| (*index, (Vec::new(), 0.0))).collect();
        let mut costs = Vec::with_capacity(self.now.len());
        let mut used = Vec::new();
        for (ask, now) in self.asks.iter().zip(&self.now) {
            let cost = self.coster.statement(ask, &all, &mut used).min(now.cost);
            costs.push((now.cost, cost));
            if cost >= now.cost * 0.95 {
                continue;
            }
            let mut mine: Vec<&IndexModel> =
                used.iter().copied().filter(|index| by_index.contains_key(index)).collect();
            mine.sort();
            mine.dedup();
            // What several save together is shared among them.
            let part = (now.time(now.cost) - now.time(cost)) / mine.len().max(1) as f64;
            for index in mine {
                let entry = by_index.entry(index).or_default();
                entry.0.push(ask.statement);
                entry.1 += part;
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
