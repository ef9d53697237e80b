//! `slowlog indexes`

use anyhow::Result;
use slowlog::Analyzer;
use slowlog_report::{render_advice_json, render_advice_sql, render_advice_text, selection_text};

use crate::advice::advise;
use crate::args::{IndexFormat, IndexesArgs};
use crate::command::input::{exits, read};
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(arguments: &IndexesArgs) -> Result<Exit> {
    let analysis = read(&arguments.input, &arguments.manner, &mut Analyzer::new())?;
    let held = exits(&arguments.input, &analysis);
    let mut advice = advise(&arguments.advice, &analysis)?;
    let selection = selection_text(&analysis.digest);
    advice.notes.splice(..0, selection.map(|selection| format!("only {selection}")));
    let color = (arguments.format == IndexFormat::Text).then_some(arguments.manner.color);
    output::write(arguments.output.as_deref(), color, |mut out| match arguments.format {
        IndexFormat::Text => render_advice_text(&advice, output::width(), &mut out),
        IndexFormat::Json => render_advice_json(&advice, &mut out),
        IndexFormat::Sql => render_advice_sql(&advice, &mut out),
    })?;
    Ok(held[0])
}
