//! Embedding slowlog: the five queries that take the most time.
//!
//! ```sh
//! cargo run --release -p slowlog --example top_queries -- /var/log/postgresql/pg.log
//! ```
//!
//! Without a file it reads a recorded log of `testdata/postgres`.

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;

use slowlog::{Analyzer, Source};

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args_os().nth(1).map_or_else(recorded, PathBuf::from);
    top_queries(Source::file(file), &mut io::stdout().lock())
}

/// Writes total, executions, mean and 95th percentile of the five most expensive queries.
pub(crate) fn top_queries(source: Source, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let analysis = Analyzer::new().analyze(vec![source])?;
    // What cannot be read is a problem of the input, not an error: the other inputs are analysed.
    for input in &analysis.inputs {
        for problem in &input.problems {
            writeln!(out, "{}: {}", input.name, problem.kind.word())?;
        }
    }

    let mut queries: Vec<_> = analysis.digest.queries().collect();
    queries.sort_by_key(|(_, query)| std::cmp::Reverse(query.duration_us));
    for (fingerprint, query) in queries.into_iter().take(5) {
        // A fingerprint may have errors alone, and no execution.
        let Some(mean_us) = query.mean_us() else { continue };
        let p95_us = query.blocks.histogram().percentile(950).unwrap_or(query.max_us);
        writeln!(
            out,
            "{}  {:>9} µs  {:>4} ×  mean {:>7} µs  p95 {:>7} µs  {}",
            fingerprint.id,
            query.duration_us,
            query.executions,
            mean_us,
            p95_us.min(query.max_us),
            String::from_utf8_lossy(&fingerprint.text),
        )?;
    }
    Ok(())
}

fn recorded() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../testdata/postgres/debian-prefix.log"].iter().collect()
}
