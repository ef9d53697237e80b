//! `slowlog nplus1`

use anyhow::Result;
use slowlog::Analyzer;
use slowlog::normalize::BurstSettings;
use slowlog_report::{
    Report, Settings, render_bursts, render_n_plus_one_json, render_n_plus_one_text,
};

use crate::args::{BurstFormat, NPlusOneArgs};
use crate::command::input::{exits, read};
use crate::exit::Exit;
use crate::output;

/// Findings that a text lists by default.
const TOP: usize = 20;

pub(crate) fn run(arguments: &NPlusOneArgs) -> Result<Exit> {
    let (input, manner) = (&arguments.input, &arguments.manner);
    let list = arguments.format == BurstFormat::Jsonl;
    let mut analyzer = Analyzer::new();
    analyzer.bursts(BurstSettings { min_burst: arguments.min_burst, list });
    let analysis = read(input, manner, &mut analyzer)?;
    let held = exits(input, &analysis);
    let settings = Settings {
        top: arguments.top.or((arguments.format == BurstFormat::Text).then_some(TOP)),
        complete: analysis.is_complete(input.strict),
        ..Settings::default()
    };
    let report = Report::new(&analysis.digest, &analysis.inputs, &analysis.completeness, settings)
        .with_n_plus_one(&analysis.n_plus_one);
    let color = (arguments.format == BurstFormat::Text).then_some(manner.color);
    output::write(arguments.output.as_deref(), color, |mut out| match arguments.format {
        BurstFormat::Text => render_n_plus_one_text(&report, output::width(), &mut out),
        BurstFormat::Json => render_n_plus_one_json(&report, &mut out),
        BurstFormat::Jsonl => render_bursts(&report, &mut out),
    })?;
    Ok(held[0])
}
