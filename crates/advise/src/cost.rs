//! What reading a table costs, with and without an index.
//!
//! The unit is that of PostgreSQL's planner, one page read in order; so are the constants
//! (<https://www.postgresql.org/docs/current/runtime-config-query.html#RUNTIME-CONFIG-QUERY-CONSTANTS>).
//! MySQL's costs are of another unit with about the same proportions. It ranks; it promises
//! nothing.

use slowlog_normalize::access::Test;

use crate::ask::{KeyId, Keys, Scan, SortKey, Term, Use};
use crate::facts::Facts;
use crate::index_model::{IndexModel, Method};
use crate::reach::may_serve;

const RANDOM_PAGE: f64 = 4.0;
const ROW: f64 = 0.01;
const INDEX_ROW: f64 = 0.005;
const OPERATOR: f64 = 0.0025;
/// Entries on a page of an index.
const ENTRIES_PER_PAGE: f64 = 250.0;
/// Share of pages that an index-only scan looks up nevertheless.
const NOT_ALL_VISIBLE: f64 = 0.05;

/// A way to read a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path {
    /// For one run.
    pub(crate) cost: f64,
    /// Rows that it gives.
    pub(crate) rows: f64,
    /// They come in the order asked for.
    pub(crate) ordered: bool,
    /// The indexes that it uses, a bit for each of those offered.
    pub(crate) used: Used,
}

/// Places of indexes of one table; those past the 64th are never used.
pub(crate) type Used = u64;

fn bit(place: usize) -> Option<Used> {
    1u64.checked_shl(place as u32)
}

/// What is wanted of a scan beside its own conditions.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted<'w> {
    /// Columns that have one value, from a table read before.
    pub(crate) bound: &'w [KeyId],
    pub(crate) order: Option<&'w [SortKey]>,
    pub(crate) limit: Option<f64>,
}

pub(crate) struct Coster<'c, 'f> {
    pub(crate) facts: &'c Facts<'f>,
    pub(crate) keys: &'c Keys,
}

impl Coster<'_, '_> {
    /// The cheapest way with the given indexes.
    pub(crate) fn best(&self, scan: &Scan, indexes: &[&IndexModel], wanted: Wanted<'_>) -> Path {
        let rows = self.rows(scan, wanted.bound);
        let mut best = self.sequential(scan, wanted, rows);
        let mut best_total = with_sort(&best, wanted);
        for (place, index) in indexes.iter().enumerate() {
            if let Some(path) = self.by_index(scan, index, wanted, rows) {
                let Some(used) = bit(place) else { break };
                let path = Path { used, ..path };
                let total = with_sort(&path, wanted);
                if total < best_total {
                    (best, best_total) = (path, total);
                }
            }
        }
        if let Some(path) = self.by_alternatives(scan, indexes, rows)
            && with_sort(&path, wanted) < best_total
        {
            best = path;
        }
        Path { cost: with_sort(&best, wanted), ..best }
    }

    /// The cost with one index, sort included, if the index is of any use.
    pub(crate) fn with_index(
        &self,
        scan: &Scan,
        index: &IndexModel,
        wanted: Wanted<'_>,
    ) -> Option<f64> {
        let rows = self.rows(scan, wanted.bound);
        self.by_index(scan, index, wanted, rows).map(|path| with_sort(&path, wanted))
    }

    /// Rows after all conditions.
    pub(crate) fn rows(&self, scan: &Scan, bound: &[KeyId]) -> f64 {
        let rows = self.facts.table(scan.table).rows;
        (rows * self.selectivity(scan, bound)).max(0.5)
    }

    fn selectivity(&self, scan: &Scan, bound: &[KeyId]) -> f64 {
        let terms: f64 = scan.terms.iter().map(|term| term.selectivity).product();
        let groups: f64 = scan.alternatives.iter().map(|group| alternative(group)).product();
        let bound: f64 = bound.iter().map(|key| self.equal(*key)).product();
        terms * groups * bound
    }

    pub(crate) fn equal(&self, key: KeyId) -> f64 {
        1.0 / self.keys.facts(key).distinct.max(1.0)
    }

    fn sequential(&self, scan: &Scan, wanted: Wanted<'_>, rows: f64) -> Path {
        let table = self.facts.table(scan.table);
        let filters = scan.terms.len() + scan.alternatives.len() + wanted.bound.len();
        let cost = table.pages + table.rows * (ROW + OPERATOR * filters as f64);
        // Without an order, a limit stops it early.
        let part = match (wanted.limit, wanted.order) {
            (Some(limit), None) => (limit / rows).min(1.0),
            _ => 1.0,
        };
        Path { cost: cost * part, rows, ordered: false, used: 0 }
    }

    /// `rows`: those after all conditions.
    fn by_index(
        &self,
        scan: &Scan,
        index: &IndexModel,
        wanted: Wanted<'_>,
        rows: f64,
    ) -> Option<Path> {
        if !implied(scan, &index.conditions, self.keys) {
            return None;
        }
        match index.method {
            Method::BTree => self.by_btree(scan, index, wanted, rows),
            Method::Inverted | Method::Paths | Method::Trigrams | Method::Words => {
                self.by_inverted(scan, index, rows)
            }
            Method::Other => None,
        }
    }

    fn by_inverted(&self, scan: &Scan, index: &IndexModel, rows: f64) -> Option<Path> {
        let serves = |term: &Term| match index.method {
            Method::Inverted => matches!(term.use_, Use::Contains | Use::Words),
            Method::Paths => term.use_ == Use::Contains && term.test != Test::HasKey,
            Method::Trigrams => term.use_ == Use::Part,
            _ => term.use_ == Use::Words,
        };
        let term = scan
            .terms
            .iter()
            .find(|term| serves(term) && index.keys.iter().any(|key| key.key == term.key))?;
        let table = self.facts.table(scan.table);
        let entries = (table.rows * term.selectivity).max(1.0);
        let cost = 20.0 + entries * (INDEX_ROW + ROW) + pages_of(entries, table.pages);
        Some(Path { cost, rows, ordered: false, used: 0 })
    }

    fn by_btree(
        &self,
        scan: &Scan,
        index: &IndexModel,
        wanted: Wanted<'_>,
        rows: f64,
    ) -> Option<Path> {
        if !may_serve(scan, index, wanted) {
            return None;
        }
        let table = self.facts.table(scan.table);
        let covered = covered_by(&index.conditions);
        let share: f64 = scan
            .terms
            .iter()
            .filter(|term| term.condition.as_deref().is_some_and(&covered))
            .map(|term| term.selectivity)
            .product();
        let reach = self.reach(scan, &index.keys, wanted.bound);
        let ordered = wanted
            .order
            .is_some_and(|order| self.serves_order(scan, index, wanted.bound, order, &reach));
        if !reach.serves && !ordered && index.conditions.is_empty() {
            return None;
        }
        let entries = (table.rows * reach.found * share).max(1.0);
        let fetched = (entries * reach.filtered).max(1.0).min(entries);
        // In the right order, a limit stops it early.
        let part = match wanted.limit {
            Some(limit) if ordered || wanted.order.is_none() => (limit / rows).min(1.0),
            _ => 1.0,
        };
        let (entries, fetched) = ((entries * part).max(1.0), (fetched * part).max(1.0));
        let searches = reach.searches;
        let descent = RANDOM_PAGE.mul_add(1.0 + (searches - 1.0) * 0.25, 0.3);
        let leaves = entries / ENTRIES_PER_PAGE;
        let heap = if index.clustered {
            fetched / (table.rows / table.pages.max(1.0)).max(1.0)
        } else {
            let correlation = self.correlation(index, reach.fixed);
            let random = if ordered {
                fetched.min(table.pages * 4.0) * RANDOM_PAGE
            } else {
                pages_of(fetched, table.pages)
            };
            let serial = fetched / (table.rows / table.pages.max(1.0)).max(1.0);
            random + correlation * correlation * (serial - random).min(0.0)
        };
        let covering = scan.columns.as_ref().is_some_and(|columns| {
            columns.iter().all(|key| index.holds(*key))
                && scan.terms.iter().all(|term| {
                    index.holds(term.key) || term.condition.as_deref().is_some_and(&covered)
                })
                && scan.alternatives.is_empty()
        });
        let heap = if covering { heap * NOT_ALL_VISIBLE } else { heap };
        let filters = scan.terms.len() as f64 * OPERATOR;
        let cost = descent + leaves + entries * INDEX_ROW + heap + fetched * (ROW + filters);
        Some(Path { cost, rows, ordered, used: 0 })
    }

    /// How far the rows that are found lie in the order of the index: that of the first key which
    /// has several values, less where others come before it.
    fn correlation(&self, index: &IndexModel, fixed: usize) -> f64 {
        match index.keys.as_slice() {
            [only] => self.keys.facts(only.key).correlation,
            several => {
                let key = several.get(fixed);
                key.map_or(0.0, |key| self.keys.facts(key.key).correlation * 0.75)
            }
        }
    }

    /// One index for each branch of an `OR`, their results united.
    fn by_alternatives(&self, scan: &Scan, indexes: &[&IndexModel], rows: f64) -> Option<Path> {
        let mut best: Option<Path> = None;
        for group in &scan.alternatives {
            let mut cost = 0.0;
            let mut used = 0;
            for branch in group {
                let found = self.rows(branch, &[]);
                let by = indexes.iter().enumerate().filter_map(|(place, index)| {
                    let path = self.by_index(branch, index, Wanted::default(), found)?;
                    Some((path.cost, bit(place)?))
                });
                let (least, by) = by.min_by(|(a, _), (b, _)| a.total_cmp(b))?;
                cost += least;
                used |= by;
            }
            if best.is_none_or(|best| cost < best.cost) {
                best = Some(Path { cost, rows, ordered: false, used });
            }
        }
        best
    }
}

/// The cost of a path with the sort that it needs.
fn with_sort(path: &Path, wanted: Wanted<'_>) -> f64 {
    if wanted.order.is_none() || path.ordered {
        return path.cost;
    }
    let rows = path.rows.max(2.0);
    let kept = wanted.limit.unwrap_or(rows).clamp(2.0, rows);
    path.cost + rows * 2.0 * OPERATOR * kept.log2()
}

fn alternative(group: &[Scan]) -> f64 {
    let branch = |scan: &Scan| scan.terms.iter().map(|term| term.selectivity).product::<f64>();
    group.iter().map(branch).sum::<f64>().min(1.0)
}

/// Pages that so many rows at random places are on, and what they cost: the more of them, the
/// more are read in order (Mackert and Lohman 1989, as the planner of PostgreSQL has it).
fn pages_of(rows: f64, pages: f64) -> f64 {
    let pages = pages.max(1.0);
    let touched = (2.0 * pages * rows / (2.0 * pages + rows)).min(pages).max(1.0);
    let each = RANDOM_PAGE - (RANDOM_PAGE - 1.0) * (touched / pages).sqrt();
    touched * each
}

/// Do the conditions of the scan imply those of a partial index?
pub(crate) fn implied(scan: &Scan, conditions: &[String], keys: &Keys) -> bool {
    conditions.iter().all(|condition| {
        scan.terms.iter().any(|term| {
            let same = term.condition.as_ref() == Some(condition);
            let not_null = || {
                condition.strip_suffix(" is not null") == Some(keys.text(term.key).canonical())
                    && !matches!(term.use_, Use::Null | Use::Filter)
            };
            same || not_null()
        })
    })
}

fn covered_by(conditions: &[String]) -> impl Fn(&str) -> bool + '_ {
    |text| conditions.iter().any(|condition| condition == text)
}
