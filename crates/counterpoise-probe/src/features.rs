//! What texts are told apart by: one vector of each text and hook point, whatever the text is batched with.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use counterpoise_hooks::{
    BlockPoint, HookError, HookPoint, Hooks, Observe, Pass, activation_values,
};
use counterpoise_model::{Batch, KvCache, Transformer, check_tokens};

use crate::{OverTokens, ProbeError};

/// Mean over a comment's tokens of the residual stream leaving the last block
/// (`blocks.{last}.hook_resid_post`), in `f64`: one row `[d_model]` per comment, in their order.
/// Otherwise as [`text_features`].
///
/// # Errors
/// As for [`text_features`].
pub fn mean_residuals(
    model: &Transformer,
    comments: &[Vec<u32>],
    beginning: Option<u32>,
    batch_size: usize,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<Vec<f64>>, ProbeError> {
    let last = HookPoint::Block {
        layer: model.n_layer().saturating_sub(1),
        at: BlockPoint::ResidPost,
    };
    let mut features = text_features(
        model,
        comments,
        &[last],
        OverTokens::Mean,
        beginning,
        batch_size,
        progress,
    )?;
    Ok(features.pop().unwrap_or_default())
}

/// Mean over a comment's tokens of what the last norm gives, the input of the output head, in `f64`: one row
/// `[d_model]` per comment, in their order. Otherwise as [`text_features`].
///
/// # Errors
/// As for [`text_features`].
pub fn mean_hidden_states(
    model: &Transformer,
    comments: &[Vec<u32>],
    beginning: Option<u32>,
    batch_size: usize,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<Vec<f64>>, ProbeError> {
    let features = text_features(
        model,
        comments,
        &[HookPoint::FinalNormalized],
        OverTokens::Mean,
        beginning,
        batch_size,
        progress,
    )?;
    let mut rows = features.into_iter().flatten().collect::<Vec<_>>();
    // The norm's weight and bias act on a mean as on what it is of.
    let (gain, bias) = (&model.ln_final.gain(), &model.ln_final.bias);
    let gain = values("the last norm's weight", gain)?;
    let bias = match bias {
        Some(bias) => values("the last norm's bias", &bias.val())?,
        None => vec![0.0; gain.len()],
    };
    for row in &mut rows {
        for ((x, gain), bias) in row.iter_mut().zip(&gain).zip(&bias) {
            *x = *x * gain + bias;
        }
    }
    Ok(rows)
}

fn values(what: &str, vector: &Tensor<1>) -> Result<Vec<f64>, ProbeError> {
    let values = vector.clone().try_into_vec_as::<f64>();
    values.map_err(|error| ProbeError::Device {
        what: what.to_owned(),
        reason: error.to_string(),
    })
}

/// The activation at each of `points` over each text's tokens, in `f64`, texts in their order. `[points][texts][width]`
///
/// Each text is read behind `beginning`, the token that its tokenizer puts before a text, if there is one: it is no token of
/// the text, and enters no vector. Only as many tokens are read as the model has positions for. Texts of similar length share a
/// batch of at most `batch_size`, fewer where they are long, so that memory stays bounded; padding
/// never enters a vector. The longest come first. `progress` is told, after each batch, how many
/// texts it held.
///
/// # Errors
/// [`ProbeError::EmptyComment`] for a text without tokens, [`ProbeError::NoSuchToken`] for one without the token that is
/// asked for, [`ProbeError::BatchSize`] for a batch size of 0, [`ProbeError::Model`] for what the model reports, such as an
/// unknown token or hook point.
pub fn text_features(
    model: &Transformer,
    texts: &[Vec<u32>],
    points: &[HookPoint],
    over: OverTokens,
    beginning: Option<u32>,
    batch_size: usize,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<Vec<Vec<f64>>>, ProbeError> {
    check(model, texts, over, beginning, batch_size)?;
    let mut by_length: Vec<usize> = (0..texts.len()).collect();
    by_length.sort_by_key(|&index| texts[index].len()); // stable: equal lengths keep their order
    let mut features = vec![vec![Vec::new(); texts.len()]; points.len()];
    let begun = usize::from(beginning.is_some());
    let length = |index: usize| begun + own_tokens(model, &texts[index], begun);
    let columns = BATCH_VALUES / model.d_model();
    let batches = batches(&by_length, batch_size, columns, length);
    for batch in batches.into_iter().rev() {
        let rows: Vec<Vec<u32>> = batch
            .iter()
            .map(|&index| as_read(model, &texts[index], beginning))
            .collect();
        let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
        let mut seen = RowVectors {
            points,
            over,
            begun,
            rows: BTreeMap::new(),
        };
        let Batch { tokens, pass } = Batch::left_padded(&rows, model)?;
        let mut hooks = Hooks::new().observe(&mut seen);
        model.forward(tokens, &pass, &mut KvCache::new(), &mut hooks)?;
        drop(hooks);
        for (point, features) in points.iter().zip(&mut features) {
            let rows = seen.rows.remove(point).unwrap_or_default();
            for (&index, row) in batch.iter().zip(rows) {
                features[index] = row;
            }
        }
        progress(batch.len());
    }
    Ok(features)
}

/// Values in a batch's residual stream, padding included: at GPT-2 medium's width 1,024 columns, which
/// fill every core; more would only hold more keys and values, two such streams for each block.
const BATCH_VALUES: usize = 1 << 20;

/// Consecutive texts of `by_length`, shortest first, as batches of at most `batch_size` texts
/// and at most `columns` columns, but one text at least.
fn batches(
    by_length: &[usize],
    batch_size: usize,
    columns: usize,
    length: impl Fn(usize) -> usize,
) -> Vec<&[usize]> {
    let mut batches = Vec::new();
    let mut rest = by_length;
    while !rest.is_empty() {
        // The last text of a batch is its longest, to which the others are padded.
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

/// How many tokens of a text the model can read behind `begun` others.
fn own_tokens(model: &Transformer, text: &[u32], begun: usize) -> usize {
    text.len().min(model.n_positions().saturating_sub(begun))
}

/// The tokens of a text that the model can read, behind the beginning token.
fn as_read(model: &Transformer, text: &[u32], beginning: Option<u32>) -> Vec<u32> {
    let tokens = beginning.iter().chain(text).copied();
    tokens.take(model.n_positions()).collect()
}

/// Each row's vector at each point, over the row's own tokens but its first `begun`.
struct RowVectors<'a> {
    points: &'a [HookPoint],
    over: OverTokens,
    begun: usize,
    rows: BTreeMap<HookPoint, Vec<Vec<f64>>>, // [batch][width]
}

impl Observe for RowVectors<'_> {
    fn points(&self) -> Vec<HookPoint> {
        self.points.to_vec()
    }

    fn observe(
        &mut self,
        point: HookPoint,
        activation: &Tensor<3>,
        pass: &Pass,
    ) -> Result<(), HookError> {
        let [batch, seq, width] = activation.dims();
        let values = activation_values(point, activation.clone())?;
        let mut rows = vec![self.over.start(width); batch];
        for (index, vector) in values.chunks_exact(width).enumerate() {
            let (row, column) = (index / seq, index % seq);
            let first = pass.padding()[row] + self.begun;
            if let Some(at) = column.checked_sub(first) {
                self.over.take(&mut rows[row], vector, at, seq - first);
            }
        }
        self.rows.insert(point, rows);
        Ok(())
    }
}

/// Rejects what no vector can be had of.
fn check(
    model: &Transformer,
    texts: &[Vec<u32>],
    over: OverTokens,
    beginning: Option<u32>,
    batch_size: usize,
) -> Result<(), ProbeError> {
    if batch_size == 0 {
        return Err(ProbeError::BatchSize);
    }
    if let Some(index) = texts.iter().position(Vec::is_empty) {
        return Err(ProbeError::EmptyComment { index: index + 1 });
    }
    if let OverTokens::At(position) = over {
        let begun = usize::from(beginning.is_some());
        let read = |text: &Vec<u32>| own_tokens(model, text, begun);
        let short = |text: &Vec<u32>| over.index(read(text)).is_none();
        if let Some(index) = texts.iter().position(short) {
            return Err(ProbeError::NoSuchToken {
                index: index + 1,
                tokens: read(&texts[index]),
                position,
            });
        }
    }
    let tokens = texts.iter().flatten().chain(&beginning);
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
