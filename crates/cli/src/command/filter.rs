//! `slowlog filter`

use std::io;

use anyhow::Result;
use slowlog::{Analyzer, Error, Literals};

use crate::args::{FilterCommandArgs, Samples};
use crate::command::input::{exits, prepare, report};
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(arguments: &FilterCommandArgs) -> Result<Exit> {
    let (input, manner) = (&arguments.input, &arguments.manner);
    let literals = match arguments.samples {
        Samples::Raw => Literals::Raw,
        Samples::Redacted | Samples::None => Literals::Masked,
    };
    let mut analyzer = Analyzer::new();
    let prepared = prepare(input, manner, &mut analyzer)?;
    let mut result = Err(Error::Output(io::ErrorKind::Other.into()));
    output::write(arguments.output.as_deref(), None, |mut out| {
        result = analyzer.rewrite(prepared.sources, literals, &mut out);
        match &mut result {
            Err(Error::Output(error)) => Err(std::mem::replace(error, io::ErrorKind::Other.into())),
            _ => Ok(()),
        }
    })?;
    let analysis = result?;
    report(input, manner, prepared.bar, &analysis);
    Ok(exits(input, &analysis)[0])
}
