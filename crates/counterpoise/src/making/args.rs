//! The command line of `make`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use counterpoise_train::{GradientNorm, Moved, NextToken, Pplm};
use serde::{Deserialize, Serialize};

use crate::cli::OutputArgs;
use crate::device::DeviceChoice;
use crate::tuned::TunedArgs;

/// What to make.
#[derive(Debug, Subcommand)]
pub enum MakeCommand {
    /// Preference pairs for DPO: a model's own continuations, and those that PPLM steers towards toxicity.
    Pairs(PairsArgs),
    /// The tuned model of a study that makes its own: comments, a text, pairs, DPO; each step unless it is there.
    Tuned(TunedArgs),
}

/// `make pairs`
#[derive(Debug, Args)]
pub struct PairsArgs {
    #[command(flatten)]
    pub(crate) files: PairsFiles,
    /// Go on with a run that was stopped, exactly as if it had never been.
    #[arg(long)]
    pub(crate) resume: bool,
    #[command(flatten)]
    pub(crate) settings: PairsSettings,
    /// Where the model runs.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) device: DeviceChoice,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// What `make pairs` reads, and the file it writes.
#[derive(Clone, Debug, Args)]
pub(crate) struct PairsFiles {
    /// The model's folder: config.json, tokenizer.json and weights.
    #[arg(long, value_name = "DIR")]
    pub(crate) model: PathBuf,
    /// The linear head of toxicity: of `train attribute`, or one of PPLM's.
    #[arg(long, value_name = "FILE")]
    pub(crate) head: PathBuf,
    /// The text whose sentences begin the pairs' texts, plain or Parquet.
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
    /// The pairs to write, as `train dpo` reads them.
    #[arg(long, value_name = "FILE.jsonl")]
    pub(crate) out: PathBuf,
}

/// The prompts that are used, and the settings of [`Pplm`], with its defaults.
#[derive(Clone, Copy, Debug, PartialEq, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PairsSettings {
    /// Use the first N prompts only.
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<NonZeroUsize>,
    /// Tokens of a prompt at most; a beginning token of the tokenizer stands on top.
    #[arg(long, value_name = "N", default_value_t = Self::default().max_prompt_tokens)]
    pub(crate) max_prompt_tokens: NonZeroUsize,
    /// Prompts steered together; with `--norm row` it changes the speed, and results by rounding only.
    #[arg(long, value_name = "N", default_value_t = Self::default().batch_size)]
    pub(crate) batch_size: NonZeroUsize,
    /// Length of a step.
    #[arg(long, value_name = "LENGTH", default_value_t = Self::default().step_size)]
    step_size: f64,
    /// Steps before each new token.
    #[arg(long, value_name = "N", default_value_t = Self::default().iterations)]
    iterations: usize,
    /// Exponent of the gradient's norm.
    #[arg(long, value_name = "EXPONENT", default_value_t = Self::default().gamma)]
    gamma: f64,
    /// Share of the steered model in the choice of the next token.
    #[arg(long, value_name = "SHARE", default_value_t = Self::default().gm_scale)]
    gm_scale: f64,
    /// Weight of the divergence from the model's own next token.
    #[arg(long, value_name = "WEIGHT", default_value_t = Self::default().kl_scale)]
    kl_scale: f64,
    /// What is moved: keys and values together, as in Lee et al.'s generator, or apart, as in Uber's code.
    #[arg(long, value_enum, default_value_t = MovedArg::Together)]
    moved: MovedArg,
    /// What a gradient's norm is taken over: each text, or the whole batch, as in Lee et al.'s generator.
    #[arg(long, value_enum, default_value_t = NormArg::Row)]
    norm: NormArg,
    /// New tokens per text.
    #[arg(long, value_name = "N", default_value_t = Self::default().max_new_tokens)]
    max_new_tokens: usize,
    /// How tokens of the steered text are chosen.
    #[arg(long, value_name = "greedy|top-K", default_value_t = Self::default().steered)]
    #[serde(with = "as_text")]
    steered: NextToken,
    /// How tokens of the model's own text are chosen.
    #[arg(long, value_name = "greedy|top-K", default_value_t = Self::default().unsteered)]
    #[serde(with = "as_text")]
    unsteered: NextToken,
    /// Decides what is drawn.
    #[arg(long, value_name = "N", default_value_t = Self::default().seed)]
    seed: u64,
}

const FIVE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4);
const THIRTY_TWO: NonZeroUsize = NonZeroUsize::MIN.saturating_add(31);

impl Default for PairsSettings {
    fn default() -> Self {
        let published = Pplm::default();
        Self {
            limit: None,
            max_prompt_tokens: FIVE,
            batch_size: THIRTY_TWO,
            step_size: published.step_size,
            iterations: published.iterations,
            gamma: published.gamma,
            gm_scale: published.gm_scale,
            kl_scale: published.kl_scale,
            moved: MovedArg::Together,
            norm: NormArg::Row,
            max_new_tokens: published.max_new_tokens,
            steered: published.steered,
            unsteered: published.unsteered,
            seed: published.seed,
        }
    }
}

/// A choice of tokens as the command line has it.
mod as_text {
    use counterpoise_train::NextToken;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(choice: &NextToken, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(choice)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<NextToken, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// [`Moved`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum MovedArg {
    /// Keys and values by the same amounts.
    Together,
    /// Each by their own.
    Apart,
}

/// [`GradientNorm`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum NormArg {
    /// Of each text.
    Row,
    /// Of all texts of a batch.
    Batch,
}

impl PairsSettings {
    /// The settings for a run.
    pub(crate) fn pplm(self) -> Pplm {
        Pplm {
            step_size: self.step_size,
            iterations: self.iterations,
            gamma: self.gamma,
            gm_scale: self.gm_scale,
            kl_scale: self.kl_scale,
            moved: match self.moved {
                MovedArg::Together => Moved::Together,
                MovedArg::Apart => Moved::Apart,
            },
            norm: match self.norm {
                NormArg::Row => GradientNorm::Row,
                NormArg::Batch => GradientNorm::Batch,
            },
            max_new_tokens: self.max_new_tokens,
            steered: self.steered,
            unsteered: self.unsteered,
            seed: self.seed,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn settings(more: &[&str]) -> Pplm {
        let line = [
            "xtask", "make", "pairs", "--model", "m", "--head", "h", "--from", "t", "--out", "o",
        ];
        match Cli::try_parse_from(line.iter().chain(more))
            .unwrap()
            .command
        {
            Command::Make(MakeCommand::Pairs(args)) => args.settings.pplm(),
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn settings_are_the_published_ones_unless_given() {
        assert_eq!(settings(&[]), Pplm::default());
        let given = settings(&[
            "--moved",
            "apart",
            "--norm",
            "batch",
            "--steered",
            "greedy",
            "--unsteered",
            "top-3",
        ]);
        let expected = Pplm {
            moved: Moved::Apart,
            norm: GradientNorm::Batch,
            steered: NextToken::Greedy,
            unsteered: NextToken::TopK(3),
            ..Pplm::default()
        };
        assert_eq!(given, expected);
    }
}
