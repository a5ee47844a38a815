//! How much all neurons together reduce what is written along the probe.

use crate::{Neuron, NeuronTable};

/// The reductions of all neurons, summed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TotalReduction {
    /// Peak reduction `Σ max(r, 0)`: what the neurons that reduce achieve together.
    pub peak: f64,
    /// Net reduction `Σ r`: what remains after the neurons that add toxicity.
    pub net: f64,
    /// Neurons with `r > 0`.
    pub reducing: usize,
    /// All neurons.
    pub neurons: usize,
}

impl TotalReduction {
    /// Sums over a whole table, in table order.
    #[must_use]
    pub fn of(table: &NeuronTable) -> Self {
        let reductions = || table.rows().iter().map(Neuron::reduction);
        Self {
            peak: sum(reductions().filter(|&reduction| reduction > 0.0)),
            net: sum(reductions()),
            reducing: reductions().filter(|&reduction| reduction > 0.0).count(),
            neurons: table.rows().len(),
        }
    }
}

/// The sum of `values`, in their order. That of no values is 0; the standard library's is -0.
pub(crate) fn sum(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |sum, value| sum + value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{by_hand, random, unchanged};

    #[test]
    fn worked_out_by_hand() {
        let expected = TotalReduction {
            peak: 3.25,
            net: 2.75,
            reducing: 6,
            neurons: 8,
        };
        assert_eq!(TotalReduction::of(&by_hand()), expected);
    }

    #[test]
    fn an_unchanged_model_reduces_nothing() {
        let total = TotalReduction::of(&unchanged());
        assert_eq!((total.peak, total.net, total.reducing), (0.0, 0.0, 0));
    }

    #[test]
    fn the_peak_is_above_the_net() {
        for seed in 0..20 {
            let total = TotalReduction::of(&random(seed));
            assert!(total.peak > total.net);
            assert!(0 < total.reducing && total.reducing < total.neurons);
        }
    }
}
