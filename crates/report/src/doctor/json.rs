//! Schema `slowlog.doctor/1`.

use serde::Serialize;

use super::capture::{Capture, captures};
use super::settings::{Setting, settings};
use crate::advice::Rate;
use crate::json::{
    CompletenessPart, Input, Period, Tool, VisibilityPart, completeness, visibility,
};
use crate::model::Report;
use crate::visible::string;

#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    status: &'a [&'static str],
    inputs: Vec<Input<'a>>,
    completeness: CompletenessPart,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    servers: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<Period>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<RatePart>,
    settings: Vec<Setting>,
    visibility: VisibilityPart,
    captures: Vec<Capture>,
}

#[derive(Serialize)]
struct RatePart {
    bytes_per_hour: u64,
    executions_per_hour: u64,
}

impl<'a> Document<'a> {
    pub(super) fn new(report: &'a Report<'a>) -> Self {
        let executions = report.digest.totals().executions;
        Self {
            schema: "slowlog.doctor/1",
            tool: Tool::THIS,
            status: &report.settings.status,
            inputs: report.inputs.iter().map(Input::new).collect(),
            completeness: completeness(report),
            servers: report.digest.servers().iter().map(|version| string(version)).collect(),
            period: Period::of(report),
            rate: Rate::of(report).map(|rate| RatePart {
                bytes_per_hour: rate.bytes_per_hour(),
                executions_per_hour: rate.per_hour(executions),
            }),
            settings: settings(report),
            visibility: visibility(report),
            captures: captures(report),
        }
    }
}
