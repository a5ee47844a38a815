//! The edit behind ablation and patching: chosen neurons' activations are set to given values.

use std::collections::BTreeMap;

use burn::tensor::{Bool, Device, Tensor, TensorData};
use counterpoise_groups::NeuronId;
use counterpoise_hooks::{Edit, HookError, HookPoint, Pass};

use crate::selection::check;
use crate::{InterveneError, Subject};

/// Sets the activations `m_i` of chosen neurons at `blocks.{l}.mlp.hook_post`; every other neuron
/// keeps its bits.
#[derive(Debug, Clone)]
pub struct SetNeurons {
    d_mlp: usize,
    layers: BTreeMap<usize, LayerValues>,
}

/// What is set in one block.
#[derive(Debug, Clone)]
struct LayerValues {
    /// True where a neuron is set. `[1, 1, d_mlp]`
    mask: Tensor<3, Bool>,
    /// What it is set to. `[1, 1, d_mlp]`
    values: Tensor<3>,
}

impl SetNeurons {
    /// Sets each neuron of `values`, wherever the edit applies.
    ///
    /// # Errors
    /// A neuron that `subject` does not have, or that is named twice.
    pub fn new(
        values: &[(NeuronId, f32)],
        subject: &Subject<'_>,
        device: &Device,
    ) -> Result<Self, InterveneError> {
        let neurons: Vec<_> = values.iter().map(|(id, _)| *id).collect();
        check(&neurons, subject)?;
        let d_mlp = subject.d_mlp;
        let mut rows: BTreeMap<usize, (Vec<bool>, Vec<f32>)> = BTreeMap::new();
        for &(NeuronId { layer, neuron }, value) in values {
            let (mask, row) = rows
                .entry(layer)
                .or_insert_with(|| (vec![false; d_mlp], vec![0.0; d_mlp]));
            mask[neuron] = true;
            row[neuron] = value;
        }
        let shape = [1, 1, d_mlp];
        let layers = rows
            .into_iter()
            .map(|(layer, (mask, row))| {
                let values = LayerValues {
                    mask: Tensor::from_data(TensorData::new(mask, shape), device),
                    values: Tensor::from_data(TensorData::new(row, shape), device),
                };
                (layer, values)
            })
            .collect();
        Ok(Self { d_mlp, layers })
    }
}

impl Edit for SetNeurons {
    fn points(&self) -> Vec<HookPoint> {
        self.layers
            .keys()
            .map(|&layer| HookPoint::mlp_post(layer))
            .collect()
    }

    fn edit(
        &self,
        point: HookPoint,
        activation: Tensor<3>,
        _: &Pass,
    ) -> Result<Tensor<3>, HookError> {
        let HookPoint::Block { layer, .. } = point else {
            return Ok(activation);
        };
        let Some(LayerValues { mask, values }) = self.layers.get(&layer) else {
            return Ok(activation);
        };
        let shape @ [_, _, found] = activation.dims();
        if found != self.d_mlp {
            return Err(HookError::Width {
                point,
                expected: self.d_mlp,
                found,
            });
        }
        Ok(activation.mask_where(mask.clone().expand(shape), values.clone().expand(shape)))
    }
}
