//! Every fuzz target, for a while each.

use std::fs;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::{child, workspace};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Seconds for each target
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if !nightly(&["fuzz", "--version"]).output()?.status.success() {
        install()?;
    }
    let targets = child::output(&mut nightly(&["fuzz", "list"]))?;
    let targets: Vec<_> = targets.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    ensure!(!targets.is_empty(), "fuzz: no targets in ./fuzz");
    for target in &targets {
        println!("fuzz: {target} for {} s", args.seconds);
        // What is found goes to the first folder; recorded logs are where it begins.
        let corpus = format!("fuzz/corpus/{target}");
        fs::create_dir_all(workspace::root().join(&corpus))?;
        let mut command = nightly(&["fuzz", "run", target, &corpus]);
        command.args(["testdata/mysql", "testdata/postgres", "--", "-max_len=8192"]);
        command.arg(format!("-max_total_time={}", args.seconds)).arg("-rss_limit_mb=2048");
        child::run(&mut command)?;
    }
    println!("fuzz: nothing found in {} ({} s each)", targets.join(", "), args.seconds);
    Ok(())
}

fn install() -> Result<()> {
    println!("fuzz: cargo-fuzz is absent: cargo install cargo-fuzz");
    child::run(workspace::cargo().args(["install", "--locked", "cargo-fuzz"]))
}

/// The sanitizers that cargo-fuzz links in exist in the nightly toolchain alone.
fn nightly(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    // Under `cargo xtask` this names the toolchain that runs now, and would win over +nightly.
    command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
    command.current_dir(workspace::root()).arg("+nightly").args(arguments);
    command
}
