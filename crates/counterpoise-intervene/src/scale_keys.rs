//! Key scaling: the key vectors of chosen neurons are multiplied (paper, section 4.1, after Lee et
//! al.).

use std::collections::BTreeMap;

use burn::tensor::{Tensor, TensorData};
use counterpoise_model::Transformer;
use counterpoise_registry::Description;
use serde::{Deserialize, Serialize};

use crate::{InterveneError, Intervention, Prepared, Selection, Subject};

/// `kind = "scale_keys"`: `k_i := factor · k_i` for `neurons`; their biases stay. In a gated MLP both key vectors
/// of a neuron are multiplied, that of the gate too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScaleKeys {
    /// Which neurons.
    pub neurons: Selection,
    /// By how much.
    pub factor: f32,
}

impl Intervention for ScaleKeys {
    fn describe(&self) -> Result<Description, InterveneError> {
        Ok(Description::of("scale_keys", self)?)
    }

    fn redrawn(&self, draw: u32) -> Option<Box<dyn Intervention>> {
        let neurons = self.neurons.redrawn(draw)?;
        let factor = self.factor;
        Some(Box::new(Self { neurons, factor }))
    }

    fn prepare(
        &self,
        mut model: Transformer,
        subject: &Subject<'_>,
    ) -> Result<Prepared, InterveneError> {
        if !self.factor.is_finite() || self.factor == 1.0 {
            return Err(InterveneError::parameters(
                "scale_keys",
                format!(
                    "`factor` is {}; it must be a finite number other than 1",
                    self.factor
                ),
            ));
        }
        let neurons = self.neurons.neurons(subject)?;
        let mut scales: BTreeMap<usize, Vec<f32>> = BTreeMap::new();
        for id in &neurons {
            let row = scales
                .entry(id.layer)
                .or_insert_with(|| vec![1.0; subject.d_mlp]);
            row[id.neuron] = self.factor;
        }
        let device = model.device();
        for (layer, row) in scales {
            let scale = Tensor::<2>::from_data(TensorData::new(row, [1, subject.d_mlp]), &device);
            model.map_keys(layer, |keys| keys * scale.clone()); // [d_model, d_mlp]
        }
        Prepared::new(model).touching_selected(&neurons, &self.neurons, subject)
    }
}
