//! Attention weights from attention scores.

use burn::tensor::{Bool, Tensor, TensorData, activation};
use counterpoise_hooks::Pass;

use super::exp::exp;
use super::{RowKernel, in_place, is_host, on_rows};

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
/// meaning.
pub(crate) fn causal_softmax(
    scores: Tensor<4>,
    scale: f32,
    window: Option<usize>,
    pass: &Pass,
) -> Tensor<4> {
    // Every column is within a window that is longer than the text.
    let window = window.unwrap_or(usize::MAX);
    if is_host(&scores) {
        return in_host_memory(scores, scale, window, pass);
    }
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

fn in_host_memory(scores: Tensor<4>, scale: f32, window: usize, pass: &Pass) -> Tensor<4> {
    let [_, n_head, seq, columns] = scores.dims();
    let kernel = CausalSoftmax {
        scale,
        window,
        pass,
        rows_per_text: n_head * seq,
        columns,
    };
    in_place(scores, |values| on_rows(values, columns, &kernel))
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

struct CausalSoftmax<'a> {
    scale: f32,
    window: usize,
    pass: &'a Pass,
    rows_per_text: usize,
    columns: usize,
}

impl RowKernel for CausalSoftmax<'_> {
    #[inline(always)]
    fn run(&self, first: usize, rows: &mut [f32]) {
        for (row, weights) in (first..).zip(rows.chunks_exact_mut(self.columns)) {
            let padding = self.pass.padding()[row / self.rows_per_text];
            let end = self.pass.past() + row % self.pass.seq() + 1;
            let start = padding.max(end.saturating_sub(self.window)).min(end);
            weights[..start].fill(0.0);
            weights[end..].fill(0.0);
            softmax(&mut weights[start..end], self.scale);
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

    /// None, one that reaches over some columns only, one that a text never fills.
    const WINDOWS: [Option<usize>; 3] = [None, Some(5), Some(100)];

    fn of(window: Option<usize>, pass: &Pass, device: &Device) -> Vec<f32> {
        let shape = [pass.batch(), HEADS, pass.seq(), pass.past() + pass.seq()];
        let scores = (0..shape.iter().product::<usize>())
            .map(|i| ((i * 7919) % 1009) as f32 / 50.0 - 10.0)
            .collect();
        let scores = Tensor::<4>::from_data(TensorData::new(scores, shape), device);
        let weights = causal_softmax(scores, 0.125, window, pass);
        weights.try_into_vec_as::<f32>().unwrap()
    }

    #[test]
    fn kernel_and_operations_agree_and_mask_the_same() {
        let padded = Pass::left_padded(vec![0, 3, 19], 20);
        let step = padded.generated(vec![true; 3]);
        let passes = [
            Pass::whole(2, 37),
            padded,
            step,
            Pass::whole(2, 9).continued(1),
        ];
        for (pass, window) in passes
            .iter()
            .flat_map(|pass| WINDOWS.map(|window| (pass, window)))
        {
            let kernel = of(window, pass, &Device::flex());
            let operations = of(window, pass, &Device::flex().autodiff());
            let columns = pass.past() + pass.seq();
            let rows = kernel.chunks(columns).zip(operations.chunks(columns));
            for (row, (kernel, operations)) in rows.enumerate() {
                let (text, query) = (row / (HEADS * pass.seq()), row % pass.seq());
                if !pass.holds_token(text, query) {
                    assert!(kernel.iter().all(|weight| weight.is_finite()));
                    continue;
                }
                let sum: f64 = kernel.iter().map(|&weight| f64::from(weight)).sum();
                assert!((sum - 1.0).abs() < 1e-6, "{sum}");
                for (column, (&kernel, &operations)) in kernel.iter().zip(operations).enumerate() {
                    assert!((kernel - operations).abs() < 1e-6);
                    let own = pass.past() + query;
                    let near = window.is_none_or(|window| column + window > own);
                    let seen = near && (pass.padding()[text]..=own).contains(&column);
                    assert_eq!(kernel == 0.0, !seen, "row {row}, column {column}");
                }
            }
        }
    }

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
