//! Direct preference optimisation: its settings, and the start of a run.

use std::path::Path;

use burn::module::Module;
use counterpoise_model::Transformer;
use serde::{Deserialize, Serialize};

use crate::checkpoint::{self, Identity};
use crate::dpo_run::{DpoLog, DpoRun, EpochOrder, Kept, Reference};
use crate::objective::{Objective, PreferenceLoss};
use crate::optimizer::rms_prop;
use crate::pairs::{self, PreferencePair};
use crate::schedule::{AfterWarmUp, warm_up_then};
use crate::stopping::EarlyStopping;
use crate::trainee::Trainee;
use crate::{Duration, TrainError};

/// How a language model is trained to prefer some responses to others.
///
/// The loss is that of direct preference optimisation, `−log σ(β((π_c − r_c) − (π_r − r_r)))`, or another
/// [`PreferenceLoss`],
/// with `π` and `r` the sums of log-probabilities of a response's tokens under the model and
/// under the model it starts from. The latter are computed once, before the first step. RMSprop
/// as in PyTorch (smoothing 0.99, ε 1e-8, no momentum), linear warm-up, gradient clipped by its
/// global norm. [`Default`] gives the published settings for GPT-2 medium.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dpo {
    /// What is lowered.
    pub loss: PreferenceLoss,
    /// Strength of the pull towards the reference, β.
    pub beta: f64,
    /// Weight of `KL(π ‖ π_ref)` of the preferred response plus that of the other, each the mean over the response's tokens,
    /// which is added to a pair's loss. Above 0 the model that the run starts from is kept and run in every step.
    pub divergence_weight: f64,
    /// Evaluations on the held-out pairs that may pass without a lower loss, divergences included, before the run ends with
    /// the model of the lowest; without it, the run goes on to its end.
    pub patience: Option<usize>,
    /// Learning rate after warm-up.
    pub learning_rate: f64,
    /// Steps until it is reached.
    pub warmup_steps: usize,
    /// The gradient's norm is clipped to this.
    pub max_gradient_norm: f64,
    /// Pairs per step.
    pub batch_size: usize,
    /// Parts a step's pairs are run in, one after the other; more parts need less memory and
    /// change nothing else. A divisor of `batch_size`.
    pub gradient_accumulation: usize,
    /// Length of the run.
    pub duration: Duration,
    /// Steps between evaluations on the held-out pairs in [`train`](Self::train).
    pub evaluate_every: usize,
    /// Prompts are cut to this many tokens, the first ones.
    pub max_prompt_tokens: usize,
    /// Responses are cut to this many tokens, the first ones.
    pub max_response_tokens: usize,
    /// Decides the order of pairs.
    pub seed: u64,
}

/// How far log-probabilities of one model may be apart on two machines.
const ANCHOR_TOLERANCE: f64 = 1e-3;

impl Default for Dpo {
    fn default() -> Self {
        Self {
            loss: PreferenceLoss::default(),
            beta: 0.1,
            divergence_weight: 0.0,
            patience: None,
            learning_rate: 1e-6,
            warmup_steps: 150,
            max_gradient_norm: 10.0,
            batch_size: 4,
            gradient_accumulation: 1,
            duration: Duration::Epochs(5),
            evaluate_every: 100,
            max_prompt_tokens: 64,
            max_response_tokens: 64,
            seed: 42,
        }
    }
}

impl Dpo {
    /// Trains `base` to the end and returns the result without gradient tracking.
    ///
    /// `log` sees what [`DpoRun::finish`] reports.
    ///
    /// # Errors
    /// As [`start`](Self::start) and [`DpoRun::finish`].
    pub fn train(
        &self,
        base: Transformer,
        training: &[PreferencePair],
        held_out: &[PreferencePair],
        log: &mut dyn FnMut(&DpoLog),
    ) -> Result<Transformer, TrainError> {
        self.start(base, training, held_out)?.finish(log)
    }

    /// A run at its first step, from `base`, which is also the reference.
    ///
    /// # Errors
    /// Settings out of range; fewer training pairs than one batch; pairs with an empty part, with
    /// unknown tokens, or too long for the model after cutting.
    pub fn start(
        &self,
        base: Transformer,
        training: &[PreferencePair],
        held_out: &[PreferencePair],
    ) -> Result<DpoRun, TrainError> {
        self.start_with_progress(base, training, held_out, &mut |_| {})
    }

    /// [`start`](Self::start), telling `progress` how many pairs the reference has just scored:
    /// `training.len() + held_out.len()` in all.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_with_progress(
        &self,
        base: Transformer,
        training: &[PreferencePair],
        held_out: &[PreferencePair],
        progress: &mut dyn FnMut(usize),
    ) -> Result<DpoRun, TrainError> {
        let mut run = self.prepare(base, training, held_out)?;
        // Shares its values with the model in training until the first update; nothing is copied.
        let base = run.trainee.model.valid();
        run.reference = Reference {
            training: pairs::score(&base, &run.training, self.part(), progress)?,
            held_out: pairs::score(&base, &run.held_out, self.part(), progress)?,
        };
        Ok(run)
    }

    /// The run saved in the folder `checkpoint`, to resume from there. `base` gives the shapes; its
    /// values are replaced, and the reference's scores are the saved ones. Where divergences from it are weighed, `base` has to
    /// be the model that the run began with, which is checked.
    ///
    /// # Errors
    /// As [`start`](Self::start), and a checkpoint that is missing, damaged, or of a run with other
    /// settings or pairs.
    pub fn resume(
        &self,
        checkpoint: &Path,
        base: Transformer,
        training: &[PreferencePair],
        held_out: &[PreferencePair],
    ) -> Result<DpoRun, TrainError> {
        let run = self.prepare(base, training, held_out)?;
        let saved = checkpoint::load(checkpoint, &run.identity, run.trainee)?;
        let Kept { reference, best } = saved.kept;
        if let Some(anchor) = &run.anchor {
            self.check_anchor(checkpoint, anchor, &run.training, &reference)?;
        }
        let stopping = run.stopping.map(|stopping| EarlyStopping {
            best: best.zip(saved.best),
            ..stopping
        });
        Ok(DpoRun {
            trainee: saved.trainee,
            reference,
            stopping,
            ..run
        })
    }

    /// Makes sure that `anchor` is the model that the run began with: it gives the first pairs the scores that were saved.
    fn check_anchor(
        &self,
        checkpoint: &Path,
        anchor: &Transformer,
        training: &[PreferencePair],
        reference: &Reference,
    ) -> Result<(), TrainError> {
        let part = &training[..self.part()];
        let found = pairs::score(anchor, part, self.part(), &mut |_| {})?;
        let alike = |a: f64, b: f64| (a - b).abs() <= ANCHOR_TOLERANCE * b.abs().max(1.0);
        let mut pairs = found.iter().zip(&reference.training);
        match pairs.all(|(a, b)| alike(a.chosen, b.chosen) && alike(a.rejected, b.rejected)) {
            true => Ok(()),
            false => Err(TrainError::Checkpoint {
                path: checkpoint.to_owned(),
                expected:
                    "the base model that the run began with, from which divergences are taken"
                        .to_owned(),
                found: "one that gives the pairs other log-probabilities".to_owned(),
            }),
        }
    }

    /// A run without its reference.
    fn prepare(
        &self,
        base: Transformer,
        training: &[PreferencePair],
        held_out: &[PreferencePair],
    ) -> Result<DpoRun, TrainError> {
        self.check()?;
        if self.patience.is_some() && held_out.is_empty() {
            let expected = "none without held-out pairs, on which the run is evaluated";
            return Err(TrainError::setting("patience", expected, "a number"));
        }
        if training.len() < self.batch_size {
            return Err(TrainError::TooFewPairs {
                expected: self.batch_size,
                found: training.len(),
            });
        }
        let cut = |pairs: &[PreferencePair]| -> Vec<PreferencePair> {
            let cut =
                |pair: &PreferencePair| pair.cut(self.max_prompt_tokens, self.max_response_tokens);
            pairs.iter().map(cut).collect()
        };
        let (training, held_out) = (cut(training), cut(held_out));
        pairs::check(&base, &training)?;
        pairs::check(&base, &held_out)?;
        pairs::check_preferences(&training)?;

        let schedule = warm_up_then(self.learning_rate, self.warmup_steps, AfterWarmUp::Constant)?;
        let anchor = (self.divergence_weight > 0.0).then(|| base.clone());
        let optimizer = rms_prop(&base.device());
        let trainee = Trainee::new(base, optimizer, schedule, self.max_gradient_norm)?;
        let digest = pairs::digest([&training, &held_out]);
        Ok(DpoRun {
            identity: Identity::new("direct preference optimisation", self, digest)?,
            settings: self.clone(),
            steps: self.duration.steps(training.len() / self.batch_size),
            order: EpochOrder::new(training.len(), self.seed, 0),
            training,
            held_out,
            reference: Reference::default(),
            anchor,
            stopping: self.patience.map(EarlyStopping::new),
            trainee,
        })
    }

    /// Makes sure that a model can be tuned with these settings.
    ///
    /// # Errors
    /// [`TrainError::Setting`] for the first that is out of range.
    pub fn check(&self) -> Result<(), TrainError> {
        self.objective().check()?;
        if !(self.divergence_weight >= 0.0 && self.divergence_weight.is_finite()) {
            let (name, found) = ("divergence_weight", self.divergence_weight);
            return Err(TrainError::setting(name, "at least 0", found));
        }
        if self.patience == Some(0) {
            return Err(TrainError::setting("patience", "at least 1", 0));
        }
        for (name, value) in [
            ("batch_size", self.batch_size),
            ("gradient_accumulation", self.gradient_accumulation),
            ("evaluate_every", self.evaluate_every),
            ("max_prompt_tokens", self.max_prompt_tokens),
            ("max_response_tokens", self.max_response_tokens),
        ] {
            if value == 0 {
                return Err(TrainError::setting(name, "at least 1", value));
            }
        }
        if !self.batch_size.is_multiple_of(self.gradient_accumulation) {
            let expected = format!("a divisor of `batch_size`, {}", self.batch_size);
            let found = self.gradient_accumulation;
            return Err(TrainError::setting(
                "gradient_accumulation",
                expected,
                found,
            ));
        }
        Ok(())
    }

    pub(crate) fn objective(&self) -> Objective {
        Objective {
            beta: self.beta,
            loss: self.loss,
        }
    }

    /// Pairs run at a time.
    pub(crate) fn part(&self) -> usize {
        self.batch_size / self.gradient_accumulation
    }
}
