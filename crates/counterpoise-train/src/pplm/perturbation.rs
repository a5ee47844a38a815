//! Steps that move keys and values down the gradient of the loss.

use burn::tensor::Tensor;

use super::loss::Place;
use super::past::Delta;
use super::{GradientNorm, Pplm};
use crate::TrainError;

/// What keys and values are moved by before one new token.
pub(super) struct Perturbation {
    /// Of each block.
    pub(super) deltas: Vec<Delta>,
    /// Of each row, before each step. `[batch][iterations]`
    pub(super) losses: Vec<Vec<f64>>,
}

impl Pplm {
    /// Moves the keys and values of `place`, which has a past, in all iterations.
    ///
    /// # Errors
    /// [`TrainError::Steering`] where a loss is not finite, and what the model reports.
    pub(super) fn perturb(&self, place: &Place<'_>) -> Result<Perturbation, TrainError> {
        let zero = |past| Delta::zero(self.moved, past);
        let mut deltas: Vec<Delta> = place.past.iter().map(zero).collect();
        let mut losses = Vec::with_capacity(self.iterations);
        for _ in 0..self.iterations {
            let (loss, gradients) = self.gradient(place, &mut deltas)?;
            losses.push(loss.unsqueeze_dim::<2>(1)); // [batch, 1]
            let step = |(delta, gradient): (Delta, Delta)| {
                delta.stepped(gradient, self.step_size, self.gamma, self.norm)
            };
            deltas = deltas.into_iter().zip(gradients).map(step).collect();
        }
        Ok(Perturbation {
            deltas,
            losses: rows(losses)?,
        })
    }

    /// Makes `deltas` leaves, and returns each row's loss, `[batch]`, and the gradient for each block.
    pub(super) fn gradient(
        &self,
        place: &Place<'_>,
        deltas: &mut Vec<Delta>,
    ) -> Result<(Tensor<1>, Vec<Delta>), TrainError> {
        *deltas = deltas.drain(..).map(Delta::leaf).collect();
        let losses = place.losses(deltas)?;
        let total = match self.norm {
            // A row's gradient is that of its own loss.
            GradientNorm::Row => losses.clone().sum(),
            GradientNorm::Batch => losses.clone().mean(),
        };
        let gradients = total.backward();
        let of = |delta: &Delta| delta.gradient(&gradients);
        Ok((losses.inner(), deltas.iter().map(of).collect()))
    }
}

/// The losses of each row, from a column for each iteration, `[batch, 1]`; read from the device at once.
fn rows(losses: Vec<Tensor<2>>) -> Result<Vec<Vec<f64>>, TrainError> {
    let iterations = losses.len();
    let values = Tensor::cat(losses, 1).try_into_vec_as::<f64>();
    let values = values.map_err(TrainError::read)?;
    if let Some(&found) = values.iter().find(|loss| !loss.is_finite()) {
        return Err(TrainError::Steering {
            quantity: "the loss",
            found,
        });
    }
    Ok(values
        .chunks_exact(iterations)
        .map(<[f64]>::to_vec)
        .collect())
}
