//! The MLP: `gelu(h·c_fc + b)·c_proj + b` (paper, equations 2 and 3).

use burn::module::Module;
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor};
use counterpoise_hooks::{BlockPoint, HookPoint, Hooks, Pass};

use crate::layers::Conv1d;
use crate::{Config, ModelError};

/// One block's MLP. Column `i` of `c_fc.weight` is the key vector `k_i`, row `i` of
/// `c_proj.weight` the value vector `v_i`.
#[derive(Module, Debug)]
pub struct Mlp {
    /// Keys, `[d_model, d_mlp]`.
    pub c_fc: Conv1d,
    /// Values, `[d_mlp, d_model]`.
    pub c_proj: Conv1d,
}

impl Mlp {
    pub(crate) fn init(config: &Config, residual_std: f64, device: &Device) -> Self {
        let (d_model, d_mlp) = (config.n_embd, config.d_mlp());
        Self {
            c_fc: Conv1d::init(d_model, d_mlp, crate::gpt2::INIT_STD, device),
            c_proj: Conv1d::init(d_mlp, d_model, residual_std, device),
        }
    }

    /// `[batch, seq, d_model]` to `[batch, seq, d_model]`.
    pub(crate) fn forward(
        &self,
        input: Tensor<3>,
        layer: usize,
        pass: &Pass,
        hooks: &mut Hooks<'_>,
    ) -> Result<Tensor<3>, ModelError> {
        let point = |at| HookPoint::Block { layer, at };
        let pre = self.c_fc.forward(input); // [batch, seq, d_mlp]
        let pre = hooks.at(point(BlockPoint::MlpPre), pre, pass)?;
        let post = hooks.at(point(BlockPoint::MlpPost), gelu_tanh(pre), pass)?;
        let out = self.c_proj.forward(post); // [batch, seq, d_model]
        Ok(hooks.at(point(BlockPoint::MlpOut), out, pass)?)
    }
}

/// GPT-2's GELU, `0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))`.
///
/// Computed as `x·σ(2√(2/π)·x·(1 + 0.044715·x²))`, the same function because
/// `(1 + tanh z) / 2 = σ(2z)`: one exponential instead of a cube, a tanh and more passes.
pub fn gelu_tanh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    /// 2√(2/π)
    const SCALE: f64 = 2.0 * core::f64::consts::FRAC_2_SQRT_PI * core::f64::consts::FRAC_1_SQRT_2;
    let inner = x
        .clone()
        .square()
        .mul_scalar(SCALE * 0.044_715)
        .add_scalar(SCALE);
    let gate = sigmoid(inner * x.clone());
    x * gate
}
