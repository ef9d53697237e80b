//! The weight of evidence, and the word for it.
//!
//! Weights are hundredths of the natural logarithm of odds, so that they add up; docs/DESIGN.md
//! says where they come from.

use super::chance::Runs;
use super::parameters::Change;
use super::pattern::{BurstKind, Distance, ParentRows, Pattern, Scope, Signs};

/// How sure it is that a burst is one loop of an application over rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Something speaks for it, not enough to act on.
    Suspected,
    /// The evidence was right in at least 98 of 100 cases where it could be checked.
    Likely,
    /// One transaction or one traced request, with five or more different values.
    Proven,
}

impl Confidence {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Suspected => "suspected",
            Self::Likely => "likely",
            Self::Proven => "proven",
        }
    }
}

/// How usual a parent is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ParentShare {
    /// Bursts of the pattern that have it.
    pub(crate) bursts: u64,
    /// Their share of the pattern's bursts, in hundredths.
    pub(crate) share: u64,
    /// That share divided by the parent's share of all executions, in hundredths.
    pub(crate) lift: u64,
    /// Its executions among a million.
    pub(crate) per_million: u64,
}

impl ParentShare {
    /// Does it come before a good part of the bursts, far more often than it would by chance?
    pub(crate) fn is_usual(&self) -> bool {
        self.bursts >= FEWEST_BURSTS && self.share >= 30 && self.lift >= 500
    }
}

/// Fewer bursts show no habit.
const FEWEST_BURSTS: u64 = 3;

/// What is known beyond the burst itself.
#[derive(Debug, Clone)]
pub(crate) struct Context<'a> {
    pub(crate) pattern: &'a Pattern,
    /// Runs of the pattern's statements in the whole log.
    pub(crate) runs: Vec<Runs>,
    pub(crate) parent: Option<ParentShare>,
    /// Bursts of the pattern that are as long.
    pub(crate) as_long: u64,
    /// Those of them that have a usual parent, if this one has, and else those that have none.
    pub(crate) alike: u64,
    /// Names link the parent to the child.
    pub(crate) named: bool,
    /// Such a parent comes before three of four bursts of the pattern.
    pub(crate) mostly_named: bool,
    /// The child is an aggregate by groups: a report rather than a lookup.
    pub(crate) report: bool,
    /// BEGIN and COMMIT come in pairs in this log.
    pub(crate) marks_hold: bool,
    /// Statements are missing from this log: what seems to follow something need not, and bursts may
    /// be longer than they seem.
    pub(crate) partial: bool,
    /// A pool spreads requests over sessions.
    pub(crate) pooled: bool,
    /// Elsewhere in the log its statements work off a queue.
    pub(crate) queued: bool,
}

impl Context<'_> {
    /// Does the burst's parent come before a good part of the bursts?
    fn usual_parent(&self) -> bool {
        self.parent.is_some_and(|parent| parent.is_usual())
    }

    /// Is it known that all of a burst is of one request?
    pub(crate) fn is_together(&self, signs: &Signs) -> bool {
        match signs.scope {
            Scope::Trace | Scope::Transaction => true,
            Scope::Marked => self.marks_hold,
            Scope::Session | Scope::Pool => false,
        }
    }

    /// How many runs as long as that chance would have made, in thousandths.
    fn expected(&self, signs: &Signs) -> u64 {
        let least = if self.pattern.body.statements().len() > 1 { 2 } else { 1 };
        self.runs.iter().map(|runs| runs.expected(signs.length, least)).min().unwrap_or(0)
    }

    /// Is at most one of 64 bursts that are alike a run that chance made of independent requests, and
    /// behind the usual parent, if that is where they are? Where statements are missing, it proves
    /// nothing that this one stands there.
    fn is_beyond_chance(&self, signs: &Signs) -> bool {
        let parent = self.parent.filter(|parent| parent.is_usual() && !self.partial);
        let per_million = parent.map_or(1_000_000, |parent| parent.per_million);
        let expected = u128::from(self.expected(signs)) * u128::from(per_million);
        u128::from(self.alike) * 1_000_000_000 >= 64 * expected
    }

    /// Are the values known to be of rows, and not of a list in the program?
    fn is_over_rows(&self, signs: &Signs) -> bool {
        let loops_over_parent = if self.is_together(signs) {
            !self.named || self.mostly_named
        } else {
            self.named && self.mostly_named && signs.distance == Distance::Next
        };
        self.pattern.kind != BurstKind::Read
            || !(self.pattern.may_be_a_list() || self.pattern.is_fixed_list())
            || !self.pattern.is_fixed_list()
                && !self.partial
                && self.parent.is_some()
                && loops_over_parent
    }
}

/// Where suspicion begins, at even odds, and where a burst is called likely.
const SUSPECTED: i64 = 0;
const LIKELY: i64 = 200;
/// Before any evidence.
const PRIOR: i64 = -200;

/// A reason and its weight.
pub(crate) type Reason = (i64, &'static str);

/// Everything that speaks for or against a burst.
pub(crate) fn reasons(signs: &Signs, context: &Context<'_>) -> Vec<Reason> {
    let pattern = context.pattern;
    let mut reasons = Vec::new();
    let mut say = |holds: bool, weight: i64, text: &'static str| {
        if holds {
            reasons.push((weight, text));
        }
    };
    say(signs.scope == Scope::Trace, 600, "one trace id");
    say(signs.scope == Scope::Pool, -100, "a pool spreads requests over sessions");
    let in_transaction = signs.scope != Scope::Trace && context.is_together(signs);
    say(in_transaction, 350, "one transaction");
    let observed = match (signs.scope, context.runs.first()) {
        (Scope::Pool, Some(runs)) => runs.of(signs.length),
        _ => context.as_long,
    };
    // Between 1 : 16 and 64 : 1, each factor of two is 0.69.
    let ratio = (observed * 1000 * 16 / context.expected(signs).max(1)).max(1).ilog2().min(10);
    let chance = 69 * (i64::from(ratio) - 4) - 69;
    say(chance > 0, chance, "longer than chance makes runs of independent requests");
    say(chance <= 0, chance, "independent requests make such runs, too");
    // By chance a query with such a name comes some statements before a burst of a hot endpoint.
    let consistent = context.usual_parent();
    let usual = consistent || pattern.bursts < FEWEST_BURSTS;
    if context.parent.is_some() {
        let weight = match signs.distance {
            Distance::Next => 250,
            Distance::Behind | Distance::Missing => 100,
        };
        say(consistent, weight, "the same query comes before most of its bursts");
        let next = signs.distance == Distance::Next;
        // Of a query that names nothing its rows tell more than that there can be many.
        let fits = context.named || signs.rows != ParentRows::Other;
        say(next && fits, 50, "a query that can return many rows comes just before");
    }
    let named = if usual && signs.distance == Distance::Next { 200 } else { 50 };
    say(context.named, named, "names link it to the query before");
    // Any query before returns as many rows by chance once in eight times or so.
    let rows = if consistent || context.named { 400 } else { 200 };
    say(signs.rows == ParentRows::Match, rows, "the query before returned as many rows");
    say(signs.monotone, 150, "the values go one way");
    say(signs.shared_key, 100, "several statements of a turn share its value");
    // What is missing from a log makes lengths vary.
    let lengths_tell = pattern.bursts >= FEWEST_BURSTS && !context.partial;
    let varies = pattern.turns.1 > pattern.turns.0;
    say(varies && lengths_tell, 50, "the length varies from burst to burst");
    say(
        !varies && lengths_tell && pattern.turns.0 <= 8,
        -200,
        "always the same small number of executions",
    );
    say(context.partial, 0, "statements are missing from this log: it is at least so much");
    // The rows of a small table are few, too; but then the query that lists them is there.
    let listed = context.named && signs.distance == Distance::Next;
    say(
        pattern.bursts >= FEWEST_BURSTS
            && pattern.kind != BurstKind::Duplicate
            && (pattern.is_fixed_list() || pattern.is_gone_through() && !listed),
        -550,
        "the same values in most bursts: a fixed list",
    );
    // A loop over rows has its parent beside it.
    say(
        signs.only && context.parent.is_none(),
        -250,
        "the session sends hardly anything else: a job",
    );
    say(signs.heavy, -150, "each execution is a heavy query");
    say(context.report, -150, "the query is a report by groups");
    say(signs.change == Change::Keys, -50, "several keys change");
    say(signs.change == Change::Hidden, -50, "the values are not in the log");
    say(signs.change == Change::Window, -300, "no key changes");
    reasons
}

/// The word for a burst, if it deserves one.
pub(crate) fn confidence(signs: &Signs, context: &Context<'_>) -> Option<Confidence> {
    let pattern = context.pattern;
    let score = PRIOR + reasons(signs, context).iter().map(|(weight, _)| weight).sum::<i64>();
    let together = context.is_together(signs);
    let proof = together
        && signs.many_values
        && matches!(signs.change, Change::Key | Change::Keys | Change::Values);
    // Sessions that serve any request prove nothing; nor do several statements that come in turn,
    // as those of requests do, unless something makes each turn a row.
    let rows = pattern.body.statements().len() == 1
        || signs.shared_key
        || signs.monotone
        || context.named
        || context.usual_parent();
    // Where stamps are whole seconds, nothing but the query before tells where a request begins.
    let parent_is_there = context.parent.is_some() && !context.partial;
    let begins = signs.timed || parent_is_there || pattern.kind != BurstKind::Read;
    let apart = signs.scope != Scope::Pool && !context.pooled && begins;
    let sure = !context.queued
        && context.is_over_rows(signs)
        && (together || apart && rows && context.is_beyond_chance(signs));
    match score {
        LIKELY.. if sure && proof => Some(Confidence::Proven),
        LIKELY.. if sure => Some(Confidence::Likely),
        SUSPECTED.. => Some(Confidence::Suspected),
        _ => None,
    }
}
