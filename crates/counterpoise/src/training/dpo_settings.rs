//! The settings of `train dpo`, as the command line and a study file give them.

use std::num::NonZeroUsize;

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};
use counterpoise_train::{Dpo, Duration, PreferenceLoss};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A loss, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LossKind {
    /// Direct preference optimisation.
    #[default]
    Sigmoid,
    /// Identity preference optimisation.
    Ipo,
}

/// The pairs that are used, the settings of [`Dpo`], with its defaults, and how often a run is saved.
#[derive(Clone, Copy, Debug, PartialEq, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DpoSettings {
    /// Use the first N pairs only.
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) limit: Option<NonZeroUsize>,
    /// Keep the last N pairs out of training, to evaluate on.
    #[arg(long, value_name = "N", default_value_t = Self::default().held_out)]
    pub(super) held_out: usize,
    /// Steps between checkpoints.
    #[arg(long, value_name = "STEPS", default_value_t = Self::default().checkpoint_every)]
    pub(super) checkpoint_every: NonZeroUsize,
    /// Train this many steps, instead of epochs.
    #[arg(long, value_name = "N", conflicts_with = "epochs")]
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<NonZeroUsize>,
    /// Train this many times over the pairs; 5 by default.
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    epochs: Option<NonZeroUsize>,
    /// Pairs per step.
    #[arg(long, value_name = "PAIRS", default_value_t = Self::default().batch_size)]
    batch_size: usize,
    /// Parts that a step's pairs are run in, one after the other; more parts need less memory and
    /// change results by rounding only. A divisor of the batch size.
    #[arg(long, value_name = "PARTS", default_value_t = Self::default().accumulate)]
    accumulate: usize,
    /// Learning rate after warm-up.
    #[arg(long, value_name = "RATE", default_value_t = Self::default().learning_rate)]
    learning_rate: f64,
    /// What is lowered: `sigmoid`, the loss of DPO, or `ipo`.
    #[arg(long, value_enum, default_value_t)]
    loss: LossKind,
    /// The share of the labels that the sigmoid loss takes for wrong: conservative DPO.
    #[arg(long, value_name = "SHARE", default_value_t = Self::default().label_smoothing)]
    label_smoothing: f64,
    /// Weight of the divergence from the base model, added to the loss.
    #[arg(long, value_name = "WEIGHT", default_value_t = Self::default().divergence_weight)]
    divergence_weight: f64,
    /// End after N evaluations without a lower held-out loss, with the model of the lowest.
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    patience: Option<NonZeroUsize>,
    /// Strength of the pull towards the base model.
    #[arg(long, value_name = "BETA", default_value_t = Self::default().beta)]
    beta: f64,
    /// Steps in which the learning rate rises from zero.
    #[arg(long, value_name = "STEPS", default_value_t = Self::default().warmup_steps)]
    warmup_steps: usize,
    /// The norm that a step's gradient is clipped to.
    #[arg(long, value_name = "NORM", default_value_t = Self::default().max_gradient_norm)]
    max_gradient_norm: f64,
    /// Tokens of a prompt that are read, from its start, a beginning token of the tokenizer among them.
    #[arg(long, value_name = "N", default_value_t = Self::default().max_prompt_tokens)]
    max_prompt_tokens: usize,
    /// Tokens of a response that are read, from its start.
    #[arg(long, value_name = "N", default_value_t = Self::default().max_response_tokens)]
    max_response_tokens: usize,
    /// Steps between evaluations on the held-out pairs.
    #[arg(long, value_name = "STEPS", default_value_t = Self::default().evaluate_every)]
    evaluate_every: usize,
    /// Decides the order of the pairs.
    #[arg(long, value_name = "N", default_value_t = Self::default().seed)]
    seed: u64,
}

/// Steps between checkpoints unless told otherwise.
const CHECKPOINT_EVERY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(99);

impl Default for DpoSettings {
    fn default() -> Self {
        let published = Dpo::default();
        Self {
            limit: None,
            held_out: 64,
            checkpoint_every: CHECKPOINT_EVERY,
            steps: None,
            epochs: None,
            batch_size: published.batch_size,
            accumulate: published.gradient_accumulation,
            learning_rate: published.learning_rate,
            loss: LossKind::default(),
            label_smoothing: 0.0,
            divergence_weight: published.divergence_weight,
            patience: None,
            beta: published.beta,
            warmup_steps: published.warmup_steps,
            max_gradient_norm: published.max_gradient_norm,
            max_prompt_tokens: published.max_prompt_tokens,
            max_response_tokens: published.max_response_tokens,
            evaluate_every: published.evaluate_every,
            seed: published.seed,
        }
    }
}

impl DpoSettings {
    /// The settings that a tuned model follows from, without how often its run is saved.
    ///
    /// # Errors
    /// As [`Self::dpo`].
    pub(crate) fn followed(self) -> Result<Value> {
        Ok(json!({ "limit": self.limit, "held_out": self.held_out, "dpo": self.dpo()? }))
    }

    /// The settings for a run.
    ///
    /// # Errors
    /// A share of wrong labels for a loss that has none; both steps and epochs.
    pub fn dpo(self) -> Result<Dpo> {
        ensure!(
            self.loss == LossKind::Sigmoid || self.label_smoothing == 0.0,
            "--label-smoothing {}: expected 0 with --loss ipo, which takes no labels for wrong",
            self.label_smoothing
        );
        let duration = match (self.steps, self.epochs) {
            (Some(steps), Some(epochs)) => anyhow::bail!(
                "`steps` {steps} beside `epochs` {epochs}: expected one of them, found both"
            ),
            (Some(steps), None) => Duration::Steps(steps.get()),
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
    use crate::training::TrainCommand;

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
}
