//! `make`: data that a study or a training run needs, made of raw text by a model.

mod args;
mod file;
mod given;
mod pairs;
mod prompts;
mod run;

use anyhow::Result;
use counterpoise_study::Kinds;

pub(crate) use args::{MakeCommand, PairsFiles, PairsSettings};
pub(crate) use file::stage;
pub use given::pairs_of;
pub(crate) use run::make;

use crate::tuned;

/// Runs one of the commands.
///
/// # Errors
/// Bad input, settings that fit no run, an output that cannot be written.
pub(crate) fn run(command: &MakeCommand, kinds: &Kinds) -> Result<()> {
    match command {
        MakeCommand::Pairs(args) => run::run(args),
        MakeCommand::Tuned(args) => tuned::run(args, kinds),
    }
}
