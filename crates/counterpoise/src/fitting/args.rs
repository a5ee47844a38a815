//! The command line of `fit`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use counterpoise_probe::OverTokens;

use crate::cli::{CommonArgs, WeightArgs};

/// What to fit.
#[derive(Debug, Subcommand)]
pub enum FitCommand {
    /// The subspace of each block in which the texts of preference pairs differ (ProFS, Uppaal et al. 2025).
    Profs(ProfsArgs),
    /// The mean difference of the texts of preference pairs in each block, from the preferred to the other.
    MeanDifference(MeanDifferenceArgs),
    /// How well each output of an MLP's matrices tells toxic from other texts (AurA, Suau et al. 2024).
    Aura(AuraArgs),
}

/// `fit profs`
#[derive(Debug, Args)]
pub struct ProfsArgs {
    #[command(flatten)]
    pub(crate) pairs: PairArgs,
    /// What of each pair is read.
    #[arg(long, value_enum, default_value_t = PairText::Continuation)]
    pub(crate) text: PairText,
    /// Directions per block, the most important first; published are 2 for GPT-2 medium and 10 for larger models.
    #[arg(long, value_name = "N", default_value = "10")]
    pub(crate) k: NonZeroUsize,
}

/// `fit mean-difference`
#[derive(Debug, Args)]
pub struct MeanDifferenceArgs {
    #[command(flatten)]
    pub(crate) pairs: PairArgs,
    /// What of each pair is read.
    #[arg(long, value_enum, default_value_t = PairText::Whole)]
    pub(crate) text: PairText,
    /// Which token's hidden state is taken: its place, from 0 at the start or -1 at the end, or `mean` of all.
    #[arg(
        long,
        value_name = "PLACE",
        default_value = "-1",
        allow_hyphen_values = true
    )]
    pub(crate) position: OverTokens,
}

/// The model, and how it reads texts.
#[derive(Debug, Args)]
pub(crate) struct ReadingArgs {
    /// The model's folder: config.json, tokenizer.json and weights.
    #[arg(long, value_name = "DIR")]
    pub(crate) model: PathBuf,
    #[command(flatten)]
    pub(crate) weights: WeightArgs,
    /// Tokens of a text that are read, from its start.
    #[arg(long, value_name = "N", default_value = "128")]
    pub(crate) max_tokens: NonZeroUsize,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// Preference pairs and the model that reads them.
#[derive(Debug, Args)]
pub(crate) struct PairArgs {
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    /// Pairs, as `train dpo` reads them.
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) pairs: PathBuf,
    /// The directions to write: each block's, of the residual stream that leaves it.
    #[arg(long, value_name = "FILE.safetensors")]
    pub(crate) out: PathBuf,
}

/// What of a pair is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PairText {
    /// The continuations alone.
    Continuation,
    /// The prompt, and after it the continuation.
    Whole,
}

/// `fit aura`
#[derive(Debug, Args)]
pub struct AuraArgs {
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    /// Comments: CSV with the columns `comment_text` and `toxic` among any others.
    #[arg(long, value_name = "CSV")]
    pub(crate) comments: PathBuf,
    /// The areas to write.
    #[arg(long, value_name = "FILE.safetensors")]
    pub(crate) out: PathBuf,
}
