//! What is measured of every neuron of one model, checked before anything is derived from it.

use crate::{GroupsError, NeuronId, Role};

/// How far rounding in 32-bit arithmetic may carry a cosine beyond ±1.
pub(crate) const COSINE_SLACK: f64 = 1e-5;

/// Per-neuron measurements of one model, each as `[layer][neuron]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurements {
    /// Mean activation `m̄` after GELU, over prompts and generated tokens.
    pub mean_activation: Vec<Vec<f64>>,
    /// Value projection `v·u`: the value vector on the unit probe.
    pub value_projection: Vec<Vec<f64>>,
    /// Cosine of the value vector and the probe.
    pub cosine: Vec<Vec<f64>>,
}

impl Measurements {
    /// The neuron projection `p_i = m̄_i (v_i·u)`: what a neuron writes along the unit probe on average
    /// (section 4.2).
    ///
    /// # Panics
    /// If there is no such neuron.
    pub fn projection(&self, layer: usize, neuron: usize) -> f64 {
        self.mean_activation[layer][neuron] * self.value_projection[layer][neuron]
    }

    /// [`Measurements::projection`] of every neuron of `layer`, in their order.
    ///
    /// # Panics
    /// If there is no such layer, or it has activations and projections of different numbers.
    pub fn projections(&self, layer: usize) -> impl Iterator<Item = f64> {
        let neurons = 0..self.mean_activation[layer].len();
        neurons.map(move |neuron| self.projection(layer, neuron))
    }

    /// Layers and neurons per layer, after every value was found usable.
    ///
    /// # Errors
    /// No neurons; quantities or layers of different sizes; a value that is not finite; a cosine
    /// outside −1..1.
    pub(crate) fn check(&self, model: Role) -> Result<(usize, usize), GroupsError> {
        let layers = self.mean_activation.len();
        let d_mlp = self.mean_activation.first().map_or(0, Vec::len);
        if d_mlp == 0 {
            return Err(GroupsError::NoNeurons {
                model,
                quantity: "mean_activation",
            });
        }
        for (quantity, values) in [
            ("mean_activation", &self.mean_activation),
            ("value_projection", &self.value_projection),
            ("cosine", &self.cosine),
        ] {
            check_shape(model, quantity, values, layers, d_mlp)?;
            check_values(model, quantity, values, "a finite number", f64::is_finite)?;
        }
        let within = |cosine: f64| cosine.abs() <= 1.0 + COSINE_SLACK;
        check_values(
            model,
            "cosine",
            &self.cosine,
            "a cosine, from -1 to 1",
            within,
        )?;
        Ok((layers, d_mlp))
    }
}

fn check_shape(
    model: Role,
    quantity: &'static str,
    values: &[Vec<f64>],
    layers: usize,
    d_mlp: usize,
) -> Result<(), GroupsError> {
    if values.len() != layers {
        return Err(GroupsError::LayerCount {
            model,
            quantity,
            expected: layers,
            found: values.len(),
        });
    }
    match values.iter().position(|row| row.len() != d_mlp) {
        None => Ok(()),
        Some(layer) => Err(GroupsError::LayerWidth {
            model,
            quantity,
            layer,
            expected: d_mlp,
            found: values[layer].len(),
        }),
    }
}

fn check_values(
    model: Role,
    quantity: &'static str,
    values: &[Vec<f64>],
    expected: &'static str,
    usable: impl Fn(f64) -> bool,
) -> Result<(), GroupsError> {
    for (layer, row) in values.iter().enumerate() {
        if let Some(neuron) = row.iter().position(|&value| !usable(value)) {
            return Err(GroupsError::Measurement {
                model,
                quantity,
                neuron: NeuronId { layer, neuron },
                expected,
                found: row[neuron],
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn two_by_three() -> Measurements {
        Measurements {
            mean_activation: vec![vec![0.5; 3]; 2],
            value_projection: vec![vec![-2.0; 3]; 2],
            cosine: vec![vec![-1.0; 3]; 2],
        }
    }

    fn message(measurements: &Measurements) -> String {
        measurements.check(Role::Tuned).unwrap_err().to_string()
    }

    #[test]
    fn good_measurements_give_their_shape() {
        assert_eq!(two_by_three().check(Role::Base).unwrap(), (2, 3));
    }

    #[test]
    fn no_neurons_is_an_error() {
        for empty in [vec![], vec![vec![]]] {
            let measurements = Measurements {
                mean_activation: empty.clone(),
                value_projection: empty.clone(),
                cosine: empty,
            };
            assert!(message(&measurements).contains("`mean_activation` is empty"));
        }
    }

    #[test]
    fn a_missing_layer_is_named_by_quantity() {
        let mut measurements = two_by_three();
        measurements.value_projection.pop();
        assert_eq!(
            message(&measurements),
            "tuned model: `value_projection` has 1 layers; expected 2, as many as \
             `mean_activation`"
        );
    }

    #[test]
    fn a_narrow_layer_is_named_by_index() {
        let mut measurements = two_by_three();
        measurements.mean_activation[1].pop();
        let message = message(&measurements);
        assert!(
            message.contains("`mean_activation` has 2 neurons in layer 1; expected 3"),
            "{message}"
        );
    }

    #[test]
    fn nan_is_named_by_neuron() {
        let mut measurements = two_by_three();
        measurements.value_projection[1][2] = f64::NAN;
        assert_eq!(
            message(&measurements),
            "tuned model: `value_projection` of neuron L1.2 is NaN; expected a finite number"
        );
        measurements = two_by_three();
        measurements.mean_activation[0][1] = f64::NEG_INFINITY;
        assert!(message(&measurements).contains("neuron L0.1 is -inf"));
    }

    #[test]
    fn a_projection_in_place_of_a_cosine_is_found() {
        let mut measurements = two_by_three();
        measurements.cosine[0][2] = 1.0 + 1e-7; // rounding
        assert!(measurements.check(Role::Base).is_ok());
        measurements.cosine[0][2] = 1.1;
        assert!(message(&measurements).contains("neuron L0.2 is 1.1; expected a cosine"));
    }
}
