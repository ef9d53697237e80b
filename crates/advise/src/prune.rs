//! After the choice: what others have made superfluous is taken away, and the order of a page appended.

use std::collections::{BTreeMap, HashMap};

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
        let mut of_table: HashMap<usize, Vec<usize>> = HashMap::new();
        for (place, index) in appended.iter().enumerate() {
            of_table.entry(index.table).or_default().push(place);
        }
        for block in self.asks.iter().flat_map(|ask| &ask.blocks) {
            let ([scan], Some((_, order)), Some(_)) =
                (block.scans.as_slice(), &block.order, block.limit)
            else {
                continue;
            };
            for place in of_table.get(&scan.table).into_iter().flatten() {
                let index = &mut appended[*place];
                let equal = |key: KeyId| {
                    scan.terms.iter().any(|term| term.key == key && term.use_ == Use::Equal)
                };
                let finds = index.method == Method::BTree
                    && index.keys.iter().all(|key| equal(key.key) && !key.pattern)
                    && implied(scan, &index.conditions, self.keys);
                let unknown = index.keys.iter().all(|key| {
                    !self.keys.text(key.key).is_expression() && !self.keys.facts(key.key).known
                });
                let plain = order.iter().all(|sort| {
                    self.keys.text(sort.key).is_indexable()
                        && sort.descending == order[0].descending
                        && !sort.odd_nulls
                });
                if finds && unknown && plain && index.keys.len() + order.len() <= MOST_KEYS {
                    let tail = order.iter().filter(|sort| !equal(sort.key));
                    index.keys.extend(tail.map(|sort| ModelKey::plain(sort.key)));
                    break;
                }
            }
        }
        appended
    }

    /// Takes away what others have made superfluous.
    pub(crate) fn prune<'i>(&'i self, chosen: &mut Vec<&'i IndexModel>, least: f64) {
        let mut by_table: BTreeMap<usize, Vec<&IndexModel>> = BTreeMap::new();
        for index in chosen.drain(..) {
            let mine = by_table.entry(index.table).or_default();
            if !mine.contains(&index) {
                mine.push(index);
            }
        }
        for mine in by_table.values_mut() {
            let all = mine.clone();
            mine.retain(|index| {
                !all.iter().any(|other| other != index && index.is_prefix_of(other))
            });
        }
        let all = by_table.values().flatten().copied();
        let mut indexes = Indexes::new(self.on_table.len(), self.existing.iter().chain(all));
        for (table, mine) in by_table {
            chosen.extend(self.missed_most(table, &mine, &mut indexes, least));
        }
    }

    /// The indexes of a table without those that are missed least, one after the other, if that is
    /// too little.
    fn missed_most<'i>(
        &self,
        table: usize,
        mine: &[&'i IndexModel],
        indexes: &mut Indexes<'i>,
        least: f64,
    ) -> Vec<&'i IndexModel> {
        let asks = self.on_table[table].iter();
        let mut users: Vec<User> = asks
            .map(|ask| self.user(*ask, mine, indexes))
            .filter(|user| !user.uses.is_empty())
            .collect();
        let mut left: Vec<usize> = (0..mine.len()).collect();
        let mut known: Vec<Option<Missed>> = mine.iter().map(|_| None).collect();
        loop {
            for place in &left {
                if known[*place].is_none() {
                    known[*place] = Some(self.missed(*place, mine, &users, indexes));
                }
            }
            let us = |place: usize| known[place].as_ref().map_or(f64::MAX, |missed| missed.us);
            let first = left.iter().copied().min_by(|a, b| us(*a).total_cmp(&us(*b)));
            let Some(gone) = first.filter(|place| us(*place) < least) else { break };
            left.retain(|place| *place != gone);
            indexes.remove(mine[gone]);
            // What these use instead is missed more than it was.
            let mut touched = Vec::new();
            for user in users.iter_mut().filter(|user| user.uses.contains(&gone)) {
                touched.append(&mut user.uses);
                *user = self.user(user.ask, mine, indexes);
                touched.extend(&user.uses);
            }
            for place in &left {
                let stale = touched.contains(place)
                    || known[*place].as_ref().is_some_and(|missed| missed.instead.contains(&gone));
                if stale {
                    known[*place] = None;
                }
            }
        }
        left.into_iter().map(|place| mine[place]).collect()
    }

    fn user(&self, ask: usize, mine: &[&IndexModel], indexes: &Indexes<'_>) -> User {
        let mut used = Vec::new();
        let cost = self.coster.statement(&self.asks[ask], indexes, &mut used);
        User { ask, cost, uses: places(&used, mine) }
    }

    /// What is lost without an index, beyond what its absence has to be worth.
    fn missed<'i>(
        &self,
        place: usize,
        mine: &[&'i IndexModel],
        users: &[User],
        indexes: &mut Indexes<'i>,
    ) -> Missed {
        indexes.remove(mine[place]);
        let mut missed = Missed { us: 0.0, instead: Vec::new() };
        let mut of = 0.0;
        let mut used = Vec::new();
        for user in users.iter().filter(|user| user.uses.contains(&place)) {
            let now = &self.now[user.ask];
            let lost = self.coster.statement(&self.asks[user.ask], indexes, &mut used);
            missed.us += now.time(lost) - now.time(user.cost);
            of += now.time(now.cost);
            for place in places(&used, mine) {
                if !missed.instead.contains(&place) {
                    missed.instead.push(place);
                }
            }
        }
        indexes.add(mine[place]);
        // What is missed has to be worth something, of the log and of these statements.
        missed.us -= self.write_cost(mine[place]) + of * LEAST_OF_STATEMENTS;
        missed
    }
}

/// A statement, with those of the indexes of a table that it uses.
struct User {
    ask: usize,
    cost: f64,
    uses: Vec<usize>,
}

/// What an index is worth beside the others.
struct Missed {
    us: f64,
    /// Those that are used in its place.
    instead: Vec<usize>,
}

/// Which of the indexes of a table are used.
fn places(used: &[&IndexModel], mine: &[&IndexModel]) -> Vec<usize> {
    let is_used = |place: &usize| used.iter().any(|index| std::ptr::eq(*index, mine[*place]));
    (0..mine.len()).filter(is_used).collect()
}
