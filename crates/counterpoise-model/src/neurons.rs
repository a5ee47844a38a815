//! What a neuron is: the key vectors that read the residual stream and the value vector that writes into it.

use burn::module::Param;
use burn::tensor::Tensor;

use crate::kernels::widen;
use crate::{Linear, Transformer};

/// The neurons of one block's MLP, each a column of the keys and a row of the values.
///
/// Neuron `i` of a plain MLP has the activation `m_i = act(h·k_i + b_i)`, of a gated one `m_i = act(h·g_i)·(h·k_i)`. It adds
/// `m_i·v_i` to the MLP's output, to which `bias` is added once.
#[derive(Debug, Clone)]
pub struct Neurons {
    /// `k_i`, `[d_model, d_mlp]`.
    pub keys: Tensor<2>,
    /// `g_i`, `[d_model, d_mlp]`, of a gated MLP.
    pub gate_keys: Option<Tensor<2>>,
    /// `v_i`, `[d_mlp, d_model]`.
    pub values: Tensor<2>,
    /// `[d_model]`, where the MLP has one.
    pub bias: Option<Tensor<1>>,
}

impl Transformer {
    /// The neurons of block `layer`, in 32-bit floats.
    ///
    /// # Panics
    /// If there is no such block.
    pub fn neurons(&self, layer: usize) -> Neurons {
        let mlp = &self.blocks[layer].mlp;
        Neurons {
            keys: widen(mlp.up.weight.val()),
            gate_keys: mlp.gate.as_ref().map(|gate| widen(gate.weight.val())),
            values: widen(mlp.down.weight.val()),
            bias: mlp.down.bias.as_ref().map(Param::val),
        }
    }

    /// Replaces the keys of block `layer`, and in a gated MLP its gate keys, each `[d_model, d_mlp]`, by what `change`
    /// makes of them in 32-bit floats, in which they are kept then; their biases stay.
    ///
    /// # Panics
    /// If there is no such block.
    pub fn map_keys(&mut self, layer: usize, change: impl Fn(Tensor<2>) -> Tensor<2>) {
        let mlp = &mut self.blocks[layer].mlp;
        let keys = std::iter::once(&mut mlp.up).chain(&mut mlp.gate);
        for Linear { weight, .. } in keys {
            *weight = weight.clone().map(|keys| change(widen(keys)));
        }
    }
}
