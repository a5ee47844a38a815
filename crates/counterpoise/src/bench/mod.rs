//! `bench`: what the steps of a study cost on its base model, each timed alone.

mod cost;
mod inputs;
mod steps;
mod timing;
mod whole;

use std::num::NonZeroUsize;
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use counterpoise_study::Kinds;
use serde_json::json;

use crate::cli::OutputArgs;
use crate::commands::print;
use crate::device::DeviceChoice;
pub(crate) use cost::CostModel;
use inputs::Inputs;
use timing::table;
use whole::WholeStudy;

/// `bench`
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// A study in studies/, here or above, by its name, or a study file. Only its base model, prompts and text
    /// are read.
    #[arg(long, value_name = "NAME|FILE", default_value = "mini")]
    pub(crate) study: String,
    /// Continue the first N challenge prompts.
    #[arg(long, value_name = "N", default_value = "64")]
    pub(crate) prompts: NonZeroUsize,
    /// Read the first N tokens of the text, 2 at least: one to read and one to predict.
    #[arg(long, value_name = "N", default_value = "2048", value_parser = clap::value_parser!(u32).range(2..))]
    pub(crate) text_tokens: u32,
    /// Where the model runs.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) device: DeviceChoice,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Runs the command.
///
/// # Errors
/// A study that cannot be read, files that are missing or broken, and what the model reports.
pub(crate) fn run(args: &BenchArgs, kinds: &Kinds) -> Result<()> {
    let start = Instant::now();
    let study = crate::studies::find(&args.study, kinds)?;
    let inputs = Inputs::read(&study, args)?;
    let device = args.device.take()?;
    let timed = steps::time(&study, &inputs, &device.device)?;
    let whole = WholeStudy::of(&study, &inputs, timed.cost, &timed.timings)?;
    let (prompts, text_tokens) = (inputs.prompts.len(), inputs.text.len());
    let results = json!({
        "study": study.name,
        "device": device.record,
        "model": {
            "n_layer": timed.cost.n_layer,
            "d_model": timed.cost.d_model,
            "d_mlp": timed.cost.d_mlp,
            "vocab_size": timed.cost.vocab_size,
        },
        "prompts": prompts,
        "max_new_tokens": study.decoding.max_new_tokens,
        "batch_size": study.decoding.batch_size,
        "text_tokens": text_tokens,
        "steps": timed.timings,
        "whole_study": whole,
    });
    let sentence = format!(
        "{}\n{} on {}: {prompts} prompts, {text_tokens} tokens of text; {}",
        table(&timed.timings),
        study.name,
        device.record.name,
        whole.sentence()
    );
    print(args.output, start, results, &sentence)
}
