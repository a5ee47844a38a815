//! Causal self-attention over the cached columns.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use counterpoise_hooks::{BlockPoint, HookPoint, Hooks, Pass};

use crate::kernels::{Heads, Scores, causal_softmax};
use crate::rotary::Rotation;
use crate::transformer::INIT_STD;
use crate::{Bias, Config, KvCache, Linear, ModelError, Norm, QkNorm};

/// One block's attention.
#[derive(Module, Debug)]
pub struct Attention {
    /// Queries, keys and values side by side, `[d_model, (n_head + 2 * n_kv_head) * d_head]`.
    pub qkv: Linear,
    /// Of the queries, before they are rotated.
    pub q_norm: Option<Norm>,
    /// Of the keys, before they are rotated.
    pub k_norm: Option<Norm>,
    /// Output projection, `[n_head * d_head, d_model]`.
    pub out: Linear,
    #[module(skip)]
    heads: Layout,
}

/// How attention is divided into heads, and what becomes of their scores.
#[derive(Debug, Clone, Copy)]
struct Layout {
    n_head: usize,
    /// Heads of keys and values, each for `n_head / n_kv_head` heads of queries.
    n_kv_head: usize,
    d_head: usize,
    scores: Scores,
}

impl Attention {
    pub(crate) fn init(config: &Config, layer: usize, residual_std: f64, device: &Device) -> Self {
        let heads = Layout {
            n_head: config.n_head,
            n_kv_head: config.n_kv_head,
            d_head: config.d_head,
            scores: Scores {
                scale: config.scale(layer),
                soft_cap: config.attention_soft_cap,
                window: config.window(layer),
            },
        };
        let (d_model, d_z) = (config.d_model, heads.n_head * heads.d_head);
        let d_qkv = d_z + 2 * heads.n_kv_head * heads.d_head;
        let norm = |n_head| {
            let width = match config.qk_norm? {
                QkNorm::PerHead => heads.d_head,
                QkNorm::Whole => n_head * heads.d_head,
            };
            let (kind, epsilon) = (config.norm, config.norm_epsilon);
            Some(Norm::init(kind, epsilon, width, Bias::Absent, device))
        };
        let biases = &config.biases;
        Self {
            qkv: Linear::init(d_model, d_qkv, INIT_STD, biases.qkv, device),
            q_norm: norm(heads.n_head),
            k_norm: norm(heads.n_kv_head),
            out: Linear::init(d_z, d_model, residual_std, biases.attn_out, device),
            heads,
        }
    }

    /// `[batch, seq, d_model]` to `[batch, seq, d_model]`.
    pub(crate) fn forward(
        &self,
        input: Tensor<3>,
        layer: usize,
        rotation: Option<&Rotation>,
        pass: &Pass,
        cache: &mut KvCache,
        hooks: &mut Hooks<'_>,
    ) -> Result<Tensor<3>, ModelError> {
        let point = |at| HookPoint::Block { layer, at };
        let Layout {
            n_head,
            n_kv_head,
            d_head,
            scores,
        } = self.heads;
        let (d_z, d_kv) = (n_head * d_head, n_kv_head * d_head);
        let qkv = self.qkv.forward(input); // [batch, seq, d_z + 2 * d_kv]
        let mut part = |at, start, width| {
            let part = qkv.clone().narrow(2, start, width);
            hooks.at(point(at), part, pass)
        };
        let queries = part(BlockPoint::AttnQ, 0, d_z)?;
        let keys = part(BlockPoint::AttnK, d_z, d_kv)?;
        let values = part(BlockPoint::AttnV, d_z + d_kv, d_kv)?;
        let queries = split(normed(self.q_norm.as_ref(), queries), n_head); // [batch, n_head, seq, d_head]
        let keys = split(normed(self.k_norm.as_ref(), keys), n_kv_head); // [batch, n_kv_head, seq, d_head]
        let values = split(values, n_kv_head);
        let (queries, keys) = match rotation {
            Some(rotation) => {
                let mut rotated = |at, heads| {
                    let rotated = rotation.apply(heads);
                    match hooks.listens(point(at)) {
                        true => shown(rotated, point(at), pass, hooks),
                        false => Ok(rotated),
                    }
                };
                let queries = rotated(BlockPoint::AttnRotQ, queries)?;
                (queries, rotated(BlockPoint::AttnRotK, keys)?)
            }
            None => (queries, keys),
        };
        let (keys, values) = cache.append(layer, keys, values); // [batch, n_kv_head, past + seq, d_head]

        let attended = Attended {
            queries,
            keys,
            values,
            scores,
            pass,
        };
        let pattern_at = point(BlockPoint::AttnPattern);
        let z = if hooks.listens(pattern_at) {
            let pattern = shown(attended.pattern(), pattern_at, pass, hooks)?;
            attended.weighted_by(pattern)
        } else {
            attended.weighted()
        }; // [batch, n_head, seq, d_head]
        let z = hooks.at(point(BlockPoint::AttnZ), merge(z), pass)?;
        Ok(self.out.forward(z))
    }
}

fn normed(norm: Option<&Norm>, input: Tensor<3>) -> Tensor<3> {
    match norm {
        Some(norm) => norm.forward_parts(input),
        None => input,
    }
}

/// `[batch, seq, heads * width]` to `[batch, heads, seq, width]`.
fn split(merged: Tensor<3>, heads: usize) -> Tensor<4> {
    let [batch, seq, width] = merged.dims();
    let heads = merged.reshape([batch, seq, heads, width / heads]);
    heads.swap_dims(1, 2)
}

/// `[batch, heads, seq, width]` to `[batch, seq, heads * width]`.
fn merge(heads: Tensor<4>) -> Tensor<3> {
    let [batch, n_head, seq, width] = heads.dims();
    heads.swap_dims(1, 2).reshape([batch, seq, n_head * width])
}

/// Shows `[batch, heads, seq, width]` to the hooks as `[batch, seq, heads * width]`.
fn shown(
    heads: Tensor<4>,
    point: HookPoint,
    pass: &Pass,
    hooks: &mut Hooks<'_>,
) -> Result<Tensor<4>, ModelError> {
    let [_, n_head, _, _] = heads.dims();
    Ok(split(hooks.at(point, merge(heads), pass)?, n_head))
}

/// Queries whose scores are taken at once. Those of a window see half of its columns: in parts, most
/// of the other half is never computed, and a part's scores stay in the processor's cache.
const QUERIES_TOGETHER: usize = 256;

/// What one pass attends with and to. Each part of the queries is multiplied with the columns that
/// its last query sees, whether somebody looks at the pattern or not, so that looking changes no bit.
struct Attended<'a> {
    queries: Tensor<4>, // [batch, n_head, seq, d_head]
    keys: Tensor<4>,    // [batch, n_kv_head, past + seq, d_head]
    values: Tensor<4>,  // [batch, n_kv_head, past + seq, d_head]
    scores: Scores,
    pass: &'a Pass,
}

impl Attended<'_> {
    /// What kernels work on, where they can.
    fn in_memory(&self) -> Option<Heads<'_>> {
        let (scores, pass) = (self.scores, self.pass);
        Heads::of(&self.queries, &self.keys, &self.values, scores, pass)
    }

    /// The values, weighted by the pattern: `[batch, n_head, seq, d_head]`.
    fn weighted(&self) -> Tensor<4> {
        if let Some(heads) = self.in_memory() {
            return heads.weighted();
        }
        self.by_parts(|part| by_group(self.pattern_of(part), self.seen(&self.values, part)))
    }

    /// The values, weighted by `pattern`, which may differ from [`pattern`](Self::pattern).
    fn weighted_by(&self, pattern: Tensor<4>) -> Tensor<4> {
        if let Some(heads) = self.in_memory() {
            return heads.weighted_by(pattern);
        }
        self.by_parts(|part| {
            let pattern = self.own(&pattern, part);
            let [.., columns] = pattern.dims();
            let seen = part.past() + part.seq();
            let weights = pattern.clone().narrow(3, 0, seen);
            let z = by_group(weights, self.seen(&self.values, part));
            if seen == columns {
                return z;
            }
            // Of weight 0, unless a hook has changed that.
            let later = pattern.narrow(3, seen, columns - seen);
            let values = self.values.clone().narrow(2, seen, columns - seen);
            z + by_group(later, values)
        })
    }

    /// What share each query takes of each column: `[batch, n_head, seq, past + seq]`.
    fn pattern(&self) -> Tensor<4> {
        if let Some(heads) = self.in_memory() {
            return heads.pattern();
        }
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
        let scores = by_group(queries, self.seen(&self.keys, part).swap_dims(2, 3));
        let Scores {
            scale,
            soft_cap,
            window,
        } = self.scores;
        match soft_cap {
            None => causal_softmax(scores, scale, window, part),
            Some(cap) => {
                let capped = scores.mul_scalar(scale / cap).tanh().mul_scalar(cap);
                causal_softmax(capped, 1.0, window, part)
            }
        }
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

/// `left·right` for `[batch, n_head, rows, inner]` and `[batch, n_kv_head, inner, columns]`: each head of `right` serves
/// as many consecutive heads of `left`, whose rows are taken together.
fn by_group(left: Tensor<4>, right: Tensor<4>) -> Tensor<4> {
    let ([batch, n_head, rows, inner], [_, n_kv_head, _, columns]) = (left.dims(), right.dims());
    if n_head == n_kv_head {
        return left.matmul(right);
    }
    let group = n_head / n_kv_head;
    let left = left.reshape([batch, n_kv_head, group * rows, inner]);
    let product = left.matmul(right); // [batch, n_kv_head, group * rows, columns]
    product.reshape([batch, n_head, rows, columns])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::TensorData;

    use super::*;

    const HEADS: usize = 4;
    const D_HEAD: usize = 8;

    /// None, one that reaches over some columns only, one that a text never fills.
    const WINDOWS: [Option<usize>; 3] = [None, Some(5), Some(100)];

    fn ramp(shape: [usize; 4], seed: usize, device: &Device) -> Tensor<4> {
        let values = (0..shape.iter().product::<usize>())
            .map(|i| ((i + seed) * 7919 % 1009) as f32 / 100.0 - 5.0);
        Tensor::from_data(TensorData::new(values.collect(), shape), device)
    }

    fn values(tensor: Tensor<4>) -> Vec<f32> {
        tensor.try_into_vec_as::<f32>().unwrap()
    }

    /// The pattern, and the values weighted by it.
    fn of(scores: Scores, pass: &Pass, device: &Device) -> [Vec<f32>; 2] {
        let (batch, seq, columns) = (pass.batch(), pass.seq(), pass.past() + pass.seq());
        let attended = Attended {
            queries: ramp([batch, HEADS, seq, D_HEAD], 1, device),
            keys: ramp([batch, HEADS / 2, columns, D_HEAD], 2, device),
            values: ramp([batch, HEADS / 2, columns, D_HEAD], 3, device),
            scores,
            pass,
        };
        [values(attended.pattern()), values(attended.weighted())]
    }

    #[test]
    fn kernels_and_operations_agree_and_mask_the_same() {
        let padded = Pass::left_padded(vec![0, 3, 19], 20);
        let step = padded.generated(vec![true; 3]);
        let passes = [
            Pass::whole(2, 37),
            Pass::whole(1, 300),
            padded,
            step,
            Pass::whole(2, 9).continued(1),
        ];
        let cases = passes.iter().flat_map(|pass| {
            let windows = WINDOWS.into_iter();
            windows.flat_map(move |window| [None, Some(2.0)].map(|cap| (pass, window, cap)))
        });
        for (pass, window, soft_cap) in cases {
            let scores = Scores {
                scale: 0.125,
                soft_cap,
                window,
            };
            let [kernel, kernel_z] = of(scores, pass, &Device::flex());
            let [operations, operations_z] = of(scores, pass, &Device::flex().autodiff());
            let columns = pass.past() + pass.seq();
            let z = kernel_z.chunks(D_HEAD).zip(operations_z.chunks(D_HEAD));
            let rows = kernel.chunks(columns).zip(operations.chunks(columns));
            for (row, ((kernel, operations), z)) in rows.zip(z).enumerate() {
                let (text, query) = (row / (HEADS * pass.seq()), row % pass.seq());
                if !pass.holds_token(text, query) {
                    let all = kernel.iter().chain(z.0);
                    assert!(all.copied().all(f32::is_finite));
                    continue;
                }
                assert!(z.0.iter().zip(z.1).all(|(a, b)| (a - b).abs() < 1e-5));
                let sum: f64 = kernel.iter().map(|&weight| f64::from(weight)).sum();
                assert!((sum - 1.0).abs() < 1e-6, "{sum}");
                for (column, (&kernel, &operations)) in kernel.iter().zip(operations).enumerate() {
                    assert!((kernel - operations).abs() < 2e-6);
                    let own = pass.past() + query;
                    let near = window.is_none_or(|window| column + window > own);
                    let seen = near && (pass.padding()[text]..=own).contains(&column);
                    assert!(seen || kernel == 0.0, "row {row}, column {column}");
                    assert!(seen || operations == 0.0);
                }
            }
        }
    }
}
