//! The key-value cache: what attention remembers of the columns already fed.

use burn::tensor::Tensor;

/// Keys and values of every column fed so far, per block.
///
/// It is a plain value: a clone shares the tensors, so a prompt can be fed once and continued from
/// several times, under different hooks.
#[derive(Debug, Clone, Default)]
pub struct KvCache {
    blocks: Vec<(Tensor<4>, Tensor<4>)>,
}

impl KvCache {
    /// Nothing cached yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many columns are cached, padding included.
    pub fn columns(&self) -> usize {
        self.blocks.first().map_or(0, |(keys, _)| keys.dims()[2])
    }

    /// Appends block `layer`'s new keys and values, `[batch, n_head, seq, d_head]`, and returns all
    /// of them, `[batch, n_head, past + seq, d_head]`.
    pub(crate) fn append(
        &mut self,
        layer: usize,
        keys: Tensor<4>,
        values: Tensor<4>,
    ) -> (Tensor<4>, Tensor<4>) {
        let whole = match self.blocks.get(layer).cloned() {
            Some((past_keys, past_values)) => (
                Tensor::cat(vec![past_keys, keys], 2),
                Tensor::cat(vec![past_values, values], 2),
            ),
            None => (keys, values),
        };
        self.blocks.truncate(self.blocks.len().max(layer + 1));
        if layer < self.blocks.len() {
            self.blocks[layer] = whole.clone();
        } else {
            self.blocks.push(whole.clone());
        }
        whole
    }
}
