//! The cost model: the floating-point operations that a model cannot do without.

use counterpoise_model::{Config, MlpKind};

/// The sizes of a model that decide what a token costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CostModel {
    /// Blocks.
    pub(crate) n_layer: usize,
    /// Width of the residual stream.
    pub(crate) d_model: usize,
    /// Width of all heads' queries together.
    pub(crate) d_z: usize,
    /// Width of all heads' keys together, and of their values.
    pub(crate) d_kv: usize,
    /// Neurons per MLP.
    pub(crate) d_mlp: usize,
    /// Matrices of an MLP: two, or three where it has a gate.
    pub(crate) mlp_matrices: usize,
    /// Tokens the model knows.
    pub(crate) vocab_size: usize,
}

impl CostModel {
    /// The sizes of the model of `config`.
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            n_layer: config.n_layer,
            d_model: config.d_model,
            d_z: config.n_head * config.d_head,
            d_kv: config.n_kv_head * config.d_head,
            d_mlp: config.d_mlp,
            mlp_matrices: match config.mlp {
                MlpKind::Plain => 2,
                MlpKind::Gated => 3,
            },
            vocab_size: config.vocab_size,
        }
    }

    /// Weights of the blocks' matrices, each of which a token is multiplied with:
    /// `n_layer·d_model·(2·d_z + 2·d_kv + mlp_matrices·d_mlp)`, which is `12·n_layer·d_model²` in GPT-2.
    pub(crate) fn block_weights(self) -> f64 {
        let outputs = 2 * self.d_z + 2 * self.d_kv + self.mlp_matrices * self.d_mlp;
        self.n_layer as f64 * self.d_model as f64 * outputs as f64
    }

    /// Floating-point operations of reading `tokens` tokens from nothing, `projected` of them as far
    /// as the logits; a multiplication and an addition are two.
    ///
    /// Each token takes two for each weight of the blocks, four for each column it attends to and each
    /// element of its queries in each block, and two for each weight of the embedding if it is
    /// projected. Padding, masked columns and element-wise operations are not counted.
    pub(crate) fn read(self, tokens: usize, projected: usize) -> f64 {
        let (d_z, n) = (self.d_z as f64, tokens as f64);
        let columns = n * (n + 1.0) / 2.0;
        let blocks = 2.0 * self.block_weights() * n;
        let attention = 4.0 * self.n_layer as f64 * d_z * columns;
        let logits = 2.0 * self.vocab_size as f64 * self.d_model as f64 * projected as f64;
        blocks + attention + logits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GPT2_MEDIUM: CostModel = CostModel {
        n_layer: 24,
        d_model: 1024,
        d_z: 1024,
        d_kv: 1024,
        d_mlp: 4096,
        mlp_matrices: 2,
        vocab_size: 50_257,
    };

    #[test]
    fn the_blocks_of_gpt2_have_twelve_square_matrices_each() {
        assert_eq!(
            GPT2_MEDIUM.block_weights(),
            f64::from(12 * 24 * 1024 * 1024)
        );
    }

    #[test]
    fn each_product_of_one_token_is_counted() {
        let sizes = CostModel {
            n_layer: 3,
            d_model: 2,
            d_z: 2,
            d_kv: 2,
            d_mlp: 5,
            mlp_matrices: 2,
            vocab_size: 7,
        };
        // Per block: c_attn 2×6, c_proj 2×2, c_fc 2×5, c_proj 5×2; a score and a weighted value.
        let block = 2 * (12 + 4 + 10 + 10) + 2 * (2 + 2);
        assert_eq!(sizes.read(1, 1), f64::from(3 * block + 2 * 7 * 2));
        assert_eq!(sizes.read(1, 0), f64::from(3 * block));
        // Two heads share keys and values, and the MLP has a gate.
        let shared = CostModel {
            d_z: 4,
            mlp_matrices: 3,
            ..sizes
        };
        let block = 2 * (2 * 8 + 8 + 3 * 10) + 2 * (4 + 4);
        assert_eq!(shared.read(1, 0), f64::from(3 * block));
    }

    #[test]
    fn a_token_attends_to_itself_and_to_those_before_it() {
        let attention = |tokens| {
            let blocks = 2.0 * GPT2_MEDIUM.block_weights() * f64::from(tokens);
            GPT2_MEDIUM.read(tokens as usize, 0) - blocks
        };
        assert_eq!(attention(3), 6.0 * attention(1));
    }
}
