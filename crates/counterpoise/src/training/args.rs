//! The command line of `train`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::dpo_settings::DpoSettings;
use super::reading::{Reading, ReadingSettings};
use super::split::HeldOutEvery;
use crate::cli::{CommonArgs, OutputArgs, WeightArgs};
use crate::device::DeviceChoice;

/// What to train.
#[derive(Debug, Subcommand)]
pub enum TrainCommand {
    /// Fit the toxicity probe: logistic regression on a model's mean last-layer residual stream.
    Probe(ProbeArgs),
    /// Fit the linear head that PPLM steers by: the same regression on a model's mean hidden states.
    Attribute(AttributeArgs),
    /// Fit a toxicity scorer that sees words only.
    Scorer(ScorerArgs),
    /// Tune a model on preference pairs by DPO; the published settings unless told otherwise.
    Dpo(DpoArgs),
}

/// `train probe`
#[derive(Debug, Args)]
pub struct ProbeArgs {
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// The probe to write.
    #[arg(long, value_name = "FILE.safetensors")]
    pub out: PathBuf,
}

/// `train attribute`
#[derive(Debug, Args)]
pub struct AttributeArgs {
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// The head to write.
    #[arg(long, value_name = "FILE.safetensors")]
    pub out: PathBuf,
}

/// Labelled comments and the model that reads them.
#[derive(Debug, Args)]
pub struct ReadingArgs {
    /// The base model's folder: config.json, tokenizer.json and weights.
    #[arg(long, value_name = "DIR")]
    pub model: PathBuf,
    #[command(flatten)]
    pub weights: WeightArgs,
    #[command(flatten)]
    pub comments: CommentArgs,
    #[command(flatten)]
    pub common: CommonArgs,
}

/// `train scorer`
#[derive(Debug, Args)]
pub struct ScorerArgs {
    #[command(flatten)]
    pub comments: CommentArgs,
    /// The scorer to write.
    #[arg(long, value_name = "FILE.json")]
    pub out: PathBuf,
    /// Use the first N comments only.
    #[arg(long, value_name = "N")]
    pub limit: Option<NonZeroUsize>,
    #[command(flatten)]
    pub output: OutputArgs,
}

impl ReadingArgs {
    /// What is read, and how.
    pub(super) fn reading(&self) -> Reading {
        Reading {
            model: self.model.clone(),
            comments: self.comments.comments.clone(),
            settings: ReadingSettings {
                held_out_every: self.comments.held_out_every,
                limit: self.common.limit,
                batch_size: self.common.batch_size,
                dtype: self.weights.dtype,
            },
        }
    }
}

/// Labelled comments, and how many of them are for testing.
#[derive(Debug, Args)]
pub struct CommentArgs {
    /// Comments: CSV with the columns `comment_text` and `toxic` among any others.
    #[arg(long, value_name = "CSV")]
    pub comments: PathBuf,
    /// Fit on all comments but every Nth, and test on those.
    #[arg(long, value_name = "N", default_value_t)]
    pub held_out_every: HeldOutEvery,
}

/// `train dpo`
#[derive(Debug, Args)]
pub struct DpoArgs {
    #[command(flatten)]
    pub files: DpoFiles,
    /// Go on from the checkpoint in the output folder, exactly as if it had never stopped.
    #[arg(long)]
    pub resume: bool,
    #[command(flatten)]
    pub settings: DpoSettings,
    /// Where the model runs.
    #[arg(long, value_enum, default_value_t)]
    pub device: DeviceChoice,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What `train dpo` reads, and where it writes.
#[derive(Clone, Debug, Args)]
pub struct DpoFiles {
    /// The base model's folder: config.json, tokenizer.json and weights.
    #[arg(long, value_name = "DIR")]
    pub model: PathBuf,
    /// Pairs: JSON lines of `prompt_text`, `unpert_gen_text` (preferred) and `pert_gen_text`, or a
    /// folder of such *.jsonl files.
    #[arg(long, value_name = "FILE|DIR")]
    pub pairs: PathBuf,
    /// The folder of the tuned model, its log and its checkpoint.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::Parser;

    use crate::cli::Cli;

    #[test]
    fn something_is_held_out_and_something_is_fitted_on() {
        let every = |n: &str| {
            let line = [
                "xtask",
                "train",
                "scorer",
                "--comments",
                "c",
                "--out",
                "o",
                "--held-out-every",
                n,
            ];
            Cli::try_parse_from(line)
        };
        assert!(every("2").is_ok());
        for too_few in ["0", "1", "all"] {
            let error = every(too_few).unwrap_err().to_string();
            assert!(error.contains("at least 2"), "{error}");
        }
    }
}
