//! `train`: makes what a study needs of raw data, by the same code as the miniature's.
//!
//! comments → probe, comments → attribute head, comments → scorer, preference pairs → tuned model.

mod args;
pub(crate) mod attribute;
mod comments;
mod curves;
pub(crate) mod dpo;
mod dpo_settings;
mod folder;
pub mod judges;
mod linear;
mod log;
pub mod preferences;
mod probe;
mod reading;
mod scorer;
mod split;
pub mod tuning;

use anyhow::Result;

pub(crate) use args::DpoFiles;
pub use args::TrainCommand;
pub use comments::labels;
pub(crate) use curves::Curves;
pub use dpo_settings::DpoSettings;
pub(crate) use folder::{LOG, stage};
pub(crate) use reading::{Reading, ReadingSettings};
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
