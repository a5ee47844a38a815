//! Ablation: the activations of chosen neurons are zero (paper, section 4.1).

use counterpoise_hooks::Positions;
use counterpoise_model::Gpt2;
use serde::Deserialize;

use crate::{InterveneError, Intervention, Prepared, Selection, SetNeurons, Subject};

/// `kind = "ablate"`: the activations of `neurons` are 0 at every position.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ablate {
    /// Which neurons.
    pub neurons: Selection,
}

impl Intervention for Ablate {
    fn prepare(&self, model: Gpt2, subject: &Subject<'_>) -> Result<Prepared, InterveneError> {
        let neurons = self.neurons.neurons(subject)?;
        let zeros: Vec<_> = neurons.iter().map(|&id| (id, 0.0)).collect();
        let edit = SetNeurons::new(&zeros, Positions::All, subject, &model.device())?;
        Ok(Prepared::new(model).touching(neurons.len()).with_edit(edit))
    }
}
