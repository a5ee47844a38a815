//! What value vectors, neurons and layers write along the probe, in `f64`.
//!
//! With the unit probe `u = v_toxic/|v_toxic|` (paper, section 4.2):
//!
//! | quantity | definition | function |
//! |---|---|---|
//! | value projection | `v_i·u` | [`value_projections`] |
//! | cosine | `cos(v_i, v_toxic)` | [`value_cosines`] |
//! | neuron projection | `p_i = m̄_i (v_i·u)` | [`neuron_projections`] |
//! | bias projection | `c_proj.bias·u` | [`bias_projections`] |
//! | layer projection | mean of `mlp(x)·u` | [`layer_projection`] |
//!
//! A layer's projection is `Σ_i p_i` over its neurons plus its bias projection.

use burn::tensor::Tensor;
use counterpoise_model::Gpt2;

use crate::{Probe, ProbeError};

/// `v_i·u` of every neuron, `[layer][neuron]`; `v_i` is row `i` of `c_proj.weight`.
///
/// # Errors
/// [`ProbeError::Width`] if the probe belongs to another model, [`ProbeError::Device`] if the
/// weights cannot be read.
pub fn value_projections(model: &Gpt2, probe: &Probe) -> Result<Vec<Vec<f64>>, ProbeError> {
    let unit = probe.unit();
    over_value_vectors(model, probe, |value| dot(value, &unit))
}

/// `cos(v_i, v_toxic)` of every neuron, `[layer][neuron]`. A value vector of zeros, such as that of
/// a neuron removed from the weights, has no direction: its cosine is 0, neither toxic nor
/// anti-toxic, as in PyTorch.
///
/// # Errors
/// As for [`value_projections`].
pub fn value_cosines(model: &Gpt2, probe: &Probe) -> Result<Vec<Vec<f64>>, ProbeError> {
    let unit = probe.unit();
    over_value_vectors(model, probe, |value| {
        let squares = value.iter().map(|&x| f64::from(x) * f64::from(x));
        let norm = squares.sum::<f64>().sqrt();
        if norm == 0.0 {
            0.0
        } else {
            dot(value, &unit) / norm
        }
    })
}

/// `p_i = m̄_i (v_i·u)` of every neuron, `[layer][neuron]`, from mean activations and value
/// projections of one model.
///
/// # Errors
/// [`ProbeError::RowWidth`] if the two do not have the same layers and neurons.
pub fn neuron_projections(
    mean_activation: &[Vec<f64>],
    value_projection: &[Vec<f64>],
) -> Result<Vec<Vec<f64>>, ProbeError> {
    same_width(0, value_projection.len(), mean_activation.len())?;
    let layers = mean_activation.iter().zip(value_projection).enumerate();
    layers
        .map(|(layer, (means, projections))| {
            same_width(layer, projections.len(), means.len())?;
            Ok(means.iter().zip(projections).map(|(m, v)| m * v).collect())
        })
        .collect()
}

/// `c_proj.bias·u` of every layer, `[layer]`.
///
/// # Errors
/// As for [`value_projections`].
pub fn bias_projections(model: &Gpt2, probe: &Probe) -> Result<Vec<f64>, ProbeError> {
    let unit = probe.unit();
    let biases = model.h.iter().map(|block| &block.mlp.c_proj.bias);
    biases
        .enumerate()
        .map(|(layer, bias)| {
            let bias = read(bias.val(), layer, "bias")?; // [d]
            same_probe(probe, bias.len())?;
            Ok(dot(&bias, &unit))
        })
        .collect()
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

/// A number for every value vector, `[layer][neuron]`.
fn over_value_vectors(
    model: &Gpt2,
    probe: &Probe,
    measure: impl Fn(&[f32]) -> f64,
) -> Result<Vec<Vec<f64>>, ProbeError> {
    let weights = model.h.iter().map(|block| &block.mlp.c_proj.weight);
    weights
        .enumerate()
        .map(|(layer, weight)| {
            let weight = weight.val(); // [d_mlp, d]
            let [_d_mlp, d] = weight.dims();
            same_probe(probe, d)?;
            let weight = read(weight, layer, "weight")?;
            Ok(weight.chunks_exact(d).map(&measure).collect())
        })
        .collect()
}

/// Copies a tensor of `c_proj` to the host.
fn read<const D: usize>(
    tensor: Tensor<D>,
    layer: usize,
    part: &str,
) -> Result<Vec<f32>, ProbeError> {
    tensor
        .try_into_vec_as::<f32>()
        .map_err(|error| ProbeError::Device {
            what: format!("h.{layer}.mlp.c_proj.{part}"),
            reason: error.to_string(),
        })
}

fn dot(vector: &[f32], unit: &[f64]) -> f64 {
    vector
        .iter()
        .zip(unit)
        .map(|(&x, u)| f64::from(x) * u)
        .sum()
}

fn same_probe(probe: &Probe, width: usize) -> Result<(), ProbeError> {
    if probe.width() == width {
        return Ok(());
    }
    Err(ProbeError::Width {
        expected: width,
        found: probe.width(),
    })
}

fn same_width(row: usize, expected: usize, found: usize) -> Result<(), ProbeError> {
    if expected == found {
        return Ok(());
    }
    Err(ProbeError::RowWidth {
        row,
        expected,
        found,
    })
}
