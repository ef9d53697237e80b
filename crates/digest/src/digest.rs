//! The digest: everything that a report needs, and nothing that grows with the log.

use std::collections::BTreeMap;

use slowlog_event::{
    ErrorCode, Execution, FingerprintIndex, Incident, IncidentKind, Micros, Observer, SlowEntry,
    Timestamp,
};
use slowlog_lex::redact;

use crate::actors::Actors;
use crate::figures::{Figures, SampleRate, stands_for};
use crate::fingerprints::{Fingerprint, Fingerprints};
use crate::locks::Locks;
use crate::maintenance::MaintenanceTotals;
use crate::query::{Query, Sample, SampleText, SlowSample};
use crate::selection::{Excluded, Selection};
use crate::timeline::Timeline;
use crate::totals::Totals;
use crate::visibility::Visibility;

/// How much of a sample is kept.
const KEPT_SAMPLE: usize = 64 * 1024;
/// How much of it once there are many.
const KEPT_SAMPLE_AMONG_MANY: usize = 1024;
/// Samples are many past so many bytes of them.
const MANY_SAMPLES: usize = 8 * 1024 * 1024;

/// How many codes of errors are kept.
const MOST_CODES: usize = 1024;
/// How many versions of servers are kept.
const MOST_SERVERS: usize = 16;
/// How much of a plan is kept.
const KEPT_PLAN: usize = 16 * 1024;

/// What a log says.
#[derive(Debug, Default)]
pub struct Digest {
    /// Fingerprints, in the order in which they were first seen.
    pub fingerprints: Fingerprints,
    /// Users, databases, applications and clients.
    pub actors: Actors,
    totals: Totals,
    timeline: Timeline,
    visibility: Visibility,
    queries: Vec<Query>,
    errors_by_code: BTreeMap<ErrorCode, u64>,
    locks: Locks,
    maintenance: MaintenanceTotals,
    servers: Vec<Box<[u8]>>,
    sample_rate: Option<SampleRate>,
    selection: Selection,
    excluded: Excluded,
    samples: SampleText,
    sample_bytes: usize,
    sample_text: Vec<u8>,
}

impl Digest {
    /// An empty digest that keeps samples of this kind. `sample_rate` is that of logs that do not
    /// say it themselves.
    pub fn new(samples: SampleText, sample_rate: Option<SampleRate>) -> Self {
        Self { sample_rate, samples, ..Self::default() }
    }

    /// The same of a part of the logs: whoever feeds it sorts out what that is.
    #[must_use]
    pub fn of(self, selection: Selection) -> Self {
        Self { selection, ..self }
    }

    /// What of the logs it is about.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// What was left out since it is no part of the selection.
    pub fn excluded(&self) -> &Excluded {
        &self.excluded
    }

    /// Takes note of an execution that is no part of the selection: it tells what the log can show.
    pub fn exclude(&mut self, execution: &Execution<'_>) {
        self.excluded.executions += 1;
        if let Some(end) = execution.end {
            widen(&mut self.excluded.ends, end, end);
        }
        self.visibility.execution(execution);
    }

    /// Takes note of an incident that is no part of the selection.
    pub fn exclude_incident(&mut self, incident: &Incident) {
        self.visibility.incident(incident);
    }

    /// Sums over the whole log.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// The load over time.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// What the log can show.
    pub fn visibility(&self) -> &Visibility {
        &self.visibility
    }

    /// Which text the samples have.
    pub fn samples(&self) -> SampleText {
        self.samples
    }

    /// Errors by code, where the log has it.
    pub fn errors_by_code(&self) -> &BTreeMap<ErrorCode, u64> {
        &self.errors_by_code
    }

    /// Waits for locks.
    pub fn locks(&self) -> &Locks {
        &self.locks
    }

    /// Checkpoints, autovacuum and the like.
    pub fn maintenance(&self) -> &MaintenanceTotals {
        &self.maintenance
    }

    /// Counters and estimates of all executions together.
    pub fn figures(&self) -> Figures {
        let mut all = Figures::default();
        self.queries.iter().filter_map(Query::figures).for_each(|figures| all.merge(figures));
        all
    }

    /// Versions of the servers that wrote the log, where it says.
    pub fn servers(&self) -> &[Box<[u8]>] {
        &self.servers
    }

    /// Takes note of the version of a server.
    pub fn server(&mut self, version: &[u8]) {
        let known = self.servers.iter().any(|known| **known == *version);
        if !known && self.servers.len() < MOST_SERVERS {
            self.servers.push(version.into());
        }
    }

    /// The fingerprints that were executed, logged without a time, or ended by the server, with
    /// their statistics.
    pub fn queries(&self) -> impl Iterator<Item = (&Fingerprint, &Query)> {
        self.named_queries().filter(|(_, query)| {
            let besides = query.besides();
            let counts = [query.executions, query.duration_us, besides.killed, besides.untimed];
            counts.iter().any(|count| *count > 0)
        })
    }

    /// All fingerprints that anything is known of, those that have but failed included.
    pub fn named_queries(&self) -> impl Iterator<Item = (&Fingerprint, &Query)> {
        self.queries.iter().enumerate().filter_map(|(index, query)| {
            Some((self.fingerprints.get(FingerprintIndex(index as u32))?, query))
        })
    }

    /// How many fingerprints have at least one execution.
    pub fn executed_fingerprints(&self) -> u64 {
        self.queries.iter().filter(|query| query.executions > 0).count() as u64
    }

    #[inline]
    fn query(&mut self, index: FingerprintIndex) -> &mut Query {
        let index = index.0 as usize;
        if index >= self.queries.len() {
            self.make_queries(index + 1);
        }
        &mut self.queries[index]
    }

    /// Makes room for so many queries; a quarter more, since there can be a great many.
    #[cold]
    fn make_queries(&mut self, len: usize) {
        if len > self.queries.capacity() {
            self.queries.reserve_exact((len + len / 4).max(64) - self.queries.len());
        }
        self.queries.resize_with(len, Query::default);
    }

    /// Keeps the text of an execution that is the slowest of its fingerprint so far.
    fn keep_sample(&mut self, execution: &Execution<'_>) {
        let Some(dialect) = self.fingerprints.get(execution.fingerprint).map(|known| known.dialect)
        else {
            return;
        };
        self.sample_text.clear();
        let text = match self.samples {
            SampleText::None => return,
            SampleText::Raw => {
                self.sample_text.extend_from_slice(&execution.sent_text());
                &self.sample_text
            }
            SampleText::Redacted => {
                redact(&execution.sent_text(), dialect, &mut self.sample_text);
                &self.sample_text
            }
        };
        let most =
            if self.sample_bytes > MANY_SAMPLES { KEPT_SAMPLE_AMONG_MANY } else { KEPT_SAMPLE };
        let kept = &text[..text.len().min(most)];
        let sample = Sample {
            text: kept.into(),
            truncated: kept.len() < text.len() || execution.text_cut,
            duration_us: execution.duration.0,
            at: execution.end,
            input: execution.input,
            line: execution.position.line,
            slow: execution.slow.and_then(slow_sample),
        };
        self.sample_bytes += sample.text.len();
        let replaced = self.query(execution.fingerprint).sample.replace(sample);
        self.sample_bytes -= replaced.map_or(0, |sample| sample.text.len());
    }
}

impl Observer for Digest {
    #[inline]
    fn execution(&mut self, execution: &Execution<'_>) {
        self.totals.executions += 1;
        self.totals.duration_us = self.totals.duration_us.saturating_add(execution.duration.0);
        if execution.plan_only {
            self.totals.plan_only_executions += 1;
            self.totals.plan_only_us =
                self.totals.plan_only_us.saturating_add(execution.duration.0);
        }
        if let Some(end) = execution.end {
            widen(&mut self.totals.period, end.minus(execution.duration), end);
        }
        self.actors.count(execution.actor, 1, execution.duration);
        self.timeline.execution(execution);
        self.visibility.execution(execution);
        let index = execution.fingerprint.0 as usize;
        if index >= self.queries.len() {
            self.make_queries(index + 1);
        }
        let stands_for = stands_for(execution, self.sample_rate);
        let actors = &self.actors;
        if self.queries[index].add(execution, stands_for, || actors.names_of(execution.actor)) {
            self.keep_sample(execution);
            if let Some(plan) = execution.slow.and_then(|entry| entry.plan) {
                self.query(execution.fingerprint).observe_plan(execution.duration.0, plan);
            }
        }
    }

    fn plan(&mut self, fingerprint: FingerprintIndex, took: Micros, plan: &[u8]) {
        self.query(fingerprint).observe_plan(took.0, plan);
    }

    fn untimed(&mut self, execution: &Execution<'_>) {
        self.totals.statements_without_time += 1;
        self.query(execution.fingerprint);
        let actors = &self.actors;
        let query = &mut self.queries[execution.fingerprint.0 as usize];
        if query.add_untimed(execution, || actors.names_of(execution.actor)) {
            self.keep_sample(execution);
        }
    }

    fn incident(&mut self, incident: &Incident) {
        self.totals.count(incident);
        self.visibility.incident(incident);
        self.locks.count(incident);
        match incident.kind {
            IncidentKind::Maintenance(kind, took) => {
                self.maintenance.count(kind, incident.time, took);
            }
            IncidentKind::Fetch(duration) => self.actors.count(incident.actor, 0, duration),
            IncidentKind::Error { code: Some(code), .. }
                if self.errors_by_code.len() < MOST_CODES
                    || self.errors_by_code.contains_key(&code) =>
            {
                *self.errors_by_code.entry(code).or_default() += 1;
            }
            _ => {}
        }
        if let Some(fingerprint) = incident.fingerprint {
            self.query(fingerprint).count(incident);
        }
    }
}

fn slow_sample(entry: &SlowEntry<'_>) -> Option<Box<SlowSample>> {
    let routine = entry.routine.map(Into::into);
    let plan = entry.plan.filter(|plan| plan.len() <= KEPT_PLAN).map(Into::into);
    (routine.is_some() || plan.is_some()).then(|| Box::new(SlowSample { routine, plan }))
}

#[inline]
pub(crate) fn widen(period: &mut Option<(Timestamp, Timestamp)>, start: Timestamp, end: Timestamp) {
    let (first, last) = period.get_or_insert((start, end));
    *first = start.min(*first);
    *last = end.max(*last);
}
