//! The end of a run that has stopped getting better.

use counterpoise_model::Transformer;
use serde::{Deserialize, Serialize};

/// The evaluation on held-out pairs that was best so far.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Best {
    /// Updates made before it.
    pub(crate) step: usize,
    /// What was lowered there: the loss, with its divergence if that is weighed.
    pub(crate) objective: f64,
    /// Evaluations since, none of them better.
    pub(crate) since: usize,
    /// Updates made before the last of them.
    pub(crate) last: usize,
}

/// Watches evaluations, and keeps the model of the best one.
pub(crate) struct EarlyStopping {
    /// Evaluations without a better one that end the run.
    pub(crate) patience: usize,
    pub(crate) best: Option<(Best, Transformer)>,
}

impl EarlyStopping {
    pub(crate) fn new(patience: usize) -> Self {
        Self {
            patience,
            best: None,
        }
    }

    /// Notes an evaluation after `step` updates of the model that `model` gives. One that was noted before is not noted again.
    pub(crate) fn note(
        &mut self,
        step: usize,
        objective: f64,
        model: impl FnOnce() -> Transformer,
    ) {
        match &mut self.best {
            Some((best, _)) if best.last == step => {}
            Some((best, _)) if objective >= best.objective => {
                best.since += 1;
                best.last = step;
            }
            _ => {
                let best = Best {
                    step,
                    objective,
                    since: 0,
                    last: step,
                };
                self.best = Some((best, model()));
            }
        }
    }

    /// Whether the run is over.
    pub(crate) fn is_over(&self) -> bool {
        let best = self.best.as_ref();
        best.is_some_and(|(best, _)| best.since >= self.patience)
    }
}
