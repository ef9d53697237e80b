//! The words of PostgreSQL's messages in the languages that it ships, as a table of the parser.
//!
//! They come from the catalogues that Debian installs with the server, so that nobody has to type
//! a language that he does not speak.

mod catalogue;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::workspace;
use catalogue::Catalogue;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Compare with the table that is stored instead of writing it
    #[arg(long)]
    pub(crate) check: bool,
}

/// Where Debian has them: `LANGUAGE/LC_MESSAGES/postgres-VERSION.mo`.
const LOCALES: &str = "/usr/share/locale";
/// The catalogue that the table is made of.
const CATALOGUE: &str = "postgres-15.mo";

pub(crate) fn run(args: &Args) -> Result<()> {
    let catalogues = catalogues(Path::new(LOCALES))?;
    if catalogues.is_empty() {
        ensure!(args.check, "no {CATALOGUE} below {LOCALES}");
        // Another release of Debian has another server, and small images have no catalogues.
        println!("languages: skipped, there is no {CATALOGUE} below {LOCALES}");
        return Ok(());
    }
    let table = table::render(&catalogues)?;
    let path = workspace::root().join("crates/parse/src/postgres/language/table.rs");
    if !args.check {
        fs::write(&path, table).with_context(|| format!("{}: not written", path.display()))?;
        return Ok(());
    }
    let stored = fs::read_to_string(&path)?;
    if stored != table {
        bail!("{}: not what the catalogues say\nhint: cargo xtask languages", path.display());
    }
    println!("languages: the table is what the installed catalogues say");
    Ok(())
}

/// The catalogues of the server, in the order of their languages.
fn catalogues(locales: &Path) -> Result<Vec<Catalogue>> {
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    let entries = fs::read_dir(locales);
    for entry in entries.with_context(|| format!("{}: not read", locales.display()))? {
        let entry = entry?;
        let language = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path().join("LC_MESSAGES").join(CATALOGUE);
        if path.is_file() {
            found.push((language, path));
        }
    }
    found.sort();
    found
        .into_iter()
        .map(|(language, path)| {
            let bytes = fs::read(&path)?;
            Catalogue::parse(language, &bytes).with_context(|| path.display().to_string())
        })
        .collect()
}
