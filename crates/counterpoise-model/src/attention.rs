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
    /// What scores are multiplied by before the softmax.
    scale: f64,
}

impl Attention {
    pub(crate) fn init(config: &Config, layer: usize, residual_std: f64, device: &Device) -> Self {
        let d_model = config.n_embd;
        Self {
            c_attn: Conv1d::init(d_model, 3 * d_model, crate::gpt2::INIT_STD, device),
            c_proj: Conv1d::init(d_model, d_model, residual_std, device),
            n_head: config.n_head,
            scale: config.attention_scale(layer).into(),
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

        let attended = Attended {
            queries,
            keys,
            values,
            scale: self.scale as f32,
            pass,
        };
        let pattern_at = point(BlockPoint::AttnPattern);
        let z = if hooks.listens(pattern_at) {
            let pattern = show_pattern(attended.pattern(), pattern_at, pass, hooks)?;
            attended.weighted_by(pattern)
        } else {
            attended.weighted()
        }; // [batch, n_head, seq, d_head]
        let z = z.swap_dims(1, 2).reshape([batch, seq, d_model]);
        let z = hooks.at(point(BlockPoint::AttnZ), z, pass)?;
        let out = self.c_proj.forward(z);
        Ok(hooks.at(point(BlockPoint::AttnOut), out, pass)?)
    }
}

/// Shows the pattern `[batch, n_head, seq, key]` to the hooks as `[batch, seq, n_head * key]`.
fn show_pattern(
    pattern: Tensor<4>,
    point: HookPoint,
    pass: &Pass,
    hooks: &mut Hooks<'_>,
) -> Result<Tensor<4>, ModelError> {
    let [batch, n_head, seq, key] = pattern.dims();
    let shown = pattern.swap_dims(1, 2).reshape([batch, seq, n_head * key]);
    let shown = hooks.at(point, shown, pass)?;
    Ok(shown.reshape([batch, seq, n_head, key]).swap_dims(1, 2))
}

/// Queries whose scores are taken at once. Those of a window see half of its columns: in parts, most
/// of the other half is never computed, and a part's scores stay in the processor's cache.
const QUERIES_TOGETHER: usize = 256;

/// What one pass attends with and to. Each part of the queries is multiplied with the columns that
/// its last query sees, whether somebody looks at the pattern or not, so that looking changes no bit.
struct Attended<'a> {
    queries: Tensor<4>, // [batch, n_head, seq, d_head]
    keys: Tensor<4>,    // [batch, n_head, past + seq, d_head]
    values: Tensor<4>,  // [batch, n_head, past + seq, d_head]
    scale: f32,
    pass: &'a Pass,
}

impl Attended<'_> {
    /// The values, weighted by the pattern: `[batch, n_head, seq, d_head]`.
    fn weighted(&self) -> Tensor<4> {
        self.by_parts(|part| self.pattern_of(part).matmul(self.seen(&self.values, part)))
    }

    /// The values, weighted by `pattern`, which may differ from [`pattern`](Self::pattern).
    fn weighted_by(&self, pattern: Tensor<4>) -> Tensor<4> {
        self.by_parts(|part| {
            let pattern = self.own(&pattern, part);
            let [.., columns] = pattern.dims();
            let seen = part.past() + part.seq();
            let z = (pattern.clone().narrow(3, 0, seen)).matmul(self.seen(&self.values, part));
            if seen == columns {
                return z;
            }
            // Of weight 0, unless a hook has changed that.
            let later = pattern.narrow(3, seen, columns - seen);
            z + later.matmul(self.values.clone().narrow(2, seen, columns - seen))
        })
    }

    /// What share each query takes of each column: `[batch, n_head, seq, past + seq]`.
    fn pattern(&self) -> Tensor<4> {
        self.by_parts(|part| {
            let pattern = self.pattern_of(part);
            let [batch, n_head, seq, seen] = pattern.dims();
            let later = self.pass.past() + self.pass.seq() - seen;
            let unseen = Tensor::zeros([batch, n_head, seq, later], &pattern.device());
            Tensor::cat(vec![pattern, unseen], 3)
        })
    }

    /// The pattern of a part of the queries over the columns that they see.
    fn pattern_of(&self, part: &Pass) -> Tensor<4> {
        let queries = self.own(&self.queries, part);
        let scores = queries.matmul(self.seen(&self.keys, part).swap_dims(2, 3));
        causal_softmax(scores, self.scale, part)
    }

    /// What `of` makes of each part of the queries, one after the other along the queries.
    fn by_parts(&self, of: impl Fn(&Pass) -> Tensor<4>) -> Tensor<4> {
        let seq = self.pass.seq();
        if seq <= QUERIES_TOGETHER {
            return of(self.pass);
        }
        let starts = (0..seq).step_by(QUERIES_TOGETHER);
        let parts = starts.map(|start| start..seq.min(start + QUERIES_TOGETHER));
        Tensor::cat(parts.map(|part| of(&self.pass.part(part))).collect(), 2)
    }

    /// The rows of `tensor`, one for each query, that are those of `part`.
    fn own(&self, tensor: &Tensor<4>, part: &Pass) -> Tensor<4> {
        let first = part.past() - self.pass.past();
        tensor.clone().narrow(2, first, part.seq())
    }

    /// The rows of `tensor`, one for each column, that the last query of `part` sees.
    fn seen(&self, tensor: &Tensor<4>, part: &Pass) -> Tensor<4> {
        tensor.clone().narrow(2, 0, part.past() + part.seq())
    }
}
