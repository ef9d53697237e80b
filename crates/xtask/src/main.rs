//! What a developer of slowlog runs: `cargo xtask COMMAND`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer's tool talks to the terminal it was started from"
)]

mod account;
mod child;
mod corpus;
mod engine;
mod floor;
mod fuzz;
mod harm;
mod languages;
mod loopback;
mod mariadb;
mod nplus1;
mod outcome;
mod peers;
mod postgres;
mod setup;
mod slow_times;
mod test;
mod testdata;
mod truth;
mod workspace;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "xtask",
    bin_name = "cargo xtask",
    about = "What a developer of slowlog runs",
    version
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what the tests need where it is absent (Debian packages, no cluster is created)
    Setup,
    /// Run everything that must hold before a commit
    Test(test::Args),
    /// Record testdata/postgres and testdata/mysql with throw-away servers
    Testdata(testdata::Args),
    /// Generate a large log with exact truth beside it
    Corpus(corpus::Args),
    /// Read files and count newlines: the least that any reader of a log must do
    Floor(floor::Args),
    /// Measure slowlog beside the floor and its peers: pgBadger, pt-query-digest, mariadb-dumpslow
    Peers(peers::Args),
    /// Carry out the advice on workloads on throw-away servers: everything runs, nothing gets dearer
    Harm(harm::Args),
    /// Measure what is found of the loops in labelled logs that real servers write
    #[command(name = "nplus1")]
    NPlusOne(nplus1::Args),
    /// Write the table of PostgreSQL's messages in other languages
    Languages(languages::Args),
    /// Run every fuzz target for a while
    Fuzz(fuzz::Args),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Setup => setup::run(),
        Command::Test(args) => test::run(&args),
        Command::Testdata(args) => testdata::run(&args),
        Command::Corpus(args) => corpus::run(&args),
        Command::Floor(args) => floor::run(&args),
        Command::Peers(args) => peers::run(&args),
        Command::Harm(args) => harm::run(&args),
        Command::NPlusOne(args) => nplus1::run(&args),
        Command::Languages(args) => languages::run(&args),
        Command::Fuzz(args) => fuzz::run(&args),
    }
}
