//! The report for a terminal.

mod incidents;
mod input;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use slowlog_digest::InputSummary;
use slowlog_event::{Counter, Timestamp};

use crate::advice::not_visible;
use crate::advice_face::section;
use crate::model::Report;
use crate::selection::selection_text;
use crate::table::{Align, lay_out, width_before_last};
use crate::units::{bytes, count, duration, shares};
use crate::untimed;
use crate::visible::{fit, visible};
use incidents::incidents;
pub(crate) use input::input;

/// A report is at least so wide: narrower terminals wrap it.
const NARROWEST: usize = 80;
/// Columns of the load line.
const LOAD_COLUMNS: usize = 48;
/// How many settings the report suggests.
const SUGGESTIONS: usize = 3;

pub(crate) const HEADING: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const ID: Style = AnsiColor::Cyan.on_default();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();

/// Writes a report for a terminal of `width` columns, with ANSI colours; the caller strips them
/// where they are not wanted. `command` is what the user called, for the command to go on with.
///
/// # Errors
///
/// Those of `out`.
pub fn render_text(
    report: &Report<'_>,
    width: usize,
    command: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    let width = width.max(NARROWEST);
    if report.inputs.iter().all(|input| input.format.is_none()) {
        writeln!(out, "nothing to analyse")?;
        return input(report, width, out);
    }
    header(report, width, out)?;
    if report.digest.totals().executions > 0 {
        load(report, out)?;
        queries(report, width, out)?;
        crate::n_plus_one::section(report, width, command, out)?;
    } else if !report.has_times() {
        untimed::queries(report, width, out)?;
        crate::n_plus_one::section(report, width, command, out)?;
    }
    if let Some(advice) = report.advice {
        section(advice, width, out)?;
    }
    incidents(report, width, out)?;
    input(report, width, out)?;
    visibility(report, width, out)?;
    next(report, command, out)
}

pub(crate) fn header(report: &Report<'_>, width: usize, out: &mut impl Write) -> io::Result<()> {
    let read: Vec<&InputSummary> =
        report.inputs.iter().filter(|input| input.format.is_some()).collect();
    let format = format(report, &read);
    let files = match read.as_slice() {
        [one] if one.name == "-" => "standard input".to_owned(),
        [one] => visible(one.name.as_bytes()),
        several => format!("{} files", count(several.len() as u64)),
    };
    let size = bytes(report.completeness.bytes);
    let line = format!("slowlog {} · {format} · {files}, {size}", env!("CARGO_PKG_VERSION"));
    writeln!(out, "{HEADING}{}{HEADING:#}", fit(&line, width))?;
    if let Some(selection) = selection_text(report.digest) {
        writeln!(out, "{HEADING}only{HEADING:#}      {}", fit(&selection, width - 10))?;
    }
    let totals = report.digest.totals();
    if let Some((from, to)) = totals.period {
        write!(out, "{}   ", period(from, to))?;
    }
    if !report.has_times() {
        let statements = plural(totals.statements_without_time, "statement");
        return writeln!(out, "{statements}, of which the log does not say how long they took");
    }
    writeln!(
        out,
        "{}   {}   {} in total",
        plural(totals.executions, "execution"),
        plural(report.digest.executed_fingerprints(), "fingerprint"),
        duration(totals.duration_us)
    )
}

/// The format of the logs, with the prefix or the version of the server.
fn format(report: &Report<'_>, read: &[&InputSummary]) -> String {
    let Some(first) = read.first() else { return "no log".to_owned() };
    if read.iter().any(|input| input.format != first.format) {
        return "several formats".to_owned();
    }
    let same_prefix = read.iter().all(|input| input.prefix == first.prefix);
    let mut name = format_name(first.format.unwrap_or_default()).to_owned();
    if let Some(envelope) = first.envelope {
        name = format!("{name} in {}", envelope_name(envelope));
    }
    match (&first.prefix, report.digest.servers()) {
        (Some(prefix), _) if same_prefix => {
            format!("{name}, prefix '{}'", visible(prefix.as_bytes()))
        }
        (Some(_), _) => format!("{name}, several prefixes"),
        (None, [version]) => format!("{name} of {}", visible(version)),
        (None, _) => name,
    }
}

/// An envelope as people call it.
pub(crate) fn envelope_name(envelope: &str) -> &'static str {
    match envelope {
        "journal_json" => "the journal",
        "logplex" => "Heroku's logplex",
        "container" => "a container's log",
        "docker" => "docker's log",
        "google_cloud" => "Google Cloud Logging",
        "cloudwatch" => "CloudWatch",
        "json_objects" => "a list of objects",
        _ => "syslog",
    }
}

/// A format as people call it.
pub(crate) fn format_name(format: &str) -> &'static str {
    match format {
        "mysql_slow" => "MySQL slow log",
        "mysql_slow_table" => "MySQL table slow_log",
        "mysql_slow_json" => "MySQL slow log of Azure",
        "mysql_general" => "MySQL general log",
        "mysql_general_table" => "MySQL table general_log",
        "postgresql_csv" => "PostgreSQL csvlog",
        "postgresql_json" => "PostgreSQL jsonlog",
        _ => "PostgreSQL stderr",
    }
}

/// `2026-11-23 02:52:30 → 02:52:33 UTC`; the second date only if it is another.
pub(crate) fn period(from: Timestamp, to: Timestamp) -> String {
    let text = |at: Timestamp| {
        let (year, month, day, hour, minute, second, _) = at.civil();
        (format!("{year:04}-{month:02}-{day:02}"), format!("{hour:02}:{minute:02}:{second:02}"))
    };
    let ((from_day, from_time), (to_day, to_time)) = (text(from), text(to));
    if from_day == to_day {
        format!("{from_day} {from_time} → {to_time} UTC")
    } else {
        format!("{from_day} {from_time} → {to_day} {to_time} UTC")
    }
}

fn load(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let Some((mean, peak)) = report.busy() else { return Ok(()) };
    let buckets: Vec<_> = report.digest.timeline().buckets().collect();
    let per_column = buckets.len().div_ceil(LOAD_COLUMNS).max(1);
    let columns: Vec<u64> = buckets
        .chunks(per_column)
        .map(|chunk| chunk.iter().fold(0u64, |sum, (_, bucket)| sum.saturating_add(bucket.busy_us)))
        .collect();
    let highest = columns.iter().copied().max().unwrap_or(0).max(1);
    let bars: String = columns
        .iter()
        .map(|busy| BARS[(u128::from(*busy) * 7).div_ceil(u128::from(highest)) as usize])
        .collect();
    let busiest =
        buckets.iter().max_by_key(|(at, bucket)| (bucket.busy_us, std::cmp::Reverse(*at)));
    let (_, _, _, hour, minute, second, _) = busiest.map_or(Timestamp(0), |(at, _)| *at).civil();
    writeln!(
        out,
        "load  {bars}  {} busy backends on average, {} at {hour:02}:{minute:02}:{second:02}\n",
        thousandths(mean),
        thousandths(peak)
    )
}

fn thousandths(value: u64) -> String {
    match value {
        0 => "under 0.001".to_owned(),
        1..10 => format!("0.{value:03}"),
        10..10_000 => format!("{}.{:02}", value / 1000, value % 1000 / 10),
        _ => format!("{}", value / 1000),
    }
}

fn queries(report: &Report<'_>, width: usize, out: &mut impl Write) -> io::Result<()> {
    let rows: Vec<_> = report.rows().collect();
    let (more, more_executions, more_us) = report.left_out();
    let mut parts: Vec<u64> = rows.iter().map(|row| row.query.duration_us).collect();
    parts.push(more_us);
    let shares = shares(&parts);
    let share = |place: usize| format!("{}.{} %", shares[place] / 10, shares[place] % 10);
    let has_rows = report.digest.figures().counter(Counter::RowsExamined).is_some();
    let mut heads = vec!["#", "id", "total", "share", "executions", "mean", "p95", "max"];
    if has_rows {
        heads.extend(["examined", "sent"]);
    }
    heads.push("query");
    let mut aligns = vec![Align::Right; heads.len()];
    aligns[1] = Align::Left;
    aligns[heads.len() - 1] = Align::Left;
    let mut cells: Vec<Vec<String>> = vec![heads.iter().map(|head| (*head).to_owned()).collect()];
    for (place, row) in rows.iter().enumerate() {
        let time = |micros: Option<u64>| micros.map_or_else(|| "-".to_owned(), duration);
        let longest = (row.query.executions > 0).then_some(row.query.max_us);
        let mut cell = vec![
            (place + 1).to_string(),
            row.fingerprint.id.to_string()[..8].to_owned(),
            duration(row.query.duration_us),
            share(place),
            count(row.query.executions),
            time(row.query.mean_us()),
            time(row.percentile(950)),
            time(longest),
        ];
        if has_rows {
            cell.extend(
                [Counter::RowsExamined, Counter::RowsSent]
                    .map(|counter| row.mean_of(counter).map_or_else(|| "-".to_owned(), mean)),
            );
        }
        cell.push(match &*row.fingerprint.text {
            b"" => "(empty statement)".to_owned(),
            text => visible(text),
        });
        cells.push(cell);
    }
    if more > 0 {
        let mut cell = vec![String::new(); heads.len()];
        "MISC".clone_into(&mut cell[1]);
        cell[2] = duration(more_us);
        cell[3] = share(rows.len());
        cell[4] = count(more_executions);
        cell[heads.len() - 1] = format!(
            "{} more {}",
            count(more),
            if more == 1 { "fingerprint" } else { "fingerprints" }
        );
        cells.push(cell);
    }
    table(cells, &aligns, width, out)?;
    if has_rows {
        writeln!(out, "{DIM}examined, sent: rows of an execution on average{DIM:#}")?;
    }
    writeln!(out)
}

/// Lays a table out; its last column has what room is left.
pub(crate) fn table(
    mut cells: Vec<Vec<String>>,
    aligns: &[Align],
    width: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    let room = width.saturating_sub(width_before_last(&cells, aligns.len()));
    for row in &mut cells {
        if let Some(text) = row.last_mut() {
            *text = fit(text, room);
        }
    }
    for (place, line) in lay_out(&cells, aligns).into_iter().enumerate() {
        let line = line.trim_end();
        let id = &cells[place][1];
        match line.split_once(id.as_str()) {
            Some(_) if place == 0 => writeln!(out, "{DIM}{line}{DIM:#}")?,
            Some((before, behind)) => writeln!(out, "{before}{ID}{id}{ID:#}{behind}")?,
            None => writeln!(out, "{line}")?,
        }
    }
    Ok(())
}

/// A mean in tenths: with a decimal while it is small.
fn mean(tenths: u64) -> String {
    match tenths {
        0..1000 if !tenths.is_multiple_of(10) => format!("{}.{}", tenths / 10, tenths % 10),
        _ => count((tenths + 5) / 10),
    }
}

fn visibility(report: &Report<'_>, width: usize, out: &mut impl Write) -> io::Result<()> {
    for (place, missing) in not_visible(report).iter().take(SUGGESTIONS).enumerate() {
        let head = if place == 0 { "not shown" } else { "" };
        let text = format!("{}   ({})", missing.what, missing.setting);
        writeln!(out, "{HEADING}{head:<9}{HEADING:#} {}", fit(&text, width - 10))?;
    }
    Ok(())
}

fn next(report: &Report<'_>, command: &str, out: &mut impl Write) -> io::Result<()> {
    if report.digest.totals().executions == 0 {
        return Ok(());
    }
    let command = visible(command.as_bytes());
    let more = report.left_out().0;
    let option = if more > 0 { "--top 100" } else { "--format json" };
    writeln!(out, "{HEADING}next{HEADING:#}      {command} {option}")
}

pub(crate) fn plural(number: u64, noun: &str) -> String {
    let ending = match (number, noun.strip_suffix('y')) {
        (1, _) => noun.to_owned(),
        (_, Some(stem)) => format!("{stem}ies"),
        _ => format!("{noun}s"),
    };
    format!("{} {ending}", count(number))
}
