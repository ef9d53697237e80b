//! What candidates offer: which statements each of them could make quicker, and how much of the log
//! that would save after what was chosen before.
//!
//! What a statement on one table costs is that of the best of its indexes, so of each candidate its
//! cost is looked up once. Statements with joins are priced anew, with all indexes.

use crate::ask::{KeyId, Use};
use crate::candidate::Bundle;
use crate::choose::Chooser;
use crate::plan::Indexes;

/// The offers of all candidates, by their places.
pub(crate) struct Offers {
    /// What each could save at most.
    most: Vec<f64>,
    /// Those that were looked at.
    known: Vec<Option<Offer>>,
    /// The statements that an index might help, by its first key.
    relevant: Vec<Relevant>,
    /// What each statement costs with what is chosen.
    costs: Vec<f64>,
    /// The round in which that changed last.
    changed: Vec<usize>,
    /// How often something was chosen.
    round: usize,
}

/// Statements that a key has to do with.
#[derive(Debug, Default)]
struct Relevant {
    asks: Vec<u32>,
    /// The time that they could save at most.
    us: f64,
}

/// The statements that one candidate could make quicker.
#[derive(Debug, Default)]
struct Offer {
    /// Those on one table, with what they cost by it.
    simple: Vec<(usize, f64)>,
    /// The others.
    joined: Vec<usize>,
}

/// What a candidate saves.
pub(crate) struct Judged {
    pub(crate) saved_us: f64,
    /// The smallest share of its time that is left to a statement.
    pub(crate) best_left: f64,
}

impl Offers {
    pub(crate) fn new(chooser: &Chooser<'_, '_, '_>, candidates: &[Bundle]) -> Self {
        let relevant = relevant(chooser);
        let most = |bundle: &Bundle| -> f64 {
            let firsts = bundle.iter().filter_map(|index| index.keys.first());
            firsts.map(|first| relevant[first.key.0 as usize].us).sum()
        };
        Self {
            most: candidates.iter().map(most).collect(),
            known: candidates.iter().map(|_| None).collect(),
            costs: chooser.now.iter().map(|now| now.cost).collect(),
            changed: vec![0; chooser.now.len()],
            round: 0,
            relevant,
        }
    }

    /// What a candidate could save at most.
    pub(crate) fn most(&self, candidate: usize) -> f64 {
        self.most[candidate]
    }

    pub(crate) fn round(&self) -> usize {
        self.round
    }

    /// Is what a candidate was found to save in a round still so?
    pub(crate) fn is_fresh(&self, candidate: usize, round: usize) -> bool {
        self.known[candidate]
            .as_ref()
            .is_some_and(|offer| offer.asks().all(|ask| self.changed[ask] <= round))
    }

    /// What a candidate saves, `current` being all indexes with those of it.
    pub(crate) fn judge(
        &mut self,
        chooser: &Chooser<'_, '_, '_>,
        bundle: &Bundle,
        candidate: usize,
        current: &Indexes<'_>,
    ) -> Judged {
        if self.known[candidate].is_none() {
            self.known[candidate] = Some(self.offer(chooser, bundle));
        }
        let mut judged = Judged { saved_us: 0.0, best_left: 1.0 };
        let Some(offer) = &self.known[candidate] else { return judged };
        let mut note = |ask: usize, cost: f64| {
            let (now, before) = (&chooser.now[ask], self.costs[ask]);
            if cost < before {
                let (before, after) = (now.time(before), now.time(cost));
                judged.saved_us += before - after;
                judged.best_left = judged.best_left.min(after / before.max(1.0));
            }
        };
        offer.simple.iter().for_each(|(ask, cost)| note(*ask, *cost));
        let mut used = Vec::new();
        for ask in &offer.joined {
            note(*ask, chooser.coster.statement(&chooser.asks[*ask], current, &mut used));
        }
        judged
    }

    /// A candidate is chosen, and `current` has its indexes.
    pub(crate) fn accept(
        &mut self,
        chooser: &Chooser<'_, '_, '_>,
        candidate: usize,
        current: &Indexes<'_>,
    ) {
        let Some(offer) = &self.known[candidate] else { return };
        self.round += 1;
        for (ask, cost) in &offer.simple {
            if *cost < self.costs[*ask] {
                self.costs[*ask] = *cost;
                self.changed[*ask] = self.round;
            }
        }
        let mut used = Vec::new();
        for ask in &offer.joined {
            // Even if it costs what it did: with a second index it may cost less.
            self.costs[*ask] = chooser.coster.statement(&chooser.asks[*ask], current, &mut used);
            self.changed[*ask] = self.round;
        }
    }

    fn offer(&self, chooser: &Chooser<'_, '_, '_>, bundle: &Bundle) -> Offer {
        let mut places: Vec<usize> = bundle
            .iter()
            .filter_map(|index| index.keys.first())
            .flat_map(|first| &self.relevant[first.key.0 as usize].asks)
            .map(|place| *place as usize)
            .collect();
        places.sort_unstable();
        places.dedup();
        let mut offer = Offer::default();
        for place in places {
            let ask = &chooser.asks[place];
            let Some(block) = ask.simple_block() else {
                offer.joined.push(place);
                continue;
            };
            let mine = bundle.iter().filter(|index| index.table == block.scans[0].table);
            let costs = mine.filter_map(|index| chooser.coster.by_one(ask, index));
            let cost = costs.fold(f64::INFINITY, f64::min);
            if cost < self.costs[place] {
                offer.simple.push((place, cost));
            }
        }
        offer
    }
}

impl Offer {
    fn asks(&self) -> impl Iterator<Item = usize> {
        self.simple.iter().map(|(ask, _)| *ask).chain(self.joined.iter().copied())
    }
}

/// The statements by the keys that they have conditions on or sort by.
fn relevant(chooser: &Chooser<'_, '_, '_>) -> Vec<Relevant> {
    let mut relevant: Vec<Relevant> = Vec::new();
    relevant.resize_with(chooser.coster.keys.len(), Relevant::default);
    for (place, (ask, now)) in chooser.asks.iter().zip(&chooser.now).enumerate() {
        let saved = now.time(now.cost) - now.time(0.0);
        let mut note = |key: KeyId| {
            let of = &mut relevant[key.0 as usize];
            if of.asks.last() != Some(&(place as u32)) {
                of.asks.push(place as u32);
                of.us += saved;
            }
        };
        for block in &ask.blocks {
            for scan in &block.scans {
                let branches = scan.alternatives.iter().flatten().flat_map(|scan| &scan.terms);
                let terms = scan.terms.iter().chain(branches);
                terms.filter(|term| term.use_ != Use::Filter).for_each(|term| note(term.key));
            }
            for edge in &block.edges {
                note(edge.left.1);
                note(edge.right.1);
            }
            block.optional.iter().for_each(|(_, term)| note(term.key));
            let order = block.order.iter().flat_map(|(_, order)| order);
            order.for_each(|sort| note(sort.key));
        }
    }
    relevant
}
