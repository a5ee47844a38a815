//! The log-likelihoods of tokens.

use burn::tensor::{Int, Tensor, TensorData};
use counterpoise_hooks::read_back;
use rayon::prelude::*;

use super::exp::exp;
use super::{is_half, is_host, product};
use crate::ModelError;

/// Tokens of the vocabulary that logits are taken of at once: a product of such a width uses every core
/// fully, and its result for 1,024 rows, 17 MB, is memory that the next part takes again.
const TOKENS_TOGETHER: usize = 4096;

/// Rows that one task sums.
const WIDTH: usize = 64;

/// `logits[token] − log Σ exp(logits)` of each row, for its token of `tokens` `[rows]`, where `logits`
/// are `hidden` `[rows, d_model]` projected onto `embedding` `[vocab_size, d_model]`; the natural
/// logarithm. Logits are brought below `soft_cap`, if there is one, by a hyperbolic tangent.
///
/// The largest logit is taken out first, so that nothing overflows; the logarithm is taken in `f64`,
/// and so is the sum where the logits lie in this process's memory. There the logits of all tokens are
/// never held together. A row of logits that are not finite has a likelihood that is not finite.
pub(crate) fn log_likelihoods(
    hidden: Tensor<2>,
    embedding: Tensor<2>,
    soft_cap: Option<f32>,
    tokens: &[u32],
) -> Result<Vec<f64>, ModelError> {
    let capped = |logits: Tensor<2>| match soft_cap {
        Some(cap) => logits.div_scalar(cap).tanh().mul_scalar(cap),
        None => logits,
    };
    let [rows, _] = hidden.dims();
    assert_eq!(rows, tokens.len(), "one token for each row");
    if !(is_host(&hidden) && (is_host(&embedding) || is_half(&embedding))) {
        return by_operations(capped(hidden.matmul(embedding.transpose())), tokens);
    }
    let [vocab_size, _] = embedding.dims();
    let columns = hidden.transpose(); // [d_model, rows]
    let mut chosen = vec![f32::NAN; rows];
    let mut sums = vec![ExponentialSums::default(); rows.div_ceil(WIDTH)];
    for start in (0..vocab_size).step_by(TOKENS_TOGETHER) {
        let end = vocab_size.min(start + TOKENS_TOGETHER);
        let part = embedding.clone().narrow(0, start, end - start);
        let logits = capped(product(part, columns.clone())); // [end - start, rows]
        let logits = read_back(logits).map_err(unreadable)?;
        let logits = logits.as_slice::<f32>().map_err(unreadable)?;
        for (row, &token) in tokens.iter().enumerate() {
            if (start..end).contains(&(token as usize)) {
                chosen[row] = logits[(token as usize - start) * rows + row];
            }
        }
        add(logits, rows, &mut sums);
    }
    let logarithms = sums.iter().flat_map(ExponentialSums::logarithms);
    let chosen = chosen.into_iter().map(f64::from);
    Ok(chosen
        .zip(logarithms)
        .map(|(chosen, all)| chosen - all)
        .collect())
}

/// Adds `logits` `[tokens, rows]` to the rows' `sums`, on every core.
fn add(logits: &[f32], rows: usize, sums: &mut [ExponentialSums]) {
    let arch = pulp::Arch::new();
    let tasks = sums.par_iter_mut().enumerate();
    tasks.for_each(|(task, sums)| {
        arch.dispatch(Addition {
            logits,
            rows,
            first: task * WIDTH,
            sums,
        });
    });
}

/// Of each of [`WIDTH`] rows the largest logit so far, and `Σ exp(logit − largest)`.
#[derive(Clone)]
struct ExponentialSums {
    largest: [f32; WIDTH],
    sums: [f64; WIDTH],
}

impl Default for ExponentialSums {
    fn default() -> Self {
        Self {
            largest: [f32::NEG_INFINITY; WIDTH],
            sums: [0.0; WIDTH],
        }
    }
}

impl ExponentialSums {
    /// `log Σ exp(logit)` of each row.
    fn logarithms(&self) -> impl Iterator<Item = f64> {
        let rows = self.largest.iter().zip(&self.sums);
        rows.map(|(&largest, sum)| f64::from(largest) + sum.ln())
    }
}

/// Logits `[tokens, rows]`, and the sums of the rows from `first` on.
struct Addition<'a> {
    logits: &'a [f32],
    rows: usize,
    first: usize,
    sums: &'a mut ExponentialSums,
}

impl pulp::WithSimd for Addition<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let (first, last) = (self.first, self.rows.min(self.first + WIDTH));
        let tokens = || self.logits.chunks_exact(self.rows);
        let ExponentialSums { largest, sums } = self.sums;
        let before = *largest;
        for logits in tokens() {
            for (largest, &logit) in largest.iter_mut().zip(&logits[first..last]) {
                *largest = if logit > *largest { logit } else { *largest };
            }
        }
        for ((sum, before), &largest) in sums.iter_mut().zip(before).zip(&*largest) {
            *sum *= f64::from(before - largest).exp();
        }
        for logits in tokens() {
            let rows = sums.iter_mut().zip(&*largest).zip(&logits[first..last]);
            for ((sum, &largest), &logit) in rows {
                *sum += f64::from(exp(logit - largest));
            }
        }
    }
}

fn by_operations(logits: Tensor<2>, tokens: &[u32]) -> Result<Vec<f64>, ModelError> {
    let tokens: Vec<i64> = tokens.iter().map(|&token| i64::from(token)).collect();
    let shape = [tokens.len(), 1];
    let tokens = Tensor::<2, Int>::from_data(TensorData::new(tokens, shape), &logits.device()); // [rows, 1]
    let below_largest = logits.clone() - logits.max_dim(1); // [rows, vocab_size]
    let chosen = below_largest.clone().gather(1, tokens); // [rows, 1]
    let sum = below_largest.exp().sum_dim(1); // [rows, 1]
    let both = read_back(Tensor::cat(vec![chosen, sum], 1)).map_err(unreadable)?; // [rows, 2]
    let both = both.as_slice::<f32>().map_err(unreadable)?;
    let of_row = |row: &[f32]| f64::from(row[0]) - f64::from(row[1]).ln();
    Ok(both.chunks_exact(2).map(of_row).collect())
}

fn unreadable(error: impl std::fmt::Display) -> ModelError {
    ModelError::Output(format!("the logits could not be read back: {error}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;

    use super::*;

    const ROWS: usize = 70; // more than a task's, and no multiple of them
    const VOCAB: usize = 9_001; // three parts, the last of them smaller
    const D_MODEL: usize = 3;

    fn hidden() -> Vec<f32> {
        (0..ROWS * D_MODEL)
            .map(|i| (i * 7919 % 2003) as f32 / 90.0 - 11.0)
            .collect()
    }

    fn embedding() -> Vec<f32> {
        (0..VOCAB * D_MODEL)
            .map(|i| (i * 104_729 % 3001) as f32 / 900.0 - 1.6)
            .collect()
    }

    /// Some in each part.
    fn tokens() -> Vec<u32> {
        (0..ROWS).map(|row| (row * 1289 % VOCAB) as u32).collect()
    }

    fn of(hidden: Vec<f32>, soft_cap: Option<f32>, device: &Device) -> Vec<f64> {
        let tensor = |values, rows| {
            let data = TensorData::new(values, [rows, D_MODEL]);
            Tensor::<2>::from_data(data, device)
        };
        let (hidden, embedding) = (tensor(hidden, ROWS), tensor(embedding(), VOCAB));
        log_likelihoods(hidden, embedding, soft_cap, &tokens()).unwrap()
    }

    #[test]
    fn kernel_and_operations_agree_with_the_definition() {
        for soft_cap in [None, Some(20.0)] {
            let kernel = of(hidden(), soft_cap, &Device::flex());
            let operations = of(hidden(), soft_cap, &Device::flex().autodiff());
            let embedding = embedding();
            for (row, (hidden, token)) in hidden().chunks(D_MODEL).zip(tokens()).enumerate() {
                let logit = |embedded: &[f32]| -> f64 {
                    let pairs = embedded.iter().zip(hidden);
                    let logit = pairs.map(|(&e, &h)| f64::from(e) * f64::from(h)).sum();
                    soft_cap.map_or(logit, |cap| {
                        let cap = f64::from(cap);
                        cap * (logit / cap).tanh()
                    })
                };
                let logits: Vec<f64> = embedding.chunks(D_MODEL).map(logit).collect();
                let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
                let truth = logits[token as usize] - sum.ln();
                // The logits' own rounding, of up to 50 in 32 bits.
                assert!(
                    (kernel[row] - truth).abs() < 1e-5,
                    "{} {truth}",
                    kernel[row]
                );
                assert!((operations[row] - truth).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn what_is_no_number_has_no_likelihood() {
        let mut hidden = hidden();
        hidden[D_MODEL] = f32::NAN;
        hidden[2 * D_MODEL] = f32::INFINITY;
        let found = of(hidden, None, &Device::flex());
        assert!(found[0].is_finite() && found[3..].iter().all(|found| found.is_finite()));
        assert!(!found[1].is_finite() && !found[2].is_finite());
    }
}
