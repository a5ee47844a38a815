//! Attention weights from attention scores.

use burn::tensor::{Bool, Tensor, TensorData, activation};
use counterpoise_hooks::Pass;

use super::exp::exp;
use super::{RowKernel, Task, in_place, is_host, on_rows};

/// Scores of masked columns. Finite, so that a row of padding, which has nothing to attend to, gets
/// numbers rather than NaN; their weights underflow to exactly zero everywhere else.
const MASKED: f32 = -1e30;

/// Sums are taken in this many parts, whatever the vector width is.
const LANES: usize = 16;

/// `softmax(scale · scores)` over the columns each query may attend to: those up to its own that are
/// not padding, and in a sliding `window` the last so many of them. `[batch, n_head, seq, past + seq]`
/// to the same; the weights of other columns are 0.
///
/// A query that is padding itself has nothing to attend to; its weights are numbers without a
/// meaning. In memory, [`Heads`](super::Heads) does the same.
pub(crate) fn causal_softmax(
    scores: Tensor<4>,
    scale: f32,
    window: Option<usize>,
    pass: &Pass,
) -> Tensor<4> {
    // Every column is within a window that is longer than the text.
    let window = window.unwrap_or(usize::MAX);
    let scores = scores.mul_scalar(scale);
    let scores = match mask(window, pass, &scores) {
        Some(mask) => {
            let dims = scores.dims();
            scores.mask_fill(mask.expand(dims), MASKED)
        }
        None => scores,
    };
    activation::softmax(scores, 3)
}

/// What becomes of scores before the softmax.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scores {
    /// They are multiplied by this.
    pub(crate) scale: f32,
    /// Then brought below this by a hyperbolic tangent.
    pub(crate) soft_cap: Option<f32>,
    /// And left out for columns further back.
    pub(crate) window: Option<usize>,
}

/// The weights that scores of consecutive queries stand for, in place. A row has `columns` scores, of which the first query
/// sees the first `seen`, the next one more, and so on: none if it is not above 0. The weights of other columns are 0.
pub(super) fn causal_weights(rows: &mut [f32], columns: usize, scores: Scores, seen: isize) {
    let kernel = CausalWeights {
        scores,
        seen,
        columns,
    };
    pulp::Arch::new().dispatch(Task {
        kernel: &kernel,
        first: 0,
        rows,
    });
}

/// `softmax(scale · scores)` over the last axis: every query attends to every column. `[batch, n_head, seq, columns]` to
/// the same.
pub fn row_softmax(scores: Tensor<4>, scale: f32) -> Tensor<4> {
    if !is_host(&scores) {
        return activation::softmax(scores.mul_scalar(scale), 3);
    }
    let [.., columns] = scores.dims();
    let kernel = RowSoftmax { scale, columns };
    in_place(scores, |values| on_rows(values, columns, &kernel))
}

struct RowSoftmax {
    scale: f32,
    columns: usize,
}

impl RowKernel for RowSoftmax {
    #[inline(always)]
    fn run(&self, _: usize, rows: &mut [f32]) {
        for row in rows.chunks_exact_mut(self.columns) {
            softmax(row, self.scale);
        }
    }
}

struct CausalWeights {
    scores: Scores,
    seen: isize,
    columns: usize,
}

impl RowKernel for CausalWeights {
    #[inline(always)]
    fn run(&self, _: usize, rows: &mut [f32]) {
        let Scores {
            scale,
            soft_cap,
            window,
        } = self.scores;
        // Every column is within a window that is longer than the text.
        let window = window.unwrap_or(usize::MAX);
        for (seen, weights) in (self.seen..).zip(rows.chunks_exact_mut(self.columns)) {
            let end = seen.max(0) as usize;
            let start = end.saturating_sub(window);
            weights[..start].fill(0.0);
            weights[end..].fill(0.0);
            let seen = &mut weights[start..end];
            match soft_cap {
                None => softmax(seen, scale),
                Some(cap) => {
                    for score in &mut *seen {
                        *score = cap * (*score * (scale / cap)).tanh();
                    }
                    softmax(seen, 1.0);
                }
            }
        }
    }
}

#[inline(always)]
fn softmax(row: &mut [f32], scale: f32) {
    let mut largest = [f32::NEG_INFINITY; LANES];
    let mut chunks = row.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (largest, &score) in largest.iter_mut().zip(chunk) {
            *largest = if score > *largest { score } else { *largest };
        }
    }
    let rest = chunks.remainder().iter().copied();
    let largest = largest
        .into_iter()
        .chain(rest)
        .fold(f32::NEG_INFINITY, f32::max);

    let mut sums = [0.0_f32; LANES];
    let mut chunks = row.chunks_exact_mut(LANES);
    for chunk in &mut chunks {
        for (sum, score) in sums.iter_mut().zip(chunk) {
            *score = exp(scale * (*score - largest));
            *sum += *score;
        }
    }
    let mut sum: f32 = sums.iter().sum();
    for score in chunks.into_remainder() {
        *score = exp(scale * (*score - largest));
        sum += *score;
    }
    let share = 1.0 / sum;
    row.iter_mut().for_each(|weight| *weight *= share);
}

/// True where a column may not be attended to: later columns, padding, and those before the window. `[rows, 1, seq,
/// past + seq]`, with one row for all when nothing is padded; `None` when everything may be.
fn mask(window: usize, pass: &Pass, scores: &Tensor<4>) -> Option<Tensor<4, Bool>> {
    let (seq, past) = (pass.seq(), pass.past());
    if seq == 1 && !pass.is_padded() && past < window {
        return None;
    }
    let unpadded = [0];
    let padding = if pass.is_padded() {
        pass.padding()
    } else {
        &unpadded
    };
    let (rows, columns) = (padding.len(), past + seq);
    let masked = padding
        .iter()
        .flat_map(|&padding| {
            (0..seq).flat_map(move |query| {
                let first = padding.max((past + query + 1).saturating_sub(window));
                (0..columns).map(move |key| key < first || key > past + query)
            })
        })
        .collect::<Vec<_>>();
    let data = TensorData::new(masked, [rows, 1, seq, columns]);
    Some(Tensor::from_data(data, &scores.device()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;

    use super::*;

    const HEADS: usize = 3;

    #[test]
    fn without_a_mask_every_column_has_its_share() {
        let of = |device: &Device| {
            let shape = [2, HEADS, 7, 37];
            let scores = (0..shape.iter().product::<usize>())
                .map(|i| ((i * 7919) % 1009) as f32 / 50.0 - 10.0)
                .collect();
            let scores = Tensor::<4>::from_data(TensorData::new(scores, shape), device);
            let weights = row_softmax(scores, 0.125);
            weights.try_into_vec_as::<f32>().unwrap()
        };
        let (kernel, operations) = (of(&Device::flex()), of(&Device::flex().autodiff()));
        for (kernel, operations) in kernel.iter().zip(&operations) {
            assert!(*kernel > 0.0 && (kernel - operations).abs() < 1e-6);
        }
        for row in kernel.chunks(37) {
            let sum: f64 = row.iter().map(|&weight| f64::from(weight)).sum();
            assert!((sum - 1.0).abs() < 1e-6, "{sum}");
        }
    }
}
