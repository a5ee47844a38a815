//! One transformer block: `x + attn(ln_1(x))`, then `x + mlp(ln_2(x))`.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use counterpoise_hooks::{BlockPoint, HookPoint, Hooks, Pass};

use crate::layers::LayerNorm;
use crate::{Attention, Config, KvCache, Mlp, ModelError};

/// One transformer block.
#[derive(Module, Debug)]
pub struct Block {
    /// Before attention.
    pub ln_1: LayerNorm,
    /// Attention.
    pub attn: Attention,
    /// Before the MLP.
    pub ln_2: LayerNorm,
    /// The MLP.
    pub mlp: Mlp,
}

impl Block {
    pub(crate) fn init(config: &Config, layer: usize, residual_std: f64, device: &Device) -> Self {
        let norm = || LayerNorm::init(config.n_embd, config.layer_norm_epsilon, device);
        Self {
            ln_1: norm(),
            attn: Attention::init(config, layer, residual_std, device),
            ln_2: norm(),
            mlp: Mlp::init(config, residual_std, device),
        }
    }

    /// `[batch, seq, d_model]` to `[batch, seq, d_model]`.
    pub(crate) fn forward(
        &self,
        resid_pre: Tensor<3>,
        layer: usize,
        pass: &Pass,
        cache: &mut KvCache,
        hooks: &mut Hooks<'_>,
    ) -> Result<Tensor<3>, ModelError> {
        let point = |at| HookPoint::Block { layer, at };
        let resid_pre = hooks.at(point(BlockPoint::ResidPre), resid_pre, pass)?;
        let normalized = self.ln_1.forward(resid_pre.clone());
        let attn_out = self.attn.forward(normalized, layer, pass, cache, hooks)?;
        let resid_mid = hooks.at(point(BlockPoint::ResidMid), resid_pre + attn_out, pass)?;
        let normalized = self.ln_2.forward(resid_mid.clone());
        let mlp_out = self.mlp.forward(normalized, layer, pass, hooks)?;
        Ok(hooks.at(point(BlockPoint::ResidPost), resid_mid + mlp_out, pass)?)
    }
}
