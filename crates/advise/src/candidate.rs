//! Which indexes a query block could use: equality first, then the sort or one range.

use slowlog_event::Dialect;
use slowlog_normalize::access::Test;

use crate::ask::{Ask, BlockAsk, KeyId, Keys, Scan, SortKey, Term, Use};
use crate::facts::Facts;
use crate::index_model::{IndexModel, Method, ModelKey, is_clustering};
use crate::schema::TypeClass;

/// More keys than this are worth it for no query.
pub(crate) const MOST_KEYS: usize = 4;
/// A state that this share of the rows or less is in is rare.
const RARE: f64 = 0.1;
/// NULL is worth a partial index up to this share.
const RARE_NULL: f64 = 0.5;
/// More candidates of a statement than this are left out.
const MOST_CANDIDATES: usize = 48;

/// Indexes that are worth it only together.
pub(crate) type Bundle = Vec<IndexModel>;

/// What could help a statement.
pub(crate) fn candidates(facts: &Facts<'_>, keys: &Keys, ask: &Ask) -> Vec<Bundle> {
    let mut found: Vec<Bundle> = Vec::new();
    for block in &ask.blocks {
        let maker = Maker { facts, keys, block };
        let mut joined: Bundle = Vec::new();
        for (place, scan) in block.scans.iter().enumerate() {
            let mut single = Vec::new();
            maker.scan(place, scan, &mut single, &mut joined);
            found.extend(single.into_iter().map(|index| vec![index]));
            for group in &scan.alternatives {
                let bundle: Option<Bundle> =
                    group.iter().map(|branch| maker.branch(scan.table, &branch.terms)).collect();
                found.extend(bundle);
            }
        }
        if joined.len() > 1 && joined.len() <= MOST_KEYS {
            found.push(joined);
        }
    }
    for bundle in &mut found {
        bundle.sort();
        bundle.dedup();
    }
    found.sort();
    found.dedup();
    found.truncate(MOST_CANDIDATES);
    found
}

struct Maker<'m, 'f> {
    facts: &'m Facts<'f>,
    keys: &'m Keys,
    block: &'m BlockAsk,
}

impl Maker<'_, '_> {
    fn scan(&self, place: usize, scan: &Scan, found: &mut Vec<IndexModel>, joined: &mut Bundle) {
        let equal = self.equal(&scan.terms);
        let mut bases = vec![equal.clone()];
        for key in self.bound(place) {
            // Where a condition of its own finds the rows, the join needs no more than its key.
            let selective = equal.iter().any(|known| !self.is_flat(*known));
            if !selective {
                let mut base = vec![key];
                base.extend(equal.iter().filter(|known| **known != key));
                self.sort_by_use(&mut base);
                bases.push(base);
            }
            let alone = vec![key];
            let model = IndexModel::btree(scan.table, model_keys(&alone, &[]));
            if !joined.contains(&model) {
                joined.push(model);
            }
            bases.push(alone);
        }
        let order =
            self.block.order.as_ref().filter(|(of, _)| *of == place).map(|(_, keys)| &**keys);
        let partial = self.conditions(scan);
        for base in bases {
            let selective: Vec<KeyId> =
                base.iter().copied().filter(|key| !self.is_flat(*key)).collect();
            for base in [&base, &selective] {
                self.with_tails(scan, base, order, &[], found);
                if base.len() > 1 {
                    self.with_tails(scan, &base[..1], order, &[], found);
                }
            }
            if !partial.is_empty() {
                let conditions: Vec<String> =
                    partial.iter().map(|(_, text)| text.clone()).collect();
                let left: Vec<KeyId> = base
                    .iter()
                    .copied()
                    .filter(|key| !partial.iter().any(|(condition, _)| condition == key))
                    .collect();
                self.with_tails(scan, &left, order, &conditions, found);
                // With NULL in the condition and the states as keys: it never depends on a
                // parameter.
                let nulls: Vec<String> =
                    conditions.iter().filter(|text| text.ends_with(" is null")).cloned().collect();
                if !nulls.is_empty() && nulls.len() < conditions.len() {
                    let left: Vec<KeyId> = base
                        .iter()
                        .copied()
                        .filter(|key| {
                            !partial.iter().any(|(k, text)| k == key && nulls.contains(text))
                        })
                        .collect();
                    self.with_tails(scan, &left, order, &nulls, found);
                }
            }
        }
        self.inverted(scan, found);
    }

    /// Keys with one or a few values, the most selective first.
    fn equal(&self, terms: &[Term]) -> Vec<KeyId> {
        let usable = |term: &&Term| {
            matches!(term.use_, Use::Equal | Use::In)
                || (term.use_ == Use::Null && self.facts.dialect == Dialect::MySql)
        };
        let mut keys: Vec<KeyId> = terms.iter().filter(usable).map(|term| term.key).collect();
        self.sort_by_use(&mut keys);
        keys.dedup();
        keys
    }

    /// Columns with many values first, and of those with as many an owner, or the one that more
    /// statements look for: their prefix serves other statements, too.
    fn sort_by_use(&self, keys: &mut [KeyId]) {
        keys.sort_by(|a, b| {
            let (of_a, of_b) = (self.keys.facts(*a), self.keys.facts(*b));
            of_a.flat
                .cmp(&of_b.flat)
                .then(of_b.distinct.total_cmp(&of_a.distinct))
                .then(of_b.owner.cmp(&of_a.owner))
                .then(of_b.asked.cmp(&of_a.asked))
                .then(self.keys.text(*a).text.cmp(&self.keys.text(*b).text))
        });
    }

    fn is_flat(&self, key: KeyId) -> bool {
        self.keys.facts(key).flat
    }

    /// Columns of a scan that another table of the block gives a value.
    fn bound(&self, place: usize) -> Vec<KeyId> {
        let of_edges = self.block.edges.iter().flat_map(|edge| {
            [edge.left, edge.right]
                .into_iter()
                .filter(|(scan, _)| *scan == place)
                .map(|(_, key)| key)
        });
        let optional =
            self.block.optional.iter().filter(|(scan, _)| *scan == place).map(|(_, term)| term.key);
        let mut keys: Vec<KeyId> = of_edges.chain(optional).collect();
        keys.sort();
        keys.dedup();
        keys
    }

    /// Conditions of a partial index, with their keys: rare states and NULL.
    fn conditions(&self, scan: &Scan) -> Vec<(KeyId, String)> {
        if self.facts.dialect != Dialect::Postgres {
            return Vec::new();
        }
        let rare = |term: &&Term| match term.use_ {
            Use::Null => term.selectivity <= RARE_NULL,
            _ => term.selectivity <= RARE,
        };
        scan.terms
            .iter()
            .filter(rare)
            .filter_map(|term| Some((term.key, term.condition.clone()?)))
            .collect()
    }

    /// The base alone, with the order behind it, with a range behind it.
    fn with_tails(
        &self,
        scan: &Scan,
        base: &[KeyId],
        order: Option<&[SortKey]>,
        conditions: &[String],
        found: &mut Vec<IndexModel>,
    ) {
        let mut push = |mut keys: Vec<ModelKey>| {
            self.leave_primary_key(scan.table, &mut keys);
            if keys.is_empty() || keys.len() > MOST_KEYS {
                return;
            }
            // How many rows a state, or a small number, has only statistics can tell.
            let guessed_flat = keys.iter().all(|key| {
                let facts = self.keys.facts(key.key);
                !facts.known && (facts.flat || facts.small)
            });
            if guessed_flat && conditions.is_empty() {
                return;
            }
            let mut model = IndexModel::btree(scan.table, keys);
            model.conditions = conditions.to_vec();
            model.conditions.sort();
            if !found.contains(&model) {
                found.push(model);
            }
        };
        push(model_keys(base, &[]));
        if let Some(order) = order {
            let tail: Vec<SortKey> =
                order.iter().copied().filter(|sort| !base.contains(&sort.key)).collect();
            if !tail.is_empty() && tail.iter().all(|sort| self.keys.text(sort.key).is_indexable()) {
                push(model_keys(base, &tail));
            }
        }
        for term in &scan.terms {
            let range = matches!(term.use_, Use::Bound | Use::Range | Use::Prefix);
            if !range || base.contains(&term.key) {
                continue;
            }
            let mut keys = model_keys(base, &[]);
            let text = &self.keys.text(term.key).text;
            let pattern = term.use_ == Use::Prefix
                && !self.keys.facts(term.key).sorts_bytes
                && self.class(scan.table, text) != TypeClass::Unknown;
            keys.push(ModelKey { pattern, ..ModelKey::plain(term.key) });
            push(keys);
        }
    }

    /// InnoDB has the primary key at the end of each index anyway.
    fn leave_primary_key(&self, table: usize, keys: &mut Vec<ModelKey>) {
        let definition = &self.facts.schema.tables[table];
        if let (true, [primary]) =
            (is_clustering(definition, self.facts), definition.primary_key().as_slice())
        {
            while keys.len() > 1
                && keys.last().is_some_and(|key| {
                    !key.descending && self.keys.text(key.key).text[..] == **primary
                })
            {
                keys.pop();
            }
        }
    }

    fn class(&self, table: usize, column: &str) -> TypeClass {
        self.facts.schema.tables[table].column(column).map_or(TypeClass::Unknown, |c| c.class)
    }

    /// An index for one branch of an `OR`.
    fn branch(&self, table: usize, terms: &[Term]) -> Option<IndexModel> {
        let mut keys = model_keys(&self.equal(terms), &[]);
        if let Some(range) = terms.iter().find(|t| matches!(t.use_, Use::Bound | Use::Range)) {
            keys.push(ModelKey::plain(range.key));
        }
        keys.truncate(MOST_KEYS);
        (!keys.is_empty()).then(|| IndexModel::btree(table, keys))
    }

    fn inverted(&self, scan: &Scan, found: &mut Vec<IndexModel>) {
        let has_trigrams = self.facts.schema.extensions.iter().any(|name| name == "pg_trgm");
        for term in &scan.terms {
            let text = self.keys.text(term.key);
            if text.is_expression() {
                continue;
            }
            let class = self.class(scan.table, &text.text);
            let method = match (term.use_, self.facts.dialect) {
                (Use::Contains, Dialect::Postgres)
                    if class == TypeClass::Jsonb && term.test != Test::HasKey =>
                {
                    Method::Paths
                }
                (Use::Contains, Dialect::Postgres) => Method::Inverted,
                (Use::Words, Dialect::Postgres) => Method::Inverted,
                // Without the extension the statement would fail: the rule for it says what to do.
                (Use::Part, Dialect::Postgres) if class == TypeClass::Text && has_trigrams => {
                    Method::Trigrams
                }
                _ => continue,
            };
            let keys = vec![ModelKey::plain(term.key)];
            found.push(IndexModel { method, ..IndexModel::btree(scan.table, keys) });
        }
    }
}

/// Keys for a search, then keys for a sort.
fn model_keys(base: &[KeyId], tail: &[SortKey]) -> Vec<ModelKey> {
    // An index is read both ways: only a change of direction needs DESC. Where NULL has a place of its
    // own, it is as the statement writes it, for whoever reads both.
    let spelled = tail.iter().any(|sort| sort.descending != tail[0].descending || sort.odd_nulls);
    let sorted = |sort: &SortKey| ModelKey {
        descending: spelled && sort.descending,
        odd_nulls: sort.odd_nulls,
        ..ModelKey::plain(sort.key)
    };
    base.iter().map(|key| ModelKey::plain(*key)).chain(tail.iter().map(sorted)).collect()
}
