//! The next token of each text of a batch: greedily, or drawn from the most likely ones.

use std::fmt;
use std::str::FromStr;

use burn::tensor::Tensor;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::TrainError;

/// How a next token is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NextToken {
    /// The most likely one, the first of equals.
    Greedy,
    /// One of the so many most likely ones, and of those that are as likely as the last of these, in proportion to their
    /// probabilities.
    TopK(usize),
}

impl fmt::Display for NextToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Greedy => f.write_str("greedy"),
            Self::TopK(k) => write!(f, "top-{k}"),
        }
    }
}

impl FromStr for NextToken {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let top = |text: &str| text.strip_prefix("top-")?.parse().ok().filter(|&k| k > 0);
        match text {
            "greedy" => Ok(Self::Greedy),
            _ => {
                (top(text).map(Self::TopK)).ok_or("expected `greedy` or `top-K`, such as `top-10`")
            }
        }
    }
}

/// A [`NextToken`] at work on the texts of one batch.
pub(super) struct Chooser {
    choice: NextToken,
    streams: Vec<ChaCha8Rng>,
}

impl Chooser {
    /// For the prompts numbered from `first` on.
    pub(super) fn new(choice: NextToken, seed: u64, first: usize, rows: usize) -> Self {
        let stream = |row: usize| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream((first + row) as u64);
            rng
        };
        Self {
            choice,
            streams: (0..rows).map(stream).collect(),
        }
    }

    /// One token of each row of log-probabilities, up to a constant, `[rows][vocab_size]`.
    pub(super) fn choose(&mut self, rows: &[Vec<f64>]) -> Vec<u32> {
        let rows = rows.iter().zip(&mut self.streams);
        rows.map(|(row, stream)| match self.choice {
            NextToken::Greedy => first_largest(row),
            NextToken::TopK(k) => draw(row, k, stream.random::<f64>()),
        })
        .collect()
    }
}

/// The logits of `[rows, 1, vocab_size]`, `[rows][vocab_size]`.
///
/// # Errors
/// Logits that are not finite.
pub(super) fn logits(logits: Tensor<3>) -> Result<Vec<Vec<f64>>, TrainError> {
    let [_, _, vocab_size] = logits.dims();
    let values = logits.try_into_vec_as::<f64>().map_err(TrainError::read)?;
    if let Some(&found) = values.iter().find(|value| !value.is_finite()) {
        return Err(TrainError::Steering {
            quantity: "a logit",
            found,
        });
    }
    Ok(values
        .chunks_exact(vocab_size)
        .map(<[f64]>::to_vec)
        .collect())
}

/// `q^share·q⁰^(1 − share)` as log-probabilities up to a constant, of the logits of `q` and `q⁰`.
pub(super) fn fused(steered: &[f64], own: &[f64], share: f64) -> Vec<f64> {
    let both = steered.iter().zip(own);
    both.map(|(steered, own)| share * steered + (1.0 - share) * own)
        .collect()
}

fn first_largest(row: &[f64]) -> u32 {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    row.iter().position(|&x| x == largest).unwrap_or(0) as u32
}

/// The token at which the sum of probabilities of the `k` most likely first exceeds `share` of it.
fn draw(row: &[f64], k: usize, share: f64) -> u32 {
    let mut sorted = row.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let (largest, least) = (sorted[0], sorted[k.min(sorted.len()) - 1]);
    let kept = || row.iter().enumerate().filter(|&(_, &x)| x >= least);
    let weight = |x: f64| (x - largest).exp();
    let mut left = share * kept().map(|(_, &x)| weight(x)).sum::<f64>();
    let mut last = 0;
    for (token, &x) in kept() {
        left -= weight(x);
        last = token as u32;
        if left < 0.0 {
            break;
        }
    }
    // Rounding can leave a remainder: it belongs to the last token.
    last
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Log-probabilities of 1/2, 1/4, 1/8 and 1/8, up to a constant.
    fn row() -> Vec<f64> {
        [8.0, 2.0, 4.0, 2.0].map(|x: f64| x.ln() + 3.0).to_vec()
    }

    #[test]
    fn a_token_is_drawn_from_the_most_likely_in_proportion() {
        let drawn = |k, share| draw(&row(), k, share);
        assert_eq!([0.0, 0.5, 0.999].map(|share| drawn(1, share)), [0; 3]);
        // Two tokens of 2/3 and 1/3.
        assert_eq!(
            [0.0, 0.66, 0.67, 0.999].map(|share| drawn(2, share)),
            [0, 0, 2, 2]
        );
        // The third is as likely as the fourth: all four are kept, in the order of the vocabulary.
        for k in [3, 4, 9] {
            let shares = [0.49, 0.51, 0.62, 0.63, 0.87, 0.88, 0.999];
            assert_eq!(shares.map(|share| drawn(k, share)), [0, 1, 1, 2, 2, 3, 3]);
        }
    }

    #[test]
    fn the_first_of_equally_likely_tokens_is_taken_greedily() {
        let mut chooser = Chooser::new(NextToken::Greedy, 0, 0, 2);
        assert_eq!(chooser.choose(&[row(), vec![1.0, 3.0, 3.0]]), [0, 1]);
    }

    #[test]
    fn a_prompt_draws_by_its_number_whatever_stands_beside_it() {
        let drawn = |first, rows: usize| {
            let mut chooser = Chooser::new(NextToken::TopK(4), 7, first, rows);
            let many = vec![row(); rows];
            (0..20).map(|_| chooser.choose(&many)).collect::<Vec<_>>()
        };
        let (four, alone) = (drawn(2, 4), drawn(5, 1));
        assert!(
            four.iter()
                .zip(&alone)
                .all(|(four, alone)| four[3] == alone[0])
        );
        assert!(four.iter().any(|four| four[0] != four[3]));
    }

    #[test]
    fn fused_probabilities_are_a_weighted_geometric_mean() {
        let of = |x: [f64; 2]| x.map(f64::ln).to_vec();
        let fused = fused(&of([0.9, 0.1]), &of([0.2, 0.8]), 0.75);
        let expected = 0.9_f64.powf(0.75) * 0.2_f64.powf(0.25);
        assert!((fused[0].exp() - expected).abs() < 1e-12);
        assert!((fused[1].exp() - 0.1_f64.powf(0.75) * 0.8_f64.powf(0.25)).abs() < 1e-12);
    }

    #[test]
    fn a_choice_is_read_as_it_is_written() {
        for text in ["greedy", "top-10"] {
            assert_eq!(text.parse::<NextToken>().unwrap().to_string(), text);
        }
        for text in ["top-0", "top-", "top10", "sample"] {
            assert!(text.parse::<NextToken>().is_err(), "{text}");
        }
    }
}
