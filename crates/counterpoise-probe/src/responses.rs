//! Where an MLP's responses to a text are read.

use counterpoise_hooks::{BlockPoint, HookPoint};
use counterpoise_model::{MlpKind, Transformer};

/// What the matrices of block `layer`'s MLP put out, their biases added: before the activation, of a gated MLP both factors,
/// and what the MLP writes.
pub fn mlp_matrix_outputs(model: &Transformer, layer: usize) -> Vec<HookPoint> {
    let first: &[BlockPoint] = match model.config().mlp {
        MlpKind::Plain => &[BlockPoint::MlpPre],
        MlpKind::Gated => &[BlockPoint::MlpPre, BlockPoint::MlpPreLinear],
    };
    let first = first.iter().map(|&at| HookPoint::Block { layer, at });
    first.chain([model.mlp_sum(layer)]).collect()
}
