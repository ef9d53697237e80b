//! Loops of queries for programs.

use serde::Serialize;
use slowlog_event::FingerprintIndex;
use slowlog_normalize::{Burst, Finding, FingerprintId, Link};

use crate::advice::{NotVisible, limits};
use crate::model::Report;

/// The document of `slowlog nplus1 --format json`.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    n_plus_one: Vec<Part<'a>>,
    not_visible: Vec<NotVisible>,
}

impl<'a> Document<'a> {
    pub(super) fn new(report: &'a Report<'a>) -> Self {
        Self { schema: "slowlog.report/1", n_plus_one: parts(report), not_visible: limits(report) }
    }
}

/// Bursts that are alike.
#[derive(Serialize)]
pub(crate) struct Part<'a> {
    id: String,
    parent: Option<FingerprintId>,
    children: Vec<FingerprintId>,
    kind: &'static str,
    bursts: u64,
    executions: u64,
    per_burst: PerBurst,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    saves: Option<Saves>,
    #[serde(skip_serializing_if = "Option::is_none")]
    saves_latency_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<LinkPart<'a>>,
    confidence: &'static str,
    evidence: &'a [&'static str],
    rewrite: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'static str>,
    example: ExamplePart<'a>,
}

#[derive(Serialize)]
struct PerBurst {
    p50: u32,
    p95: u32,
    max: u32,
}

/// Database time, in microseconds.
#[derive(Serialize)]
#[allow(clippy::struct_field_names, reason = "the fields are named by the schema")]
struct Saves {
    at_stake_us: u64,
    low_us: u64,
    likely_us: u64,
    high_us: u64,
    basis: &'static str,
}

#[derive(Serialize)]
struct LinkPart<'a> {
    table: &'a str,
    column: &'a str,
}

#[derive(Serialize)]
struct ExamplePart<'a> {
    input: &'a str,
    first_line: u64,
    last_line: u64,
}

/// The public id of a fingerprint.
fn id(report: &Report<'_>, index: FingerprintIndex) -> Option<FingerprintId> {
    report.digest.fingerprints.get(index).map(|fingerprint| fingerprint.id)
}

fn ids(report: &Report<'_>, indexes: &[FingerprintIndex]) -> Vec<FingerprintId> {
    indexes.iter().filter_map(|index| id(report, *index)).collect()
}

fn link_part(link: &Link) -> LinkPart<'_> {
    LinkPart { table: &link.table, column: &link.column }
}

fn input<'a>(report: &Report<'a>, input: u32) -> &'a str {
    report.inputs.get(input as usize).map_or("", |input| input.name.as_str())
}

/// The findings that a report shows.
pub(crate) fn parts<'a>(report: &'a Report<'a>) -> Vec<Part<'a>> {
    super::shown(report).map(|(place, finding)| Part::new(report, place, finding)).collect()
}

impl<'a> Part<'a> {
    fn new(report: &'a Report<'a>, place: usize, finding: &'a Finding) -> Self {
        let duration = finding.duration.0;
        let is_timed = report.has_times();
        let saved = duration.saturating_sub(finding.instead.0);
        Self {
            id: format!("N{}", place + 1),
            parent: finding.parent.and_then(|parent| id(report, parent)),
            children: ids(report, &finding.children),
            kind: finding.kind.name(),
            bursts: finding.bursts,
            executions: finding.executions,
            per_burst: PerBurst {
                p50: finding.per_burst_p50,
                p95: finding.per_burst_p95,
                max: finding.per_burst_max,
            },
            duration_us: is_timed.then_some(duration),
            saves: is_timed.then_some(Saves {
                at_stake_us: duration,
                low_us: 0,
                likely_us: saved,
                high_us: duration,
                basis: "one statement for each burst, guessed to take as long as its longest \
                        execution and a tenth of the mean for each further row",
            }),
            saves_latency_us: finding.latency.filter(|_| is_timed).map(|latency| latency.0),
            link: finding.link.as_ref().map(link_part),
            confidence: finding.confidence.name(),
            evidence: &finding.evidence,
            rewrite: super::rewrite(report, finding),
            hint: finding.hint,
            example: ExamplePart {
                input: input(report, finding.example.input),
                first_line: finding.example.first_line,
                last_line: finding.example.last_line,
            },
        }
    }
}

/// A line of `slowlog nplus1 --format jsonl`.
#[derive(Serialize)]
pub(super) struct BurstLine<'a> {
    kind: &'static str,
    input: &'a str,
    session: String,
    parent: Option<LinePart>,
    children: Vec<LinePart>,
    fingerprints: Vec<FingerprintId>,
    confidence: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<LinkPart<'a>>,
}

#[derive(Serialize)]
struct LinePart {
    line: u64,
}

impl<'a> BurstLine<'a> {
    pub(super) fn new(report: &Report<'a>, burst: &'a Burst) -> Self {
        Self {
            kind: burst.kind.name(),
            input: input(report, burst.input),
            session: burst.session.0.to_string(),
            parent: burst.parent_line.map(|line| LinePart { line }),
            children: burst.lines.iter().map(|line| LinePart { line: *line }).collect(),
            fingerprints: ids(report, &burst.children),
            confidence: burst.confidence.name(),
            link: burst.link.as_ref().map(link_part),
        }
    }
}
