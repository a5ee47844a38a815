//! `make tuned`: the tuned model of a study that makes its own, without the study.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Args;
use counterpoise_study::Kinds;
use serde_json::json;

use crate::cli::OutputArgs;
use crate::commands::print;
use crate::device::DeviceChoice;
use crate::progress::Bars;
use crate::studies;

/// `make tuned`
#[derive(Debug, Args)]
pub struct TunedArgs {
    /// A study in studies/, here or above, by its name, or a study file.
    #[arg(long, value_name = "NAME|FILE")]
    study: String,
    /// The folder of the study's run; out/<study> beside studies/ unless given.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Where the model runs.
    #[arg(long, value_enum, default_value_t)]
    device: DeviceChoice,
    #[command(flatten)]
    output: OutputArgs,
}

/// Runs the command.
///
/// # Errors
/// A study that names its tuned model; what a step reports.
pub(crate) fn run(args: &TunedArgs, kinds: &Kinds) -> Result<()> {
    let start = Instant::now();
    let mut study = studies::find(&args.study, kinds)?;
    ensure!(
        study.tuning.is_some(),
        "{}: expected a table `[tuned]` that says what makes the tuned model, found `tuned` in `[models]`, which names it",
        study.file.path.display()
    );
    let out = studies::out(&study, args.out.as_deref());
    study.make_tuned(&out, &args.device.take()?, &mut Bars::default())?;
    let sentence = format!("tuned model in {}", study.tuned.display());
    print(args.output, start, json!(study.tuned_from), &sentence)
}
