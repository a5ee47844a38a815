//! The regression: what it is fitted on, how, and what comes out.

use crate::LogisticError;
use crate::newton::Problem;

/// What a classifier is fitted on: rows of numbers, dense or sparse.
pub trait Design {
    /// Number of rows.
    fn rows(&self) -> usize;

    /// Number of columns.
    fn width(&self) -> usize;

    /// The entries of `row` that may be non-zero, as (column, value), each column at most once.
    fn entries(&self, row: usize) -> impl Iterator<Item = (usize, f64)>;
}

/// How a logistic regression is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitting {
    /// Weight `λ` of the penalty `λ/2·|w|²` beside the mean log-loss; greater than 0.
    pub l2: f64,
    /// Newton steps after which an unfinished fit is an error.
    pub max_steps: usize,
    /// The fit is done when the gradient's norm is at most this fraction of its first value.
    pub tolerance: f64,
}

impl Default for Fitting {
    fn default() -> Self {
        Self {
            l2: 1e-4,
            max_steps: 100,
            tolerance: 1e-7,
        }
    }
}

/// A fitted linear classifier: the log-odds of the positive class are `weights·x + intercept`.
#[derive(Debug, Clone, PartialEq)]
pub struct Classifier {
    /// One weight per column.
    pub weights: Vec<f64>,
    /// Log-odds where every column is 0.
    pub intercept: f64,
}

/// Minimises `mean log(1 + exp(∓(w·x + b))) + λ/2·|w|²` over `w` and `b`; `b` is not penalised.
///
/// The same rows in the same order give the same bits.
///
/// # Errors
/// [`LogisticError::Setting`] for a setting out of range, [`LogisticError::Labels`] or
/// [`LogisticError::OneClass`] for unusable labels, [`LogisticError::NotConverged`] if the steps run out.
pub fn fit_logistic(
    design: &impl Design,
    labels: &[bool],
    fitting: &Fitting,
) -> Result<Classifier, LogisticError> {
    check(design, labels, fitting)?;
    let problem = Problem {
        design,
        labels,
        l2: fitting.l2,
    };
    let mut parameters = vec![0.0; design.width() + 1]; // [w, b]
    let mut first_norm = None;
    let mut norm = f64::INFINITY;
    for _ in 0..fitting.max_steps {
        let local = problem.expand_at(&parameters);
        norm = local.gradient_norm();
        if norm <= fitting.tolerance * *first_norm.get_or_insert(norm) {
            let intercept = parameters.pop().unwrap_or_default();
            return Ok(Classifier {
                weights: parameters,
                intercept,
            });
        }
        let step = problem.newton_step(&local);
        if !problem.advance(&mut parameters, &local, &step) {
            break;
        }
    }
    Err(LogisticError::NotConverged {
        steps: fitting.max_steps,
        gradient: norm,
        expected: fitting.tolerance * first_norm.unwrap_or(norm),
    })
}

/// Rejects settings and labels no fit can be made from.
fn check(design: &impl Design, labels: &[bool], fitting: &Fitting) -> Result<(), LogisticError> {
    let above_zero = |name, value: f64| {
        if value.is_finite() && value > 0.0 {
            Ok(())
        } else {
            Err(LogisticError::Setting { name, found: value })
        }
    };
    above_zero("l2", fitting.l2)?;
    above_zero("tolerance", fitting.tolerance)?;
    if labels.len() != design.rows() {
        return Err(LogisticError::Labels {
            rows: design.rows(),
            labels: labels.len(),
        });
    }
    let positive = labels.iter().filter(|&&label| label).count();
    if positive == 0 || positive == labels.len() {
        return Err(LogisticError::OneClass {
            positive,
            rows: labels.len(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    struct Dense(Vec<Vec<f64>>);

    impl Design for Dense {
        fn rows(&self) -> usize {
            self.0.len()
        }
        fn width(&self) -> usize {
            self.0[0].len()
        }
        fn entries(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
            self.0[row].iter().copied().enumerate()
        }
    }

    #[test]
    fn one_binary_column_has_the_closed_form_odds() {
        // x = 0: 1 of 4 positive; x = 1: 3 of 4. With a vanishing penalty the fit is the
        // empirical log-odds: b = ln(1/3), w = 2·ln 3.
        let rows = (0..8).map(|i| vec![f64::from(u8::from(i >= 4))]).collect();
        let labels = [true, false, false, false, true, true, true, false];
        let fitting = Fitting {
            l2: 1e-12,
            ..Fitting::default()
        };
        let fit = fit_logistic(&Dense(rows), &labels, &fitting).unwrap();
        assert!((fit.intercept + 3_f64.ln()).abs() < 1e-6, "{fit:?}");
        assert!((fit.weights[0] - 2.0 * 3_f64.ln()).abs() < 1e-6, "{fit:?}");
    }

    #[test]
    fn the_gradient_vanishes_at_the_fit_whatever_the_scale_of_a_column() {
        let noise = |i: usize| ((i * 7919 + 13) % 101) as f64 / 101.0 - 0.5;
        let rows: Vec<Vec<f64>> = (0..200)
            .map(|i| vec![noise(i), 1000.0 * noise(3 * i + 1), noise(7 * i + 2)])
            .collect();
        let labels: Vec<bool> = (0..200)
            .map(|i| rows[i][0] + 0.001 * rows[i][1] + 0.4 * noise(11 * i + 5) > 0.0)
            .collect();
        let design = Dense(rows);
        let fitting = Fitting::default();
        let fit = fit_logistic(&design, &labels, &fitting).unwrap();
        let problem = Problem {
            design: &design,
            labels: &labels,
            l2: fitting.l2,
        };
        let mut parameters = fit.weights.clone();
        parameters.push(fit.intercept);
        // Central differences of the loss, an independent check of gradient and minimum.
        for index in 0..parameters.len() {
            let mut moved = [parameters.clone(), parameters.clone()];
            let width = if index == 1 { 1e-7 } else { 1e-4 };
            moved[0][index] += width;
            moved[1][index] -= width;
            let slope = (problem.loss(&moved[0]) - problem.loss(&moved[1])) / (2.0 * width);
            assert!(slope.abs() < 1e-5, "slope {slope} along {index}");
        }
        assert_eq!(fit, fit_logistic(&design, &labels, &fitting).unwrap());
    }

    #[test]
    fn separable_data_has_a_finite_penalised_fit() {
        let design = Dense((0..10).map(|i| vec![f64::from(i) - 4.5]).collect());
        let labels: Vec<bool> = (0..10).map(|i| i >= 5).collect();
        let fit = fit_logistic(&design, &labels, &Fitting::default()).unwrap();
        assert!(fit.weights[0] > 1.0 && fit.weights[0].is_finite());
        assert!(fit.intercept.abs() < 1e-5, "symmetric data: {fit:?}");
    }

    #[test]
    fn bad_labels_and_settings_are_errors() {
        let design = Dense(vec![vec![1.0], vec![2.0]]);
        let fit = |labels: &[bool], fitting| fit_logistic(&design, labels, &fitting);
        let usual = Fitting::default();
        assert!(matches!(
            fit(&[true], usual),
            Err(LogisticError::Labels { rows: 2, labels: 1 })
        ));
        assert!(matches!(
            fit(&[true, true], usual),
            Err(LogisticError::OneClass {
                positive: 2,
                rows: 2
            })
        ));
        let unpenalised = Fitting { l2: 0.0, ..usual };
        assert!(matches!(
            fit(&[true, false], unpenalised),
            Err(LogisticError::Setting { name: "l2", .. })
        ));
        let hurried = Fitting {
            max_steps: 1,
            ..usual
        };
        assert!(matches!(
            fit(&[true, false], hurried),
            Err(LogisticError::NotConverged { steps: 1, .. })
        ));
    }
}
