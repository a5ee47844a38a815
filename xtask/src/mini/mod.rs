//! `cargo xtask mini`: makes the miniature model pair and everything the study needs, from a seed.
//!
//! language → tokenizer → base model → probe, scorer → preference pairs → tuned model → files.

mod base;
mod fixture;
mod language;
mod pairs;
mod probes;
mod settings;
mod summary;
#[cfg(test)]
mod tests;
mod tokens;
mod tuned;

use std::path::PathBuf;

use anyhow::Result;
use burn::tensor::Device;
use clap::Args;

use fixture::Fixture;
use settings::Settings;

/// What `cargo xtask mini` can be told.
#[derive(Debug, Args)]
pub(crate) struct MiniArgs {
    /// Folder to make; what is there is replaced file by file.
    #[arg(long, default_value = "fixtures/mini")]
    out: PathBuf,
    /// Everything is drawn from this.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Take the tokenizer and the base model from the folder as they are, and make only what comes
    /// after them again: to try other DPO settings.
    #[arg(long)]
    keep_base: bool,
}

/// Makes the miniature.
pub(crate) fn run(args: &MiniArgs) -> Result<()> {
    let settings = Settings::of_seed(args.seed);
    let device = Device::flex();
    let fixture = Fixture::in_folder(&args.out);
    let datasets = language::datasets(settings.seed, settings.training_words);
    fixture.write_texts(&datasets)?;
    let base = if args.keep_base {
        base::read(&fixture, &device)?
    } else {
        let tokenizer = tokens::train(&datasets.training, &settings, &fixture)?;
        base::train(&datasets.training, tokenizer, &settings, &fixture, &device)?
    };
    let scorer = probes::fit_scorer(&datasets.scorer_comments, &fixture)?;
    let probe = probes::fit_probe(&base, &datasets.comments, &fixture)?;
    let pairs = pairs::sample(
        &base,
        &scorer.scorer,
        &datasets.preference_prompts,
        &settings,
        &fixture,
    )?;
    let tuned = tuned::train(&base, &pairs, &settings, &fixture)?;
    let summary = summary::measure(&base, &tuned, &scorer, &probe, &datasets, &settings)?;
    summary.write(&fixture)
}
