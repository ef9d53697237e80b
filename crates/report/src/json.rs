//! The report for programs: schema `slowlog.report/1`.
//!
//! Fields may be added; none is renamed. Times are integer microseconds, instants RFC 3339 in UTC,
//! shares fractions; what is not known is absent.

mod happenings;
mod query;

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use slowlog_advise::Advice;
use slowlog_digest::{InputSummary, NameKind, Seen};
use slowlog_event::Sampling;

use crate::advice::{NotVisible, not_visible};
use crate::model::Report;
use crate::selection::{Filters, filters};
use crate::terminal::plural;
use crate::visible::string;
use happenings::{ErrorPart, LockPart, MaintenancePart, TempFilesPart};
use query::{CounterPart, Queries, counters};

/// Writes a report as one JSON document, indented, with a newline at the end.
///
/// # Errors
///
/// Those of `out`.
pub fn render_json(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Document::new(report))?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    status: &'a [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    filters: Option<Filters<'a>>,
    inputs: Vec<Input<'a>>,
    completeness: CompletenessPart,
    visibility: VisibilityPart,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<Period>,
    totals: TotalsPart,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    servers: Vec<String>,
    databases: Vec<NamePart>,
    users: Vec<NamePart>,
    applications: Vec<NamePart>,
    clients: Vec<NamePart>,
    timeline: TimelinePart,
    queries: Queries<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    truncated: Option<Truncated>,
    #[serde(flatten)]
    advice: Option<&'a Advice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n_plus_one: Option<Vec<crate::n_plus_one::Part<'a>>>,
    errors_by_state: Vec<ErrorPart>,
    locks: Vec<LockPart>,
    temp_files_by_query: Vec<TempFilesPart>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    maintenance: Vec<MaintenancePart>,
}

#[derive(Serialize)]
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    pub(crate) const THIS: Self = Self { name: "slowlog", version: env!("CARGO_PKG_VERSION") };
}

#[derive(Serialize)]
pub(crate) struct Input<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compression: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    stream: String,
    bytes: u64,
    decompressed_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lost_bytes: Option<u64>,
    executions: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicate_of: Option<&'a str>,
    problems: Vec<ProblemPart<'a>>,
}

#[derive(Serialize)]
struct ProblemPart<'a> {
    kind: &'static str,
    count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<Place>,
    /// Why it could not be read. Lines of the log are not repeated: they may hold literals.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Place {
    line: u64,
    byte: u64,
}

#[derive(Serialize)]
pub(crate) struct CompletenessPart {
    complete: bool,
    bytes: u64,
    parsed_bytes: u64,
    ignored_bytes: u64,
    unrecognised_bytes: u64,
    damaged_bytes: u64,
    notes: Vec<String>,
}

#[derive(Serialize)]
pub(crate) struct VisibilityPart {
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold_us: Option<u64>,
    /// `1/100 of the statements`, where the log says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    sampled: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    writes: Option<&'static str>,
    lock_waits: &'static str,
    temp_files: &'static str,
    plans: &'static str,
    transactions: &'static str,
    sessions: &'static str,
    not_visible: Vec<NotVisible>,
}

#[derive(Serialize)]
pub(crate) struct Period {
    from: String,
    to: String,
}

#[derive(Serialize)]
struct TotalsPart {
    executions: u64,
    duration_us: u64,
    fingerprints: u64,
    sessions: u64,
    errors: u64,
    fatal_errors: u64,
    killed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    killed_lower_bound_us: Option<u64>,
    parse_bind_steps: u64,
    parse_bind_us: u64,
    fetch_us: u64,
    statements_without_time: u64,
    unpaired_durations: u64,
    unpaired_us: u64,
    plans: u64,
    plan_only_executions: u64,
    plan_only_us: u64,
    temp_files: u64,
    temp_bytes: u64,
    lock_waits: u64,
    lock_wait_us: u64,
    deadlocks: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    connections: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_connections: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnections: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_us: Option<u64>,
    /// Only of logs that have such entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    throttled: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_executions: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_duration_us: Option<u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    counters: BTreeMap<&'static str, CounterPart>,
}

#[derive(Serialize)]
struct NamePart {
    name: String,
    executions: u64,
    duration_us: u64,
}

#[derive(Serialize)]
struct TimelinePart {
    bucket_us: u64,
    buckets: Vec<BucketPart>,
}

#[derive(Serialize)]
struct BucketPart {
    at: String,
    executions: u64,
    duration_us: u64,
    busy: f64,
}

#[derive(Serialize)]
struct Truncated {
    queries: u64,
}

#[derive(Serialize)]
struct StatePart {
    state: String,
    count: u64,
}

impl<'a> Document<'a> {
    fn new(report: &'a Report<'a>) -> Self {
        let digest = report.digest;
        let totals = digest.totals();
        let names = |kind| {
            let totals = digest.actors.totals(kind);
            let part = |total: slowlog_digest::NameTotal<'_>| NamePart {
                name: string(total.name),
                executions: total.executions,
                duration_us: total.duration_us,
            };
            totals.into_iter().map(part).collect()
        };
        let left_out = report.left_out().0;
        let known = |count: u64| (count > 0).then_some(count);
        Self {
            schema: "slowlog.report/1",
            tool: Tool::THIS,
            status: &report.settings.status,
            filters: filters(digest),
            inputs: report.inputs.iter().map(Input::new).collect(),
            completeness: completeness(report),
            visibility: visibility(report),
            period: Period::of(report),
            totals: TotalsPart {
                executions: totals.executions,
                duration_us: totals.duration_us,
                fingerprints: digest.executed_fingerprints(),
                sessions: totals.sessions,
                errors: totals.errors,
                fatal_errors: totals.fatal_errors,
                killed: totals.killed,
                killed_lower_bound_us: totals.killed_lower_bound_us,
                parse_bind_steps: totals.parse_bind_steps,
                parse_bind_us: totals.parse_bind_us,
                fetch_us: totals.fetch_us,
                statements_without_time: totals.statements_without_time,
                unpaired_durations: totals.unpaired_durations,
                unpaired_us: totals.unpaired_us,
                plans: totals.plans,
                plan_only_executions: totals.plan_only_executions,
                plan_only_us: totals.plan_only_us,
                temp_files: totals.temp_files,
                temp_bytes: totals.temp_bytes,
                lock_waits: totals.lock_waits,
                lock_wait_us: totals.lock_wait_us,
                deadlocks: totals.deadlocks,
                connections: known(totals.connections),
                peak_connections: totals.peak_connections(),
                disconnections: known(totals.disconnections),
                session_us: known(totals.session_us),
                throttled: (totals.throttled > 0).then_some(totals.throttled),
                estimated_executions: digest
                    .figures()
                    .left_out()
                    .map(|(executions, _)| totals.executions.saturating_add(executions)),
                estimated_duration_us: digest
                    .figures()
                    .left_out()
                    .map(|(_, micros)| totals.duration_us.saturating_add(micros)),
                counters: counters(&digest.figures()),
            },
            servers: digest.servers().iter().map(|version| string(version)).collect(),
            databases: names(NameKind::Database),
            users: names(NameKind::User),
            applications: names(NameKind::Application),
            clients: names(NameKind::Client),
            timeline: timeline(report),
            queries: Queries(report),
            truncated: (left_out > 0).then_some(Truncated { queries: left_out }),
            advice: report.advice,
            n_plus_one: report.n_plus_one.map(|_| crate::n_plus_one::parts(report)),
            errors_by_state: report.error_states().iter().map(ErrorPart::new).collect(),
            locks: report.locks().iter().map(LockPart::new).collect(),
            temp_files_by_query: report
                .temp_files_by_query()
                .into_iter()
                .map(|(fingerprint, query)| TempFilesPart {
                    query: fingerprint.id,
                    files: query.besides().temp_files,
                    bytes: query.besides().temp_bytes,
                    max_bytes: query.besides().temp_max_bytes,
                })
                .collect(),
            maintenance: digest.maintenance().iter().map(MaintenancePart::new).collect(),
        }
    }
}

impl Period {
    pub(crate) fn of(report: &Report<'_>) -> Option<Self> {
        let (from, to) = report.digest.totals().period?;
        Some(Self { from: from.to_string(), to: to.to_string() })
    }
}

impl<'a> Input<'a> {
    pub(crate) fn new(input: &'a InputSummary) -> Self {
        let problem = |problem: &'a slowlog_digest::Problem| ProblemPart {
            kind: problem.kind.word(),
            count: problem.count,
            first: problem
                .first
                .filter(|place| place.line > 0)
                .map(|place| Place { line: place.line, byte: place.byte }),
            reason: problem.kind.has_reason().then_some(problem.detail.as_str()),
        };
        Self {
            name: &input.name,
            format: input.format,
            envelope: input.envelope,
            prefix: input.prefix.as_deref(),
            compression: input.compression,
            encoding: input.encoding,
            stream: input.stream.to_string(),
            bytes: input.bytes,
            decompressed_bytes: input.decompressed_bytes,
            lost_bytes: input.lost_bytes,
            executions: input.executions,
            duplicate_of: input.duplicate_of.as_deref(),
            problems: input.problems.iter().map(problem).collect(),
        }
    }
}

pub(crate) fn completeness(report: &Report<'_>) -> CompletenessPart {
    let completeness = report.completeness;
    let mut notes = Vec::new();
    if report.digest.fingerprints.other().is_some() {
        notes.push("too many fingerprints: the later ones are counted together".to_owned());
    }
    if report.digest.actors.overflow() {
        notes.push(
            "too many users and clients: the later ones are counted without names".to_owned(),
        );
    }
    let lost = report.digest.totals().lost_lines;
    if lost > 0 {
        notes.push(format!("{} missing, by the numbers of entries", plural(lost, "line")));
    }
    CompletenessPart {
        complete: report.settings.complete,
        bytes: completeness.bytes,
        parsed_bytes: completeness.parsed_bytes,
        ignored_bytes: completeness.ignored_bytes,
        unrecognised_bytes: completeness.unrecognised_bytes,
        damaged_bytes: completeness.damaged_bytes,
        notes,
    }
}

pub(crate) fn visibility(report: &Report<'_>) -> VisibilityPart {
    let visibility = report.digest.visibility();
    VisibilityPart {
        threshold_us: visibility.threshold_us(),
        parameters: visibility.parameters().map(word),
        writes: report.writes().map(word),
        sampled: visibility.sampling().map(sampled),
        lock_waits: word(report.lock_waits()),
        temp_files: word(report.temp_files()),
        plans: word(visibility.plans()),
        transactions: word(report.transactions()),
        sessions: word(visibility.sessions()),
        not_visible: not_visible(report),
    }
}

/// What share of what is logged.
pub(crate) fn sampled(sampling: Sampling) -> String {
    let what = if sampling.by_session { "sessions" } else { "statements" };
    format!("1/{} of the {what}", sampling.limit)
}

pub(crate) fn word(seen: Seen) -> &'static str {
    match seen {
        Seen::Yes => "yes",
        Seen::No => "no",
        Seen::Partly => "partly",
    }
}

fn timeline(report: &Report<'_>) -> TimelinePart {
    let timeline = report.digest.timeline();
    let width = timeline.width_us();
    TimelinePart {
        bucket_us: width,
        buckets: timeline
            .buckets()
            .map(|(at, bucket)| BucketPart {
                at: at.to_string(),
                executions: bucket.executions,
                duration_us: bucket.duration_us,
                busy: fraction(bucket.busy_us, width),
            })
            .collect(),
    }
}

/// A fraction with six decimals: enough to read, and the same text everywhere.
fn fraction(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    let millionths = (u128::from(part) * 2_000_000 + u128::from(whole)) / (2 * u128::from(whole));
    millionths as f64 / 1e6
}
