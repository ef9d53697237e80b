//! Embedding slowlog: the JSON report of a log that comes from anywhere, such as a socket or an
//! archive. Here it comes from standard input.
//!
//! ```sh
//! cargo run --release -p slowlog --example json_report < /var/log/postgresql/pg.log
//! ```

use std::error::Error;
use std::io::{self, Write};

use slowlog::{Analyzer, Source};
use slowlog_report::{Report, Settings, render_json};

fn main() -> Result<(), Box<dyn Error>> {
    json_report(Source::reader("standard input", io::stdin()), &mut io::stdout().lock())
}

/// Writes the report of one source, schema `slowlog.report/1`.
pub(crate) fn json_report(source: Source, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let analysis = Analyzer::new().threads(2).analyze(vec![source])?;
    let complete = analysis.is_complete(false);
    let settings = Settings {
        top: Some(10),
        // The command line says more here: see the exit codes in docs/GUIDE.md.
        status: vec![if complete { "complete" } else { "input_damaged" }],
        complete,
        ..Settings::default()
    };
    let report = Report::new(&analysis.digest, &analysis.inputs, &analysis.completeness, settings);
    render_json(&report, out)?;
    Ok(())
}
