//! The log-likelihoods of tokens.

use burn::tensor::{Int, Tensor, TensorData};
use rayon::prelude::*;

use super::exp::exp;
use super::is_host;
use crate::ModelError;

/// Sums are taken in so many parts, whatever the vector width is.
const LANES: usize = 16;

/// `logits[token] − log Σ exp(logits)` of each row of `logits` `[rows, vocab_size]`, for its token of
/// `tokens` `[rows]`; the natural logarithm.
///
/// The largest logit is taken out first, so that nothing overflows; the logarithm is taken in `f64`,
/// and so is the sum where the logits lie in this process's memory. A row of logits that are no
/// numbers has a likelihood that is none.
///
/// # Errors
/// Logits that cannot be read back from the device.
///
/// # Panics
/// If there are not as many tokens as rows, or one is not in the vocabulary.
pub fn log_likelihoods(logits: Tensor<2>, tokens: &[u32]) -> Result<Vec<f64>, ModelError> {
    let [rows, vocab_size] = logits.dims();
    assert_eq!(rows, tokens.len(), "one token for each row of logits");
    if !is_host(&logits) {
        return by_operations(logits, tokens);
    }
    let logits = logits.try_into_data().map_err(unreadable)?;
    let logits = logits.as_slice::<f32>().map_err(unreadable)?;
    let arch = pulp::Arch::new();
    let rows = logits.par_chunks_exact(vocab_size).zip(tokens);
    Ok(rows
        .map(|(row, &token)| {
            let (largest, sum) = arch.dispatch(ExponentialSum(row));
            f64::from(row[token as usize]) - f64::from(largest) - sum.ln()
        })
        .collect())
}

/// The largest logit of a row, and `Σ exp(logit − largest)`.
struct ExponentialSum<'a>(&'a [f32]);

impl pulp::WithSimd for ExponentialSum<'_> {
    type Output = (f32, f64);

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> (f32, f64) {
        exponential_sum(self.0)
    }
}

#[inline(always)]
fn exponential_sum(row: &[f32]) -> (f32, f64) {
    let mut largest = [f32::NEG_INFINITY; LANES];
    let chunks = row.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (largest, &logit) in largest.iter_mut().zip(chunk) {
            *largest = if logit > *largest { logit } else { *largest };
        }
    }
    let largest = (largest.iter().chain(rest).copied()).fold(f32::NEG_INFINITY, f32::max);
    let mut sums = [0.0_f64; LANES];
    for chunk in row.chunks_exact(LANES) {
        for (sum, &logit) in sums.iter_mut().zip(chunk) {
            *sum += f64::from(exp(logit - largest));
        }
    }
    let rest: f64 = rest
        .iter()
        .map(|&logit| f64::from(exp(logit - largest)))
        .sum();
    (largest, sums.iter().sum::<f64>() + rest)
}

fn by_operations(logits: Tensor<2>, tokens: &[u32]) -> Result<Vec<f64>, ModelError> {
    let tokens: Vec<i64> = tokens.iter().map(|&token| i64::from(token)).collect();
    let shape = [tokens.len(), 1];
    let tokens = Tensor::<2, Int>::from_data(TensorData::new(tokens, shape), &logits.device()); // [rows, 1]
    let below_largest = logits.clone() - logits.max_dim(1); // [rows, vocab_size]
    let chosen = below_largest.clone().gather(1, tokens); // [rows, 1]
    let sum = below_largest.exp().sum_dim(1); // [rows, 1]
    let chosen = chosen.try_into_vec_as::<f32>().map_err(unreadable)?;
    let sum = sum.try_into_vec_as::<f32>().map_err(unreadable)?;
    let rows = chosen.into_iter().zip(sum);
    Ok(rows
        .map(|(chosen, sum)| f64::from(chosen) - f64::from(sum).ln())
        .collect())
}

fn unreadable(error: impl std::fmt::Display) -> ModelError {
    ModelError::Output(format!("the logits could not be read back: {error}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;

    use super::*;

    const VOCAB: usize = 1_003;

    fn logits() -> Vec<f32> {
        (0..4 * VOCAB)
            .map(|i| ((i * 7919) % 2003) as f32 / 60.0 - 90.0)
            .collect()
    }

    fn of(logits: Vec<f32>, device: &Device) -> Vec<f64> {
        let logits = Tensor::<2>::from_data(TensorData::new(logits, [4, VOCAB]), device);
        log_likelihoods(logits, &[0, 17, 500, 1_002]).unwrap()
    }

    #[test]
    fn kernel_and_operations_agree_with_the_definition() {
        let kernel = of(logits(), &Device::flex());
        let operations = of(logits(), &Device::flex().autodiff());
        for (row, (logits, token)) in logits().chunks(VOCAB).zip([0, 17, 500, 1_002]).enumerate() {
            let sum: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
            let truth = f64::from(logits[token]) - sum.ln();
            assert!(
                (kernel[row] - truth).abs() < 1e-7,
                "{} {truth}",
                kernel[row]
            );
            assert!((operations[row] - truth).abs() < 1e-4);
        }
    }

    #[test]
    fn what_is_no_number_has_no_likelihood() {
        let mut logits = logits();
        logits[VOCAB + 5] = f32::NAN;
        logits[2 * VOCAB + 5] = f32::INFINITY;
        let found = of(logits, &Device::flex());
        assert!(found[0].is_finite() && found[3].is_finite());
        assert!(!found[1].is_finite() && !found[2].is_finite());
    }
}
