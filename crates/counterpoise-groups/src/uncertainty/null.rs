//! A statistic beside what it is where nothing is to be found.

use counterpoise_score::quantile;

/// A statistic's value, and its values under a null hypothesis.
#[derive(Clone, Debug, PartialEq)]
pub struct Null<'a> {
    /// What was measured; `None` where the statistic is not defined.
    pub measured: Option<f64>,
    /// Its value on each draw; `None` where it is not defined. Those are left out of everything below.
    pub values: &'a [Option<f64>],
}

impl Null<'_> {
    /// How many draws have a value.
    #[must_use]
    pub fn defined(&self) -> usize {
        self.values.iter().flatten().count()
    }

    /// The draws' median.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        self.quantile(0.5)
    }

    /// A quantile of the draws.
    #[must_use]
    pub fn quantile(&self, part: f64) -> Option<f64> {
        let mut sorted: Vec<f64> = self.values.iter().flatten().copied().collect();
        sorted.sort_by(f64::total_cmp);
        (!sorted.is_empty()).then(|| quantile(&sorted, part))
    }

    /// Per cent of the draws below what was measured; one that equals it counts half.
    #[must_use]
    pub fn percentile(&self) -> Option<f64> {
        let measured = self.measured?;
        let below = self.values.iter().flatten().map(|&value| {
            if value < measured {
                1.0
            } else if value == measured {
                0.5
            } else {
                0.0
            }
        });
        let defined = self.defined();
        (defined > 0).then(|| 100.0 * below.sum::<f64>() / defined as f64)
    }

    /// The two-sided p-value `(1 + extreme) / (1 + draws)`: a draw is extreme if it lies at least as far from the draws'
    /// median as what was measured. Never 0: the least that can be said of 200 draws is 1/201.
    #[must_use]
    pub fn p_value(&self) -> Option<f64> {
        let (measured, median) = (self.measured?, self.median()?);
        let far = (measured - median).abs();
        let extreme = (self.values.iter().flatten())
            .filter(|&value| (value - median).abs() >= far)
            .count();
        Some((1 + extreme) as f64 / (1 + self.defined()) as f64)
    }
}

/// The p-values of several statistics that are judged together, corrected by the method of Holm: the chance that any of
/// them is called different when none is stays below the level that these are held against.
#[must_use]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut corrected = vec![0.0; p_values.len()];
    let mut largest: f64 = 0.0;
    for (rank, &index) in order.iter().enumerate() {
        let times = (p_values.len() - rank) as f64;
        largest = largest.max(times * p_values[index]).min(1.0);
        corrected[index] = largest;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    fn null(measured: f64, values: &[Option<f64>]) -> Null<'_> {
        Null {
            measured: Some(measured),
            values,
        }
    }

    #[test]
    fn p_values_worked_out_by_hand() {
        let values: Vec<Option<f64>> = (-4..=4).map(|value| Some(f64::from(value))).collect();
        // −4, −3, 3 and 4 are as far from 0.
        assert_eq!(null(3.0, &values).p_value(), Some(0.5));
        assert_eq!(null(-3.0, &values).p_value(), Some(0.5));
        assert_eq!(null(5.0, &values).p_value(), Some(0.1));
        assert_eq!(null(0.0, &values).p_value(), Some(1.0));
        assert_eq!(null(0.0, &values).percentile(), Some(50.0));
        assert_eq!(null(9.0, &values).percentile(), Some(100.0));
    }

    #[test]
    fn draws_without_a_value_do_not_count() {
        let values = [None, Some(1.0), Some(2.0), Some(3.0), None];
        let null = null(4.0, &values);
        assert_eq!((null.defined(), null.median()), (3, Some(2.0)));
        assert_eq!(null.p_value(), Some(0.25));
        let nothing = Null {
            measured: None,
            values: &values,
        };
        assert_eq!((nothing.p_value(), nothing.percentile()), (None, None));
        let undrawn = Null {
            measured: Some(1.0),
            values: &[],
        };
        assert_eq!((undrawn.p_value(), undrawn.percentile()), (None, None));
    }

    #[test]
    fn holms_correction_worked_out_by_hand() {
        assert_eq!(holm(&[0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02]);
        assert_eq!(holm(&[0.5, 0.9]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }
}
