//! `fit`: directions and neurons that edits need, found in labelled texts.

mod args;
mod aura;
mod output;
mod pairs;
mod states;

use anyhow::Result;

pub(crate) use args::FitCommand;

/// Runs one of the commands.
///
/// # Errors
/// Bad input, texts that tell nothing apart, an output that cannot be written.
pub(crate) fn run(command: &FitCommand) -> Result<()> {
    match command {
        FitCommand::Profs(args) => pairs::profs(args),
        FitCommand::MeanDifference(args) => pairs::mean_difference(args),
        FitCommand::Aura(args) => aura::run(args),
    }
}
