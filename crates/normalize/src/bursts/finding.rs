//! From bursts to findings: what a loop is, which query is its parent, and how sure that is.

use slowlog_event::{FingerprintIndex, Micros, Session};

use super::conversation::Item;
use super::framework::Framework;
use super::learned::Learned;
use super::link::{Link, is_id, link_of, named};
use super::loops::Body;
use super::pattern::{BurstKind, Cell, Example, Pattern, Signs, Sums};
use super::rewrite::Rewrite;
use super::statement::{Class, Facts, Statements};
use super::weigh::{Confidence, Context, ParentShare, confidence, reasons};

/// Everything that was found.
#[derive(Debug, Default)]
pub struct NPlusOne {
    /// Bursts that are alike, together; the ones that take the most time first.
    pub findings: Vec<Finding>,
    /// A pool spread the statements of requests over sessions: then only loops that follow one
    /// another in the whole log are found, and they are suspected at most.
    pub pooled: bool,
    /// Transactions begin and do not end: statements are missing from the log.
    pub marks_missing: bool,
    /// Statements are missing from the log, by that or by the shortest of those that are there.
    pub partial: bool,
    /// Every burst, if the detector was asked to list them, in the order of the inputs.
    pub bursts: Vec<Burst>,
}

/// Bursts of the same children behind the same parent.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What they are.
    pub kind: BurstKind,
    /// The query whose rows they loop over, where one was found.
    pub parent: Option<FingerprintIndex>,
    /// The statements of a turn.
    pub children: Vec<FingerprintIndex>,
    /// The place among the children of the one that `link` and `rewrite` are about.
    pub told: usize,
    /// How many bursts.
    pub bursts: u64,
    /// Executions of the children in them.
    pub executions: u64,
    /// Executions per burst of the child that comes most often: median.
    pub per_burst_p50: u32,
    /// The same, 95th percentile.
    pub per_burst_p95: u32,
    /// The same, the most.
    pub per_burst_max: u32,
    /// Database time of the children.
    pub duration: Micros,
    /// Database time that one statement for all rows would take instead, as far as it can be
    /// guessed: the longest of a burst and a tenth of the mean for each further row.
    pub instead: Micros,
    /// From the start of the first child to the end of the last, less `instead`: what a request
    /// could be faster by, the application's own work between the queries included. `None` where
    /// stamps are too coarse.
    pub latency: Option<Micros>,
    /// The column that links child and parent.
    pub link: Option<Link>,
    /// How sure that is.
    pub confidence: Confidence,
    /// What to send instead.
    pub rewrite: Rewrite,
    /// What the library that seems to send it calls that.
    pub hint: Option<&'static str>,
    /// Why.
    pub evidence: Vec<&'static str>,
    /// A burst to look at.
    pub example: Example,
}

/// One burst.
#[derive(Debug, Clone)]
pub struct Burst {
    /// What it is.
    pub kind: BurstKind,
    /// Index of the input.
    pub input: u32,
    /// The session that ran its first child.
    pub session: Session,
    /// Line of the parent's entry.
    pub parent_line: Option<u64>,
    /// Lines of the children's entries.
    pub lines: Vec<u64>,
    /// The statements of a turn.
    pub children: Vec<FingerprintIndex>,
    /// How sure it is.
    pub confidence: Confidence,
    /// The column that links child and parent.
    pub link: Option<Link>,
}

/// A burst until the whole log is known.
#[derive(Debug)]
pub(super) struct Listed {
    pattern: u32,
    parent: Option<u32>,
    signs: Signs,
    input: u32,
    session: u64,
    parent_line: Option<u64>,
    lines: Box<[u64]>,
}

impl Listed {
    pub(super) fn new(
        pattern: u32,
        parent: Option<u32>,
        signs: Signs,
        parent_item: Option<Item>,
        items: &[Item],
    ) -> Self {
        let input = items.first().map_or(0, |item| item.input);
        Self {
            pattern,
            parent,
            signs,
            input,
            session: items.first().map_or(0, |item| item.session),
            parent_line: parent_item.filter(|item| item.input == input).map(|item| item.line),
            lines: items.iter().filter(|item| item.input == input).map(|item| item.line).collect(),
        }
    }
}

/// Judges what was learned.
pub(super) fn judge(
    learned: &Learned,
    statements: &Statements,
    marks_hold: bool,
    partial: bool,
    pooled: bool,
) -> NPlusOne {
    let framework = statements.usual_framework();
    let judge = Judge { learned, statements, marks_hold, partial, pooled, framework };
    let mut found = NPlusOne::default();
    for pattern in &learned.patterns.patterns {
        let mut parents: Vec<Option<u32>> =
            pattern.cells.iter().map(|cell| judge.parent(pattern, cell.parent)).collect();
        parents.sort_unstable();
        parents.dedup();
        found
            .findings
            .extend(parents.into_iter().filter_map(|parent| judge.finding(pattern, parent)));
    }
    found.findings.sort_by_key(|finding| {
        let order = (finding.parent, finding.children.clone());
        (std::cmp::Reverse((finding.duration, finding.executions)), order)
    });
    found.bursts = learned.listed.iter().filter_map(|listed| judge.burst(listed)).collect();
    found.bursts.sort_by_key(|burst| (burst.input, burst.lines.first().copied()));
    found
}

struct Judge<'a> {
    learned: &'a Learned,
    statements: &'a Statements,
    marks_hold: bool,
    partial: bool,
    pooled: bool,
    framework: Option<Framework>,
}

impl Judge<'_> {
    fn link(&self, pattern: &Pattern) -> Option<Link> {
        let (statement, key, literals) = pattern.key?;
        link_of(statement, key, literals, self.statements)
    }

    /// How usual a parent is before the bursts of a pattern.
    fn share(&self, pattern: &Pattern, parent: u32) -> Option<ParentShare> {
        let bursts = pattern.parents.iter().find(|(known, _)| *known == parent)?.1;
        let share = bursts * 100 / pattern.bursts.max(1);
        let executions = u128::from(self.learned.executions_of(parent)?);
        let all = u128::from(self.learned.executions);
        let lift = u128::from(share) * all / executions.max(1);
        let small = |number: u128| u64::try_from(number).unwrap_or(u64::MAX);
        let per_million = small(executions * 1_000_000 / all.max(1));
        Some(ParentShare { bursts, share, lift: small(lift), per_million })
    }

    /// Do names say that the parent has what the child is compared with?
    fn is_named(&self, parent: Option<u32>, link: Option<&Link>) -> bool {
        let facts = parent.and_then(|parent| self.statements.get(FingerprintIndex(parent)));
        facts.zip(link).is_some_and(|(parent, link)| named(parent, link))
    }

    fn context<'c>(
        &'c self,
        pattern: &'c Pattern,
        parent: Option<u32>,
        link: Option<&Link>,
        signs: &Signs,
    ) -> Context<'c> {
        let usual = |parent: Option<u32>| {
            let share = parent.and_then(|parent| self.share(pattern, parent));
            share.is_some_and(|share| share.is_usual())
        };
        let has_usual = usual(parent);
        let (mut as_long, mut alike) = (0, 0);
        for cell in pattern.cells.iter().filter(|cell| cell.signs.length == signs.length) {
            as_long += cell.sums.bursts;
            if usual(cell.parent) == has_usual {
                alike += cell.sums.bursts;
            }
        }
        let named = pattern.parents.iter().filter(|(parent, _)| self.is_named(Some(*parent), link));
        let named: u64 = named.map(|(_, bursts)| bursts).sum();
        Context {
            pattern,
            as_long,
            alike,
            mostly_named: 4 * named >= 3 * pattern.bursts,
            runs: self.learned.runs(pattern.body, signs.scope),
            parent: parent.and_then(|parent| self.share(pattern, parent)),
            named: self.is_named(parent, link),
            report: pattern.body.statements().iter().all(|statement| {
                self.statements.get(FingerprintIndex(*statement)).is_some_and(|facts| facts.groups)
            }),
            marks_hold: self.marks_hold,
            partial: self.partial,
            pooled: self.pooled,
            queued: pattern
                .body
                .statements()
                .iter()
                .any(|statement| self.learned.queued.contains(statement)),
        }
    }

    /// The statement of a turn to rewrite: of several, one that writes, else the one with the link.
    fn told(&self, pattern: &Pattern) -> usize {
        let statements = pattern.body.statements();
        let class = |statement: &u32| {
            self.statements.get(FingerprintIndex(*statement)).map(|facts| facts.class)
        };
        let writes = statements.iter().position(|statement| class(statement) == Some(Class::Write));
        let linked = pattern
            .key
            .and_then(|(linked, ..)| statements.iter().position(|statement| *statement == linked));
        writes.or(linked).unwrap_or(0)
    }

    /// The parent that is shown for one that was seen: a query that names link to the child, or
    /// that comes before a good part of the bursts.
    fn parent(&self, pattern: &Pattern, seen: Option<u32>) -> Option<u32> {
        let link = self.link(pattern);
        let usual = self.share(pattern, seen?)?;
        let named = self.is_named(seen, link.as_ref());
        seen.filter(|_| named || usual.share >= 30 && usual.lift >= 500)
    }

    fn finding(&self, pattern: &Pattern, parent: Option<u32>) -> Option<Finding> {
        let link = self.link(pattern);
        let judged: Vec<(&Cell, Context<'_>, Confidence)> = pattern
            .cells
            .iter()
            .filter(|cell| self.parent(pattern, cell.parent) == parent)
            .filter_map(|cell| {
                let context = self.context(pattern, cell.parent, link.as_ref(), &cell.signs);
                let word = confidence(&cell.signs, &context)?;
                Some((cell, context, word))
            })
            .collect();
        let mut sums = Sums::default();
        for (cell, ..) in &judged {
            sums.merge(&cell.sums);
        }
        let (largest, context, _) = judged.iter().max_by_key(|(cell, ..)| cell.sums.bursts)?;
        let of = |word: Confidence| -> u64 {
            let carries = judged.iter().filter(|(.., found)| *found >= word);
            carries.map(|(cell, ..)| cell.sums.bursts).sum()
        };
        let words = [Confidence::Proven, Confidence::Likely];
        let word = words.into_iter().find(|word| of(*word) * 2 >= sums.bursts);
        let mut evidence = reasons(&largest.signs, context);
        evidence.sort_by_key(|(weight, _)| std::cmp::Reverse(weight.abs()));
        let spans = sums.spans > 0;
        let forward = link.as_ref().is_some_and(|link| is_id(&link.column));
        let facts: Vec<&Facts> = pattern
            .body
            .statements()
            .iter()
            .filter_map(|statement| self.statements.get(FingerprintIndex(*statement)))
            .collect();
        let rewrite = Rewrite::of(pattern.kind, &facts, largest.signs.change, forward);
        let framework = facts.iter().find_map(|facts| facts.framework).or(self.framework);
        Some(Finding {
            kind: pattern.kind,
            parent: parent.map(FingerprintIndex),
            children: children(pattern.body),
            told: self.told(pattern),
            bursts: sums.bursts,
            executions: sums.executions,
            per_burst_p50: sums.percentile(500),
            per_burst_p95: sums.percentile(950),
            per_burst_max: sums.percentile(1000),
            duration: Micros(sums.duration_us),
            instead: Micros(sums.instead_us),
            latency: spans.then(|| Micros(sums.span_us.saturating_sub(sums.instead_us))),
            link,
            confidence: word.unwrap_or(Confidence::Suspected),
            rewrite,
            hint: framework.map(|framework| framework.hint(rewrite, forward)),
            evidence: evidence.into_iter().map(|(_, text)| text).collect(),
            example: largest.sums.example?,
        })
    }

    fn burst(&self, listed: &Listed) -> Option<Burst> {
        let pattern = self.learned.patterns.patterns.get(listed.pattern as usize)?;
        let link = self.link(pattern);
        let context = self.context(pattern, listed.parent, link.as_ref(), &listed.signs);
        // Where statements are missing, the one before need not be of the same request.
        let of_request = !self.partial || context.is_together(&listed.signs);
        Some(Burst {
            kind: pattern.kind,
            input: listed.input,
            session: Session(listed.session),
            parent_line: self
                .parent(pattern, listed.parent)
                .and(listed.parent_line)
                .filter(|_| of_request),
            lines: listed.lines.to_vec(),
            children: children(pattern.body),
            confidence: confidence(&listed.signs, &context)?,
            link,
        })
    }
}

fn children(body: Body) -> Vec<FingerprintIndex> {
    body.statements().iter().copied().map(FingerprintIndex).collect()
}
