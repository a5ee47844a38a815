//! Self-attention in which every token of a text sees every other.

use burn::tensor::Tensor;
use counterpoise_model::row_softmax;

use crate::linear::Linear;
use crate::rows::Run;

/// One block's attention, without its output projection.
#[derive(Debug)]
pub(crate) struct Attention {
    /// Queries, keys and values side by side, `[d, 3 * d]`.
    pub(crate) qkv: Linear,
    pub(crate) n_head: usize,
}

impl Attention {
    /// The values, weighted by the pattern: `[1, rows, d]` to the same. No text sees another.
    pub(crate) fn forward(&self, hidden: Tensor<3>, runs: &[Run]) -> Tensor<3> {
        let [_, _, d] = hidden.dims();
        let qkv = self.qkv.forward(hidden); // [1, rows, 3 * d]
        let z = runs.iter().map(|run| self.of_run(&qkv, run, d)).collect();
        Tensor::cat(z, 1)
    }

    fn of_run(&self, qkv: &Tensor<3>, run: &Run, d: usize) -> Tensor<3> {
        let &Run {
            first,
            texts,
            length,
        } = run;
        let d_head = d / self.n_head;
        let rows = qkv.clone().narrow(1, first, texts * length);
        let rows = rows.reshape([texts, length, 3 * self.n_head, d_head]);
        let part = |third: usize| {
            let part = rows.clone().narrow(2, third * self.n_head, self.n_head);
            part.swap_dims(1, 2)
        };
        let [queries, keys, values] = [0, 1, 2].map(part); // [texts, n_head, length, d_head]
        let scores = queries.matmul(keys.swap_dims(2, 3)); // [texts, n_head, length, length]
        let pattern = row_softmax(scores, (d_head as f32).sqrt().recip());
        let z = pattern.matmul(values); // [texts, n_head, length, d_head]
        z.swap_dims(1, 2).reshape([1, texts * length, d])
    }
}
