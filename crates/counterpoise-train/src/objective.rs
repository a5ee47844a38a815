//! What a model that learns from preferences is trained to lower.

use burn::tensor::Tensor;
use burn::tensor::activation::log_sigmoid;
use serde::{Deserialize, Serialize};

use crate::TrainError;
use crate::pairs::PairScore;

/// The loss of a pair, as a function of its log-ratio
/// `h = (log π(chosen) − log π_ref(chosen)) − (log π(rejected) − log π_ref(rejected))`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PreferenceLoss {
    /// `−(1 − ε)·log σ(β·h) − ε·log σ(−β·h)`: direct preference optimisation (Rafailov et al., equation 7), and with ε above 0
    /// its conservative form, which takes a share ε of the labels for wrong (Mitchell, 2023).
    Sigmoid {
        /// ε, in `[0, 0.5)`.
        label_smoothing: f64,
    },
    /// `(h − 1/(2β))²`: identity preference optimisation (Azar et al., equation 17, with β for their τ), which no pair can
    /// lower by a ratio without bound. Log-probabilities are sums over tokens, not means.
    Ipo,
}

impl Default for PreferenceLoss {
    fn default() -> Self {
        Self::Sigmoid {
            label_smoothing: 0.0,
        }
    }
}

/// A [`PreferenceLoss`] with its β.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Objective {
    pub(crate) beta: f64,
    pub(crate) loss: PreferenceLoss,
}

impl Objective {
    pub(crate) fn check(self) -> Result<(), TrainError> {
        if !(self.beta > 0.0 && self.beta.is_finite()) {
            return Err(TrainError::setting("beta", "more than 0", self.beta));
        }
        match self.loss {
            PreferenceLoss::Sigmoid { label_smoothing }
                if !(0.0..0.5).contains(&label_smoothing) =>
            {
                let expected = "at least 0 and less than 0.5, where the labels would say nothing";
                Err(TrainError::setting(
                    "label_smoothing",
                    expected,
                    label_smoothing,
                ))
            }
            _ => Ok(()),
        }
    }

    /// The loss of a pair whose rewards differ by `margin`, `β·h`.
    pub(crate) fn of(self, margin: f64) -> f64 {
        match self.loss {
            PreferenceLoss::Sigmoid { label_smoothing } => {
                (1.0 - label_smoothing) * minus_log_sigmoid(margin)
                    + label_smoothing * minus_log_sigmoid(-margin)
            }
            PreferenceLoss::Ipo => ((margin - 0.5) / self.beta).powi(2),
        }
    }

    /// The losses of pairs, summed.
    ///
    /// `policy` holds `log π` of all preferred responses, then of all others, `[2 · pairs]`;
    /// `reference` the reference model's scores.
    pub(crate) fn summed(self, policy: Tensor<1>, reference: &[PairScore]) -> Tensor<1> {
        let pairs = reference.len();
        let device = policy.device();
        // Differences of log-probabilities under the reference are taken in f64.
        let reference = reference
            .iter()
            .map(|score| (score.chosen - score.rejected) as f32);
        let reference = Tensor::<1>::from_floats(&*reference.collect::<Vec<_>>(), &device);
        let chosen = policy.clone().narrow(0, 0, pairs);
        let rejected = policy.narrow(0, pairs, pairs);
        let ratio = chosen - rejected - reference; // [pairs]
        match self.loss {
            PreferenceLoss::Sigmoid { label_smoothing } => {
                let margin = ratio.mul_scalar(self.beta);
                let right = log_sigmoid(margin.clone()).sum().neg();
                if label_smoothing == 0.0 {
                    return right;
                }
                let wrong = log_sigmoid(margin.neg()).sum().neg();
                right.mul_scalar(1.0 - label_smoothing) + wrong.mul_scalar(label_smoothing)
            }
            PreferenceLoss::Ipo => {
                let distance = ratio.sub_scalar(0.5 / self.beta);
                (distance.clone() * distance).sum()
            }
        }
    }
}

/// `−log σ(x)` without overflow.
fn minus_log_sigmoid(x: f64) -> f64 {
    (-x).max(0.0) + (-x.abs()).exp().ln_1p()
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;

    use super::*;

    pub(crate) const REFERENCE: [PairScore; 2] = [
        PairScore {
            chosen: -11.0,
            rejected: -13.0,
        },
        PairScore {
            chosen: -18.0,
            rejected: -8.0,
        },
    ];

    fn sigmoid(label_smoothing: f64) -> Objective {
        let loss = PreferenceLoss::Sigmoid { label_smoothing };
        Objective { beta: 0.5, loss }
    }

    /// Log-ratios of 2 and −3, so that β·h is 1 and −1.5.
    #[test]
    fn the_tensor_is_the_sum_and_its_gradient_is_the_slope() {
        let device = Device::flex().autodiff();
        let ipo = Objective {
            beta: 0.5,
            loss: PreferenceLoss::Ipo,
        };
        for objective in [sigmoid(0.0), sigmoid(0.2), ipo] {
            let policy =
                Tensor::<1>::from_floats([-10.0, -20.0, -14.0, -7.0], &device).require_grad();
            let loss = objective.summed(policy.clone(), &REFERENCE);
            let gradient = policy.grad(&loss.backward()).unwrap();
            let gradient: Vec<f64> = gradient.try_into_vec_as().unwrap();
            let value = f64::from(loss.try_into_scalar::<f32>().unwrap());
            let of = |ratio: f64| objective.of(objective.beta * ratio);
            let expected = of(2.0) + of(-3.0);
            assert!((value - expected).abs() < 1e-5, "{objective:?}");
            let slope = |ratio: f64| (of(ratio + 1e-5) - of(ratio - 1e-5)) / 2e-5;
            let expected = [slope(2.0), slope(-3.0), -slope(2.0), -slope(-3.0)];
            for (found, expected) in gradient.iter().zip(expected) {
                assert!(
                    (found - expected).abs() < 1e-5,
                    "{objective:?}: {gradient:?}"
                );
            }
        }
    }

    #[test]
    fn losses_are_those_worked_out_by_hand() {
        let e = std::f64::consts::E;
        assert!((sigmoid(0.0).of(1.0) - (1.0 + 1.0 / e).ln()).abs() < 1e-15);
        // The wrong way round costs one more than the right way: log σ(−1) = log σ(1) − 1.
        assert!((sigmoid(0.25).of(1.0) - (1.0 + 1.0 / e).ln() - 0.25).abs() < 1e-15);
        let ipo = Objective {
            beta: 0.25,
            loss: PreferenceLoss::Ipo,
        };
        // Ratios of 2, 5 and 0, of which 2 is what is aimed at.
        assert_eq!([ipo.of(0.5), ipo.of(1.25), ipo.of(0.0)], [0.0, 9.0, 4.0]);
    }

    #[test]
    fn large_margins_do_not_overflow() {
        assert_eq!(minus_log_sigmoid(-1000.0), 1000.0);
        assert!(minus_log_sigmoid(1000.0).abs() < 1e-300);
    }

    #[test]
    fn labels_that_would_say_nothing_are_refused() {
        for label_smoothing in [0.5, -0.1, f64::NAN] {
            let error = sigmoid(label_smoothing).check().unwrap_err().to_string();
            assert!(error.contains("label_smoothing"), "{error}");
        }
        sigmoid(0.1).check().unwrap();
    }
}
