//! Ablation: the activations of chosen neurons are zero (paper, section 4.1).

use counterpoise_hooks::Scope;
use counterpoise_model::Transformer;
use counterpoise_registry::Description;
use serde::{Deserialize, Serialize};

use crate::{InterveneError, Intervention, Prepared, Selection, SetNeurons, Subject};

/// `kind = "ablate"`: the activations of `neurons` are 0 at every position.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ablate {
    /// Which neurons.
    pub neurons: Selection,
}

impl Ablate {
    /// Ablates the `k` most toxic neurons of the base model.
    pub fn top(k: usize) -> Self {
        Self {
            neurons: Selection::top(k),
        }
    }
}

impl Intervention for Ablate {
    fn describe(&self) -> Result<Description, InterveneError> {
        Ok(Description::of("ablate", self)?)
    }

    fn redrawn(&self, draw: u32) -> Option<Box<dyn Intervention>> {
        let neurons = self.neurons.redrawn(draw)?;
        Some(Box::new(Self { neurons }))
    }

    fn prepare(
        &self,
        model: Transformer,
        subject: &Subject<'_>,
    ) -> Result<Prepared, InterveneError> {
        let neurons = self.neurons.neurons(subject)?;
        let zeros: Vec<_> = neurons.iter().map(|&id| (id, 0.0)).collect();
        let edit = SetNeurons::new(&zeros, subject, &model.device())?;
        let prepared = Prepared::new(model).touching_selected(&neurons, &self.neurons, subject)?;
        Ok(prepared.with_edit(edit, Scope::EVERYWHERE))
    }
}
