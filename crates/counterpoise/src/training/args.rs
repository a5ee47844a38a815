//! The command line of `train`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::{Args, Subcommand, ValueEnum};
use counterpoise_train::{Dpo, Duration, PreferenceLoss};

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
    /// Go on from the checkpoint in the output folder, exactly as if it had never stopped.
    #[arg(long)]
    pub resume: bool,
    /// Use the first N pairs only.
    #[arg(long, value_name = "N")]
    pub limit: Option<NonZeroUsize>,
    /// Keep the last N pairs out of training, to evaluate on.
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub held_out: usize,
    /// Steps between checkpoints.
    #[arg(long, value_name = "STEPS", default_value = "100")]
    pub checkpoint_every: NonZeroUsize,
    #[command(flatten)]
    pub settings: DpoSettings,
    /// Where the model runs.
    #[arg(long, value_enum, default_value_t)]
    pub device: DeviceChoice,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// A loss, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum LossKind {
    /// Direct preference optimisation.
    #[default]
    Sigmoid,
    /// Identity preference optimisation.
    Ipo,
}

/// The settings of [`Dpo`], with its defaults.
#[derive(Clone, Copy, Debug, Args)]
pub struct DpoSettings {
    /// Train this many steps, instead of epochs.
    #[arg(long, value_name = "N", conflicts_with = "epochs")]
    steps: Option<NonZeroUsize>,
    /// Train this many times over the pairs; 5 by default.
    #[arg(long, value_name = "N")]
    epochs: Option<NonZeroUsize>,
    /// Pairs per step.
    #[arg(long, value_name = "PAIRS", default_value_t = Dpo::default().batch_size)]
    batch_size: usize,
    /// Parts that a step's pairs are run in, one after the other; more parts need less memory and
    /// change results by rounding only. A divisor of the batch size.
    #[arg(long, value_name = "PARTS", default_value_t = Dpo::default().gradient_accumulation)]
    accumulate: usize,
    /// Learning rate after warm-up.
    #[arg(long, value_name = "RATE", default_value_t = Dpo::default().learning_rate)]
    learning_rate: f64,
    /// What is lowered: `sigmoid`, the loss of DPO, or `ipo`.
    #[arg(long, value_enum, default_value_t)]
    loss: LossKind,
    /// The share of the labels that the sigmoid loss takes for wrong: conservative DPO.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    label_smoothing: f64,
    /// Weight of the divergence from the base model, added to the loss.
    #[arg(long, value_name = "WEIGHT", default_value_t = Dpo::default().divergence_weight)]
    divergence_weight: f64,
    /// End after N evaluations without a lower held-out loss, with the model of the lowest.
    #[arg(long, value_name = "N")]
    patience: Option<NonZeroUsize>,
    /// Strength of the pull towards the base model.
    #[arg(long, value_name = "BETA", default_value_t = Dpo::default().beta)]
    beta: f64,
    /// Steps in which the learning rate rises from zero.
    #[arg(long, value_name = "STEPS", default_value_t = Dpo::default().warmup_steps)]
    warmup_steps: usize,
    /// The norm that a step's gradient is clipped to.
    #[arg(long, value_name = "NORM", default_value_t = Dpo::default().max_gradient_norm)]
    max_gradient_norm: f64,
    /// Tokens of a prompt that are read, from its start, a beginning token of the tokenizer among them.
    #[arg(long, value_name = "N", default_value_t = Dpo::default().max_prompt_tokens)]
    max_prompt_tokens: usize,
    /// Tokens of a response that are read, from its start.
    #[arg(long, value_name = "N", default_value_t = Dpo::default().max_response_tokens)]
    max_response_tokens: usize,
    /// Steps between evaluations on the held-out pairs.
    #[arg(long, value_name = "STEPS", default_value_t = Dpo::default().evaluate_every)]
    evaluate_every: usize,
    /// Decides the order of the pairs.
    #[arg(long, value_name = "N", default_value_t = Dpo::default().seed)]
    seed: u64,
}

impl DpoSettings {
    /// The settings for a run.
    ///
    /// # Errors
    /// A share of wrong labels for a loss that has none.
    pub fn dpo(self) -> Result<Dpo> {
        ensure!(
            self.loss == LossKind::Sigmoid || self.label_smoothing == 0.0,
            "--label-smoothing {}: expected 0 with --loss ipo, which takes no labels for wrong",
            self.label_smoothing
        );
        let duration = match (self.steps, self.epochs) {
            (Some(steps), _) => Duration::Steps(steps.get()),
            (None, Some(epochs)) => Duration::Epochs(epochs.get()),
            (None, None) => Dpo::default().duration,
        };
        Ok(Dpo {
            loss: match self.loss {
                LossKind::Sigmoid => PreferenceLoss::Sigmoid {
                    label_smoothing: self.label_smoothing,
                },
                LossKind::Ipo => PreferenceLoss::Ipo,
            },
            beta: self.beta,
            divergence_weight: self.divergence_weight,
            patience: self.patience.map(NonZeroUsize::get),
            learning_rate: self.learning_rate,
            warmup_steps: self.warmup_steps,
            max_gradient_norm: self.max_gradient_norm,
            batch_size: self.batch_size,
            gradient_accumulation: self.accumulate,
            duration,
            evaluate_every: self.evaluate_every,
            max_prompt_tokens: self.max_prompt_tokens,
            max_response_tokens: self.max_response_tokens,
            seed: self.seed,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn dpo_settings(more: &[&str]) -> Result<Dpo> {
        let line = [
            "xtask", "train", "dpo", "--model", "m", "--pairs", "p", "--out", "o",
        ];
        match Cli::try_parse_from(line.iter().chain(more))?.command {
            Command::Train(TrainCommand::Dpo(args)) => args.settings.dpo(),
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn settings_are_the_published_ones_unless_given() {
        assert_eq!(dpo_settings(&[]).unwrap(), Dpo::default());
        let given = dpo_settings(&["--steps", "7", "--accumulate", "4", "--beta", "0.2"]).unwrap();
        let expected = Dpo {
            duration: Duration::Steps(7),
            gradient_accumulation: 4,
            beta: 0.2,
            ..Dpo::default()
        };
        assert_eq!(given, expected);
        let epochs = dpo_settings(&["--epochs", "2"]).unwrap();
        assert_eq!(epochs.duration, Duration::Epochs(2));
        assert!(dpo_settings(&["--steps", "7", "--epochs", "2"]).is_err());
        let smoothed = ["--label-smoothing", "0.1"];
        let conservative = dpo_settings(&smoothed).unwrap();
        let label_smoothing = 0.1;
        assert_eq!(
            conservative.loss,
            PreferenceLoss::Sigmoid { label_smoothing }
        );
        let later = [
            "--loss",
            "ipo",
            "--divergence-weight",
            "0.06",
            "--patience",
            "30",
        ];
        let given = dpo_settings(&later).unwrap();
        assert_eq!(
            (given.loss, given.divergence_weight),
            (PreferenceLoss::Ipo, 0.06)
        );
        assert_eq!(given.patience, Some(30));
        assert!(dpo_settings(&[&later[..], &smoothed].concat()).is_err());
    }

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
