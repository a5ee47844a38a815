//! A model in training: its parameters, its optimizer's state, and the step it has reached.

use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use counterpoise_model::Transformer;

use crate::TrainError;
use crate::error::refuse_half;
use crate::gradient::clip_by_global_norm;

/// What training changes, and the rule by which it does.
pub(crate) struct Trainee {
    pub(crate) model: Transformer,
    pub(crate) optimizer: ModuleOptimizer,
    schedule: ModuleLrScheduler,
    max_gradient_norm: f64,
    step: usize,
}

/// One update of the parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Update {
    /// The learning rate used.
    pub(crate) learning_rate: f64,
    /// The gradient's norm before clipping.
    pub(crate) gradient_norm: f64,
}

impl Trainee {
    /// `model` before its first step, tracked for gradients from here on.
    pub(crate) fn new(
        model: Transformer,
        optimizer: ModuleOptimizer,
        schedule: ModuleLrScheduler,
        max_gradient_norm: f64,
    ) -> Result<Self, TrainError> {
        refuse_half(&model)?;
        if max_gradient_norm.is_nan() || max_gradient_norm <= 0.0 {
            let expected = "more than 0 (infinity for no clipping)";
            return Err(TrainError::setting(
                "max_gradient_norm",
                expected,
                max_gradient_norm,
            ));
        }
        Ok(Self {
            model: model.train(),
            optimizer,
            schedule,
            max_gradient_norm,
            step: 0,
        })
    }

    /// Steps taken so far, which is the number of the next step.
    pub(crate) fn step(&self) -> usize {
        self.step
    }

    /// Puts parameters and optimizer state that had reached `step` in place of those of step 0.
    pub(crate) fn restore(
        mut self,
        model: Transformer,
        optimizer: ModuleOptimizer,
        step: usize,
    ) -> Self {
        for _ in 0..step {
            self.schedule.step();
        }
        self.model = model;
        self.optimizer = optimizer;
        self.step = step;
        self
    }

    /// Clips `gradients` by their global norm and takes one optimizer step.
    ///
    /// # Errors
    /// [`TrainError::NotFinite`] when the gradient is not, before any parameter has changed.
    pub(crate) fn update(&mut self, mut gradients: GradientsParams) -> Result<Update, TrainError> {
        let gradient_norm =
            clip_by_global_norm(&self.model, &mut gradients, self.max_gradient_norm)?;
        self.finite("gradient norm", gradient_norm)?;
        let rate = self.schedule.step();
        let learning_rate = rate.base();
        self.model = self.optimizer.step(rate, self.model.clone(), gradients);
        self.step += 1;
        Ok(Update {
            learning_rate,
            gradient_norm,
        })
    }

    /// `found`, or the error that it is not finite.
    pub(crate) fn finite(&self, quantity: &'static str, found: f64) -> Result<f64, TrainError> {
        if found.is_finite() {
            return Ok(found);
        }
        Err(TrainError::NotFinite {
            step: self.step,
            quantity,
            found,
        })
    }
}
