//! What a log is, what it can show, and what to set so that it shows more.

mod capture;
mod json;
mod settings;
mod text;

use std::io::{self, Write};

use crate::model::Report;

/// Writes what a log is and can show as one JSON document, indented: schema `slowlog.doctor/1`.
///
/// # Errors
///
/// Those of `out`.
pub fn render_doctor_json(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &json::Document::new(report))?;
    out.write_all(b"\n")
}

/// Writes what a log is and can show for a terminal of `width` columns. Statements to copy are
/// never cut.
///
/// # Errors
///
/// Those of `out`.
pub fn render_doctor_text(
    report: &Report<'_>,
    width: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    text::document(report, width, out)
}
