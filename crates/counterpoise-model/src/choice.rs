//! How the next token is chosen.

use burn::tensor::Tensor;
use counterpoise_hooks::read_back;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::ModelError;

/// How the next token is chosen from the logits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Choice {
    /// The most likely token, the first of equals.
    Greedy,
    /// A token drawn in proportion to `exp(logit / temperature)`. Every prompt has its own random
    /// stream, so that its text depends on the seed and its place among the prompts alone.
    Sampled {
        /// 1 is the model's own distribution.
        temperature: f64,
        /// Start of the random streams.
        seed: u64,
    },
}

/// A [`Choice`] at work on the rows of one batch.
pub(crate) enum Chooser {
    Greedy,
    Sampled {
        temperature: f64,
        streams: Vec<ChaCha8Rng>,
    },
}

impl Chooser {
    /// For rows that hold the prompts numbered `indices`.
    pub(crate) fn new(choice: Choice, indices: &[usize]) -> Self {
        match choice {
            Choice::Greedy => Self::Greedy,
            Choice::Sampled { temperature, seed } => Self::Sampled {
                temperature,
                streams: indices.iter().map(|&index| stream(seed, index)).collect(),
            },
        }
    }

    /// One token per row, from `logits` `[batch, 1, vocab_size]`.
    pub(crate) fn choose(&mut self, logits: Tensor<3>) -> Result<Vec<u32>, ModelError> {
        match self {
            Self::Greedy => most_likely(logits),
            Self::Sampled {
                temperature,
                streams,
            } => {
                let [_, _, vocab_size] = logits.dims();
                let logits = read_back(logits).map_err(unreadable)?;
                let logits = logits.as_slice::<f32>().map_err(unreadable)?;
                check_finite(logits)?;
                let rows = logits.chunks_exact(vocab_size).zip(streams);
                Ok(rows
                    .map(|(row, stream)| draw(row, *temperature, stream))
                    .collect())
            }
        }
    }
}

fn stream(seed: u64, index: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(index as u64);
    rng
}

/// The largest logit and its token are read back together, a token being exact as a 32-bit float.
fn most_likely(logits: Tensor<3>) -> Result<Vec<u32>, ModelError> {
    let [batch, _, vocab_size] = logits.dims();
    assert!(
        vocab_size <= 1 << f32::MANTISSA_DIGITS,
        "tokens fit into floats"
    );
    let (largest, tokens) = logits.max_dim_with_indices(2);
    let both = Tensor::cat(vec![largest, tokens.float()], 0); // [2 · batch, 1, 1]
    let both = read_back(both).map_err(unreadable)?;
    let both = both.as_slice::<f32>().map_err(unreadable)?;
    let (largest, tokens) = both.split_at(batch);
    check_finite(largest)?;
    Ok(tokens.iter().map(|&token| token as u32).collect())
}

fn draw(logits: &[f32], temperature: f64, rng: &mut impl Rng) -> u32 {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weight = |logit: f32| (f64::from(logit - largest) / temperature).exp();
    let total: f64 = logits.iter().map(|&logit| weight(logit)).sum();
    let mut left = rng.random::<f64>() * total;
    for (token, &logit) in logits.iter().enumerate() {
        left -= weight(logit);
        if left < 0.0 {
            return token as u32;
        }
    }
    // Rounding can leave a remainder: it belongs to the last token.
    logits.len() as u32 - 1
}

fn check_finite(logits: &[f32]) -> Result<(), ModelError> {
    match logits.iter().all(|logit| logit.is_finite()) {
        true => Ok(()),
        false => Err(ModelError::Output(
            "the logits are NaN or infinite; the weights or the edits drive the model out of range"
                .to_owned(),
        )),
    }
}

fn unreadable(error: impl std::fmt::Display) -> ModelError {
    ModelError::Output(format!("the logits could not be read back: {error}"))
}
