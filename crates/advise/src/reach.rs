//! How far the keys of a B-tree serve the conditions and the order of a scan.

use crate::ask::{KeyId, Scan, SortKey, Use};
use crate::cost::{Coster, Wanted};
use crate::index_model::{IndexModel, ModelKey, is_clustering};

/// Can a B-tree serve the scan at all? Without its first key it is read as a whole, which pays only
/// where it has few of the rows.
pub(crate) fn may_serve(scan: &Scan, index: &IndexModel, wanted: Wanted<'_>) -> bool {
    let Some(first) = index.keys.first().map(|key| key.key) else { return false };
    !index.conditions.is_empty()
        || wanted.bound.contains(&first)
        || scan.terms.iter().any(|term| term.key == first)
        || wanted.order.is_some_and(|order| order.iter().any(|sort| sort.key == first))
}

/// How far the keys of an index serve the conditions of a scan.
pub(crate) struct Reach {
    /// Some condition bounds the part of the index that is read.
    pub(crate) serves: bool,
    /// The share of the index that is read.
    pub(crate) found: f64,
    /// The share of that which conditions over keys behind leave.
    pub(crate) filtered: f64,
    /// Keys with one value.
    pub(crate) fixed: usize,
    /// Parts of the index that are read.
    pub(crate) searches: f64,
}

impl Coster<'_, '_> {
    /// Does the index give the order, given that some keys have one value?
    pub(crate) fn serves_order(
        &self,
        scan: &Scan,
        index: &IndexModel,
        bound: &[KeyId],
        order: &[SortKey],
        reach: &Reach,
    ) -> bool {
        let fixed = |key: KeyId| {
            bound.contains(&key)
                || scan.terms.iter().any(|term| term.key == key && term.use_ == Use::Equal)
        };
        let mut keys = index.keys.iter().skip(reach.fixed).peekable();
        let mut reversed = None;
        for sort in order {
            if fixed(sort.key) {
                continue;
            }
            // Keys that have one value by the way do not disturb.
            while keys.peek().is_some_and(|key| fixed(key.key)) {
                keys.next();
            }
            let Some(key) = keys.next() else {
                // After all keys of a unique index there is nothing left to sort.
                return index.unique || self.ends_in_order(index, *sort, reversed);
            };
            let nulls_agree = key.odd_nulls == sort.odd_nulls;
            if key.key != sort.key || key.pattern || key.prefix || !nulls_agree {
                return false;
            }
            let other_way = key.descending != sort.descending;
            if *reversed.get_or_insert(other_way) != other_way {
                return false;
            }
        }
        true
    }

    /// InnoDB has the primary key behind the keys of every index: is that what is sorted by?
    fn ends_in_order(&self, index: &IndexModel, sort: SortKey, reversed: Option<bool>) -> bool {
        let table = &self.facts.schema.tables[index.table];
        let key = &self.keys.text(sort.key).text;
        is_clustering(table, self.facts)
            && table.primary_key() == [&**key]
            && reversed.is_none_or(|reversed| reversed == sort.descending)
    }

    pub(crate) fn reach(&self, scan: &Scan, keys: &[ModelKey], bound: &[KeyId]) -> Reach {
        let mut reach = Reach { serves: false, found: 1.0, filtered: 1.0, fixed: 0, searches: 1.0 };
        let mut open = true;
        let mut one_value = true;
        for key in keys {
            let by = |use_: &[Use]| {
                scan.terms.iter().find(|term| term.key == key.key && use_.contains(&term.use_))
            };
            let serve = |reach: &mut Reach, share: f64| {
                if open {
                    reach.serves = true;
                    reach.found *= share;
                } else {
                    reach.filtered *= share;
                }
            };
            if bound.contains(&key.key) {
                serve(&mut reach, self.equal(key.key));
            } else if let Some(term) = by(&[Use::Equal]) {
                serve(&mut reach, term.selectivity);
            } else if let Some(term) = by(&[Use::In, Use::Null]) {
                serve(&mut reach, term.selectivity);
                if term.use_ == Use::In && open {
                    reach.searches *= 4.0;
                }
                // The planner of PostgreSQL does not know that all NULLs sort alike; MySQL's does.
                let null = term.use_ == Use::Null;
                one_value &= null && self.facts.dialect == slowlog_event::Dialect::MySql;
            } else {
                let range: &[Use] = if key.pattern {
                    &[Use::Prefix]
                } else if self.keys.facts(key.key).sorts_bytes {
                    &[Use::Bound, Use::Range, Use::Prefix, Use::NotNull]
                } else {
                    &[Use::Bound, Use::Range, Use::NotNull]
                };
                if let Some(term) = by(range) {
                    serve(&mut reach, term.selectivity);
                }
                open = false;
                one_value = false;
            }
            reach.fixed += usize::from(one_value);
        }
        reach
    }
}
