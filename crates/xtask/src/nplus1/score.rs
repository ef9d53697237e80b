//! How good the bursts are that slowlog names, by the labels of a log.
//!
//! A loop is all children of a request with the same letter. A burst is pure if half of its lines
//! are of one loop. A loop of five turns or more is found if pure bursts with at least three of its
//! statements, or half of them, hold half of it together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::labels::Label;

/// A line of `slowlog nplus1 --format jsonl`.
#[derive(Debug, Deserialize)]
pub(super) struct Burst {
    kind: String,
    parent: Option<Child>,
    children: Vec<Child>,
    confidence: String,
}

impl Burst {
    /// Proven or likely.
    fn is_sure(&self) -> bool {
        matches!(self.confidence.as_str(), "proven" | "likely")
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Child {
    line: u64,
}

/// Reads all bursts.
pub(super) fn bursts(jsonl: &str) -> Result<Vec<Burst>> {
    jsonl.lines().map(|line| serde_json::from_str(line).context("a burst")).collect()
}

/// Loops of fewer turns are not asked for.
const FEWEST_TURNS: u64 = 5;

/// Class, request and letter.
type Loop = (&'static str, u64, &'static str);

/// Figures of one kind of bursts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Figures {
    /// Bursts that are of a loop, and those that are of none.
    pub(super) right: u32,
    pub(super) wrong: u32,
    /// The same of those that are called proven or likely.
    pub(super) sure_right: u32,
    pub(super) sure_wrong: u32,
    /// Of those that are wrong and sure, how many join several loops of one page.
    pub(super) sure_joined: u32,
    /// Of those that are right and sure, how many name a parent of another request.
    pub(super) strange_parents: u32,
    /// Found and all loops of enough turns, by endpoint.
    pub(super) endpoints: BTreeMap<&'static str, (u32, u32)>,
    /// The same, where only what is proven or likely counts.
    pub(super) sure_found: u32,
    /// Wrong bursts by the endpoint that most of their lines are of; with those that are sure.
    pub(super) accused: BTreeMap<&'static str, (u32, u32)>,
    /// Bursts of the kind that are of a loop of the same values.
    pub(super) duplicates: u32,
}

impl Figures {
    pub(super) fn precision(&self) -> Option<f64> {
        share(self.right, self.right + self.wrong)
    }

    pub(super) fn sure_precision(&self) -> Option<f64> {
        share(self.sure_right, self.sure_right + self.sure_wrong)
    }

    /// Found and all.
    pub(super) fn found(&self) -> (u32, u32) {
        self.endpoints.values().fold((0, 0), |(found, all), (f, a)| (found + f, all + a))
    }

    pub(super) fn recall(&self) -> Option<f64> {
        let (found, all) = self.found();
        share(found, all)
    }

    /// Of what is proven or likely.
    pub(super) fn sure_recall(&self) -> Option<f64> {
        share(self.sure_found, self.found().1)
    }

    /// The mean of the recalls of endpoints.
    pub(super) fn macro_recall(&self) -> Option<f64> {
        let shares = self.endpoints.values().map(|(f, a)| f64::from(*f) / f64::from(*a));
        let count = self.endpoints.len();
        (count > 0).then(|| shares.sum::<f64>() / count as f64)
    }
}

fn share(part: u32, of: u32) -> Option<f64> {
    (of > 0).then(|| f64::from(part) / f64::from(of))
}

/// Are nine of ten statements children of the same loop of the same page, of whatever request?
fn joins_loops(places: &BTreeSet<usize>, labels: &[Label]) -> bool {
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for label in places.iter().map(|place| &labels[*place]).filter(|label| label.is_child()) {
        *counts.entry((label.cls, label.ep, label.grp)).or_default() += 1;
    }
    counts.into_values().max().is_some_and(|most| 10 * most >= 9 * places.len())
}

/// Scores the bursts of a kind, whose loops have a class.
pub(super) fn score(labels: &[Label], bursts: &[Burst], kind: &str, class: &str) -> Figures {
    let mut loops: BTreeMap<Loop, BTreeSet<usize>> = BTreeMap::new();
    let mut by_line: HashMap<u64, usize> = HashMap::new();
    for (place, label) in labels.iter().enumerate() {
        let lines = (label.line..=label.last).chain(label.steps.iter().copied());
        by_line.extend(lines.map(|line| (line, place)));
    }
    for (place, label) in labels.iter().enumerate().filter(|(_, label)| label.is_child()) {
        loops.entry((label.cls, label.req, label.grp)).or_default().insert(place);
    }
    loops.retain(|_, places| places.len() >= 2);
    let of: HashMap<usize, Loop> =
        loops.iter().flat_map(|(key, places)| places.iter().map(|place| (*place, *key))).collect();
    let mut figures = Figures::default();
    let mut covered: HashMap<Loop, [BTreeSet<usize>; 2]> = HashMap::new();
    let mut ordered: Vec<(BTreeSet<usize>, &Burst)> = Vec::new();
    for burst in bursts.iter().filter(|burst| burst.kind == kind) {
        let places = burst.children.iter().filter_map(|child| by_line.get(&child.line).copied());
        let places = places.filter(|place| !labels[*place].control).collect();
        ordered.push((places, burst));
    }
    ordered.sort_by_key(|(places, _)| std::cmp::Reverse(places.len()));
    let mut seen = BTreeSet::new();
    for (places, burst) in ordered {
        let sure = burst.is_sure();
        let mut counts: BTreeMap<Loop, usize> = BTreeMap::new();
        for place in &places {
            of.get(place).into_iter().for_each(|key| *counts.entry(*key).or_default() += 1);
        }
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        let pure = most.filter(|(_, count)| *count >= 2 && 2 * count >= places.len());
        match pure {
            Some((key, count)) if key.0 == class => {
                let mine: BTreeSet<usize> = places.intersection(&loops[&key]).copied().collect();
                if mine.is_subset(&seen) {
                    continue;
                }
                seen.extend(&mine);
                figures.right += 1;
                figures.sure_right += u32::from(sure);
                let parent = burst.parent.and_then(|parent| by_line.get(&parent.line));
                let strange = parent.is_some_and(|parent| labels[*parent].req != key.1);
                figures.strange_parents += u32::from(sure && strange);
                if count >= 3 || 2 * count >= loops[&key].len() {
                    let [any, firm] = covered.entry(key).or_default();
                    any.extend(&mine);
                    firm.extend(mine.iter().filter(|_| sure));
                }
            }
            Some((key, _)) if key.0 == "dup" => figures.duplicates += 1,
            // The other kind of loop: no burst of chance.
            Some(_) => {}
            None => {
                figures.wrong += 1;
                figures.sure_wrong += u32::from(sure);
                figures.sure_joined += u32::from(sure && joins_loops(&places, labels));
                let mut of: BTreeMap<&str, usize> = BTreeMap::new();
                for place in &places {
                    *of.entry(labels[*place].ep).or_default() += 1;
                }
                let endpoint = of.into_iter().max_by_key(|(_, count)| *count);
                let (all, firm) = figures
                    .accused
                    .entry(endpoint.map_or("?", |(endpoint, _)| endpoint))
                    .or_default();
                *all += 1;
                *firm += u32::from(sure);
            }
        }
    }
    for (key, places) in &loops {
        let Some(label) = places.first().map(|place| &labels[*place]) else { continue };
        if key.0 != class || label.n < FEWEST_TURNS {
            continue;
        }
        let half = |of: &BTreeSet<usize>| 2 * of.len() >= places.len();
        let [any, firm] = covered.get(key).map_or([false; 2], |of| of.each_ref().map(half));
        let (found, all) = figures.endpoints.entry(label.ep).or_default();
        *all += 1;
        *found += u32::from(any);
        figures.sure_found += u32::from(firm);
    }
    figures
}
