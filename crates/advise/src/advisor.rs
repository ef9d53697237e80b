//! From a log and a schema to advice.

use std::collections::{BTreeMap, BTreeSet};

use slowlog_digest::Digest;
use slowlog_event::{Counter, Dialect};
use slowlog_normalize::access::Access;
use slowlog_normalize::{PackedShape, StatementKind};

use crate::advice::{Advice, Confidence, IndexAdvice, Saves};
use crate::ask::{Ask, Keys, Use, Writes, table_of};
use crate::candidate::{Bundle, candidates};
use crate::choose::{Budget, Chooser, Chosen};
use crate::cost::Coster;
use crate::ddl::ddl;
use crate::facts::{Basis, Facts};
use crate::index_model::{self, IndexModel};
use crate::plan::Indexes;
use crate::resolve::{self, Resolver};
use crate::schema::Schema;
use crate::statistics::Statistics;
use crate::workload::Statement;
use crate::{evidence, guess, redundant, rejected, rules, size, temporary, views};

/// More fingerprints than this are left out, those with the least time.
const MOST_STATEMENTS: usize = 20_000;
/// More candidates of one table than this are left out.
const MOST_CANDIDATES: usize = 150;

/// Gives advice.
#[derive(Debug, Clone, Default)]
pub struct Advisor {
    /// The schema, if there is a dump of it.
    pub schema: Option<Schema>,
    /// Statistics, if they were exported.
    pub statistics: Statistics,
    /// Limits.
    pub budget: Budget,
}

impl Advisor {
    /// Advice on the statements of one dialect.
    pub fn advise(&self, digest: &Digest, dialect: Dialect) -> Advice {
        let mut statements: Vec<Statement<'_>> = digest
            .queries()
            .filter(|(fingerprint, _)| fingerprint.dialect == dialect)
            .filter_map(|(fingerprint, query)| Statement::new(fingerprint, query))
            .collect();
        statements.sort_by(|a, b| b.duration_us.cmp(&a.duration_us).then(a.id.cmp(&b.id)));
        let mut notes = Vec::new();
        if statements.len() > MOST_STATEMENTS {
            notes.push(format!(
                "only the {MOST_STATEMENTS} statements that take the most time were looked at"
            ));
            statements.truncate(MOST_STATEMENTS);
            statements.shrink_to_fit();
        }
        notes.extend(unread(digest, dialect));
        let temporary = temporary::made(digest, dialect);
        notes.extend(temporary::note(&temporary));
        let hidden = read_anew(&statements, |it| temporary::hide(it, &temporary));
        replace(&mut statements, &hidden);
        let known;
        let schema = match &self.schema {
            Some(schema) => {
                known = prefer(schema, &statements);
                &known
            }
            None => {
                known = guess::schema(&statements);
                notes.push("without a schema, tables and columns are guessed from the queries and existing indexes are not known: give it with --schema".to_owned());
                &known
            }
        };
        let expanded = read_anew(&statements, |it| views::expand(it, schema));
        replace(&mut statements, &expanded);
        let period = digest.totals().period;
        let period_us = period.map(|(from, to)| (to.0 - from.0).max(0) as f64);
        let mut advice =
            advise(&statements, schema, &self.statistics, dialect, self.budget, period_us);
        if self.schema.is_none() {
            for index in &mut advice.indexes {
                index.evidence.push("guessed without a schema: it may exist already".to_owned());
            }
        }
        if self.budget.bytes.is_some() && self.statistics.is_empty() {
            notes.push("--max-index-size needs --stats: without the number of rows no size is known, and none is limited".to_owned());
        }
        advice.notes.splice(0..0, notes);
        advice
    }
}

/// By place, what those statements ask that are read in another way.
fn read_anew(
    statements: &[Statement<'_>],
    read: impl Fn(&Statement<'_>) -> Option<Access>,
) -> BTreeMap<usize, PackedShape> {
    let places = statements.iter().enumerate();
    places.filter_map(|(place, it)| Some((place, it.shape.with_access(read(it)?)))).collect()
}

fn replace<'a>(statements: &mut [Statement<'a>], read_anew: &'a BTreeMap<usize, PackedShape>) {
    for (place, shape) in read_anew {
        statements[*place].shape = shape;
    }
}

/// The schema, with what the statements tell of where names without a schema are looked up.
fn prefer(schema: &Schema, statements: &[Statement<'_>]) -> Schema {
    let blocks = statements.iter().flat_map(|statement| statement.access().blocks);
    let unqualified = blocks
        .flat_map(|block| block.sources)
        .filter(|source| source.schema.is_none())
        .map(|source| source.table);
    let mut schema = schema.clone();
    schema.prefer(unqualified);
    schema
}

/// How many tables of statements that could not be read are named.
const MOST_NAMED: usize = 5;

/// What is left out since no parser knew a statement, or only a part of it; its tables are known.
fn unread(digest: &Digest, dialect: Dialect) -> Option<String> {
    let of_interest = |kind| {
        matches!(
            kind,
            StatementKind::Select
                | StatementKind::Insert
                | StatementKind::Update
                | StatementKind::Delete
        )
    };
    let (mut count, mut took_us, mut tables) = (0u64, 0u64, BTreeSet::new());
    for (fingerprint, query) in digest.queries() {
        let Some(shape) = fingerprint.shape.as_ref().filter(|_| fingerprint.dialect == dialect)
        else {
            continue;
        };
        // Of one that is too long to be looked at, the shape does not even know the kind.
        let kind = || StatementKind::of(&fingerprint.text, dialect);
        if !shape.read_whole && query.executions > 0 && of_interest(kind()) {
            count += 1;
            took_us = took_us.saturating_add(query.duration_us);
            tables.extend(shape.tables());
        }
    }
    let named: Vec<String> = tables.into_iter().take(MOST_NAMED).collect();
    let of = if named.is_empty() { String::new() } else { format!(", on {}", named.join(", ")) };
    (count > 0).then(|| {
        format!(
            "{count} statements could not be read, or not as a whole: no advice on those ({:.1} s of the log{of})",
            took_us as f64 / 1e6
        )
    })
}

fn advise(
    statements: &[Statement<'_>],
    schema: &Schema,
    statistics: &Statistics,
    dialect: Dialect,
    budget: Budget,
    period_us: Option<f64>,
) -> Advice {
    let mut facts = Facts::new(schema, statistics, dialect);
    let mut keys = Keys::default();
    let writes = resolve::writes(&facts, statements);
    let mut existing: Vec<IndexModel> = Vec::new();
    for (place, table) in schema.tables.iter().enumerate() {
        for index in &table.indexes {
            existing.push(index_model::known(&facts, &mut keys, place, index));
        }
    }
    see_plans(&mut facts, statements);
    // How large tables are decides how selective conditions are, so twice.
    let first = asks(&facts, &mut keys, &writes, statements);
    keys.look_up(&facts, &first);
    see_scans(&mut facts, &keys, &first, statements, &existing);
    drop(first);
    let asks = asks(&facts, &mut keys, &writes, statements);
    keys.look_up(&facts, &asks);
    let candidates = all_candidates(&facts, &keys, &asks, statements);
    let coster = Coster { facts: &facts, keys: &keys };
    let chooser = Chooser::new(coster, &writes, &asks, statements, &existing, period_us);
    let choice = chooser.choose(&candidates, budget);
    let context = Context { facts: &facts, keys: &keys, statements };
    let indexes = choice
        .indexes
        .iter()
        .enumerate()
        .map(|(place, chosen)| context.index(place, chosen))
        .collect();
    Advice {
        indexes,
        rejected_indexes: rejected::rejected(&context, &asks, &choice, &candidates),
        redundant_indexes: redundant::redundant(&facts),
        rewrites: rules::rewrites(&facts, statements),
        notes: Vec::new(),
    }
}

fn asks(
    facts: &Facts<'_>,
    keys: &mut Keys,
    writes: &Writes,
    statements: &[Statement<'_>],
) -> Vec<Ask> {
    let mut resolver = Resolver { facts, keys, writes };
    statements
        .iter()
        .enumerate()
        .map(|(place, statement)| resolver.statement(place, statement))
        .filter(|ask| !ask.tables.is_empty())
        .collect()
}

/// A plan that reads a whole table tells how many rows it has; one that reads partitions, how many
/// those have.
fn see_plans(facts: &mut Facts<'_>, statements: &[Statement<'_>]) {
    let mut parts: BTreeMap<(usize, String), f64> = BTreeMap::new();
    for statement in statements {
        let Some(plan) = statement.plan() else { continue };
        let access = statement.access();
        // MariaDB counts what is left after a sort with a limit; what it examined it counts as well.
        let alone = access.blocks.iter().map(|block| block.sources.len()).sum::<usize>() == 1;
        let counted = statement.mean_of(Counter::RowsExamined).filter(|_| alone).unwrap_or(0.0);
        for read in plan.reads.iter().filter(|read| read.whole) {
            let Some(rows) = read.examined().map(|rows| rows / read.loops.max(1)) else { continue };
            let rows = (rows as f64).max(counted);
            let named = access.blocks.iter().flat_map(|block| &block.sources);
            let table = named
                .filter_map(|source| {
                    table_of(facts.schema, source.schema.as_deref(), &source.table)
                })
                .find(|place| evidence::is_of(read, &facts.schema.tables[*place]));
            match table {
                Some(table) if *read.table == *facts.schema.tables[table].name => {
                    facts.saw_plan(table, rows);
                }
                Some(table) => {
                    let known = parts.entry((table, read.table.to_string())).or_default();
                    *known = known.max(rows);
                }
                None => {}
            }
        }
    }
    let mut sums: BTreeMap<usize, (f64, usize)> = BTreeMap::new();
    for ((table, _), rows) in parts {
        let sum = sums.entry(table).or_default();
        *sum = (sum.0 + rows, sum.1 + 1);
    }
    for (table, (rows, seen)) in sums {
        // Partitions that no plan reads are taken to be as large as the others.
        let all = facts.schema.tables[table].partitions.len().max(seen);
        facts.saw_plan(table, rows / seen as f64 * all as f64);
    }
}

/// Statements on one table that no index serves tell how large it is.
fn see_scans(
    facts: &mut Facts<'_>,
    keys: &Keys,
    asks: &[Ask],
    statements: &[Statement<'_>],
    existing: &[IndexModel],
) {
    let indexes = Indexes::new(facts.schema.tables.len(), existing.iter());
    let mut seen = Vec::new();
    for ask in asks {
        let Some(block) = ask.only_block() else { continue };
        let [scan] = block.scans.as_slice() else { continue };
        let sortable = block.order.as_ref().map(|(_, keys)| keys.as_slice());
        // A limit without a sort may stop early.
        if block.limit.is_some() && sortable.is_none() && !block.sorts {
            continue;
        }
        let coster = Coster { facts, keys };
        let wanted = crate::cost::Wanted { bound: &[], order: sortable, limit: block.limit };
        let path = coster.best(scan, indexes.of(scan.table), wanted);
        let served = scan.terms.iter().any(|term| {
            matches!(term.use_, Use::Equal | Use::In)
                && indexes
                    .of(scan.table)
                    .iter()
                    .any(|index| index.keys.first().is_some_and(|key| key.key == term.key))
        });
        let simple = scan.terms.iter().all(|term| {
            !keys.text(term.key).is_expression()
                && matches!(term.use_, Use::Equal | Use::In | Use::Bound | Use::Range | Use::Null)
        });
        if path.used == 0 && !served && simple {
            let statement = &statements[ask.statement];
            let examined = statement.mean_of(Counter::RowsExamined).filter(|rows| *rows > 0.0);
            seen.push((scan.table, statement.mean_us(), examined));
        }
    }
    for (table, mean_us, examined) in seen {
        facts.saw_scan(table, mean_us, examined);
    }
}

/// The candidates of all statements: of each table those of the statements with the most time.
fn all_candidates(
    facts: &Facts<'_>,
    keys: &Keys,
    asks: &[Ask],
    statements: &[Statement<'_>],
) -> Vec<Bundle> {
    let mut time: BTreeMap<Bundle, u64> = BTreeMap::new();
    for ask in asks {
        for bundle in candidates(facts, keys, ask) {
            *time.entry(bundle).or_default() += statements[ask.statement].duration_us;
        }
    }
    let mut by_time: Vec<(Bundle, u64)> = time.into_iter().collect();
    by_time.sort_by(|(a, of_a), (b, of_b)| of_b.cmp(of_a).then_with(|| a.cmp(b)));
    let mut of_table = vec![0usize; facts.schema.tables.len()];
    by_time.retain(|(bundle, _)| {
        let count = bundle.first().map(|index| &mut of_table[index.table]);
        count.is_some_and(|count| {
            *count += 1;
            *count <= MOST_CANDIDATES
        })
    });
    by_time.into_iter().map(|(bundle, _)| bundle).collect()
}

/// What is needed to put an advice into words.
pub(crate) struct Context<'c, 'f, 's> {
    pub(crate) facts: &'c Facts<'f>,
    pub(crate) keys: &'c Keys,
    pub(crate) statements: &'c [Statement<'s>],
}

impl Context<'_, '_, '_> {
    fn index(&self, place: usize, chosen: &Chosen) -> IndexAdvice {
        let text = ddl(self.facts, self.keys, &chosen.index);
        let table = &self.facts.schema.tables[chosen.index.table];
        let gains: Vec<&Statement<'_>> =
            chosen.gains.iter().map(|place| &self.statements[*place]).collect();
        let at_stake_us = gains.iter().map(|statement| statement.duration_us).sum();
        let (confidence, mut evidence) = evidence::of(table, &chosen.index, &gains);
        let facts = self.facts.table(chosen.index.table);
        let name = table.full_name();
        evidence.push(match facts.source {
            Basis::Statistics => {
                format!("{name} has {:.0} rows by its statistics", facts.rows)
            }
            Basis::Plan => {
                format!("{name} has {:.0} rows or more by a plan in the log", facts.rows)
            }
            Basis::Log => {
                format!("{name} has about {} rows, by what reading it took", rounded(facts.rows))
            }
            Basis::Guess => format!("how large {name} is, the log does not say"),
        });
        let supported = confidence == Confidence::Supported;
        let likely = (chosen.saved_us as u64).min(at_stake_us);
        let saves = Saves {
            at_stake_us,
            low_us: supported.then_some(likely / 2),
            likely_us: supported.then_some(likely),
            high_us: supported.then_some(at_stake_us),
            basis: if supported {
                "rows examined or plans in the log"
            } else {
                "the time of the queries that gain"
            },
        };
        IndexAdvice {
            id: format!("I{}", place + 1),
            table: name,
            columns: text.columns,
            condition: text.condition,
            method: text.method,
            ddl: text.statement,
            caution: text.caution,
            preflight: text.preflight,
            undo: text.undo,
            saves,
            size_bytes: size::bytes(self.facts, self.keys, &chosen.index),
            writes_cost_us: (chosen.writes_us >= 1.0).then_some(chosen.writes_us as u64),
            confidence,
            queries: gains.iter().map(|statement| statement.id).collect(),
            evidence,
            replaces: self.replaced(&chosen.index),
        }
    }

    /// An index that is there and whose keys are the first of the new one's.
    fn replaced(&self, new: &IndexModel) -> Option<String> {
        let table = &self.facts.schema.tables[new.table];
        let known = table.indexes.iter().find(|index| {
            index.is_plain()
                && !index.unique
                && new.conditions.is_empty()
                && index.keys.len() < new.keys.len()
                && index.keys.iter().zip(&new.keys).all(|(known, key)| {
                    known.text == self.keys.text(key.key).canonical()
                        && known.class.is_none()
                        && known.prefix.is_none()
                        && !key.pattern
                })
        })?;
        Some(known.name.clone())
    }
}

/// Two digits are what a guess is good for.
fn rounded(value: f64) -> String {
    let magnitude = 10f64.powf(value.max(1.0).log10().floor() - 1.0).max(1.0);
    format!("{:.0}", (value / magnitude).round() * magnitude)
}
