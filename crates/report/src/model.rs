//! What a report says, before any face.

use slowlog_advise::Advice;
use slowlog_digest::{Completeness, Digest, Fingerprint, Histogram, InputSummary, Query};
use slowlog_event::{Counter, Dialect};
use slowlog_normalize::NPlusOne;

/// What a report is ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Total duration.
    #[default]
    Total,
    /// Mean duration.
    Mean,
    /// 95th percentile.
    P95,
    /// 99th percentile.
    P99,
    /// Longest execution.
    Max,
    /// Number of executions.
    Calls,
}

/// How a report is made.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Ranked by.
    pub sort: Sort,
    /// At most so many queries; all if `None`.
    pub top: Option<usize>,
    /// Everything that holds: see the exit codes.
    pub status: Vec<&'static str>,
    /// No input was lost.
    pub complete: bool,
    /// With histograms of the queries.
    pub full_detail: bool,
}

/// A ranked view of a digest.
#[derive(Debug)]
pub struct Report<'a> {
    pub(crate) digest: &'a Digest,
    pub(crate) inputs: &'a [InputSummary],
    pub(crate) completeness: &'a Completeness,
    pub(crate) settings: Settings,
    pub(crate) advice: Option<&'a Advice>,
    rows: Vec<(&'a Fingerprint, &'a Query)>,
    pub(crate) n_plus_one: Option<&'a NPlusOne>,
}

/// One query of a report. Durations are in microseconds.
#[derive(Debug)]
pub struct Row<'a> {
    /// What was run.
    pub fingerprint: &'a Fingerprint,
    /// Its statistics.
    pub query: &'a Query,
    /// Percentiles come from here.
    pub histogram: Histogram,
}

impl<'a> Report<'a> {
    /// Ranks the queries of a digest.
    pub fn new(
        digest: &'a Digest,
        inputs: &'a [InputSummary],
        completeness: &'a Completeness,
        settings: Settings,
    ) -> Self {
        let mut rows: Vec<_> = digest.queries().collect();
        rows.sort_by_cached_key(|(fingerprint, query)| {
            let rank = match settings.sort {
                Sort::Total => query.duration_us,
                Sort::Mean => query.mean_us().unwrap_or(0),
                Sort::P95 => {
                    query.blocks.histogram().percentile(950).unwrap_or(0).min(query.max_us)
                }
                Sort::P99 => {
                    query.blocks.histogram().percentile(990).unwrap_or(0).min(query.max_us)
                }
                Sort::Max => query.max_us,
                Sort::Calls => query.executions,
            };
            let rank = (rank, query.duration_us, query.besides().untimed);
            (std::cmp::Reverse(rank), fingerprint.id, fingerprint.dialect)
        });
        Self { digest, inputs, completeness, settings, advice: None, n_plus_one: None, rows }
    }

    /// With advice on indexes and rewrites.
    #[must_use]
    pub fn with_advice(mut self, advice: &'a Advice) -> Self {
        self.advice = Some(advice);
        self
    }

    /// Adds the loops of queries that were found.
    #[must_use]
    pub fn with_n_plus_one(self, n_plus_one: &'a NPlusOne) -> Self {
        Self { n_plus_one: Some(n_plus_one), ..self }
    }

    /// Does the log say of anything how long it took? If not, statements are only counted.
    pub(crate) fn has_times(&self) -> bool {
        let totals = self.digest.totals();
        totals.executions > 0 || totals.statements_without_time == 0
    }

    /// The queries that the report shows, in their order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'a>> {
        self.shown().iter().map(|(fingerprint, query)| Row {
            fingerprint,
            query,
            histogram: query.blocks.histogram(),
        })
    }

    fn shown(&self) -> &[(&'a Fingerprint, &'a Query)] {
        let top = self.settings.top.unwrap_or(usize::MAX).min(self.rows.len());
        &self.rows[..top]
    }

    /// How many queries are left out, with their executions and total duration.
    pub(crate) fn left_out(&self) -> (u64, u64, u64) {
        let executions = |query: &Query| {
            if self.has_times() { query.executions } else { query.besides().untimed }
        };
        self.rows[self.shown().len()..].iter().fold((0, 0, 0), |sum, (_, query)| {
            (
                sum.0 + u64::from(executions(query) > 0),
                sum.1 + executions(query),
                sum.2.saturating_add(query.duration_us),
            )
        })
    }

    /// Are there statements of this dialect, or none at all?
    pub(crate) fn reads(&self, dialect: Dialect) -> bool {
        self.rows.is_empty()
            || self.rows.iter().any(|(fingerprint, _)| fingerprint.dialect == dialect)
    }

    /// Was a log of this dialect read?
    pub(crate) fn has_entries_of(&self, dialect: Dialect) -> bool {
        let mysql = |format: &str| format.starts_with("mysql");
        let formats = self.inputs.iter().filter_map(|input| input.format);
        formats.into_iter().any(|format| mysql(format) == (dialect == Dialect::MySql))
    }

    /// All queries, those that the report does not show included.
    pub(crate) fn all_rows(&self) -> impl Iterator<Item = (&'a Fingerprint, &'a Query)> {
        self.rows.iter().copied()
    }

    /// Busy backends: mean over the time from the first to the last execution, and the most in one
    /// bucket, in thousandths. `None` without a time.
    pub(crate) fn busy(&self) -> Option<(u64, u64)> {
        let timeline = self.digest.timeline();
        let (start, end) = self.digest.totals().period?;
        let width = timeline.width_us() as i64;
        let sum: u128 = timeline.buckets().map(|(_, bucket)| u128::from(bucket.busy_us)).sum();
        let period = u128::from(end.0.abs_diff(start.0).max(1));
        let mean = sum * 1000 / period;
        let peak = timeline.buckets().map(|(at, bucket)| {
            // Of the first and the last bucket only a part may lie in the period; of a small part
            // not much can be said.
            let within = end.0.min(at.0.saturating_add(width)) - start.0.max(at.0);
            let length = if within * 2 > width { within } else { width };
            u128::from(bucket.busy_us) * 1000 / length.max(1) as u128
        });
        Some((mean as u64, peak.max()?.max(mean) as u64))
    }
}

impl Row<'_> {
    /// A percentile, at most the longest execution. `None` without an execution.
    pub fn percentile(&self, per_mille: u64) -> Option<u64> {
        self.histogram.percentile(per_mille).map(|upper| upper.min(self.query.max_us))
    }

    /// The mean of a counter over the executions whose entry has it, in tenths, half up.
    pub(crate) fn mean_of(&self, counter: Counter) -> Option<u64> {
        let sum = self.query.figures()?.counter(counter)?;
        let executions = u128::from(sum.executions);
        let tenths = (u128::from(sum.sum) * 20 + executions) / (2 * executions.max(1));
        Some(u64::try_from(tenths).unwrap_or(u64::MAX))
    }
}
