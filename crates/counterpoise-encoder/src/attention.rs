//! Self-attention in which a token sees every token of its text.

use burn::tensor::Tensor;
use counterpoise_model::row_softmax;

use crate::linear::Linear;
use crate::rows::{Rows, Run};

/// One block's attention, without its output projection.
#[derive(Debug)]
pub(crate) struct Attention {
    /// Queries, keys and values side by side, `[d, 3 * d]`.
    pub(crate) qkv: Linear,
    pub(crate) n_head: usize,
}

impl Attention {
    /// The values, weighted by the pattern: `[1, rows, d]` to the same. No text sees another.
    pub(crate) fn forward(&self, hidden: Tensor<3>, rows: &Rows) -> Tensor<3> {
        let [_, _, d] = hidden.dims();
        let qkv = self.qkv.forward(hidden); // [1, rows, 3 * d]
        let [queries, keys_values] = [(0, d), (d, 2 * d)].map(|(first, width)| {
            qkv.clone().narrow(2, first, width) //
        });
        let z = rows.runs.iter().map(|run| {
            let queries = queries.clone().narrow(1, run.first, run.texts * run.length);
            self.of_run(queries, &keys_values, run)
        });
        Tensor::cat(z.collect(), 1)
    }

    /// What [`forward`](Self::forward) gives at each text's first token, `[1, rows, d]` to `[1, texts, d]`.
    pub(crate) fn at_firsts(&self, hidden: Tensor<3>, rows: &Rows) -> Tensor<3> {
        let [_, _, d] = hidden.dims();
        let firsts = hidden.clone().select(1, rows.firsts.clone());
        let queries = self.qkv.columns(0, d).forward(firsts); // [1, texts, d]
        let keys_values = self.qkv.columns(d, 2 * d).forward(hidden); // [1, rows, 2 * d]
        let mut text = 0;
        let z = rows.runs.iter().map(|run| {
            let queries = queries.clone().narrow(1, text, run.texts);
            text += run.texts;
            self.of_run(queries, &keys_values, run)
        });
        Tensor::cat(z.collect(), 1)
    }

    /// `queries` of a run's texts, equally many of each, against all its keys.
    fn of_run(&self, queries: Tensor<3>, keys_values: &Tensor<3>, run: &Run) -> Tensor<3> {
        let &Run {
            first,
            texts,
            length,
        } = run;
        let [_, asking, d] = queries.dims();
        let (n_head, d_head) = (self.n_head, d / self.n_head);
        let queries = queries.reshape([texts, asking / texts, n_head, d_head]);
        let rows = keys_values.clone().narrow(1, first, texts * length);
        let rows = rows.reshape([texts, length, 2 * n_head, d_head]);
        let [keys, values] =
            [0, n_head].map(|head| rows.clone().narrow(2, head, n_head).swap_dims(1, 2));
        // [texts, n_head, asking / texts, length]
        let scores = queries.swap_dims(1, 2).matmul(keys.swap_dims(2, 3));
        let pattern = row_softmax(scores, (d_head as f32).sqrt().recip());
        let z = pattern.matmul(values); // [texts, n_head, asking / texts, d_head]
        z.swap_dims(1, 2).reshape([1, asking, d])
    }
}
