//! `cargo xtask mini`: makes a miniature model pair and everything the study needs, from a seed.
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
use clap::{Args, ValueEnum};

use base::Base;
use fixture::Fixture;
use language::Datasets;
use pairs::SplitPairs;
use probes::Judges;
use settings::{Miniature, Preferences, Settings};

/// What `cargo xtask mini` can be told.
#[derive(Debug, Args)]
pub(crate) struct MiniArgs {
    /// Which pair to make.
    #[arg(long, value_enum, default_value = "mini")]
    pair: Miniature,
    /// Folder to make, fixtures/PAIR unless given; what is there is replaced file by file.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Everything is drawn from this.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Take the files up to here from the folder as they are, and make only what comes after them again: to try other settings.
    #[arg(long, value_enum)]
    keep: Option<Kept>,
}

/// What is taken from the folder instead of being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kept {
    /// The tokenizer and the base model.
    Base,
    /// Those and the preference pairs.
    Pairs,
}

/// Makes a miniature.
pub(crate) fn run(args: &MiniArgs) -> Result<()> {
    let settings = Settings::of(args.pair, args.seed);
    let device = Device::flex();
    let fixture = match &args.out {
        Some(folder) => Fixture::in_folder(folder),
        None => Fixture::in_folder(args.pair.folder().as_ref()),
    };
    let datasets = language::datasets(settings.seed, settings.extent);
    fixture.write_texts(&datasets)?;
    let base = if args.keep.is_some() {
        base::read(&fixture, &device)?
    } else {
        let tokenizer = tokens::train(&datasets.training, &settings, &fixture)?;
        base::train(&datasets.training, tokenizer, &settings, &fixture, &device)?
    };
    let judges = Judges::fit(&base, &datasets, &fixture)?;
    let pairs = match args.keep {
        Some(Kept::Pairs) => pairs::read(&base, &settings, &fixture)?,
        _ => make_pairs(&base, &judges, &datasets, &settings, &fixture)?,
    };
    let tuned = tuned::train(&base, &pairs, &settings, &fixture)?;
    let summary = summary::measure(&base, &tuned, &judges, &datasets, &settings, &fixture)?;
    summary.write(args.pair, &fixture)
}

fn make_pairs(
    base: &Base,
    judges: &Judges,
    datasets: &Datasets,
    settings: &Settings,
    fixture: &Fixture,
) -> Result<SplitPairs> {
    let prompts = &datasets.preference_prompts;
    match &settings.preferences {
        Preferences::Sampled(sampling) => {
            let scorer = &judges.scorer.scorer;
            pairs::sample(base, scorer, prompts, *sampling, settings, fixture)
        }
        Preferences::Steered { pplm, batch_size } => {
            let head = probes::fit_head(base, &datasets.comments, fixture)?;
            pairs::steer(base, &head, prompts, (pplm, *batch_size), fixture)?;
            pairs::read(base, settings, fixture)
        }
    }
}
