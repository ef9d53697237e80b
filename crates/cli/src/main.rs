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
    exit_on_panic();
    let run = match args.command {
        Command::Analyze(arguments) => command::analyze::run(&arguments),
        Command::Indexes(arguments) => command::indexes::run(&arguments),
        Command::Rules(arguments) => command::rules::run(&arguments),
        Command::NPlusOne(arguments) => command::nplus1::run(&arguments),
        Command::Filter(arguments) => command::filter::run(&arguments),
        Command::Doctor(arguments) => command::doctor::run(&arguments),
        Command::Fingerprint(arguments) => command::fingerprint::run(&arguments),
    };
    let exit = match run {
        Ok(exit) => exit,
        Err(error) if message::is_broken_pipe(&error) => Exit::Complete,
        Err(error) => {
            message::error(&error);
            message::hint_for(&error).into_iter().for_each(message::hint);
            Exit::of(&error)
        }
    };
    exit.into()
}

/// A panic, on whatever thread, is a bug: it is told, and ends the process by its own exit code.
fn exit_on_panic() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tell(panic);
        message::hint("this is a bug of slowlog; please report it with the lines above");
        #[allow(clippy::exit, reason = "nothing is left to be done")]
        std::process::exit(i32::from(Exit::Internal.code()));
    }));
}
