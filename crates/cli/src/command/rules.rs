//! `slowlog rules`

use anyhow::Result;
use slowlog::advise::rules;

use crate::args::RulesArgs;
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(arguments: &RulesArgs) -> Result<Exit> {
    let found = match &arguments.id {
        None => None,
        Some(id) => match rules().find(|rule| rule.id == *id) {
            Some(rule) => Some(rule),
            None => anyhow::bail!("{id} is no rule\nhint: slowlog rules lists them"),
        },
    };
    output::write(None, None, |out| match found {
        Some(rule) => out.write_all(rule.page.as_bytes()),
        None => {
            let longest = rules().map(|rule| rule.id.len()).max().unwrap_or(0);
            rules().try_for_each(|rule| writeln!(out, "{:longest$}  {}", rule.id, rule.title))
        }
    })?;
    Ok(Exit::Complete)
}
