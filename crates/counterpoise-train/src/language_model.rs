//! Next-token training of a model on plain text, with AdamW.

use std::path::Path;
use std::time::Instant;

use burn::module::{Module, ParamGroup};
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};
use counterpoise_model::Transformer;
use serde::{Deserialize, Serialize};

use crate::checkpoint::{self, Identity, Saved};
use crate::log_probability::token_log_probabilities;
use crate::optimizer::{OnDevice, on_device};
use crate::schedule::{AfterWarmUp, warm_up_then};
use crate::trainee::Trainee;
use crate::windows::{Batch, Epoch, Windows};
use crate::{Duration, TrainError};

/// How a language model is trained on text.
///
/// The documents of an epoch are shuffled, joined with an end-of-text token after each, and cut
/// into windows of `context` tokens. The loss is the mean of `−log p(next token)`. AdamW (β 0.9
/// and 0.95, ε 1e-8), the learning rate rising linearly for `warmup_steps` and then falling along
/// half a cosine to zero at the end of the run; the gradient is clipped by its global norm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageModelTraining {
    /// Length of the run.
    pub duration: Duration,
    /// Windows per step.
    pub batch_size: usize,
    /// Tokens per window.
    pub context: usize,
    /// Highest learning rate.
    pub learning_rate: f64,
    /// Steps until it is reached.
    pub warmup_steps: usize,
    /// AdamW's decay of the blocks' weight matrices; embeddings, layer norms and biases have none.
    pub weight_decay: f32,
    /// The gradient's norm is clipped to this.
    pub max_gradient_norm: f64,
    /// Decides the order of documents and windows.
    pub seed: u64,
}

/// What happened in one step of language-model training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepLog {
    /// Number of the step, from 0.
    pub step: usize,
    /// Number of the epoch, from 0.
    pub epoch: usize,
    /// Mean `−log p(next token)` over the batch before the update, in nats.
    pub loss: f64,
    /// Learning rate of the update.
    pub learning_rate: f64,
    /// Norm of the gradient before clipping.
    pub gradient_norm: f64,
    /// Tokens predicted in the step.
    pub tokens: usize,
    /// Those tokens by the seconds the step took.
    pub tokens_per_second: f64,
}

impl LanguageModelTraining {
    /// Trains `model` on `documents` to the end and returns it without gradient tracking; `log`
    /// sees every step.
    ///
    /// # Errors
    /// As [`start`](Self::start) and [`LanguageModelRun::finish`].
    pub fn train(
        &self,
        model: Transformer,
        documents: Vec<Vec<u32>>,
        end_of_text: u32,
        log: &mut dyn FnMut(&StepLog),
    ) -> Result<Transformer, TrainError> {
        self.start(model, documents, end_of_text)?.finish(log)
    }

    /// A run at its first step. `documents` are token ids without end-of-text tokens.
    ///
    /// # Errors
    /// Settings out of range, a context the model cannot read, text that does not fill one batch,
    /// tokens outside the vocabulary.
    pub fn start(
        &self,
        model: Transformer,
        documents: Vec<Vec<u32>>,
        end_of_text: u32,
    ) -> Result<LanguageModelRun, TrainError> {
        self.check(&model)?;
        let windows = Windows::new(documents, end_of_text, self.context, self.seed);
        windows.check(self.batch_size, model.vocab_size())?;
        let optimizer = self.optimizer(&model.device());
        let steps = self.duration.steps(windows.batches(self.batch_size));
        let schedule = warm_up_then(
            self.learning_rate,
            self.warmup_steps,
            AfterWarmUp::CosineUntil(steps),
        )?;
        Ok(LanguageModelRun {
            identity: Identity::new("language model", self, windows.digest())?,
            batch_size: self.batch_size,
            steps,
            epoch: windows.epoch(0),
            windows,
            trainee: Trainee::new(model, optimizer, schedule, self.max_gradient_norm)?,
        })
    }

    /// The run saved in the folder `checkpoint`, to resume from there. `model` gives the shapes; its
    /// values are replaced.
    ///
    /// # Errors
    /// As [`start`](Self::start), and a checkpoint that is missing, damaged, or of a run with other
    /// settings or text.
    pub fn resume(
        &self,
        checkpoint: &Path,
        model: Transformer,
        documents: Vec<Vec<u32>>,
        end_of_text: u32,
    ) -> Result<LanguageModelRun, TrainError> {
        let run = self.start(model, documents, end_of_text)?;
        let Saved::<()> { trainee, .. } = checkpoint::load(checkpoint, &run.identity, run.trainee)?;
        Ok(LanguageModelRun { trainee, ..run })
    }

    fn check(&self, model: &Transformer) -> Result<(), TrainError> {
        if self.batch_size == 0 {
            return Err(TrainError::setting("batch_size", "at least 1", 0));
        }
        if self.context == 0 || self.context > model.n_positions() {
            let expected = format!("1 to {}, the model's positions", model.n_positions());
            return Err(TrainError::setting("context", expected, self.context));
        }
        if !(0.0..=1.0).contains(&self.weight_decay) {
            let found = self.weight_decay;
            return Err(TrainError::setting("weight_decay", "0 to 1", found));
        }
        Ok(())
    }

    fn optimizer(&self, device: &Device) -> ModuleOptimizer {
        let config = AdamWConfig::new().with_beta_2(0.95).with_epsilon(1e-8);
        let plain = config.clone().with_weight_decay(0.0);
        let decayed = config.with_weight_decay(self.weight_decay);
        let layers = [".qkv.", ".out.", ".gate.", ".up.", ".down."];
        let matrices = ParamGroup::from_any_predicates(layers.to_vec())
            .exclude(ParamGroup::from_predicate("bias"));
        let decayed = OnDevice::new(decayed.build(), device);
        on_device(plain.build(), device).with_group(matrices, decayed, None)
    }
}

/// Language-model training under way.
pub struct LanguageModelRun {
    identity: Identity,
    batch_size: usize,
    steps: usize,
    windows: Windows,
    epoch: Epoch,
    trainee: Trainee,
}

impl LanguageModelRun {
    /// Takes all remaining steps and returns the model without gradient tracking; `log` sees every
    /// step.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn finish(mut self, log: &mut dyn FnMut(&StepLog)) -> Result<Transformer, TrainError> {
        while let Some(step) = self.step()? {
            log(&step);
        }
        Ok(self.into_model())
    }

    /// Takes the next step; `None` when the run is over.
    ///
    /// # Errors
    /// A loss or gradient that is not finite; the parameters are then those before the step.
    pub fn step(&mut self) -> Result<Option<StepLog>, TrainError> {
        let step = self.trainee.step();
        if step >= self.steps {
            return Ok(None);
        }
        let began = Instant::now();
        let batches = self.windows.batches(self.batch_size);
        let epoch = step / batches;
        if self.epoch.number != epoch {
            self.epoch = self.windows.epoch(epoch);
        }
        let model = &self.trainee.model;
        let batch = self
            .epoch
            .batch(step % batches, self.batch_size, &model.device());
        let tokens = batch.targets.shape().num_elements();
        let loss = mean_loss(model, batch)?;
        let value = loss
            .clone()
            .try_into_scalar::<f32>()
            .map_err(TrainError::read)?;
        let value = self.trainee.finite("loss", f64::from(value))?;
        let gradients = GradientsParams::from_grads(loss.backward(), model);
        let update = self.trainee.update(gradients)?;
        Ok(Some(StepLog {
            step,
            epoch,
            loss: value,
            learning_rate: update.learning_rate,
            gradient_norm: update.gradient_norm,
            tokens,
            tokens_per_second: tokens as f64 / began.elapsed().as_secs_f64(),
        }))
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

    /// The model as it is now, without gradient tracking.
    pub fn into_model(self) -> Transformer {
        self.trainee.model.valid()
    }

    /// Writes a checkpoint to `folder`, replacing the one there, for
    /// [`LanguageModelTraining::resume`].
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn save(&self, folder: &Path) -> Result<(), TrainError> {
        checkpoint::save(folder, &self.identity, &self.trainee, &(), None)
    }
}

/// Mean `−log p(target)` over a batch.
fn mean_loss(model: &Transformer, batch: Batch) -> Result<Tensor<1>, TrainError> {
    let hidden = model.hidden(batch.inputs)?; // [batch, context, d_model]
    let [batch_size, context, d_model] = hidden.dims();
    let rows = batch_size * context;
    let hidden = hidden.reshape([rows, d_model]);
    let log_probabilities = token_log_probabilities(model, hidden, batch.targets.reshape([rows]));
    Ok(log_probabilities.mean().neg())
}
