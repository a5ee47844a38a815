//! What everything that writes into the residual stream writes along the probe, in `f64`.
//!
//! The residual stream after the last block is the sum of embeddings, of what each attention head and each MLP writes, and of
//! their biases. Each part of a mean of it is a mean too, so a component's projection is that of its mean.

use std::fmt;

use burn::module::Param;
use burn::tensor::Tensor;
use counterpoise_hooks::{BlockPoint, HookPoint};
use counterpoise_model::{Linear, NormPlaces, PositionEncoding, Transformer, widen};

use crate::projection::{dot, read, same_probe};
use crate::{Probe, ProbeError, layer_projection};

/// What writes into the residual stream. [`Display`](fmt::Display) names it as TransformerLens labels components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// Token embeddings.
    Embed,
    /// Position embeddings.
    PosEmbed,
    /// An attention head, by the rows of the output projection that are its own.
    Head {
        /// The block.
        layer: usize,
        /// The head.
        head: usize,
    },
    /// The bias of attention's output.
    AttnBias {
        /// The block.
        layer: usize,
    },
    /// All of a block's attention, where a norm follows it: there heads do not add up to what is written.
    Attn {
        /// The block.
        layer: usize,
    },
    /// The neurons of a block's MLP together; its whole output where a norm follows it.
    Mlp {
        /// The block.
        layer: usize,
    },
    /// The bias of the MLP's output.
    MlpBias {
        /// The block.
        layer: usize,
    },
}

impl Component {
    /// The block that it is in; `None` for embeddings.
    #[must_use]
    pub const fn layer(self) -> Option<usize> {
        match self {
            Self::Embed | Self::PosEmbed => None,
            Self::Head { layer, .. }
            | Self::AttnBias { layer }
            | Self::Attn { layer }
            | Self::Mlp { layer }
            | Self::MlpBias { layer } => Some(layer),
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embed => f.pad("embed"),
            Self::PosEmbed => f.pad("pos_embed"),
            Self::Head { layer, head } => f.pad(&format!("L{layer}H{head}")),
            Self::AttnBias { layer } => f.pad(&format!("{layer}_attn_bias")),
            Self::Attn { layer } => f.pad(&format!("{layer}_attn_out")),
            Self::Mlp { layer } => f.pad(&format!("{layer}_mlp_out")),
            Self::MlpBias { layer } => f.pad(&format!("{layer}_mlp_bias")),
        }
    }
}

/// What the components of a model write along a probe, on average over some positions.
#[derive(Debug, Clone, PartialEq)]
pub struct ComponentProjections {
    /// Each with its mean projection, in the order in which they write.
    pub components: Vec<(Component, f64)>,
    /// The mean projection of the residual stream after the last block, which they add up to.
    pub residual: f64,
}

/// Where means are needed for [`component_projections`].
#[must_use]
pub fn component_points(model: &Transformer) -> Vec<HookPoint> {
    let mut points = vec![HookPoint::Embed];
    if let PositionEncoding::Learned { .. } = model.config().positions {
        points.push(HookPoint::PosEmbed);
    }
    for layer in 0..model.n_layer() {
        points.push(attention_point(model, layer));
        points.push(HookPoint::mlp_out(layer));
    }
    points.extend(last_residual(model));
    points
}

/// Projects the components of `model` onto `probe`, from the means over positions, `[width]`, at
/// [`component_points`].
///
/// # Errors
/// [`ProbeError::Width`] if the probe belongs to another model, [`ProbeError::NotRecorded`] where there is no mean,
/// [`ProbeError::Device`] if the weights cannot be read.
pub fn component_projections(
    model: &Transformer,
    probe: &Probe,
    mean: impl Fn(HookPoint) -> Option<Vec<f64>>,
) -> Result<ComponentProjections, ProbeError> {
    same_probe(probe, model.d_model())?;
    let mean = |point| mean(point).ok_or(ProbeError::NotRecorded { point });
    let along = |point| layer_projection(&mean(point)?, probe);
    let mut components = vec![(Component::Embed, along(HookPoint::Embed)?)];
    if let PositionEncoding::Learned { .. } = model.config().positions {
        components.push((Component::PosEmbed, along(HookPoint::PosEmbed)?));
    }
    let unit = probe.unit();
    for (layer, block) in model.blocks.iter().enumerate() {
        let mlp = along(HookPoint::mlp_out(layer))?;
        if block.ln1_post.is_some() {
            let attn = along(attention_point(model, layer))?;
            components.push((Component::Attn { layer }, attn));
            components.push((Component::Mlp { layer }, mlp));
            continue;
        }
        let z = mean(attention_point(model, layer))?; // [n_head * d_head]
        let heads = heads(&block.attn.out, &z, model.config().d_head, layer, &unit)?;
        let head = |(head, projection)| (Component::Head { layer, head }, projection);
        components.extend(heads.into_iter().enumerate().map(head));
        if let Some(bias) = bias(&block.attn.out, layer, &unit)? {
            components.push((Component::AttnBias { layer }, bias));
        }
        let mlp_bias = bias(&block.mlp.down, layer, &unit)?;
        components.push((Component::Mlp { layer }, mlp - mlp_bias.unwrap_or(0.0)));
        components.extend(mlp_bias.map(|bias| (Component::MlpBias { layer }, bias)));
    }
    let residual = match last_residual(model) {
        Some(point) => along(point)?,
        None => components.iter().map(|(_, projection)| projection).sum(),
    };
    Ok(ComponentProjections {
        components,
        residual,
    })
}

/// Where what attention writes is recorded: heads apart, or after the norm where one follows.
fn attention_point(model: &Transformer, layer: usize) -> HookPoint {
    let at = match model.config().norm_places {
        NormPlaces::Before => BlockPoint::AttnZ,
        NormPlaces::After | NormPlaces::Around => BlockPoint::AttnOut,
    };
    HookPoint::Block { layer, at }
}

/// The residual stream after the last block, unless there are no blocks.
fn last_residual(model: &Transformer) -> Option<HookPoint> {
    let layer = model.n_layer().checked_sub(1)?;
    let at = BlockPoint::ResidPost;
    Some(HookPoint::Block { layer, at })
}

/// What each head writes along `unit`, from the mean of all heads' weighted values.
fn heads(
    out: &Linear,
    z: &[f64],
    d_head: usize,
    layer: usize,
    unit: &[f64],
) -> Result<Vec<f64>, ProbeError> {
    let weight: Tensor<2> = widen(out.weight.val()); // [n_head * d_head, d_model]
    let weight = read(weight, layer, "output projection")?;
    let written = weight
        .chunks_exact(unit.len())
        .zip(z)
        .map(|(row, z)| z * dot(row, unit));
    let written: Vec<f64> = written.collect();
    Ok(written
        .chunks(d_head)
        .map(|head| head.iter().sum())
        .collect())
}

/// A bias along `unit`, of a layer that has one.
fn bias(linear: &Linear, layer: usize, unit: &[f64]) -> Result<Option<f64>, ProbeError> {
    let bias = linear.bias.as_ref().map(Param::val);
    let read = bias.map(|bias| read(bias, layer, "bias")).transpose()?;
    Ok(read.map(|bias| dot(&bias, unit)))
}
