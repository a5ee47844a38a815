//! How well a model tells preferred responses from others.

use serde::{Deserialize, Serialize};

use crate::objective::Objective;
use crate::pairs::PairScore;

/// How well a policy tells preferred responses from others, over some pairs.
///
/// A response's reward is `β · (log π(response) − log π_ref(response))`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Preference {
    /// Mean of the loss that is lowered, without divergences.
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
    pub(crate) fn of(objective: Objective, policy: &[PairScore], reference: &[PairScore]) -> Self {
        let (count, beta) = (policy.len() as f64, objective.beta);
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
            sum.loss += objective.of(margin);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PreferenceLoss;
    use crate::objective::tests::REFERENCE;

    fn dpo(beta: f64) -> Objective {
        Objective {
            beta,
            loss: PreferenceLoss::default(),
        }
    }

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
    #[test]
    fn figures_are_those_worked_out_by_hand() {
        // Rewards at β = 0.5: 0.5 and −0.5; −1 and 0.5. Margins 1 and −1.5.
        let found = Preference::of(dpo(0.5), &POLICY, &REFERENCE);
        let loss = ((1.0 + (-1.0_f64).exp()).ln() + (1.0 + 1.5_f64.exp()).ln()) / 2.0;

        assert!((found.loss - loss).abs() < 1e-12);
        assert_eq!(found.chosen_reward, -0.25);
        assert_eq!(found.rejected_reward, 0.0);
        assert_eq!(found.margin, -0.25);
        assert_eq!(found.accuracy, 0.5);
    }

    #[test]
    fn a_policy_that_is_the_reference_has_loss_ln_2() {
        let found = Preference::of(dpo(0.1), &REFERENCE, &REFERENCE);
        assert!((found.loss - std::f64::consts::LN_2).abs() < 1e-15);
        assert_eq!((found.margin, found.accuracy), (0.0, 0.0));
    }
}
