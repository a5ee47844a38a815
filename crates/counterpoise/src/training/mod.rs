//! `train`: makes what a study needs of raw data, by the same code as the miniature's.
//!
//! comments → probe, comments → attribute head, comments → scorer, preference pairs → tuned model.

mod args;
mod attribute;
mod comments;
mod dpo;
mod folder;
pub mod judges;
mod linear;
mod log;
pub mod preferences;
mod probe;
mod scorer;
mod split;
pub mod tuning;

use anyhow::Result;

pub use args::TrainCommand;
pub use comments::labels;
pub use split::HeldOutEvery;

/// Runs one of the commands.
///
/// # Errors
/// Bad input, settings that fit no run, an output that cannot be written.
pub fn run(command: &TrainCommand) -> Result<()> {
    match command {
        TrainCommand::Probe(args) => probe::run(args),
        TrainCommand::Attribute(args) => attribute::run(args),
        TrainCommand::Scorer(args) => scorer::run(args),
        TrainCommand::Dpo(args) => dpo::run(args),
    }
}
