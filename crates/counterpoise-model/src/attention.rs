//! Causal self-attention over the cached columns.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use counterpoise_hooks::{BlockPoint, HookPoint, Hooks, Pass};

use crate::kernels::causal_softmax;
use crate::layers::Conv1d;
use crate::{Config, KvCache, ModelError};

/// One block's attention.
#[derive(Module, Debug)]
pub struct Attention {
    /// Queries, keys and values side by side, `[d_model, 3 * d_model]`.
    pub c_attn: Conv1d,
    /// Output projection, `[d_model, d_model]`.
    pub c_proj: Conv1d,
    n_head: usize,
}

impl Attention {
    pub(crate) fn init(config: &Config, residual_std: f64, device: &Device) -> Self {
        let d_model = config.n_embd;
        Self {
            c_attn: Conv1d::init(d_model, 3 * d_model, crate::gpt2::INIT_STD, device),
            c_proj: Conv1d::init(d_model, d_model, residual_std, device),
            n_head: config.n_head,
        }
    }

    /// `[batch, seq, d_model]` to `[batch, seq, d_model]`.
    pub(crate) fn forward(
        &self,
        input: Tensor<3>,
        layer: usize,
        pass: &Pass,
        cache: &mut KvCache,
        hooks: &mut Hooks<'_>,
    ) -> Result<Tensor<3>, ModelError> {
        let point = |at| HookPoint::Block { layer, at };
        let [batch, seq, d_model] = input.dims();
        let d_head = d_model / self.n_head;
        let qkv = self.c_attn.forward(input); // [batch, seq, 3 * d_model]
        let mut head_split = |at, third| -> Result<Tensor<4>, ModelError> {
            let part = qkv.clone().narrow(2, third * d_model, d_model);
            let part = hooks.at(point(at), part, pass)?;
            Ok(part
                .reshape([batch, seq, self.n_head, d_head])
                .swap_dims(1, 2))
        };
        let queries = head_split(BlockPoint::AttnQ, 0)?; // [batch, n_head, seq, d_head]
        let keys = head_split(BlockPoint::AttnK, 1)?;
        let values = head_split(BlockPoint::AttnV, 2)?;
        let (keys, values) = cache.append(layer, keys, values); // [batch, n_head, past + seq, d_head]

        let scores = queries.matmul(keys.swap_dims(2, 3)); // [batch, n_head, seq, past + seq]
        let scale = (d_head as f32).sqrt().recip();
        let pattern = causal_softmax(scores, scale, pass);
        let pattern = self.hook_pattern(pattern, point(BlockPoint::AttnPattern), pass, hooks)?;

        let z = pattern.matmul(values); // [batch, n_head, seq, d_head]
        let z = z.swap_dims(1, 2).reshape([batch, seq, d_model]);
        let z = hooks.at(point(BlockPoint::AttnZ), z, pass)?;
        let out = self.c_proj.forward(z);
        Ok(hooks.at(point(BlockPoint::AttnOut), out, pass)?)
    }

    /// Shows the pattern `[batch, n_head, seq, key]` to the hooks as `[batch, seq, n_head * key]`.
    fn hook_pattern(
        &self,
        pattern: Tensor<4>,
        point: HookPoint,
        pass: &Pass,
        hooks: &mut Hooks<'_>,
    ) -> Result<Tensor<4>, ModelError> {
        if !hooks.listens(point) {
            return Ok(pattern);
        }
        let [batch, n_head, seq, key] = pattern.dims();
        let shown = pattern.swap_dims(1, 2).reshape([batch, seq, n_head * key]);
        let shown = hooks.at(point, shown, pass)?;
        Ok(shown.reshape([batch, seq, n_head, key]).swap_dims(1, 2))
    }
}
