//! The identity every layer has to meet: its projection is its neurons' plus its bias's.

use std::fmt;

use crate::error::{Result, refuse};
use serde::{Deserialize, Serialize};

/// How far `Σ p_i + bias·u` may lie from the layer's projection, relative to the larger.
const TOLERANCE: f64 = 1e-4;

/// Where terms cancel, a sum is held to this part of what was summed, as its rounding follows that.
const CANCELLED: f64 = 1e-2;

/// The largest difference found over a model's layers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerIdentity {
    /// The layer it was found in.
    pub layer: usize,
    /// The layer's projection, from the mean of its output.
    pub projection: f64,
    /// The sum over its neurons and its bias.
    pub sum: f64,
    /// Their difference, relative to the larger of the two.
    pub relative_difference: f64,
    /// What it may be.
    pub tolerance: f64,
}

impl LayerIdentity {
    /// Compares each layer's projection, `[n_layer]`, with its neurons' projections, `[layer][neuron]`,
    /// and its bias's, `[n_layer]`.
    ///
    /// # Errors
    /// No layers, or differing numbers of them.
    pub fn of(layers: &[f64], neurons: &[Vec<f64>], biases: &[f64]) -> Result<Self> {
        if layers.is_empty() || (layers.len(), layers.len()) != (neurons.len(), biases.len()) {
            refuse!(
                "expected the same number of layers, at least one; found {}, {} and {}",
                layers.len(),
                neurons.len(),
                biases.len()
            );
        }
        let compare = |layer: usize| {
            let (projection, bias) = (layers[layer], biases[layer]);
            let sum = neurons[layer].iter().sum::<f64>() + bias;
            let summed = neurons[layer].iter().map(|p| p.abs()).sum::<f64>() + bias.abs();
            let size = CANCELLED * summed;
            Self {
                layer,
                projection,
                sum,
                relative_difference: relative_difference(projection, sum, size),
                tolerance: TOLERANCE,
            }
        };
        let first = compare(0);
        // A NaN is larger than everything in this order, so it is never passed over.
        Ok((1..layers.len()).map(compare).fold(first, |worst, next| {
            let order = next
                .relative_difference
                .total_cmp(&worst.relative_difference);
            if order.is_gt() { next } else { worst }
        }))
    }

    /// Whether the difference is within the tolerance.
    pub fn holds(&self) -> bool {
        self.relative_difference <= self.tolerance
    }
}

/// How far `one` and `other` lie apart, relative to the larger of them, or to `least` where that is larger.
pub(crate) fn relative_difference(one: f64, other: f64, least: f64) -> f64 {
    match (one - other).abs() {
        0.0 => 0.0,
        difference => difference / one.abs().max(other.abs()).max(least),
    }
}

impl fmt::Display for LayerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the output of layer {} projects to {}, but its neurons and bias add up to {}; \
             expected them equal to {:e} of the larger",
            self.layer, self.projection, self.sum, self.tolerance
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_worst_layer_is_reported() {
        let neurons = [vec![1.0, 2.0], vec![0.5, 0.25]];
        let exact = LayerIdentity::of(&[3.5, 0.75], &neurons, &[0.5, 0.0]).unwrap();
        assert!(exact.holds() && exact.relative_difference == 0.0);
        let off = LayerIdentity::of(&[3.5, 0.76], &neurons, &[0.5, 0.0]).unwrap();
        assert_eq!((off.layer, off.sum), (1, 0.75));
        assert!(!off.holds());
        assert!(off.to_string().contains("layer 1"), "{off}");
    }

    #[test]
    fn cancelling_terms_are_held_to_their_size() {
        let neurons = [vec![100.0, -100.0]];
        assert!(
            LayerIdentity::of(&[5e-5], &neurons, &[0.0])
                .unwrap()
                .holds()
        );
        assert!(
            !LayerIdentity::of(&[1e-3], &neurons, &[0.0])
                .unwrap()
                .holds()
        );
    }

    #[test]
    fn nan_never_holds_and_layers_have_to_match() {
        let nan = LayerIdentity::of(&[1.0, f64::NAN], &[vec![1.0], vec![1.0]], &[0.0, 0.0]);
        assert!(!nan.unwrap().holds());
        assert!(LayerIdentity::of(&[], &[], &[]).is_err());
        assert!(LayerIdentity::of(&[1.0], &[vec![1.0]], &[]).is_err());
    }
}
