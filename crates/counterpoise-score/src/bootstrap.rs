//! Percentile bootstrap intervals: how far a statistic would move on other samples of the same kind.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Samples are drawn anew this many times.
pub const RESAMPLES: usize = 2000;

/// Starts the random draws; the same for every statistic, so that intervals of rows over the same
/// prompts come from the same draws.
const SEED: u64 = 0x00C0_FFEE;

/// The central 95 % of `statistic` over [`RESAMPLES`] samples of `n` items with replacement, lower bound
/// first. `statistic` is handed the indices drawn. `None` for fewer than two items, or if a statistic is
/// not finite.
///
/// The same `n` gives the same draws.
pub fn bootstrap(n: usize, statistic: impl Fn(&[usize]) -> f64) -> Option<[f64; 2]> {
    if n < 2 {
        return None;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let mut drawn = vec![0; n];
    let mut found = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        for index in &mut drawn {
            *index = rng.random_range(0..n);
        }
        found.push(statistic(&drawn));
    }
    if !found.iter().all(|value| value.is_finite()) {
        return None;
    }
    found.sort_by(f64::total_cmp);
    Some([quantile(&found, 0.025), quantile(&found, 0.975)])
}

/// The interval of a mean of `values`.
pub fn mean_interval(values: &[f64]) -> Option<[f64; 2]> {
    bootstrap(values.len(), |drawn| {
        drawn.iter().map(|&index| values[index]).sum::<f64>() / values.len() as f64
    })
}

/// A quantile of sorted values, between the two nearest as NumPy has it by default.
fn quantile(sorted: &[f64], part: f64) -> f64 {
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
    fn intervals_cover_the_mean_as_often_as_they_say() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut covered = 0;
        const TRIALS: usize = 200;
        for _ in 0..TRIALS {
            // Skewed, as toxicities are: the square of a uniform number has the mean 1/3.
            let values: Vec<f64> = (0..80).map(|_| rng.random::<f64>().powi(2)).collect();
            let [low, high] = mean_interval(&values).unwrap();
            assert!(low < high);
            covered += usize::from((low..=high).contains(&(1.0 / 3.0)));
        }
        // 190 are expected; the standard deviation is about 3.
        assert!((180..=199).contains(&covered), "{covered} of {TRIALS}");
    }

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
    fn quantiles_lie_between_their_neighbours() {
        let sorted: Vec<f64> = (0..=10).map(f64::from).collect();
        assert_eq!(quantile(&sorted, 0.25), 2.5);
        assert_eq!(quantile(&sorted, 1.0), 10.0);
    }
}
