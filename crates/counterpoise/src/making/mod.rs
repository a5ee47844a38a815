//! `make`: data that a study or a training run needs, made of raw text by a model.

mod args;
mod file;
mod given;
mod pairs;
mod prompts;
mod run;

use anyhow::Result;

pub(crate) use args::MakeCommand;
pub use given::pairs_of;

/// Runs one of the commands.
///
/// # Errors
/// Bad input, settings that fit no run, an output that cannot be written.
pub(crate) fn run(command: &MakeCommand) -> Result<()> {
    match command {
        MakeCommand::Pairs(args) => run::run(args),
    }
}
