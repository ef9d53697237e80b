//! Queries: a fingerprint with its figures and its worst execution.

use std::collections::BTreeMap;

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use slowlog_digest::{CounterSum, Figures, NameKind, Query, Sample, SampleText};
use slowlog_event::{Counter, Dialect};
use slowlog_normalize::{FingerprintId, PackedShape, StatementKind};

use super::{StatePart, fraction};
use crate::model::{Report, Row};
use crate::visible::string;

/// Queries are written one by one: there may be a great many of them.
pub(super) struct Queries<'a>(pub(super) &'a Report<'a>);

impl Serialize for Queries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = self.0.rows();
        let mut sequence = serializer.serialize_seq(Some(rows.len()))?;
        for row in rows {
            sequence.serialize_element(&QueryPart::new(self.0, &row))?;
        }
        sequence.end()
    }
}

#[derive(Serialize)]
struct QueryPart {
    id: FingerprintId,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    server_ids: Vec<String>,
    text: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    text_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<StatementKind>,
    dialect: Dialect,
    tables: Vec<String>,
    executions: u64,
    duration_us: u64,
    share: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    statements_without_time: Option<u64>,
    #[serde(flatten)]
    spread: Option<Times>,
    #[serde(skip_serializing_if = "Option::is_none")]
    above_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fetch_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lock_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows_sent: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows_examined: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows_affected: Option<u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    counters: BTreeMap<&'static str, CounterPart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_executions: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_duration_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temp_bytes: Option<u64>,
    errors: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors_by_state: Vec<StatePart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    killed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_seen: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen: Option<String>,
    users: Vec<String>,
    databases: Vec<String>,
    applications: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample: Option<SamplePart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    histogram: Option<Vec<(u64, u64)>>,
}

#[derive(Serialize)]
#[allow(clippy::struct_field_names, reason = "the fields are named by the schema")]
struct Times {
    mean_us: u64,
    min_us: u64,
    max_us: u64,
    p50_us: u64,
    p95_us: u64,
    p99_us: u64,
    stddev_us: u64,
}

#[derive(Serialize)]
struct SamplePart {
    text: String,
    redacted: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    input: String,
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    routine: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<String>,
}

/// Sums of a counter over the executions whose entry has it.
#[derive(Serialize)]
pub(super) struct CounterPart {
    executions: u64,
    sum: u64,
    max: u64,
}

pub(super) fn counters(figures: &Figures) -> BTreeMap<&'static str, CounterPart> {
    let part =
        |sum: &CounterSum| CounterPart { executions: sum.executions, sum: sum.sum, max: sum.max };
    figures.counters().iter().map(|sum| (sum.counter.name(), part(sum))).collect()
}

impl QueryPart {
    fn new(report: &Report<'_>, row: &Row<'_>) -> Self {
        let (fingerprint, query) = (row.fingerprint, row.query);
        let (besides, totals) = (query.besides(), report.digest.totals());
        let spread = (query.executions > 0).then(|| Times {
            mean_us: query.mean_us().unwrap_or_default(),
            min_us: query.min_us,
            max_us: query.max_us,
            p50_us: row.percentile(500).unwrap_or_default(),
            p95_us: row.percentile(950).unwrap_or_default(),
            p99_us: row.percentile(990).unwrap_or_default(),
            stddev_us: query.stddev_us().unwrap_or_default(),
        });
        let all_names = query.names(&report.digest.actors);
        let names = |kind| {
            let of_kind = all_names.iter().filter(|(known, _)| *known == kind);
            of_kind.map(|(_, name)| string(name)).collect()
        };
        let known = |value: u64| (value > 0).then_some(value);
        let sum = |counter| Some(query.figures()?.counter(counter)?.sum);
        let left_out = query.figures().and_then(Figures::left_out);
        Self {
            id: fingerprint.id,
            server_ids: besides.server_ids.iter().map(ToString::to_string).collect(),
            text: string(&fingerprint.text),
            text_truncated: fingerprint.cut,
            kind: fingerprint.shape.as_ref().map(|shape| shape.kind),
            dialect: fingerprint.dialect,
            tables: fingerprint.shape.as_ref().map(PackedShape::tables).unwrap_or_default(),
            executions: query.executions,
            duration_us: query.duration_us,
            share: fraction(query.duration_us, totals.duration_us),
            statements_without_time: known(besides.untimed),
            spread,
            above_us: report
                .digest
                .visibility()
                .threshold_us()
                .max(report.digest.selection().min_duration_us)
                .filter(|threshold| *threshold > 0),
            fetch_us: known(besides.fetch_us),
            lock_us: sum(Counter::LockTime),
            rows_sent: sum(Counter::RowsSent),
            rows_examined: sum(Counter::RowsExamined),
            rows_affected: sum(Counter::RowsAffected),
            counters: query.figures().map(counters).unwrap_or_default(),
            estimated_executions: left_out.map(|(more, _)| query.executions.saturating_add(more)),
            estimated_duration_us: left_out.map(|(_, more)| query.duration_us.saturating_add(more)),
            temp_bytes: known(besides.temp_bytes),
            errors: besides.errors,
            errors_by_state: query
                .figures()
                .map_or(&[][..], Figures::codes)
                .iter()
                .map(|(code, count)| StatePart { state: code.to_string(), count: *count })
                .collect(),
            killed: known(besides.killed),
            first_seen: query.first_seen().map(|at| at.to_string()),
            last_seen: query.last_seen().map(|at| at.to_string()),
            users: names(NameKind::User),
            databases: names(NameKind::Database),
            applications: names(NameKind::Application),
            sample: query.sample.as_ref().map(|sample| SamplePart::new(report, query, sample)),
            histogram: report.settings.full_detail.then(|| {
                let upper =
                    |(bucket, count): &(u16, u64)| (slowlog_digest::bucket_upper(*bucket), *count);
                row.histogram.counts().iter().map(upper).collect()
            }),
        }
    }
}

impl SamplePart {
    fn new(report: &Report<'_>, query: &Query, sample: &Sample) -> Self {
        let slow = sample.slow.as_deref();
        Self {
            text: string(&sample.text),
            redacted: report.digest.samples() == SampleText::Redacted,
            truncated: sample.truncated,
            duration_us: (query.executions > 0).then_some(sample.duration_us),
            at: sample.at.map(|at| at.to_string()),
            input: report
                .inputs
                .get(sample.input as usize)
                .map(|input| input.name.clone())
                .unwrap_or_default(),
            line: sample.line,
            routine: slow.and_then(|slow| slow.routine.as_deref()).map(string),
            plan: slow.and_then(|slow| slow.plan.as_deref()).map(string),
        }
    }
}
