//! The runner: composes the counterpoise crates into studies, and owns no science.
//!
//! `cargo xtask replicate` runs a study; the other commands run its parts on any compatible files.

mod bench;
mod cli;
mod commands;
mod device;
mod doctor;
mod edit_file;
mod fetch;
mod kinds;
mod mini;
mod output;
mod progress;
mod render;
mod replicate;
mod studies;
mod train;
mod verify;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use cli::{Cli, Command};

/// Activations are large and short-lived: this allocator keeps their memory, where the system's
/// gives it back to the kernel after every operation.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(help_or_error) => {
            // Nothing is left to do if even this cannot be printed.
            let _ = help_or_error.print();
            return ExitCode::from(u8::from(help_or_error.use_stderr()));
        }
    };
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Replicate(args) => replicate::run(&args),
        Command::Neurons(args) => commands::neurons::run(&args),
        Command::Generate(args) => commands::generate::run(&args),
        Command::Perplexity(args) => commands::perplexity::run(&args),
        Command::F1(args) => commands::f1::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Fetch(args) => fetch::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Render(args) => render::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Train(command) => train::run(&command),
        Command::Mini(args) => mini::run(&args),
    }
}
