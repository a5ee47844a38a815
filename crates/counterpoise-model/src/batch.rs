//! Rows of tokens as one tensor, with the pass that says what its columns are.

use std::num::NonZeroUsize;

use burn::tensor::{Device, Int, Tensor, TensorData};
use counterpoise_hooks::Pass;

use crate::{ModelError, Transformer};

/// Rows of a step at most: products of so many are about as fast as they get.
const ROWS_OF_A_STEP: usize = 128;

/// What the cache of a batch may take, in bytes.
const CACHE: usize = 3 << 29;

impl Transformer {
    /// How many of `texts` of up to `columns` tokens are run together where no number is given: at most 128, and no more than have
    /// their cached keys and values in 1.5 GiB, in batches of one size.
    pub fn texts_together(&self, texts: usize, columns: usize) -> NonZeroUsize {
        let config = self.config();
        let keys_and_values = 2 * config.n_layer * config.n_kv_head * config.d_head;
        let each = keys_and_values * columns.max(1) * size_of::<f32>();
        let most = (CACHE / each.max(1)).clamp(1, ROWS_OF_A_STEP);
        let batches = texts.div_ceil(most).max(1);
        NonZeroUsize::new(texts.div_ceil(batches)).unwrap_or(NonZeroUsize::MIN)
    }
}

/// Rows of tokens, ready to be fed to a model.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The tokens. `[batch, seq]`
    pub tokens: Tensor<2, Int>,
    /// What the columns are.
    pub pass: Pass,
}

impl Batch {
    /// Rows of any lengths, each ending in the last column; those that are shorter are padded on the
    /// left.
    ///
    /// # Errors
    /// A token that `model` does not know.
    pub fn left_padded(rows: &[&[u32]], model: &Transformer) -> Result<Self, ModelError> {
        check_tokens(rows.iter().copied().flatten(), model.vocab_size())?;
        let seq = rows.iter().map(|row| row.len()).max().unwrap_or(0);
        let padding: Vec<usize> = rows.iter().map(|row| seq - row.len()).collect();
        let padded: Vec<u32> = rows
            .iter()
            .zip(&padding)
            // Which token pads does not matter: no other column attends to it.
            .flat_map(|(row, &padding)| std::iter::repeat_n(&0, padding).chain(*row))
            .copied()
            .collect();
        Ok(Self {
            tokens: token_tensor(&padded, [rows.len(), seq], &model.device()),
            pass: Pass::left_padded(padding, seq),
        })
    }
}

/// Tokens, row after row, as a tensor of `shape` `[batch, seq]`.
///
/// # Panics
/// If there are not `batch · seq` tokens.
pub fn token_tensor(tokens: &[u32], shape: [usize; 2], device: &Device) -> Tensor<2, Int> {
    let values: Vec<i64> = tokens.iter().map(|&token| i64::from(token)).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Makes sure that every token is in a vocabulary of `vocab_size`.
///
/// # Errors
/// [`ModelError::UnknownToken`] for the first that is not.
pub fn check_tokens<'a>(
    tokens: impl IntoIterator<Item = &'a u32>,
    vocab_size: usize,
) -> Result<(), ModelError> {
    let unknown = |token: &&u32| **token as usize >= vocab_size;
    match tokens.into_iter().find(unknown) {
        Some(&token) => Err(ModelError::UnknownToken { token, vocab_size }),
        None => Ok(()),
    }
}
