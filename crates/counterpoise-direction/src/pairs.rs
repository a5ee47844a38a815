//! What the hidden states of preference pairs say: ProFS's subspace, and the mean difference.

use crate::{DirectionError, right_singular};

/// The subspace of ProFS (Uppaal et al., ICLR 2025): the `k` first right singular vectors of `M`, `[k][d]`.
///
/// `chosen` and `rejected` are the pairs' hidden states `E⁺` and `E⁻`, `[pairs][d]`. `M = (E⁺ − E⁻)/2`, from which the first
/// right singular vector of `E⁺`, which says what all texts have in common, is projected out.
///
/// # Errors
/// Numbers of rows that differ, fewer pairs than `k`, numbers that are not finite.
pub fn profs(
    chosen: &[Vec<f64>],
    rejected: &[Vec<f64>],
    k: usize,
) -> Result<Vec<Vec<f64>>, DirectionError> {
    same_length(chosen, rejected)?;
    let common = right_singular(chosen, 1)?.vectors.remove(0);
    let halved = |(one, other): (&Vec<f64>, &Vec<f64>)| -> Vec<f64> {
        let half: Vec<f64> = one.iter().zip(other).map(|(a, b)| (a - b) / 2.0).collect();
        let along: f64 = half.iter().zip(&common).map(|(x, c)| x * c).sum();
        half.iter()
            .zip(&common)
            .map(|(x, c)| x - along * c)
            .collect()
    };
    let centred: Vec<Vec<f64>> = chosen.iter().zip(rejected).map(halved).collect();
    Ok(right_singular(&centred, k)?.vectors)
}

/// The mean of `towards` less that of `from`, `[d]`: contrastive activation addition adds it, directional ablation
/// takes it out.
///
/// # Errors
/// Numbers of rows that differ, or none.
pub fn mean_difference(
    towards: &[Vec<f64>],
    from: &[Vec<f64>],
) -> Result<Vec<f64>, DirectionError> {
    let mut sum = DifferenceSum::default();
    sum.add(towards, from)?;
    Ok(sum.mean())
}

/// The sum behind a [`mean_difference`], a part of the rows at a time: the bits are those of all rows at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DifferenceSum {
    sum: Vec<f64>,
    rows: usize,
}

impl DifferenceSum {
    /// Adds rows, `[d]` each.
    ///
    /// # Errors
    /// Numbers of rows that differ, or none.
    pub fn add(&mut self, towards: &[Vec<f64>], from: &[Vec<f64>]) -> Result<(), DirectionError> {
        same_length(towards, from)?;
        self.sum.resize(towards[0].len(), 0.0);
        for (one, other) in towards.iter().zip(from) {
            let pairs = self.sum.iter_mut().zip(one.iter().zip(other));
            pairs.for_each(|(sum, (a, b))| *sum += a - b);
        }
        self.rows += towards.len();
        Ok(())
    }

    /// The mean of all rows, `[d]`; empty if there are none.
    #[must_use]
    pub fn mean(&self) -> Vec<f64> {
        self.sum.iter().map(|sum| sum / self.rows as f64).collect()
    }
}

fn same_length(one: &[Vec<f64>], other: &[Vec<f64>]) -> Result<(), DirectionError> {
    if one.len() == other.len() && !one.is_empty() {
        return Ok(());
    }
    Err(DirectionError::Shape {
        what: "rows in both halves of the pairs",
        expected: one.len().max(1),
        found: other.len(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_all_texts_have_in_common_is_left_out() {
        // All chosen texts lie along the first axis; pairs differ along it and, less, along the second.
        let chosen = vec![vec![10.0, 0.0, 0.0]; 4];
        let rejected: Vec<Vec<f64>> = (1..5)
            .map(|i| vec![f64::from(i), 0.1 * f64::from(i), 0.0])
            .collect();
        let found = profs(&chosen, &rejected, 1).unwrap();
        assert!((found[0][1].abs() - 1.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn a_mean_difference_is_that_of_the_means() {
        let found = mean_difference(
            &[vec![1.0, 2.0], vec![3.0, 4.0]],
            &[vec![0.0, 1.0], vec![0.0, 0.0]],
        );
        assert_eq!(found.unwrap(), [2.0, 2.5]);
        assert!(mean_difference(&[vec![1.0]], &[]).is_err());
        let mut sum = DifferenceSum::default();
        assert_eq!(sum.mean(), [0.0; 0]);
        sum.add(&[vec![1.0, 2.0]], &[vec![0.0, 1.0]]).unwrap();
        sum.add(&[vec![3.0, 4.0]], &[vec![0.0, 0.0]]).unwrap();
        assert_eq!(sum.mean(), [2.0, 2.5]);
        assert!(profs(&[], &[], 1).is_err());
    }
}
