//! Loops of queries for a terminal.

use std::io::{self, Write};

use slowlog_normalize::Finding;

use crate::model::Report;

/// The findings that a report shows, with their places.
pub(super) fn shown<'a>(report: &Report<'a>) -> impl Iterator<Item = (usize, &'a Finding)> {
    let top = report.settings.top.unwrap_or(usize::MAX);
    report.n_plus_one.into_iter().flat_map(|found| &found.findings).take(top).enumerate()
}

pub(super) fn document(report: &Report<'_>, width: usize, out: &mut impl Write) -> io::Result<()> {
    section(report, width, out)
}

/// The section of a report.
pub(crate) fn section(report: &Report<'_>, _width: usize, out: &mut impl Write) -> io::Result<()> {
    for (_, finding) in shown(report) {
        writeln!(out, "{} {} {:?}", finding.kind.name(), finding.bursts, finding.evidence)?;
    }
    Ok(())
}
