//! Direct preference optimisation under way: steps, evaluations, and their log.

use std::path::Path;
use std::time::Instant;

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use counterpoise_model::Transformer;
use serde::{Deserialize, Serialize};

use crate::checkpoint::{self, Identity};
use crate::log_probability::Predictions;
use crate::order::shuffled;
use crate::pairs::{self, PairScore, PreferencePair};
use crate::preference::Preference;
use crate::stopping::{Best, EarlyStopping};
use crate::trainee::{Trainee, Update};
use crate::{Dpo, TrainError};

/// One row of a DPO run's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DpoLog {
    /// Updates made before the model of this row.
    pub step: usize,
    /// Which pairs it is about.
    pub pairs: PairSet,
    /// How the model does on them.
    #[serde(flatten)]
    pub preference: Preference,
    /// Mean of `KL(π ‖ π_ref)` of the preferred responses plus that of the others, where a run weighs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub divergence: Option<f64>,
    /// The update made from them; none on held-out pairs.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub update: Option<DpoUpdate>,
    /// Seconds it took.
    pub seconds: f64,
}

/// The pairs a [`DpoLog`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairSet {
    /// The step's batch, before the update.
    Training,
    /// All held-out pairs.
    HeldOut,
}

/// One update of the parameters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DpoUpdate {
    /// Learning rate used.
    pub learning_rate: f64,
    /// Norm of the gradient before clipping.
    pub gradient_norm: f64,
}

/// The reference model's scores of all pairs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Reference {
    pub(crate) training: Vec<PairScore>,
    pub(crate) held_out: Vec<PairScore>,
}

/// What a checkpoint keeps beside parameters and the optimizer's state.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    #[serde(flatten)]
    pub(crate) reference: Reference,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) best: Option<Best>,
}

/// The order of the pairs in one epoch.
#[derive(Debug, Clone)]
pub(crate) struct EpochOrder {
    epoch: usize,
    pairs: Vec<usize>,
}

impl EpochOrder {
    pub(crate) fn new(len: usize, seed: u64, epoch: usize) -> Self {
        Self {
            epoch,
            pairs: shuffled(len, seed, epoch),
        }
    }
}

/// Direct preference optimisation under way.
pub struct DpoRun {
    pub(crate) identity: Identity,
    pub(crate) settings: Dpo,
    pub(crate) steps: usize,
    pub(crate) training: Vec<PreferencePair>,
    pub(crate) held_out: Vec<PreferencePair>,
    pub(crate) reference: Reference,
    /// The model that the run starts from, where divergences from it are weighed.
    pub(crate) anchor: Option<Transformer>,
    pub(crate) stopping: Option<EarlyStopping>,
    pub(crate) order: EpochOrder,
    pub(crate) trainee: Trainee,
}

/// What a part of the pairs gives.
struct Scored {
    scores: Vec<PairScore>,
    /// Summed over the pairs.
    divergence: Option<f64>,
}

impl DpoRun {
    /// Takes all remaining steps and returns the model without gradient tracking.
    ///
    /// `log` sees every step, and an evaluation on the held-out pairs before the first step, after
    /// every `evaluate_every` steps and after the last; none when there are no held-out pairs.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn finish(mut self, log: &mut dyn FnMut(&DpoLog)) -> Result<Transformer, TrainError> {
        loop {
            if self.evaluation_due() {
                log(&self.evaluate()?);
            }
            match self.step()? {
                Some(step) => log(&step),
                None => return Ok(self.into_model()),
            }
        }
    }

    /// Takes the next step and reports on its batch as it was before the update; `None` when the
    /// run is over, which it is early once [`Dpo::patience`] is at its end. What does not fill an epoch's last batch is left out of that epoch.
    ///
    /// # Errors
    /// A loss or gradient that is not finite; the parameters are then those before the step.
    pub fn step(&mut self) -> Result<Option<DpoLog>, TrainError> {
        let step = self.trainee.step();
        let stopped = self.stopping.as_ref().is_some_and(EarlyStopping::is_over);
        if step >= self.steps || stopped {
            return Ok(None);
        }
        let began = Instant::now();
        let batch = self.batch(step);
        let (gradients, Scored { scores, divergence }) = self.gradients(&batch)?;
        let divergence = divergence.map(|sum| sum / batch.len() as f64);
        let reference: Vec<PairScore> = batch
            .iter()
            .map(|&pair| self.reference.training[pair])
            .collect();
        let preference = Preference::of(self.settings.objective(), &scores, &reference);
        let lowered = self.lowered(&preference, divergence);
        self.trainee.finite("loss", lowered)?;
        let Update {
            learning_rate,
            gradient_norm,
        } = self.trainee.update(gradients)?;
        Ok(Some(DpoLog {
            step,
            pairs: PairSet::Training,
            preference,
            divergence,
            update: Some(DpoUpdate {
                learning_rate,
                gradient_norm,
            }),
            seconds: began.elapsed().as_secs_f64(),
        }))
    }

    /// Whether [`finish`](Self::finish) would evaluate on the held-out pairs before the next step.
    pub fn evaluation_due(&self) -> bool {
        let done = self.completed();
        let due = done.is_multiple_of(self.settings.evaluate_every) || done == self.steps;
        due && !self.held_out.is_empty()
    }

    /// Reports on the held-out pairs, and notes what decides whether the run ends early.
    ///
    /// # Errors
    /// When there are none.
    pub fn evaluate(&mut self) -> Result<DpoLog, TrainError> {
        if self.held_out.is_empty() {
            return Err(TrainError::TooFewPairs {
                expected: 1,
                found: 0,
            });
        }
        let began = Instant::now();
        let (model, part) = (self.model(), self.settings.part());
        let scores = pairs::score(&model, &self.held_out, part, &mut |_| {})?;
        let preference =
            Preference::of(self.settings.objective(), &scores, &self.reference.held_out);
        let divergence = match &self.anchor {
            Some(anchor) => Some(pairs::divergence(&model, anchor, &self.held_out, part)?),
            None => None,
        };
        let (step, lowered) = (self.trainee.step(), self.lowered(&preference, divergence));
        if let Some(stopping) = &mut self.stopping {
            stopping.note(step, lowered, || model);
        }
        Ok(DpoLog {
            step,
            pairs: PairSet::HeldOut,
            preference,
            divergence,
            update: None,
            seconds: began.elapsed().as_secs_f64(),
        })
    }

    /// What is lowered, of pairs with this mean preference and divergence.
    fn lowered(&self, preference: &Preference, divergence: Option<f64>) -> f64 {
        preference.loss + divergence.map_or(0.0, |mean| self.settings.divergence_weight * mean)
    }

    /// The training pairs of `step`, by index.
    fn batch(&mut self, step: usize) -> Vec<usize> {
        let size = self.settings.batch_size;
        let batches = self.training.len() / size;
        let epoch = step / batches;
        if self.order.epoch != epoch {
            self.order = EpochOrder::new(self.training.len(), self.settings.seed, epoch);
        }
        let first = step % batches * size;
        self.order.pairs[first..first + size].to_vec()
    }

    /// The gradient of the batch's mean loss, and the model's scores of its pairs.
    fn gradients(&self, batch: &[usize]) -> Result<(GradientsParams, Scored), TrainError> {
        let model = &self.trainee.model;
        let mut accumulator = GradientsAccumulator::new();
        let mut scored = Scored {
            scores: Vec::with_capacity(batch.len()),
            divergence: None,
        };
        for part in batch.chunks(self.settings.part()) {
            let pairs: Vec<&PreferencePair> =
                part.iter().map(|&pair| &self.training[pair]).collect();
            let reference: Vec<PairScore> = part
                .iter()
                .map(|&pair| self.reference.training[pair])
                .collect();
            let sequences = pairs::sequences(&pairs);
            let predictions = Predictions::of(model, &sequences)?;
            let policy = predictions.log_probabilities();
            let found = policy
                .clone()
                .try_into_vec_as::<f64>()
                .map_err(TrainError::read)?;
            scored.scores.extend(pairs::scores(&found));
            let mut loss = self.settings.objective().summed(policy, &reference);
            if let Some(anchor) = &self.anchor {
                let anchored = Predictions::of(anchor, &sequences)?;
                let divergence = predictions.divergences(&anchored).sum();
                let sum =
                    (divergence.clone().try_into_scalar::<f32>()).map_err(TrainError::read)?;
                *scored.divergence.get_or_insert(0.0) += f64::from(sum);
                loss = loss + divergence.mul_scalar(self.settings.divergence_weight);
            }
            let loss = loss.div_scalar(batch.len() as f64);
            let gradients = GradientsParams::from_grads(loss.backward(), model);
            accumulator.accumulate(model, gradients);
        }
        Ok((accumulator.grads(), scored))
    }

    /// Steps of the whole run.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Steps taken.
    pub fn completed(&self) -> usize {
        self.trainee.step()
    }

    /// The model as it is now, without gradient tracking.
    pub fn model(&self) -> Transformer {
        self.trainee.model.valid()
    }

    /// What the run comes to, without gradient tracking: with [`Dpo::patience`] the model that did best on the held-out
    /// pairs, otherwise the model as it is now.
    pub fn into_model(self) -> Transformer {
        match self.stopping.and_then(|stopping| stopping.best) {
            Some((_, model)) => model,
            None => self.trainee.model.valid(),
        }
    }

    /// The step of the model that did best on the held-out pairs so far, with [`Dpo::patience`].
    pub fn best_step(&self) -> Option<usize> {
        let (best, _) = self.stopping.as_ref()?.best.as_ref()?;
        Some(best.step)
    }

    /// Writes a checkpoint to `folder`, replacing the one there, for [`Dpo::resume`].
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn save(&self, folder: &Path) -> Result<(), TrainError> {
        let best = self.stopping.as_ref();
        let best = best.and_then(|stopping| stopping.best.as_ref());
        let kept = Kept {
            reference: self.reference.clone(),
            best: best.map(|(best, _)| *best),
        };
        let model = best.map(|(_, model)| model);
        checkpoint::save(folder, &self.identity, &self.trainee, &kept, model)
    }
}
