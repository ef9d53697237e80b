//! `slowlog fingerprint`

use std::io::{self, BufRead, BufWriter, Read, Write};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use slowlog_event::Dialect;
use slowlog_lex::split_statements;
use slowlog_normalize::{FingerprintId, Normalizer};
use slowlog_report::visible;

use crate::args::FingerprintArgs;
use crate::exit::{Exit, UnwritableError};

#[derive(Deserialize)]
struct Question {
    sql: String,
}

#[derive(Serialize)]
struct Answer {
    id: FingerprintId,
    text: String,
}

pub(crate) fn run(arguments: &FingerprintArgs) -> Result<Exit> {
    let dialect = arguments.dialect.into();
    let mut out = BufWriter::new(io::stdout().lock());
    match arguments.format {
        None => print_statements(dialect, io::stdin().lock(), &mut out)?,
        Some(_) => answer_lines(dialect, io::stdin().lock(), &mut out)?,
    }
    out.flush().map_err(unwritable)?;
    Ok(Exit::Complete)
}

/// One line for each statement.
fn print_statements(dialect: Dialect, mut input: impl Read, out: &mut impl Write) -> Result<()> {
    let mut sql = Vec::new();
    input.read_to_end(&mut sql).context("standard input could not be read")?;
    let mut normalizer = Normalizer::new(dialect);
    for statement in split_statements(&sql, dialect) {
        let normalized = normalizer.normalize(statement);
        writeln!(out, "{}\t{}", FingerprintId::of(normalized.text), visible(normalized.text))
            .map_err(unwritable)?;
    }
    Ok(())
}

/// One answer for each line with an object.
fn answer_lines(dialect: Dialect, input: impl BufRead, out: &mut impl Write) -> Result<()> {
    let mut normalizer = Normalizer::new(dialect);
    for (number, line) in input.lines().enumerate() {
        let line = line.context("standard input could not be read")?;
        if line.trim().is_empty() {
            continue;
        }
        let question: Question = serde_json::from_str(&line).with_context(|| {
            format!(
                "line {} of standard input is not an object such as {{\"sql\": \"SELECT 1\"}}",
                number + 1
            )
        })?;
        let text = normalizer.normalize(question.sql.as_bytes()).text;
        let text = String::from_utf8_lossy(text).into_owned();
        serde_json::to_writer(&mut *out, &Answer { id: FingerprintId::of(text.as_bytes()), text })
            .map_err(|error| unwritable(error.into()))?;
        out.write_all(b"\n").map_err(unwritable)?;
    }
    Ok(())
}

fn unwritable(source: io::Error) -> UnwritableError {
    UnwritableError { name: "stdout".to_owned(), source }
}
