//! `slowlog doctor`

use anyhow::Result;
use slowlog::Analyzer;
use slowlog::digest::SampleText;
use slowlog_report::{Report, Settings, render_doctor_json, render_doctor_text};

use crate::args::{DoctorArgs, Format};
use crate::command::input::{exits, read};
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(arguments: &DoctorArgs) -> Result<Exit> {
    let input = &arguments.input;
    let mut analyzer = Analyzer::new();
    analyzer.samples(SampleText::None);
    let analysis = read(input, &arguments.manner, &mut analyzer)?;
    let held = exits(input, &analysis);
    let settings = Settings {
        status: held.iter().map(|exit| exit.word()).collect(),
        complete: analysis.is_complete(input.strict),
        ..Settings::default()
    };
    let report = Report::new(&analysis.digest, &analysis.inputs, &analysis.completeness, settings)
        .with_n_plus_one(&analysis.n_plus_one);
    let color = (arguments.format == Format::Text).then_some(arguments.manner.color);
    output::write(arguments.output.as_deref(), color, |mut out| match arguments.format {
        Format::Json => render_doctor_json(&report, &mut out),
        Format::Text => render_doctor_text(&report, output::width(), &mut out),
    })?;
    Ok(held[0])
}
