//! The command line of slowlog.
//!
//! It reads arguments, calls the library, hands the result to a face, and says by its exit code
//! what holds. All analysis is in the library.

#![allow(clippy::print_stderr, reason = "messages of a command line go to stderr")]

mod advice;
mod args;
mod command;
mod exit;
mod message;
mod output;
mod progress;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::exit::Exit;

fn main() -> ExitCode {
    let args = Args::parse_from(args::with_default_command(std::env::args_os()));
    let run = || match args.command {
        Command::Analyze(arguments) => command::analyze::run(&arguments),
        Command::Indexes(arguments) => command::indexes::run(&arguments),
        Command::Rules(arguments) => command::rules::run(&arguments),
        Command::NPlusOne(arguments) => command::nplus1::run(&arguments),
        Command::Doctor(arguments) => command::doctor::run(&arguments),
        Command::Fingerprint(arguments) => command::fingerprint::run(&arguments),
    };
    let exit = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) if message::is_broken_pipe(&error) => Exit::Complete,
        Ok(Err(error)) => {
            message::error(&error);
            message::hint_for(&error).into_iter().for_each(message::hint);
            Exit::of(&error)
        }
        Err(_) => {
            message::hint("this is a bug of slowlog; please report it with the lines above");
            Exit::Internal
        }
    };
    exit.into()
}
