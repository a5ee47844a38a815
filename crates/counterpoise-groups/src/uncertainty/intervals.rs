//! Bootstrap intervals of a statistic, from its value on resamples.

use counterpoise_score::quantile;

/// The central 95 % of a statistic over resamples, and where they lie about its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The percentile interval: from the 2.5th to the 97.5th percentile of the resamples.
    pub percentile: [f64; 2],
    /// The pivotal interval: the percentile interval reflected about the value. It corrects a statistic that resampling
    /// displaces, as it does every sum of `max(r, 0)`: noise can only add to that, and a resample has it twice.
    pub pivotal: [f64; 2],
    /// The resamples' mean. Its distance from the value is about how far the value itself lies from what it estimates.
    pub mean: f64,
}

impl Interval {
    /// That of a statistic of this `value`. `None` for fewer than two resamples, or where one has no value.
    #[must_use]
    pub fn of(value: f64, resamples: impl IntoIterator<Item = Option<f64>>) -> Option<Self> {
        let mut sorted: Vec<f64> = resamples.into_iter().collect::<Option<_>>()?;
        if sorted.len() < 2 || !sorted.iter().all(|value| value.is_finite()) {
            return None;
        }
        let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
        sorted.sort_by(f64::total_cmp);
        let [low, high] = [0.025, 0.975].map(|part| quantile(&sorted, part));
        Some(Self {
            percentile: [low, high],
            pivotal: [2.0 * value - high, 2.0 * value - low],
            mean,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_interval_lies_between_percentiles_and_is_reflected() {
        let resamples = (0..=1000).map(|index| Some(f64::from(index)));
        let interval = Interval::of(400.0, resamples).unwrap();
        assert_eq!(interval.percentile, [25.0, 975.0]);
        assert_eq!(interval.pivotal, [-175.0, 775.0]);
        assert_eq!(interval.mean, 500.0);
    }

    #[test]
    fn a_resample_without_a_value_leaves_no_interval() {
        assert_eq!(Interval::of(1.0, [Some(1.0), None, Some(2.0)]), None);
        assert_eq!(Interval::of(1.0, [Some(1.0)]), None);
        assert_eq!(Interval::of(1.0, [Some(1.0), Some(f64::NAN)]), None);
    }
}
