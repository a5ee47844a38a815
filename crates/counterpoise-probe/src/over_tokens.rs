//! How the activations of a text's tokens become one vector.

use std::fmt;
use std::str::FromStr;

/// One vector of all the tokens of a text, in `f64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverTokens {
    /// Their mean.
    Mean,
    /// The largest value of each column.
    Max,
    /// One token's: counted from 0 at the start, from −1 at the end.
    At(i64),
}

impl OverTokens {
    /// Whether there is a vector of a text of this many tokens.
    #[must_use]
    pub fn fits(self, tokens: usize) -> bool {
        match self {
            Self::Mean | Self::Max => tokens > 0,
            Self::At(_) => self.index(tokens).is_some(),
        }
    }

    /// The place of the one token among `tokens`; `None` if there is no such token, or all count.
    pub(crate) fn index(self, tokens: usize) -> Option<usize> {
        let Self::At(position) = self else {
            return None;
        };
        let from_end = usize::try_from(position.unsigned_abs()).ok()?;
        match position < 0 {
            true => tokens.checked_sub(from_end),
            false => Some(from_end).filter(|place| *place < tokens),
        }
    }

    /// What no token has been taken into yet, `[width]`.
    pub(crate) fn start(self, width: usize) -> Vec<f64> {
        match self {
            Self::Mean | Self::At(_) => vec![0.0; width],
            Self::Max => vec![f64::NEG_INFINITY; width],
        }
    }

    /// Takes the token at place `at` of `tokens` into `vector`. NaN stays NaN.
    pub(crate) fn take(self, vector: &mut [f64], token: &[f32], at: usize, tokens: usize) {
        let pairs = vector.iter_mut().zip(token.iter().map(|&x| f64::from(x)));
        match self {
            Self::Mean => {
                let share = 1.0 / tokens as f64;
                pairs.for_each(|(mean, x)| *mean += share * x);
            }
            Self::Max => pairs.for_each(|(most, x)| {
                if x > *most || x.is_nan() {
                    *most = x;
                }
            }),
            Self::At(_) if self.index(tokens) == Some(at) => pairs.for_each(|(only, x)| *only = x),
            Self::At(_) => {}
        }
    }
}

impl fmt::Display for OverTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mean => f.write_str("mean"),
            Self::Max => f.write_str("max"),
            Self::At(position) => position.fmt(f),
        }
    }
}

impl FromStr for OverTokens {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "mean" => Ok(Self::Mean),
            "max" => Ok(Self::Max),
            other => other.parse().map(Self::At).map_err(|_| {
                "expected `mean`, `max` or the place of a token, from 0 at the start or -1 at the end"
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(over: &str, tokens: &[[f32; 2]]) -> Vec<f64> {
        let over: OverTokens = over.parse().unwrap();
        let mut vector = over.start(2);
        for (at, token) in tokens.iter().enumerate() {
            over.take(&mut vector, token, at, tokens.len());
        }
        vector
    }

    #[test]
    fn tokens_become_their_mean_their_largest_or_one_of_them() {
        let tokens = [[1.0, -8.0], [3.0, -4.0], [-1.0, -6.0], [5.0, -2.0]];
        assert_eq!(of("mean", &tokens), [2.0, -5.0]);
        assert_eq!(of("max", &tokens), [5.0, -2.0]);
        assert_eq!(of("0", &tokens), [1.0, -8.0]);
        assert_eq!(of("-2", &tokens), [-1.0, -6.0]);
        assert!(of("max", &[[f32::NAN, 0.0], [2.0, 1.0]])[0].is_nan());
    }

    #[test]
    fn a_place_outside_of_a_text_is_none() {
        for (position, tokens) in [(2, 2), (-3, 2), (i64::MIN, 2), (0, 0), (-1, 0)] {
            assert_eq!(OverTokens::At(position).index(tokens), None);
        }
        assert!("first".parse::<OverTokens>().is_err());
    }
}
