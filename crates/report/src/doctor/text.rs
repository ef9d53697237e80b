//! What a log is and can show, for a terminal.

use std::io::{self, Write};

use slowlog_digest::{InputSummary, ProblemKind};
use slowlog_event::Dialect;

use super::capture::{Capture, captures};
use super::settings::settings;
use crate::advice::{NotVisible, Rate, Server, not_visible};
use crate::model::Report;
use crate::table::{Align, lay_out};
use crate::terminal::{DIM, HEADING, format_name, input, period, plural};
use crate::units::bytes;
use crate::visible::{fit, visible};

/// Columns before what is said.
const INDENT: usize = 10;

pub(super) fn document(report: &Report<'_>, width: usize, out: &mut impl Write) -> io::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    writeln!(out, "{HEADING}slowlog {version} · doctor{HEADING:#}")?;
    for input in report.inputs {
        describe(input, width, out)?;
    }
    if report.inputs.iter().any(|input| input.format.is_some()) {
        load(report, out)?;
        visible_settings(report, width, out)?;
        missing(&not_visible(report), out)?;
        fit_for_n_plus_one(&captures(report), out)?;
    }
    writeln!(out)?;
    input(report, width, out)
}

/// What an input is.
fn describe(input: &InputSummary, width: usize, out: &mut impl Write) -> io::Result<()> {
    let name = visible(input.name.as_bytes());
    writeln!(out, "\n{HEADING}{}{HEADING:#}", fit(&name, width))?;
    let mut say = |head: &str, text: &str| {
        writeln!(out, "{head:<9} {}", fit(text, width.saturating_sub(INDENT)))
    };
    if let Some(original) = &input.duplicate_of {
        return say("copy", &format!("of {}", visible(original.as_bytes())));
    }
    if let Some(format) = input.format {
        let prefix = input
            .prefix
            .as_deref()
            .map(|prefix| format!(", log_line_prefix = '{}'", visible(prefix.as_bytes())));
        say("format", &format!("{}{}", format_name(format), prefix.unwrap_or_default()))?;
    }
    let carrier: Vec<&str> = [input.compression, input.encoding].into_iter().flatten().collect();
    if !carrier.is_empty() {
        say("carrier", &carrier.join(", "))?;
    }
    if input.format.is_some() {
        let size = bytes(input.decompressed_bytes);
        let executions = plural(input.executions, "execution");
        say("content", &format!("{size}, {executions}, stream {}", input.stream))?;
    }
    for problem in &input.problems {
        match problem.kind {
            ProblemKind::UnknownFormat | ProblemKind::WrongPrefix | ProblemKind::ForeignLines => {
                for (place, line) in problem.detail.lines().enumerate() {
                    let head = if place == 0 { "no entry" } else { "" };
                    say(head, &visible(line.as_bytes()))?;
                }
            }
            _ => {}
        }
        if let Some(help) = help(problem.kind) {
            say("try", help)?;
        }
    }
    Ok(())
}

/// The option that may help.
fn help(problem: ProblemKind) -> Option<&'static str> {
    match problem {
        ProblemKind::UnknownFormat => Some(
            "--line-prefix with what SHOW log_line_prefix prints, if it is PostgreSQL's; docs/FORMATS.md lists the formats",
        ),
        ProblemKind::WrongPrefix => Some("leave --line-prefix away to have the prefix found"),
        ProblemKind::NotOpened => Some("unpack it and give its files or their directory"),
        _ => None,
    }
}

/// Which server, when, and how much an hour.
fn load(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    writeln!(out)?;
    let engine = if report.has_entries_of(Dialect::MySql) {
        Server::of(report).name()
    } else {
        "PostgreSQL"
    };
    let name = |version: &[u8]| format!("{engine} {}", visible(version));
    let servers: Vec<String> =
        report.digest.servers().iter().map(|version| name(version)).collect();
    if !servers.is_empty() {
        writeln!(out, "{HEADING}server{HEADING:#}    {}", servers.join(", "))?;
    }
    if let Some((from, to)) = report.digest.totals().period {
        writeln!(out, "{HEADING}period{HEADING:#}    {}", period(from, to))?;
    }
    if let Some(rate) = Rate::of(report) {
        let executions = rate.per_hour(report.digest.totals().executions);
        writeln!(
            out,
            "{HEADING}rate{HEADING:#}      {} and {} an hour, {} each",
            bytes(rate.bytes_per_hour()),
            plural(executions, "execution"),
            bytes(rate.entry_bytes())
        )?;
    }
    Ok(())
}

fn visible_settings(report: &Report<'_>, width: usize, out: &mut impl Write) -> io::Result<()> {
    let settings = settings(report);
    if settings.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{HEADING}What the log shows of the server's settings{HEADING:#}")?;
    let cells: Vec<Vec<String>> = settings
        .into_iter()
        .map(|setting| vec![setting.name.to_owned(), setting.value, setting.evidence])
        .collect();
    for line in lay_out(&cells, &[Align::Left; 3]) {
        writeln!(out, "  {}", fit(line.trim_end(), width.saturating_sub(2)))?;
    }
    Ok(())
}

/// What is not shown. Statements are whole: they are there to be copied.
fn missing(missing: &[NotVisible], out: &mut impl Write) -> io::Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{HEADING}What the log does not show{HEADING:#}")?;
    for (place, lack) in missing.iter().enumerate() {
        // What one setting shows is told once.
        if missing[..place].iter().any(|told| told.sql == lack.sql) {
            continue;
        }
        if place > 0 {
            writeln!(out)?;
        }
        writeln!(out, "  {}", lack.what)?;
        writeln!(out, "    set   {}", visible(lack.sql.as_bytes()))?;
        writeln!(out, "    cost  {}", lack.cost.text)?;
        writeln!(out, "    undo  {}", lack.undo)?;
    }
    Ok(())
}

fn fit_for_n_plus_one(captures: &[Capture], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n{HEADING}For slowlog nplus1{HEADING:#}")?;
    if captures.is_empty() {
        return writeln!(out, "  this log is fit: it has every statement with its session");
    }
    for (place, capture) in captures.iter().enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        writeln!(out, "  {DIM}-- {}{DIM:#}", capture.what)?;
        writeln!(out, "  {DIM}-- {}{DIM:#}", capture.cost.text)?;
        for statement in &capture.sql {
            writeln!(out, "  {}", visible(statement.as_bytes()))?;
        }
        writeln!(out, "  {DIM}-- and back{DIM:#}")?;
        for statement in &capture.undo {
            writeln!(out, "  {statement}")?;
        }
    }
    Ok(())
}
