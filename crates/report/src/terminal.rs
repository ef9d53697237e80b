//! The report for a terminal.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use slowlog_digest::{Fingerprint, InputSummary, ProblemKind, Totals};
use slowlog_event::{Counter, Dialect, Maintenance, Timestamp};

use crate::advice::not_visible;
use crate::advice_face::section;
use crate::model::Report;
use crate::table::{Align, lay_out, width_before_last};
use crate::units::{bytes, count, duration, shares};
use crate::untimed;
use crate::visible::{fit, visible};

/// A report is at least so wide: narrower terminals wrap it.
const NARROWEST: usize = 80;
/// Columns of the load line.
const LOAD_COLUMNS: usize = 48;
/// How many settings the report suggests.
const SUGGESTIONS: usize = 3;
/// How many queries are named of each kind of incident.
const DETAILS: usize = 3;

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
    let name = format_name(first.format.unwrap_or_default());
    match (&first.prefix, report.digest.servers()) {
        (Some(prefix), _) if same_prefix => {
            format!("{name}, prefix '{}'", visible(prefix.as_bytes()))
        }
        (Some(_), _) => format!("{name}, several prefixes"),
        (None, [version]) => format!("{name} of {}", visible(version)),
        (None, _) => name.to_owned(),
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

/// One line for each kind of thing that is no execution.
fn incidents(report: &Report<'_>, width: usize, out: &mut impl Write) -> io::Result<()> {
    let totals: &Totals = report.digest.totals();
    let mut line = |style: Style, head: &str, text: String| {
        writeln!(out, "{style}{head:<9}{style:#} {}", fit(&text, width.saturating_sub(10)))
    };
    if totals.killed > 0 {
        let at_least = totals
            .killed_lower_bound_us
            .map(|time| format!(", after {} at least", duration(time)))
            .unwrap_or_default();
        let unknown = if report.reads(Dialect::MySql) { "" } else { ": no duration is known" };
        let text = format!(
            "{} ended by a timeout or a cancel{at_least}{unknown}",
            plural(totals.killed, "statement")
        );
        line(BAD, "killed", text)?;
    }
    if totals.errors + totals.fatal_errors > 0 {
        let all = report.error_states();
        let states: Vec<String> = all
            .iter()
            .take(5)
            .map(|state| format!("{} ×{}", state.code, count(state.count)))
            .collect();
        let states =
            if states.is_empty() { String::new() } else { format!("   {}", states.join("  ")) };
        let fatal = match totals.fatal_errors {
            0 => String::new(),
            fatal => format!(", {} fatal", count(fatal)),
        };
        line(BAD, "errors", format!("{}{fatal}{states}", count(totals.errors)))?;
        for state in all.iter().take(DETAILS) {
            if let Some(query) = state.queries.first() {
                line(Style::new(), "", format!("{}  {}", state.code, named(query)))?;
            }
        }
    }
    if let Some((executions, micros)) = report.digest.figures().left_out() {
        let text = format!(
            "the log is a sample: an estimated {} executions, {} in all",
            count(totals.executions.saturating_add(executions)),
            duration(totals.duration_us.saturating_add(micros))
        );
        line(HEADING, "estimate", text)?;
    }
    if let Some(locks) = report.digest.figures().counter(Counter::LockTime).filter(|l| l.sum > 0) {
        let text = format!("waited {} within executions", duration(locks.sum));
        line(HEADING, "locks", text)?;
    }
    if totals.lock_waits > 0 {
        let text = format!(
            "{}, {} in all",
            plural(totals.lock_waits, "wait"),
            duration(totals.lock_wait_us)
        );
        let deadlocks = match totals.deadlocks {
            0 => String::new(),
            some => format!(", {}", plural(some, "deadlock")),
        };
        line(HEADING, "locks", format!("{text}{deadlocks}"))?;
        for lock in report.locks().iter().take(DETAILS) {
            let kind = lock.kind.map_or_else(|| "a lock".to_owned(), |kind| kind.to_string());
            let waits = format!(
                "{} of up to {} for {kind}",
                plural(lock.waits.waits, "wait"),
                duration(lock.waits.max_us)
            );
            let query = lock.query.map(|query| format!(":  {}", named(query)));
            line(Style::new(), "", format!("{waits}{}", query.unwrap_or_default()))?;
        }
    }
    if totals.temp_files > 0 {
        let text = format!("{}, {}", plural(totals.temp_files, "file"), bytes(totals.temp_bytes));
        line(HEADING, "temporary", text)?;
        for (fingerprint, query) in report.temp_files_by_query().into_iter().take(DETAILS) {
            let files = plural(query.temp_files, "file");
            let sizes = bytes(query.temp_bytes);
            line(Style::new(), "", format!("{files}, {sizes}:  {}", named(fingerprint)))?;
        }
    }
    beside_statements(report, &mut line)?;
    if totals.parse_bind_steps > 0 {
        let text = format!(
            "{} of parse and bind, {} on top of the executions",
            plural(totals.parse_bind_steps, "step"),
            duration(totals.parse_bind_us)
        );
        line(HEADING, "prepare", text)?;
    }
    if totals.plan_only_executions > 0 {
        let text = format!(
            "{} known by their plan alone, {}: the time in the executor",
            plural(totals.plan_only_executions, "execution"),
            duration(totals.plan_only_us)
        );
        line(HEADING, "plans", text)?;
    }
    if totals.unpaired_durations > 0 {
        let text = format!(
            "{} without a statement, {}, not in the totals",
            plural(totals.unpaired_durations, "duration"),
            duration(totals.unpaired_us)
        );
        line(HEADING, "unpaired", text)?;
    }
    if totals.statements_without_time > 0 && report.has_times() {
        let text = format!(
            "{} without a duration, not in the totals",
            plural(totals.statements_without_time, "statement")
        );
        line(HEADING, "untimed", text)?;
    }
    Ok(())
}

/// Connections, checkpoints and their like.
fn beside_statements(
    report: &Report<'_>,
    line: &mut impl FnMut(Style, &str, String) -> io::Result<()>,
) -> io::Result<()> {
    let totals = report.digest.totals();
    if totals.connections > 0 {
        let peak = totals
            .peak_connections()
            .map(|peak| format!(", at most {} sessions open at once", count(peak)));
        let lasted = totals
            .session_us
            .checked_div(totals.disconnections)
            .filter(|mean| *mean > 0)
            .map(|mean| format!(", {} each on average", duration(mean)));
        let text = format!(
            "{}{}{}",
            count(totals.connections),
            peak.unwrap_or_default(),
            lasted.unwrap_or_default()
        );
        line(HEADING, "connected", text)?;
    }
    let maintenance = report.digest.maintenance();
    let many = |kind, one: &str, several: &str| {
        maintenance.get(kind).map(|total| {
            let noun = if total.count == 1 { one } else { several };
            let longest = total.max_us.map(|longest| format!(" of up to {}", duration(longest)));
            format!("{} {noun}{}", count(total.count), longest.unwrap_or_default())
        })
    };
    let parts: Vec<String> = [
        many(Maintenance::Crash, "crash", "crashes"),
        many(Maintenance::Start, "start", "starts"),
        many(Maintenance::Checkpoint, "checkpoint", "checkpoints"),
        many(Maintenance::RequestedCheckpoint, "begun before its time", "begun before their time"),
        many(Maintenance::Autovacuum, "autovacuum", "autovacuums"),
        many(Maintenance::Autoanalyze, "autoanalyze", "autoanalyzes"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { Ok(()) } else { line(HEADING, "server", parts.join(", ")) }
}

/// A query by the beginning of its id and its text.
fn named(fingerprint: &Fingerprint) -> String {
    format!("{} {}", &fingerprint.id.to_string()[..8], visible(&fingerprint.text))
}

pub(crate) fn input(report: &Report<'_>, width: usize, out: &mut impl Write) -> io::Result<()> {
    let completeness = report.completeness;
    let understood = completeness.parsed_bytes + completeness.ignored_bytes;
    let lost = completeness.bytes - understood;
    let style = if report.settings.complete { GOOD } else { BAD };
    // Never 100 % while a byte is missing.
    let hundredths = u128::from(understood) * 10_000 / u128::from(completeness.bytes.max(1));
    let share = match lost {
        _ if completeness.bytes == 0 => "none".to_owned(),
        0 => "100 %".to_owned(),
        _ => format!("{}.{:02} %", hundredths / 100, hundredths % 100),
    };
    let size = count(completeness.bytes);
    writeln!(out, "{style}input{style:#}     {share} of {size} bytes understood")?;
    if report.digest.totals().lost_lines > 0 {
        let lost = plural(report.digest.totals().lost_lines, "line");
        writeln!(
            out,
            "          {lost} missing, by the numbers of entries: the carrier lost them"
        )?;
    }
    for input in report.inputs {
        let name = visible(input.name.as_bytes());
        if let Some(original) = &input.duplicate_of {
            let original = visible(original.as_bytes());
            let text = if input.format.is_some() {
                format!("{name}: the same entries as {original}, counted once")
            } else {
                format!("{name}: the same content as {original}, counted once")
            };
            writeln!(out, "          {}", fit(&text, width - 10))?;
        }
        for problem in &input.problems {
            let place = problem.first.map(|place| format!(":{}", place.line)).unwrap_or_default();
            let number = problem.count;
            let what = match problem.kind {
                ProblemKind::Unreadable
                | ProblemKind::TooManyMembers
                | ProblemKind::Unsupported => visible(problem.detail.as_bytes()),
                ProblemKind::Damaged => match input.lost_bytes {
                    Some(lost) => format!("{}, {} lost", problem.detail, bytes(lost)),
                    None => problem.detail.clone(),
                },
                ProblemKind::NotOpened => format!("{}, not opened", problem.detail),
                ProblemKind::UnknownFormat => match input.looks_like {
                    Some(kind) => format!("in no format that slowlog knows; it looks like {kind}"),
                    None => "in no format that slowlog knows".to_owned(),
                },
                ProblemKind::WrongPrefix => "no line begins with the prefix given".to_owned(),
                ProblemKind::Empty => "empty".to_owned(),
                ProblemKind::NotALog => "no log, left out".to_owned(),
                ProblemKind::ForeignLines => {
                    format!("{} of no known form, the first here", plural(number, "line"))
                }
                ProblemKind::CutEntry => "begins with the rest of an entry".to_owned(),
                ProblemKind::UnfinishedLine => "ends within a line".to_owned(),
                ProblemKind::LongEntries => {
                    format!("{} over 16 MiB, the rest of each was skipped", plural(number, "entry"))
                }
                ProblemKind::Overlap => {
                    let reason = visible(problem.detail.as_bytes());
                    format!("{}: {reason}", plural(number, "entry"))
                }
                ProblemKind::ClockWentBack => problem.detail.clone(),
                ProblemKind::UnknownLanguage => {
                    format!("messages in {}, which slowlog does not know", problem.detail)
                }
                ProblemKind::UnknownZone => {
                    format!("{} in an unknown time zone, read as UTC", plural(number, "stamp"))
                }
                ProblemKind::LostMessages => {
                    format!("{} or parts of one lost on the way", plural(number, "message"))
                }
            };
            writeln!(out, "          {}", fit(&format!("{name}{place}: {what}"), width - 10))?;
        }
    }
    Ok(())
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
