//! The DPO loss and what is reported beside it.

use burn::tensor::Tensor;
use burn::tensor::activation::log_sigmoid;
use serde::{Deserialize, Serialize};

use crate::pairs::PairScore;

/// How well a policy tells preferred responses from others, over some pairs.
///
/// A response's reward is `β · (log π(response) − log π_ref(response))`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Preference {
    /// Mean of `−log σ(reward of the preferred response − reward of the other)`.
    pub loss: f64,
    /// Mean reward of the preferred responses.
    pub chosen_reward: f64,
    /// Mean reward of the others.
    pub rejected_reward: f64,
    /// Mean difference of the two rewards.
    pub margin: f64,
    /// Share of pairs whose preferred response has the higher reward.
    pub accuracy: f64,
}

impl Preference {
    /// Over pairs scored by policy and reference, in `f64`. There is at least one.
    pub(crate) fn of(beta: f64, policy: &[PairScore], reference: &[PairScore]) -> Self {
        let count = policy.len() as f64;
        let rewards = policy.iter().zip(reference).map(|(policy, reference)| {
            (
                beta * (policy.chosen - reference.chosen),
                beta * (policy.rejected - reference.rejected),
            )
        });
        let mut sum = Self {
            loss: 0.0,
            chosen_reward: 0.0,
            rejected_reward: 0.0,
            margin: 0.0,
            accuracy: 0.0,
        };
        for (chosen, rejected) in rewards {
            let margin = chosen - rejected;
            sum.loss += minus_log_sigmoid(margin);
            sum.chosen_reward += chosen;
            sum.rejected_reward += rejected;
            sum.margin += margin;
            sum.accuracy += f64::from(u8::from(margin > 0.0));
        }
        Self {
            loss: sum.loss / count,
            chosen_reward: sum.chosen_reward / count,
            rejected_reward: sum.rejected_reward / count,
            margin: sum.margin / count,
            accuracy: sum.accuracy / count,
        }
    }
}

/// `−log σ(x)` without overflow.
fn minus_log_sigmoid(x: f64) -> f64 {
    (-x).max(0.0) + (-x.abs()).exp().ln_1p()
}

/// `Σ −log σ(β((π_c − r_c) − (π_r − r_r)))`, the DPO loss summed over pairs (Rafailov et al.,
/// equation 7).
///
/// `policy` holds `log π` of all preferred responses, then of all others, `[2 · pairs]`;
/// `reference` the reference model's scores.
pub(crate) fn summed_loss(policy: Tensor<1>, reference: &[PairScore], beta: f64) -> Tensor<1> {
    let pairs = reference.len();
    let device = policy.device();
    // Differences of log-probabilities under the reference are taken in f64.
    let reference: Vec<f32> = reference
        .iter()
        .map(|score| (score.chosen - score.rejected) as f32)
        .collect();
    let reference = Tensor::<1>::from_floats(reference.as_slice(), &device);
    let chosen = policy.clone().narrow(0, 0, pairs);
    let rejected = policy.narrow(0, pairs, pairs);
    let margin = (chosen - rejected - reference).mul_scalar(beta); // [pairs]
    log_sigmoid(margin).sum().neg()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;

    use super::*;

    const POLICY: [PairScore; 2] = [
        PairScore {
            chosen: -10.0,
            rejected: -14.0,
        },
        PairScore {
            chosen: -20.0,
            rejected: -7.0,
        },
    ];
    const REFERENCE: [PairScore; 2] = [
        PairScore {
            chosen: -11.0,
            rejected: -13.0,
        },
        PairScore {
            chosen: -18.0,
            rejected: -8.0,
        },
    ];

    #[test]
    fn figures_are_those_worked_out_by_hand() {
        // Rewards at β = 0.5: 0.5 and −0.5; −1 and 0.5. Margins 1 and −1.5.
        let found = Preference::of(0.5, &POLICY, &REFERENCE);
        let loss = ((1.0 + (-1.0_f64).exp()).ln() + (1.0 + 1.5_f64.exp()).ln()) / 2.0;

        assert!((found.loss - loss).abs() < 1e-12);
        assert_eq!(found.chosen_reward, -0.25);
        assert_eq!(found.rejected_reward, 0.0);
        assert_eq!(found.margin, -0.25);
        assert_eq!(found.accuracy, 0.5);
    }

    #[test]
    fn the_loss_tensor_agrees_and_its_gradient_is_the_sigmoid_weight() {
        let device = Device::flex().autodiff();
        let policy = Tensor::<1>::from_floats([-10.0, -20.0, -14.0, -7.0], &device).require_grad();
        let loss = summed_loss(policy.clone(), &REFERENCE, 0.5);
        let gradient: Vec<f64> = policy
            .grad(&loss.backward())
            .unwrap()
            .try_into_vec_as()
            .unwrap();
        let value = loss.try_into_scalar::<f32>().unwrap();

        let expected = 2.0 * Preference::of(0.5, &POLICY, &REFERENCE).loss;
        assert!((f64::from(value) - expected).abs() < 1e-5);
        // d(−log σ(m))/d log π = ∓ β σ(−m), with m = 1 and −1.5.
        let weight = |margin: f64| 0.5 / (1.0 + margin.exp());
        for (found, expected) in
            gradient
                .iter()
                .zip([-weight(1.0), -weight(-1.5), weight(1.0), weight(-1.5)])
        {
            assert!((found - expected).abs() < 1e-6, "{gradient:?}");
        }
    }

    #[test]
    fn a_policy_that_is_the_reference_has_loss_ln_2() {
        let found = Preference::of(0.1, &REFERENCE, &REFERENCE);
        assert!((found.loss - std::f64::consts::LN_2).abs() < 1e-15);
        assert_eq!((found.margin, found.accuracy), (0.0, 0.0));
    }

    #[test]
    fn large_margins_do_not_overflow() {
        assert_eq!(minus_log_sigmoid(-1000.0), 1000.0);
        assert!(minus_log_sigmoid(1000.0).abs() < 1e-300);
    }
}
