//! One block: `h = norm(x + attention(x))`, then `norm(h + mlp(h))`.

use burn::tensor::Tensor;
use counterpoise_model::{Activation, PostNorm, norm_of_sum};

use crate::attention::Attention;
use crate::linear::{Linear, product};
use crate::rows::Rows;

/// One block of an encoder. The biases of its two output projections are with the norms that follow them.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) attention: Attention,
    /// `[d, d]`
    pub(crate) attention_out: Tensor<2>,
    pub(crate) attention_norm: PostNorm,
    /// `[d, d_mlp]`
    pub(crate) up: Linear,
    pub(crate) activation: Activation,
    /// `[d_mlp, d]`
    pub(crate) down: Tensor<2>,
    pub(crate) output_norm: PostNorm,
}

impl Block {
    /// `[1, rows, d]` to the same.
    pub(crate) fn forward(&self, hidden: Tensor<3>, rows: &Rows) -> Tensor<3> {
        let z = self.attention.forward(hidden.clone(), rows);
        self.after_attention(hidden, z)
    }

    /// What [`forward`](Self::forward) gives at each text's first token, `[1, rows, d]` to `[1, texts, d]`.
    pub(crate) fn at_firsts(&self, hidden: Tensor<3>, rows: &Rows) -> Tensor<3> {
        let z = self.attention.at_firsts(hidden.clone(), rows);
        self.after_attention(hidden.select(1, rows.firsts.clone()), z)
    }

    fn after_attention(&self, hidden: Tensor<3>, z: Tensor<3>) -> Tensor<3> {
        let attended = product(z, &self.attention_out);
        let hidden = norm_of_sum(attended, hidden, &self.attention_norm);
        let pre = product(hidden.clone(), &self.up.weight); // [1, rows, d_mlp]
        let post = self.activation.of_biased(pre, self.up.bias.clone());
        norm_of_sum(product(post, &self.down), hidden, &self.output_norm)
    }
}
