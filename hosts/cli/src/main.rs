//! The `tabletheory` command: a local DynamoDB, checks of schema documents, tables, explanations of calls.
//!
//! Every subcommand is one file. Exit codes are listed in [`exit::Exit`] and in the help text.

mod arguments;
mod check;
mod cursor;
mod dms;
mod exit;
mod explain;
mod files;
mod info;
mod local;
mod output;
mod table;

use arguments::{Arguments, Command};
use clap::{CommandFactory, Parser};
use exit::Exit;
use output::Output;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.json);
    let outcome = match arguments.command {
        Command::Local(options) => local::run(&options, &output),
        Command::Check(options) => check::run(&options, &output),
        Command::Table { command } => table::run(&command, &output),
        Command::Dms { command } => dms::run(&command, &output),
        Command::Explain(options) => explain::run(&options, &output),
        Command::Cursor { command } => cursor::run(&command, &output),
        Command::Info => info::run(&output),
        Command::Completions { shell } => {
            completions(shell);
            Ok(Exit::Success)
        }
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output.failure(&failure);
            failure.exit.into()
        }
    }
}

fn completions(shell: clap_complete::Shell) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "tabletheory", &mut script);
    output::write_stdout(&script);
}
