//! What a probe is fitted on: each comment's mean residual stream after the last block.

use burn::tensor::Tensor;
use counterpoise_hooks::{BlockPoint, HookError, HookPoint, Hooks, Observe, Pass};
use counterpoise_model::{Batch, KvCache, Transformer, check_tokens};

use crate::ProbeError;

/// Mean over a comment's tokens of the residual stream leaving the last block
/// (`blocks.{last}.hook_resid_post`), in `f64`: one row `[d_model]` per comment, in their order.
///
/// Each comment is read behind `beginning`, the token that its tokenizer puts before a text, if there is one: it is no
/// token of the comment, and enters no mean. Only as many tokens of a comment are read as the model has positions for. Comments of similar length share a
/// batch of at most `batch_size`, fewer where they are long, so that memory stays bounded; padding
/// never enters a mean. The longest come first. `progress` is told, after each batch, how many
/// comments it held.
///
/// # Errors
/// [`ProbeError::EmptyComment`] for a comment without tokens, [`ProbeError::BatchSize`] for a batch
/// size of 0, [`ProbeError::Model`] for what the model reports, such as an unknown token.
pub fn mean_residuals(
    model: &Transformer,
    comments: &[Vec<u32>],
    beginning: Option<u32>,
    batch_size: usize,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<Vec<f64>>, ProbeError> {
    check(model, comments, beginning, batch_size)?;
    let mut by_length: Vec<usize> = (0..comments.len()).collect();
    by_length.sort_by_key(|&index| comments[index].len()); // stable: equal lengths keep their order
    let mut features = vec![Vec::new(); comments.len()];
    let read = |index: usize| as_read(model, &comments[index], beginning);
    let begun = usize::from(beginning.is_some());
    let length = |index: usize| (begun + comments[index].len()).min(model.n_positions());
    let columns = BATCH_VALUES / model.d_model();
    let batches = batches(&by_length, batch_size, columns, length);
    for batch in batches.into_iter().rev() {
        let texts: Vec<Vec<u32>> = batch.iter().map(|&index| read(index)).collect();
        for (&index, mean) in batch.iter().zip(batch_means(model, &texts, begun)?) {
            features[index] = mean;
        }
        progress(batch.len());
    }
    Ok(features)
}

/// Values in a batch's residual stream, padding included: at GPT-2 medium's width 1,024 columns, which
/// fill every core; more would only hold more keys and values, two such streams for each block.
const BATCH_VALUES: usize = 1 << 20;

/// Consecutive comments of `by_length`, shortest first, as batches of at most `batch_size` comments
/// and at most `columns` columns, but one comment at least.
fn batches(
    by_length: &[usize],
    batch_size: usize,
    columns: usize,
    length: impl Fn(usize) -> usize,
) -> Vec<&[usize]> {
    let mut batches = Vec::new();
    let mut rest = by_length;
    while !rest.is_empty() {
        // The last comment of a batch is its longest, to which the others are padded.
        let fits = |&(before, &index): &(usize, &usize)| {
            before < batch_size && (before + 1) * length(index) <= columns
        };
        let size = rest.iter().enumerate().take_while(fits).count().max(1);
        let (batch, others) = rest.split_at(size);
        batches.push(batch);
        rest = others;
    }
    batches
}

/// The tokens of a comment that the model can read, behind the beginning token.
fn as_read(model: &Transformer, comment: &[u32], beginning: Option<u32>) -> Vec<u32> {
    let tokens = beginning.iter().chain(comment).copied();
    tokens.take(model.n_positions()).collect()
}

/// The means of one batch without the first `begun` tokens of each text, `[batch][d_model]`.
fn batch_means(
    model: &Transformer,
    texts: &[Vec<u32>],
    begun: usize,
) -> Result<Vec<Vec<f64>>, ProbeError> {
    let texts: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
    let Batch { tokens, pass } = Batch::left_padded(&texts, model)?;
    let mut means = RowMeans {
        begun,
        point: HookPoint::Block {
            layer: model.n_layer().saturating_sub(1),
            at: BlockPoint::ResidPost,
        },
        rows: Vec::new(),
    };
    let mut hooks = Hooks::new().observe(&mut means);
    model.forward(tokens, &pass, &mut KvCache::new(), &mut hooks)?;
    Ok(means.rows)
}

/// The mean over each row's own tokens, but its first `begun`, of the activation at one point.
struct RowMeans {
    begun: usize,
    point: HookPoint,
    rows: Vec<Vec<f64>>, // [batch][width]
}

impl Observe for RowMeans {
    fn points(&self) -> Vec<HookPoint> {
        vec![self.point]
    }

    fn observe(
        &mut self,
        point: HookPoint,
        activation: &Tensor<3>,
        pass: &Pass,
    ) -> Result<(), HookError> {
        let [batch, seq, width] = activation.dims();
        let values = activation
            .try_to_vec_as::<f32>()
            .map_err(|error| HookError::Read {
                point,
                reason: error.to_string(),
            })?;
        self.rows = vec![vec![0.0; width]; batch];
        for (index, vector) in values.chunks_exact(width).enumerate() {
            let (row, column) = (index / seq, index % seq);
            let first = pass.padding()[row] + self.begun;
            if column >= first {
                let share = 1.0 / (seq - first) as f64;
                for (mean, &value) in self.rows[row].iter_mut().zip(vector) {
                    *mean += share * f64::from(value);
                }
            }
        }
        Ok(())
    }
}

/// Rejects what no mean can be taken of.
fn check(
    model: &Transformer,
    comments: &[Vec<u32>],
    beginning: Option<u32>,
    batch_size: usize,
) -> Result<(), ProbeError> {
    if batch_size == 0 {
        return Err(ProbeError::BatchSize);
    }
    if let Some(index) = comments.iter().position(Vec::is_empty) {
        return Err(ProbeError::EmptyComment { index: index + 1 });
    }
    let tokens = comments.iter().flatten().chain(&beginning);
    Ok(check_tokens(tokens, model.vocab_size())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_bounded_by_comments_and_by_columns() {
        let lengths = [1, 2, 3, 4000, 4096, 5000, 9000];
        let found = |batch_size| {
            let by_length: Vec<usize> = (0..lengths.len()).collect();
            let batches = batches(&by_length, batch_size, 8192, |index| lengths[index]);
            batches.into_iter().map(<[usize]>::len).collect::<Vec<_>>()
        };
        // Four of 4,000 would be 16,000 columns; two of 4,096 are 8,192; 9,000 stands alone.
        assert_eq!(found(64), [3, 2, 1, 1]);
        assert_eq!(found(2), [2, 2, 1, 1, 1]);
        assert_eq!(found(1), [1; 7]);
    }
}
