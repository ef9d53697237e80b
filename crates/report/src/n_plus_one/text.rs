//! Loops of queries for a terminal.

use std::io::{self, Write};

use slowlog_event::FingerprintIndex;
use slowlog_normalize::{BurstKind, Finding};

use super::{rewrite, shown};
use crate::advice::limits;
use crate::model::Report;
use crate::terminal::{DIM, HEADING, ID, header, plural};
use crate::units::{count, duration};
use crate::visible::{fit, visible};

/// Findings of the section in a report.
const MOST: usize = 3;
/// Fewer executions are no ground to say that there is no loop.
const ENOUGH_EXECUTIONS: u64 = 20;
/// Columns of the words before the texts.
const INDENT: usize = 12;

/// All of `slowlog nplus1`.
pub(super) fn document(report: &Report<'_>, width: usize, out: &mut impl Write) -> io::Result<()> {
    if report.inputs.iter().all(|input| input.format.is_none()) {
        return writeln!(out, "nothing to analyse");
    }
    header(report, width, out)?;
    writeln!(out)?;
    for (place, found) in shown(report) {
        finding(report, place, found, width, out)?;
        let why = found.evidence.join("; ");
        line("why", &why, width, out)?;
        writeln!(out)?;
    }
    let more = report.n_plus_one.map_or(0, |found| found.findings.len()) - shown(report).count();
    if more > 0 {
        writeln!(out, "{DIM}{} more: --top N{DIM:#}\n", count(more as u64))?;
    }
    let limits = limits(report);
    if limits.is_empty() && shown(report).count() == 0 {
        let totals = report.digest.totals();
        let executions = totals.executions + totals.statements_without_time;
        let noun = if report.has_times() { "execution" } else { "statement" };
        let among = plural(executions, noun);
        if executions < ENOUGH_EXECUTIONS {
            writeln!(out, "{among} are too few to tell whether there are N+1 queries")?;
        } else {
            writeln!(out, "no N+1 queries among the {among} of this log")?;
        }
    }
    for limit in limits {
        let text = format!("invisible in this log: {}   ({})", limit.what, limit.setting);
        writeln!(out, "{}", fit(&text, width))?;
    }
    Ok(())
}

/// The section of a report: the findings that cost the most, if there are any.
pub(crate) fn section(
    report: &Report<'_>,
    width: usize,
    command: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    let all = report.n_plus_one.map_or(0, |found| found.findings.len());
    if all == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "{HEADING}N+1{HEADING:#}       queries that run once for each row of another one"
    )?;
    for (place, found) in shown(report).take(MOST) {
        finding(report, place, found, width, out)?;
    }
    if all > MOST {
        let command = visible(command.replacen("analyze", "nplus1", 1).as_bytes());
        let more = format!("{} more: {command}", count((all - MOST) as u64));
        writeln!(out, "{DIM}{}{DIM:#}", fit(&more, width))?;
    }
    writeln!(out)
}

fn finding(
    report: &Report<'_>,
    place: usize,
    finding: &Finding,
    width: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    let id = format!("N{}", place + 1);
    let (noun, what) = match finding.kind {
        BurstKind::Read => ("query", ""),
        BurstKind::Write => ("write", ""),
        BurstKind::Duplicate => ("query", " with the same values"),
    };
    let part = report.n_plus_one.is_some_and(|found| found.partial);
    let head = format!(
        "{:<10}{}{} in {}, {} each, at most {}{what}",
        finding.confidence.name(),
        if part { "at least " } else { "" },
        plural(finding.executions, noun),
        plural(finding.bursts, "burst"),
        count(u64::from(finding.per_burst_p50)),
        count(u64::from(finding.per_burst_max)),
    );
    writeln!(out, "{ID}{id:<4}{ID:#}{}", fit(&head, width.saturating_sub(4)))?;
    for (place, child) in finding.children.iter().enumerate() {
        let word = if place == 0 { "again" } else { "and" };
        line(word, &query(report, *child), width, out)?;
    }
    if let Some(parent) = finding.parent {
        line("behind", &query(report, parent), width, out)?;
    }
    if let Some(link) = &finding.link {
        let link = format!("{}.{}", link.table, link.column);
        line("link", &visible(link.as_bytes()), width, out)?;
    }
    let saved = duration(finding.duration.0.saturating_sub(finding.instead.0));
    let all = duration(finding.duration.0);
    let latency = finding
        .latency
        .map(|latency| format!("; up to {} of waiting for it", duration(latency.0)))
        .unwrap_or_default();
    let saves = if report.has_times() {
        format!("about {saved} of {all} in the database{latency}")
    } else {
        "not known: the log has no times".to_owned()
    };
    line("saves", &saves, width, out)?;
    line("instead", &visible(rewrite(report, finding).as_bytes()), width, out)?;
    if let Some(hint) = finding.hint {
        line("hint", hint, width, out)?;
    }
    let example = finding.example;
    let input = report.inputs.get(example.input as usize).map_or("", |input| input.name.as_str());
    let place =
        format!("{}:{}-{}", visible(input.as_bytes()), example.first_line, example.last_line);
    line("look at", &place, width, out)
}

/// The short id and the text of a query.
fn query(report: &Report<'_>, index: FingerprintIndex) -> String {
    report.digest.fingerprints.get(index).map_or_else(String::new, |fingerprint| {
        format!("{} {}", &fingerprint.id.to_string()[..8], visible(&fingerprint.text))
    })
}

fn line(word: &str, text: &str, width: usize, out: &mut impl Write) -> io::Result<()> {
    let text = fit(text, width.saturating_sub(INDENT));
    writeln!(out, "    {DIM}{word:<8}{DIM:#}{text}")
}
