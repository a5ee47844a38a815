//! Causal self-attention over the cached columns.

use burn::module::Module;
use burn::tensor::activation::softmax;
use burn::tensor::{Bool, Device, Tensor, TensorData};
use counterpoise_hooks::{BlockPoint, HookPoint, Hooks, Pass};

use crate::layers::Conv1d;
use crate::{Config, KvCache, ModelError};

/// Scores of masked columns. Finite, so that a row of padding, which has nothing to attend to, gets
/// numbers rather than NaN; their weights underflow to exactly zero everywhere else.
const MASKED: f32 = -1e30;

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

    /// `[batch, seq, d_model]` to `[batch, seq, d_model]`; `mask` is [`mask`]'s for this pass.
    pub(crate) fn forward(
        &self,
        input: Tensor<3>,
        layer: usize,
        mask: Option<&Tensor<4, Bool>>,
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

        let queries = queries.div_scalar((d_head as f64).sqrt());
        let scores = queries.matmul(keys.swap_dims(2, 3)); // [batch, n_head, seq, past + seq]
        let scores = match mask {
            Some(mask) => scores
                .clone()
                .mask_fill(mask.clone().expand(scores.dims()), MASKED),
            None => scores,
        };
        let pattern = self.hook_pattern(
            softmax(scores, 3),
            point(BlockPoint::AttnPattern),
            pass,
            hooks,
        )?;

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

/// True where a column may not be attended to: later columns, and padding. `[rows, 1, seq, past +
/// seq]`, with one row for all when nothing is padded; `None` when everything may be.
pub(crate) fn mask(pass: &Pass, device: &Device) -> Option<Tensor<4, Bool>> {
    let (seq, past) = (pass.seq(), pass.past());
    if seq == 1 && !pass.is_padded() {
        return None;
    }
    let unpadded = [0];
    let padding = if pass.is_padded() {
        pass.padding()
    } else {
        &unpadded
    };
    let (rows, columns) = (padding.len(), past + seq);
    let masked = padding
        .iter()
        .flat_map(|&padding| {
            (0..seq).flat_map(move |query| {
                (0..columns).map(move |key| key < padding || key > past + query)
            })
        })
        .collect::<Vec<_>>();
    let data = TensorData::new(masked, [rows, 1, seq, columns]);
    Some(Tensor::from_data(data, device))
}
