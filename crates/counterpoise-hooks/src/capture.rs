//! Keeps the activations of the last pass, for looking at a model and for tests.

use std::collections::BTreeMap;

use burn::tensor::Tensor;

use crate::{HookError, HookPoint, Observe, Pass};

/// Keeps the most recent activation seen at each of its points.
///
/// It holds whole tensors: use [`MeanRecorder`](crate::MeanRecorder) for runs over many prompts.
#[derive(Debug, Clone, Default)]
pub struct Capture {
    points: Vec<HookPoint>,
    seen: BTreeMap<HookPoint, Tensor<3>>,
}

impl Capture {
    /// A capture at `points`.
    pub fn new(points: impl IntoIterator<Item = HookPoint>) -> Self {
        Self {
            points: points.into_iter().collect(),
            seen: BTreeMap::new(),
        }
    }

    /// The last activation at `point`, `[batch, seq, width]`; `None` before the first pass.
    pub fn get(&self, point: HookPoint) -> Option<&Tensor<3>> {
        self.seen.get(&point)
    }
}

impl Observe for Capture {
    fn points(&self) -> Vec<HookPoint> {
        self.points.clone()
    }

    fn observe(
        &mut self,
        point: HookPoint,
        activation: &Tensor<3>,
        _pass: &Pass,
    ) -> Result<(), HookError> {
        self.seen.insert(point, activation.clone());
        Ok(())
    }
}
