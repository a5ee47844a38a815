//! Fits the probe: logistic regression on residual-stream features.

use counterpoise_logistic::{Design, Fitting, LogisticError, fit_logistic};

use crate::{Probe, ProbeError};

/// A fitted probe, with what is needed to classify with it.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedProbe {
    /// The weight vector of the toxic class, in the residual stream's own coordinates.
    pub probe: Probe,
    /// Log-odds of the toxic class at the origin of the residual stream.
    pub bias: f64,
    /// Fraction of the rows it was fitted on that it classifies rightly.
    pub training_accuracy: f64,
}

impl Probe {
    /// Fits `log-odds(toxic) = v_toxic·x + bias` to rows of features `[n][d]` and their labels.
    ///
    /// The rows are centred and divided by one number, the median over the columns of their
    /// standard deviation. That makes the penalty independent of the features' scale and leaves
    /// the direction in the residual stream's own coordinates, which dividing each column by its
    /// own deviation would not.
    ///
    /// # Errors
    /// [`ProbeError::RowWidth`], [`ProbeError::FeatureNotFinite`] or [`ProbeError::Constant`] for
    /// unusable features, and those of [`fit_logistic`].
    pub fn fit(
        features: &[Vec<f64>],
        labels: &[bool],
        fitting: &Fitting,
    ) -> Result<FittedProbe, ProbeError> {
        check_rows(features)?;
        let design = Centred::new(features)?;
        let classifier = fit_logistic(&design, labels, fitting)?;
        let weights = classifier.weights.iter().map(|w| w / design.scale);
        let probe = Self::new(weights.map(|w| w as f32).collect())?;
        let bias = classifier.intercept - log_odds(&probe, 0.0, &design.mean);
        let training_accuracy = accuracy(&probe, bias, features, labels)?;
        Ok(FittedProbe {
            probe,
            bias,
            training_accuracy,
        })
    }
}

/// Fraction of the rows whose class the probe gives rightly: toxic where `v_toxic·x + bias > 0`.
///
/// # Errors
/// [`LogisticError::Labels`] if rows and labels do not pair up or there are none,
/// [`ProbeError::RowWidth`] if a row does not fit the probe.
pub fn accuracy(
    probe: &Probe,
    bias: f64,
    features: &[Vec<f64>],
    labels: &[bool],
) -> Result<f64, ProbeError> {
    if labels.len() != features.len() || labels.is_empty() {
        return Err(LogisticError::Labels {
            rows: features.len(),
            labels: labels.len(),
        }
        .into());
    }
    check_widths(features, probe.width())?;
    let right = features
        .iter()
        .zip(labels)
        .filter(|(row, label)| (log_odds(probe, bias, row) > 0.0) == **label)
        .count();
    Ok(right as f64 / labels.len() as f64)
}

fn log_odds(probe: &Probe, bias: f64, row: &[f64]) -> f64 {
    let products = probe.direction().iter().zip(row);
    bias + products.map(|(&w, x)| f64::from(w) * x).sum::<f64>()
}

/// Rows less their mean, divided by one number.
struct Centred<'a> {
    rows: &'a [Vec<f64>],
    mean: Vec<f64>,
    scale: f64,
}

impl<'a> Centred<'a> {
    fn new(rows: &'a [Vec<f64>]) -> Result<Self, ProbeError> {
        let share = 1.0 / rows.len() as f64;
        let width = rows.first().map_or(0, Vec::len);
        let mut mean = vec![0.0; width];
        for row in rows {
            for (mean, x) in mean.iter_mut().zip(row) {
                *mean += share * x;
            }
        }
        let mut variance = vec![0.0; width];
        for row in rows {
            for ((variance, x), mean) in variance.iter_mut().zip(row).zip(&mean) {
                *variance += share * (x - mean).powi(2);
            }
        }
        variance.retain(|&variance| variance > 0.0);
        variance.sort_by(f64::total_cmp);
        let median = variance.get(variance.len() / 2);
        let scale = median.ok_or(ProbeError::Constant)?.sqrt();
        Ok(Self { rows, mean, scale })
    }
}

impl Design for Centred<'_> {
    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn width(&self) -> usize {
        self.mean.len()
    }

    fn entries(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
        let centred = self.rows[row].iter().zip(&self.mean);
        centred.map(|(x, mean)| (x - mean) / self.scale).enumerate()
    }
}

/// Rejects ragged rows and values that are not finite.
fn check_rows(features: &[Vec<f64>]) -> Result<(), ProbeError> {
    check_widths(features, features.first().map_or(0, Vec::len))?;
    for (row, values) in features.iter().enumerate() {
        if let Some(column) = values.iter().position(|value| !value.is_finite()) {
            return Err(ProbeError::FeatureNotFinite {
                row,
                column,
                found: values[column],
            });
        }
    }
    Ok(())
}

fn check_widths(features: &[Vec<f64>], expected: usize) -> Result<(), ProbeError> {
    match features.iter().position(|row| row.len() != expected) {
        Some(row) => Err(ProbeError::RowWidth {
            row,
            expected,
            found: features[row].len(),
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Two clouds around ±(3, 4) far from the origin, with deterministic noise.
    fn clouds(scale: f64) -> (Vec<Vec<f64>>, Vec<bool>) {
        // SplitMix64: uniform and uncorrelated, in −0.5..0.5.
        let noise = |i: u64| {
            let mut x = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (x ^ (x >> 31)) as f64 / u64::MAX as f64 - 0.5
        };
        (0..400)
            .map(|i| {
                let side = if i % 2 == 0 { 1.0 } else { -1.0 };
                let x = 50.0 + side * 3.0 + 12.0 * noise(2 * i);
                let y = -20.0 + side * 4.0 + 12.0 * noise(2 * i + 1);
                (vec![scale * x, scale * y], side > 0.0)
            })
            .unzip()
    }

    #[test]
    fn the_probe_points_from_the_civil_to_the_toxic_cloud() {
        let (features, labels) = clouds(1.0);
        let fitted = Probe::fit(&features, &labels, &Fitting::default()).unwrap();
        let unit = fitted.probe.unit();
        assert!(unit[0] * 0.6 + unit[1] * 0.8 > 0.98, "{unit:?}");
        assert!(fitted.training_accuracy > 0.85, "{fitted:?}");
        assert_eq!(
            fitted.training_accuracy,
            accuracy(&fitted.probe, fitted.bias, &features, &labels).unwrap()
        );
        let (row, label) = (&features[..1], &labels[..1]);
        let flipped = [!label[0]];
        let right = accuracy(&fitted.probe, fitted.bias, row, label).unwrap();
        let wrong = accuracy(&fitted.probe, fitted.bias, row, &flipped).unwrap();
        assert_eq!(right + wrong, 1.0);
    }

    #[test]
    fn the_units_of_the_features_do_not_matter() {
        let (features, labels) = clouds(1.0);
        let (larger, _) = clouds(1024.0);
        let one = Probe::fit(&features, &labels, &Fitting::default()).unwrap();
        let other = Probe::fit(&larger, &labels, &Fitting::default()).unwrap();
        assert_eq!(one.training_accuracy, other.training_accuracy);
        let scaled = other.probe.direction().iter().map(|w| w * 1024.0);
        for (w, scaled) in one.probe.direction().iter().zip(scaled) {
            assert!((w - scaled).abs() <= 1e-6 * w.abs());
        }
    }

    #[test]
    fn unusable_features_are_errors() {
        let fit = |rows: &[Vec<f64>]| Probe::fit(rows, &[true, false], &Fitting::default());
        assert!(matches!(
            fit(&[vec![1.0, 2.0], vec![1.0]]),
            Err(ProbeError::RowWidth {
                row: 1,
                expected: 2,
                found: 1
            })
        ));
        assert!(matches!(
            fit(&[vec![1.0], vec![f64::NAN]]),
            Err(ProbeError::FeatureNotFinite {
                row: 1,
                column: 0,
                ..
            })
        ));
        assert!(matches!(
            fit(&[vec![1.0], vec![1.0]]),
            Err(ProbeError::Constant)
        ));
        assert!(matches!(fit(&[]), Err(ProbeError::Constant)));
    }
}
