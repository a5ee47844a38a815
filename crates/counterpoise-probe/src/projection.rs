//! What value vectors, biases and layers write along the probe, in `f64`.
//!
//! With the unit probe `u = v_toxic/|v_toxic|` (paper, section 4.2):
//!
//! | quantity | definition | where |
//! |---|---|---|
//! | value projection | `v_i·u` | [`ValueProjections::projection`] |
//! | cosine | `cos(v_i, v_toxic)` | [`ValueProjections::cosine`] |
//! | bias projection | `bias·u`, of the MLP's output | [`ValueProjections::bias`] |
//! | layer projection | mean of `mlp(x)·u` | [`layer_projection`] |
//!
//! With the mean activations `m̄_i` a neuron's projection is `p_i = m̄_i (v_i·u)`, and a layer's is
//! `Σ_i p_i` over its neurons plus its bias projection.

use burn::tensor::Tensor;
use counterpoise_model::Transformer;
use ndarray::Array2;

use crate::{Probe, ProbeError};

/// What the weights of a model's MLPs write along a probe.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueProjections {
    /// `v_i·u` of every neuron. `[layer][neuron]`
    pub projection: Vec<Vec<f64>>,
    /// `cos(v_i, v_toxic)` of every neuron. A value vector of zeros, such as that of a neuron removed
    /// from the weights, has no direction: its cosine is 0, neither toxic nor anti-toxic, as in
    /// PyTorch. `[layer][neuron]`
    pub cosine: Vec<Vec<f64>>,
    /// `bias·u` of the MLP's output; 0 in a model without this bias. `[layer]`
    pub bias: Vec<f64>,
}

/// Projects every value vector and bias of `model` onto `probe`, reading the weights once.
///
/// # Errors
/// [`ProbeError::Width`] if the probe belongs to another model, [`ProbeError::Device`] if the
/// weights cannot be read.
pub fn value_projections(
    model: &Transformer,
    probe: &Probe,
) -> Result<ValueProjections, ProbeError> {
    let unit = probe.unit();
    let mut along = ValueProjections {
        projection: Vec::new(),
        cosine: Vec::new(),
        bias: Vec::new(),
    };
    for layer in 0..model.n_layer() {
        let neurons = model.neurons(layer);
        let [_d_mlp, d_model] = neurons.values.dims();
        same_probe(probe, d_model)?;
        let values = read(neurons.values, layer, "value vectors")?;
        let (projection, cosine) = values
            .chunks_exact(d_model)
            .map(|value| along_unit(value, &unit))
            .unzip();
        along.projection.push(projection);
        along.cosine.push(cosine);
        along.bias.push(match neurons.bias {
            Some(bias) => dot(&read(bias, layer, "bias")?, &unit),
            None => 0.0,
        });
    }
    Ok(along)
}

/// A value vector's projection and cosine.
fn along_unit(value: &[f32], unit: &[f64]) -> (f64, f64) {
    let projection = dot(value, unit);
    let squares = value.iter().map(|&x| f64::from(x) * f64::from(x));
    match squares.sum::<f64>().sqrt() {
        0.0 => (projection, 0.0),
        norm => (projection, projection / norm),
    }
}

/// Projects every value vector of `model` onto each of `directions`, unit vectors `[d]`, reading the weights once: one
/// matrix product a layer, in `f64`. `layer` is handed each layer's, in order. `[d_mlp, directions]`
///
/// A direction that is a probe's gives that probe's [`ValueProjections::projection`], to the rounding of an `f64` sum in
/// another order.
///
/// # Errors
/// [`ProbeError::Width`] if a direction belongs to another model, [`ProbeError::Device`] if the weights cannot be read;
/// whatever `layer` reports.
pub fn project_onto<E: From<ProbeError>>(
    model: &Transformer,
    directions: &[Vec<f64>],
    mut layer: impl FnMut(&[f64]) -> Result<(), E>,
) -> Result<(), E> {
    let width = model.d_model();
    for direction in directions {
        same_width(direction.len(), width)?;
    }
    let onto = Array2::from_shape_fn((width, directions.len()), |(x, k)| directions[k][x]);
    for index in 0..model.n_layer() {
        let values = read(model.neurons(index).values, index, "value vectors")?;
        let rows = values.len() / width;
        let values =
            Array2::from_shape_fn((rows, width), |(i, x)| f64::from(values[i * width + x]));
        let (along, _) = values.dot(&onto).into_raw_vec_and_offset();
        layer(&along)?;
    }
    Ok(())
}

/// A layer's projection: `mean·u` for the mean over positions of its MLP output, `[d]`.
///
/// # Errors
/// [`ProbeError::Width`] if the probe belongs to another model.
pub fn layer_projection(mean_mlp_out: &[f64], probe: &Probe) -> Result<f64, ProbeError> {
    same_probe(probe, mean_mlp_out.len())?;
    let pairs = mean_mlp_out.iter().zip(probe.unit());
    Ok(pairs.map(|(mean, unit)| mean * unit).sum())
}

/// Copies what neurons write to the host.
pub(crate) fn read<const D: usize>(
    tensor: Tensor<D>,
    layer: usize,
    part: &str,
) -> Result<Vec<f32>, ProbeError> {
    tensor
        .try_into_vec_as::<f32>()
        .map_err(|error| ProbeError::Device {
            what: format!("the {part} of block {layer}"),
            reason: error.to_string(),
        })
}

pub(crate) fn dot(vector: &[f32], unit: &[f64]) -> f64 {
    vector
        .iter()
        .zip(unit)
        .map(|(&x, u)| f64::from(x) * u)
        .sum()
}

pub(crate) fn same_probe(probe: &Probe, width: usize) -> Result<(), ProbeError> {
    same_width(probe.width(), width)
}

fn same_width(found: usize, expected: usize) -> Result<(), ProbeError> {
    if found == expected {
        return Ok(());
    }
    Err(ProbeError::Width { expected, found })
}
