//! `slowlog analyze`

use anyhow::Result;
use slowlog::Analyzer;
use slowlog::digest::SampleText;
use slowlog_report::{Report, Settings, Sort, render_json, render_text};

use crate::advice::advise;
use crate::args::{AnalyzeArgs, Detail, Format, Samples, SortKey};
use crate::command::input::{command_line, exits, read};
use crate::exit::Exit;
use crate::output;

/// Queries that a text lists by default.
const TOP: usize = 20;

pub(crate) fn run(arguments: &AnalyzeArgs) -> Result<Exit> {
    let mut analyzer = Analyzer::new();
    analyzer.samples(match arguments.samples {
        Samples::None => SampleText::None,
        Samples::Redacted => SampleText::Redacted,
        Samples::Raw => SampleText::Raw,
    });
    let input = &arguments.input;
    let analysis = read(input, &arguments.manner, &mut analyzer)?;
    let held = exits(input, &analysis);
    let advice = advise(&arguments.advice, &analysis)?;
    let settings = Settings {
        sort: sort(arguments.sort),
        top: arguments.top.or((arguments.format == Format::Text).then_some(TOP)),
        status: held.iter().map(|exit| exit.word()).collect(),
        complete: analysis.is_complete(input.strict),
        full_detail: arguments.detail == Detail::Full,
    };
    let report = Report::new(&analysis.digest, &analysis.inputs, &analysis.completeness, settings)
        .with_advice(&advice)
        .with_n_plus_one(&analysis.n_plus_one);
    let color = (arguments.format == Format::Text).then_some(arguments.manner.color);
    output::write(arguments.output.as_deref(), color, |mut out| match arguments.format {
        Format::Json => render_json(&report, &mut out),
        Format::Text => {
            render_text(&report, output::width(), &command_line("analyze", input), &mut out)
        }
    })?;
    Ok(held[0])
}

fn sort(key: SortKey) -> Sort {
    match key {
        SortKey::Total => Sort::Total,
        SortKey::Mean => Sort::Mean,
        SortKey::P95 => Sort::P95,
        SortKey::P99 => Sort::P99,
        SortKey::Max => Sort::Max,
        SortKey::Calls => Sort::Calls,
    }
}
