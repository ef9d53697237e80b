//! Advice on indexes and rewrites: on a terminal, as JSON, as statements.

use std::io::{self, Write};

use anstyle::Style;
use serde::Serialize;
use slowlog_advise::{Advice, IndexAdvice, Saves};

use crate::units::{bytes, count, duration};
use crate::visible::{fit, visible};

const HEADING: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// How much of each kind a report shows.
const SHOWN_IN_REPORT: usize = 5;

/// Advice as one JSON document, indented: the lists of `slowlog.report/1`.
///
/// # Errors
///
/// Those of `out`.
pub fn render_advice_json(advice: &Advice, out: &mut impl Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Document<'a> {
        schema: &'static str,
        tool: Tool,
        #[serde(flatten)]
        advice: &'a Advice,
    }
    #[derive(Serialize)]
    struct Tool {
        name: &'static str,
        version: &'static str,
    }
    let tool = Tool { name: "slowlog", version: env!("CARGO_PKG_VERSION") };
    let document = Document { schema: "slowlog.report/1", tool, advice };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

/// One statement a line, with the evidence in comments above it.
///
/// # Errors
///
/// Those of `out`.
pub fn render_advice_sql(advice: &Advice, out: &mut impl Write) -> io::Result<()> {
    for note in &advice.notes {
        writeln!(out, "-- {}", visible(note.as_bytes()))?;
    }
    for index in &advice.indexes {
        let head = format!("{}: {}, {}", index.id, saves(&index.saves), index.confidence.word());
        writeln!(out, "-- {head}")?;
        if let Some(caution) = &index.caution {
            writeln!(out, "--   {}", visible(caution.as_bytes()))?;
        }
        for evidence in &index.evidence {
            writeln!(out, "--   {}", visible(evidence.as_bytes()))?;
        }
        writeln!(out, "--   undo: {}", visible(index.undo.as_bytes()))?;
        for statement in index.ddl.lines() {
            writeln!(out, "{}", visible(statement.as_bytes()))?;
        }
    }
    Ok(())
}

/// Advice for a terminal, all of it.
///
/// # Errors
///
/// Those of `out`.
pub fn render_advice_text(advice: &Advice, width: usize, out: &mut impl Write) -> io::Result<()> {
    if advice.indexes.is_empty() {
        writeln!(
            out,
            "{HEADING}indexes{HEADING:#}   none is missing, as far as this log can tell"
        )?;
    } else {
        writeln!(out, "{HEADING}indexes{HEADING:#}")?;
    }
    for advised in &advice.indexes {
        index(advised, width, out)?;
        if let Some(caution) = &advised.caution {
            writeln!(out, "      {}", visible(caution.as_bytes()))?;
        }
        for evidence in &advised.evidence {
            writeln!(out, "      {DIM}{}{DIM:#}", fit(&visible(evidence.as_bytes()), width - 6))?;
        }
        writeln!(out, "      {DIM}undo: {}{DIM:#}", visible(advised.undo.as_bytes()))?;
        if let Some(replaced) = &advised.replaces {
            writeln!(
                out,
                "      {DIM}{} is superfluous once this is there{DIM:#}",
                visible(replaced.as_bytes())
            )?;
        }
    }
    if let Some(first) = advice.indexes.first() {
        writeln!(out, "{HEADING}before and after{HEADING:#}   of each; here for {}", first.id)?;
        for step in &first.preflight {
            writeln!(out, "  - {}", visible(step.as_bytes()))?;
        }
    }
    rewrites(advice, usize::MAX, width, out)?;
    if !advice.redundant_indexes.is_empty() {
        writeln!(
            out,
            "{HEADING}superfluous indexes{HEADING:#}   drop none before you have looked for hints that name it"
        )?;
    }
    for index in &advice.redundant_indexes {
        writeln!(out, "  {}", visible(index.ddl.as_bytes()))?;
        writeln!(out, "      {DIM}{}{DIM:#}", visible(index.reason.as_bytes()))?;
    }
    if !advice.rejected_indexes.is_empty() {
        writeln!(out, "{HEADING}not advised{HEADING:#}")?;
    }
    for index in &advice.rejected_indexes {
        writeln!(out, "  {}", visible(index.ddl.as_bytes()))?;
        writeln!(out, "      {DIM}{}{DIM:#}", visible(index.reason.as_bytes()))?;
    }
    for note in &advice.notes {
        writeln!(out, "{DIM}{}{DIM:#}", visible(note.as_bytes()))?;
    }
    Ok(())
}

/// The part of a report, short.
pub(crate) fn section(advice: &Advice, width: usize, out: &mut impl Write) -> io::Result<()> {
    if advice.indexes.is_empty() && advice.rewrites.is_empty() {
        return Ok(());
    }
    if !advice.indexes.is_empty() {
        writeln!(out, "{HEADING}indexes{HEADING:#}")?;
    }
    for advised in advice.indexes.iter().take(SHOWN_IN_REPORT) {
        index(advised, width, out)?;
    }
    let more = advice.indexes.len().saturating_sub(SHOWN_IN_REPORT);
    if more > 0 {
        writeln!(out, "  {DIM}{more} more: slowlog indexes{DIM:#}")?;
    }
    rewrites(advice, SHOWN_IN_REPORT, width, out)?;
    writeln!(out)
}

fn index(index: &IndexAdvice, width: usize, out: &mut impl Write) -> io::Result<()> {
    for (place, statement) in index.ddl.lines().enumerate() {
        let id = if place == 0 { &*index.id } else { "" };
        writeln!(out, "  {id:<3} {}", visible(statement.as_bytes()))?;
    }
    let ids: Vec<String> =
        index.queries.iter().take(3).map(|id| id.to_string()[..8].to_owned()).collect();
    let more = index.queries.len().saturating_sub(ids.len());
    let more = if more > 0 { format!(" and {} more", count(more as u64)) } else { String::new() };
    let size = index.size_bytes.map(|size| format!(" · {}", bytes(size))).unwrap_or_default();
    let text = format!(
        "{} · {}{size} · for {}{more}",
        saves(&index.saves),
        index.confidence.word(),
        ids.join(" ")
    );
    writeln!(out, "      {}", fit(&text, width - 6))
}

fn rewrites(advice: &Advice, most: usize, width: usize, out: &mut impl Write) -> io::Result<()> {
    if !advice.rewrites.is_empty() {
        writeln!(out, "{HEADING}rewrites{HEADING:#}")?;
    }
    for rewrite in advice.rewrites.iter().take(most) {
        let id = &rewrite.query.to_string()[..8];
        let text = format!("{:<3} {id}  {}", rewrite.id, visible(rewrite.title.as_bytes()));
        writeln!(out, "  {}", fit(&text, width - 2))?;
        writeln!(out, "      {}", visible(rewrite.why.as_bytes()))?;
        if let Some(sql) = &rewrite.sql {
            writeln!(out, "      {}", visible(sql.as_bytes()))?;
        }
        let text = format!("{} · rule {}", saves(&rewrite.saves), rewrite.rule);
        writeln!(out, "      {DIM}{text}{DIM:#}")?;
    }
    let more = advice.rewrites.len().saturating_sub(most);
    if more > 0 {
        writeln!(out, "  {DIM}{more} more: slowlog indexes{DIM:#}")?;
    }
    Ok(())
}

fn saves(saves: &Saves) -> String {
    match saves.likely_us {
        Some(likely) => {
            format!("saves about {} of {}", duration(likely), duration(saves.at_stake_us))
        }
        None => format!("{} at stake", duration(saves.at_stake_us)),
    }
}
