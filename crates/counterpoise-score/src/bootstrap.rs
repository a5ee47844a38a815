//! Percentile bootstrap: how far a statistic would move on other samples of the same kind.
//!
//! Resample `r` of `n` items draws, for `j` from 0 to below `n`, the item that number `r·n + j` of
//! [`Draws::below`]`(n)` names. Intervals are quantiles of the statistic over all resamples, between the
//! two nearest as NumPy has them by default.

use crate::{Draws, Purpose};

/// Samples are drawn anew this many times.
pub const RESAMPLES: usize = 2000;

/// The part of resamples that an interval holds.
pub const CONFIDENCE: f64 = 0.95;

/// Hands `take` the first `count` resamples of `n` items: the indices drawn. The same `n` gives the same draws.
pub fn resamples(count: usize, n: usize, mut take: impl FnMut(&[usize])) {
    let mut draws = Draws::of_run(Purpose::Resamples);
    let mut drawn = vec![0; n];
    for _ in 0..count {
        drawn.fill_with(|| draws.below(n));
        take(&drawn);
    }
}

/// A statistic over [`RESAMPLES`] samples with replacement, in ascending order.
#[derive(Clone, Debug, PartialEq)]
pub struct Resampled {
    sorted: Vec<f64>,
}

impl Resampled {
    /// Takes `statistic`, which is handed the indices drawn, over samples of `n` items. `None` for fewer than
    /// two items, or if a statistic is not finite.
    pub fn of(n: usize, statistic: impl Fn(&[usize]) -> f64) -> Option<Self> {
        if n < 2 {
            return None;
        }
        let mut values = Vec::with_capacity(RESAMPLES);
        resamples(RESAMPLES, n, |drawn| values.push(statistic(drawn)));
        Self::from_values(values)
    }

    /// What a statistic was on every resample; `None` if it was not finite on one.
    pub(crate) fn from_values(mut values: Vec<f64>) -> Option<Self> {
        if !values.iter().all(|value| value.is_finite()) {
            return None;
        }
        values.sort_by(f64::total_cmp);
        Some(Self { sorted: values })
    }

    /// The central part of the resamples, lower bound first, such as [`CONFIDENCE`].
    #[must_use]
    pub fn interval(&self, confidence: f64) -> [f64; 2] {
        let tail = (1.0 - confidence) / 2.0;
        [tail, 1.0 - tail].map(|part| quantile(&self.sorted, part))
    }
}

/// The central 95 % of `statistic` over samples of `n` items; see [`Resampled::of`].
pub fn bootstrap(n: usize, statistic: impl Fn(&[usize]) -> f64) -> Option<[f64; 2]> {
    Some(Resampled::of(n, statistic)?.interval(CONFIDENCE))
}

/// The interval of a mean of `values`.
pub fn mean_interval(values: &[f64]) -> Option<[f64; 2]> {
    bootstrap(values.len(), |drawn| {
        drawn.iter().map(|&index| values[index]).sum::<f64>() / values.len() as f64
    })
}

/// A quantile of sorted values, between the two nearest as NumPy has it by default.
///
/// # Panics
/// Of no values.
#[must_use]
pub fn quantile(sorted: &[f64], part: f64) -> f64 {
    let place = part * (sorted.len() - 1) as f64;
    let (below, rest) = (place.floor() as usize, place.fract());
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + rest * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_same_values_give_the_same_interval_and_one_gives_none() {
        let values = [0.1, 0.9, 0.4];
        assert_eq!(mean_interval(&values), mean_interval(&values));
        assert_eq!(mean_interval(&[0.3; 5]).unwrap().map(f32_of), [0.3, 0.3]);
        assert_eq!(mean_interval(&[0.3]), None);
        assert_eq!(mean_interval(&[0.3, f64::NAN]), None);
    }

    fn f32_of(value: f64) -> f32 {
        value as f32
    }

    #[test]
    fn more_confidence_takes_a_wider_interval() {
        let values: Vec<f64> = (0..40).map(f64::from).collect();
        let mean = |drawn: &[usize]| drawn.iter().map(|&i| values[i]).sum::<f64>() / 40.0;
        let resampled = Resampled::of(40, mean).unwrap();
        let ([low, high], [lower, higher]) = (resampled.interval(0.95), resampled.interval(0.99));
        assert!(lower < low && low < 19.5 && 19.5 < high && high < higher);
        assert_eq!(mean_interval(&values), Some([low, high]));
    }

    #[test]
    fn quantiles_lie_between_their_neighbours() {
        let sorted: Vec<f64> = (0..=10).map(f64::from).collect();
        assert_eq!(quantile(&sorted, 0.25), 2.5);
        assert_eq!(quantile(&sorted, 1.0), 10.0);
    }
}
