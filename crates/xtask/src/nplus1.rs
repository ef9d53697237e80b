//! Labelled logs of loops of queries, and how many of them slowlog finds.
//!
//! An application of a freight company, in the SQL of six libraries, is driven against throw-away
//! servers, through pools of several kinds. The driver knows which statement it sent for what, and
//! so which are loops over rows. Nothing in slowlog was fitted to these logs; docs/DESIGN.md
//! gives the figures.

mod application;
mod labels;
mod model;
mod pool;
mod query;
mod record;
mod request;
mod rewrites;
mod score;
mod server;
mod style;
mod thin;
mod variant;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{child, workspace};
use record::Recorded;
use score::Figures;
use thin::Thin;
use variant::VARIANTS;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only variants whose names contain this
    #[arg(long, default_value = "")]
    only: String,
    /// Requests of each variant
    #[arg(long, default_value_t = 2400)]
    requests: u64,
    /// Another seed plays other requests
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Keep the logs, labels and bursts here
    #[arg(long)]
    out: Option<PathBuf>,
    /// Measure this binary instead of the one that is built
    #[arg(long)]
    slowlog: Option<PathBuf>,
    /// Name the endpoints that are missed and accused
    #[arg(long)]
    detail: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let slowlog = match &args.slowlog {
        Some(slowlog) => slowlog.clone(),
        None => workspace::build("slowlog-cli", "slowlog", "release")?,
    };
    let folder = tempfile::tempdir()?;
    let out = args.out.as_deref().unwrap_or(folder.path());
    println!(
        "{:32} {:>6} | reads: P, R, macro R, sure P, sure R | writes: the same | sure: all, wrong, joined, parent wrong",
        "log", "lines"
    );
    let (mut whole_log, mut contradictions, mut wrong) = (Claims::default(), Claims::default(), 0);
    for variant in VARIANTS.iter().filter(|variant| variant.name.contains(&args.only)) {
        let whole = variant.record(args.requests, args.seed)?;
        for thin in Thin::ALL.iter().filter(|thin| thin.is_for(variant.name)) {
            let log = thin.apply(&whole);
            let name = format!("{}{}", variant.name, thin.name());
            let found = measure(&name, &log, &slowlog, &out.join(&name), args.detail)?;
            if *thin == Thin::Whole { &mut whole_log } else { &mut contradictions }.add(found);
        }
        let log = out.join(variant.name).join("analyzer.log");
        let outcome = rewrites::check(*variant, &slowlog, &log)?;
        println!(
            "    rewrites: {} run, {} in words, {} wrong",
            outcome.run,
            outcome.in_words,
            outcome.wrong.len()
        );
        outcome.wrong.iter().for_each(|problem| println!("      {problem}"));
        wrong += outcome.wrong.len();
    }
    println!(
        "proven or likely: all, wrong, of those several loops of one page as one, and with a parent of another request"
    );
    println!("  whole logs: {}", whole_log.text());
    println!("  logs that hold less: {}", contradictions.text());
    println!("rewrites that are wrong: {wrong}");
    Ok(())
}

/// What is called proven or likely, and how much of that is wrong.
#[derive(Debug, Clone, Copy, Default)]
struct Claims {
    all: u32,
    wrong: u32,
    joined: u32,
    parents: u32,
}

impl Claims {
    fn of(figures: &Figures) -> Self {
        Self {
            all: figures.sure_right + figures.sure_wrong,
            wrong: figures.sure_wrong,
            joined: figures.sure_joined,
            parents: figures.strange_parents,
        }
    }

    fn add(&mut self, other: Self) {
        self.all += other.all;
        self.wrong += other.wrong;
        self.joined += other.joined;
        self.parents += other.parents;
    }

    fn text(self) -> String {
        format!("{} {} {} {}", self.all, self.wrong, self.joined, self.parents)
    }
}

/// Scores a log; what of it is called proven or likely.
fn measure(name: &str, log: &Recorded, slowlog: &Path, out: &Path, detail: bool) -> Result<Claims> {
    log.write(out)?;
    let mut command = Command::new(slowlog);
    command.args(["nplus1", "--format", "jsonl", "--allow-empty"]).arg(out.join("analyzer.log"));
    let jsonl = child::output(&mut command)?;
    fs::write(out.join("bursts.jsonl"), &jsonl).context("the bursts: not written")?;
    let bursts = score::bursts(&jsonl)?;
    let reads = score::score(&log.labels, &bursts, "n_plus_one", "n1");
    let writes = score::score(&log.labels, &bursts, "n_plus_one_write", "wn1");
    let mut sure = Claims::of(&reads);
    sure.add(Claims::of(&writes));
    let (lines, said) = (log.labels.len(), sure.text());
    println!("{name:32} {lines:6} | {} | {} | {said}", line(&reads), line(&writes));
    if detail {
        for (kind, figures) in [("reads", &reads), ("writes", &writes)] {
            let missed = figures.endpoints.iter().filter(|(_, (found, all))| found < all);
            let missed = missed.map(|(name, (found, all))| format!("{name} {found}/{all}"));
            println!("    {kind} missed: {}", missed.collect::<Vec<_>>().join(", "));
            let accused = figures.accused.iter();
            let accused = accused.map(|(name, (all, sure))| format!("{name} {all} ({sure} sure)"));
            println!("    {kind} accused: {}", accused.collect::<Vec<_>>().join(", "));
        }
    }
    Ok(sure)
}

fn line(figures: &Figures) -> String {
    let all = [
        figures.precision(),
        figures.recall(),
        figures.macro_recall(),
        figures.sure_precision(),
        figures.sure_recall(),
    ];
    let text = |share: Option<f64>| share.map_or("    -".to_owned(), |share| format!("{share:.3}"));
    let (found, loops) = figures.found();
    format!("{} {found:>4}/{loops:<4}", all.map(text).join(" "))
}
