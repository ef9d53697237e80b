//! Loops of queries: the section of a report, and the faces of `slowlog nplus1`.

mod json;
mod text;

pub(crate) use json::{Part, parts};
pub(crate) use text::section;

use std::io::{self, Write};

use slowlog_event::FingerprintIndex;
use slowlog_normalize::Finding;

use crate::model::Report;
use crate::visible::string;

/// The findings that a report shows, with their places.
fn shown<'a>(report: &Report<'a>) -> impl Iterator<Item = (usize, &'a Finding)> {
    let top = report.settings.top.unwrap_or(usize::MAX);
    report.n_plus_one.into_iter().flat_map(|found| &found.findings).take(top).enumerate()
}

/// The child that tells what to do: of a write the first that writes.
fn child(finding: &Finding) -> Option<FingerprintIndex> {
    finding.children.get(finding.told).copied()
}

/// What to send instead of a loop.
fn rewrite(report: &Report<'_>, finding: &Finding) -> String {
    let child = child(finding).and_then(|child| report.digest.fingerprints.get(child));
    child.map_or_else(String::new, |child| {
        finding.rewrite.text(&string(&child.text), finding.link.as_ref(), child.dialect)
    })
}

/// Writes every burst as a JSON object on a line of its own.
///
/// # Errors
///
/// Those of `out`.
pub fn render_bursts(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    for burst in report.n_plus_one.iter().flat_map(|found| &found.bursts) {
        serde_json::to_writer(&mut *out, &json::BurstLine::new(report, burst))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Writes the loops as one JSON document, indented: the `n_plus_one` of a report.
///
/// # Errors
///
/// Those of `out`.
pub fn render_n_plus_one_json(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &json::Document::new(report))?;
    out.write_all(b"\n")
}

/// Writes the loops for a terminal of `width` columns.
///
/// # Errors
///
/// Those of `out`.
pub fn render_n_plus_one_text(
    report: &Report<'_>,
    width: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    text::document(report, width, out)
}
