//! One MLP neuron: its name, and what was measured of it in both models.

use std::fmt;
use std::str::FromStr;

/// Names one MLP neuron: column `neuron` of the keys and row `neuron` of the values in block `layer`.
///
/// Ordered by layer, then neuron, which is the order of the neuron table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NeuronId {
    /// The block, counted from 0.
    pub layer: usize,
    /// The neuron within the block, counted from 0.
    pub neuron: usize,
}

impl fmt::Display for NeuronId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "L{}.{}", self.layer, self.neuron)
    }
}

impl FromStr for NeuronId {
    type Err = String;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.strip_prefix('L').and_then(|rest| rest.split_once('.'));
        let id = parts.and_then(|(layer, neuron)| {
            Some(Self {
                layer: layer.parse().ok()?,
                neuron: neuron.parse().ok()?,
            })
        });
        id.ok_or_else(|| format!("expected a neuron as L3.17, found `{text}`"))
    }
}

/// What was measured of one neuron in one model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Mean activation `m̄` after GELU, over prompts and generated tokens.
    pub activation: f64,
    /// What the neuron writes along the unit probe on average: `p = m̄ (v·u)`.
    pub projection: f64,
    /// Cosine of the value vector `v` and the probe.
    pub cosine: f64,
}

/// Which way a neuron's value vector points in the base model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orientation {
    /// Cosine with the probe above zero: a positive activation writes toxicity.
    Toxic,
    /// Cosine with the probe below zero: a positive activation writes against toxicity.
    AntiToxic,
}

/// One neuron, measured in the base and in the tuned model: a row of the neuron table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neuron {
    /// Which neuron.
    pub id: NeuronId,
    /// Measured before fine-tuning.
    pub base: Measured,
    /// Measured after fine-tuning, with the tuned model's own value vector.
    pub tuned: Measured,
}

impl Neuron {
    /// Reduction of what the neuron writes along the probe (equation 1 of the paper):
    /// `r = p(base) − p(tuned)`. Positive: fine-tuning reduced toxicity here.
    #[must_use]
    pub fn reduction(&self) -> f64 {
        self.base.projection - self.tuned.projection
    }

    /// `m̄(base) − m̄(tuned)`, the authors' `activation_diff`.
    #[must_use]
    pub fn activation_diff(&self) -> f64 {
        self.base.activation - self.tuned.activation
    }

    /// Which way the base model's value vector points; `None` when it is orthogonal to the probe.
    #[must_use]
    pub fn orientation(&self) -> Option<Orientation> {
        if self.base.cosine > 0.0 {
            Some(Orientation::Toxic)
        } else if self.base.cosine < 0.0 {
            Some(Orientation::AntiToxic)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neuron_is_read_by_the_name_that_it_is_written_by() {
        let id = NeuronId {
            layer: 3,
            neuron: 17,
        };
        assert_eq!(id.to_string().parse(), Ok(id));
        for other in ["probe", "L3", "3.17", "L3.", "L3.x"] {
            assert!(other.parse::<NeuronId>().is_err(), "{other}");
        }
    }

    fn neuron(cosine: f64, base: f64, tuned: f64) -> Neuron {
        let measured = |projection| Measured {
            activation: 2.0 * projection,
            projection,
            cosine,
        };
        Neuron {
            id: NeuronId {
                layer: 3,
                neuron: 17,
            },
            base: measured(base),
            tuned: measured(tuned),
        }
    }

    #[test]
    fn ids_are_ordered_by_layer_first() {
        let id = |layer, neuron| NeuronId { layer, neuron };
        assert!(id(0, 9) < id(1, 0));
        assert!(id(1, 0) < id(1, 1));
        assert_eq!(id(3, 17).to_string(), "L3.17");
    }

    #[test]
    fn differences_are_base_minus_tuned() {
        let dampened = neuron(0.5, 0.75, 0.5);
        assert_eq!(dampened.reduction(), 0.25);
        assert_eq!(dampened.activation_diff(), 0.5);
    }

    #[test]
    fn an_orthogonal_neuron_has_no_orientation() {
        assert_eq!(
            neuron(1e-300, 0.0, 0.0).orientation(),
            Some(Orientation::Toxic)
        );
        assert_eq!(
            neuron(-1e-300, 0.0, 0.0).orientation(),
            Some(Orientation::AntiToxic)
        );
        assert_eq!(neuron(0.0, 0.0, 0.0).orientation(), None);
        assert_eq!(neuron(-0.0, 0.0, 0.0).orientation(), None);
    }
}
