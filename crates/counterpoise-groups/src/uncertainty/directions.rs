//! The aggregates of a pair along other directions than the probe.

use crate::{Aggregates, Measured, Measurements, Neuron, NeuronId};

/// Aggregates along any number of directions, computed from what each neuron's value vectors project onto them, slice
/// after slice of neurons.
///
/// The mean activations stay what was measured; so a direction that is the probe gives what the probe gives.
#[derive(Debug)]
pub struct Directions<'a> {
    base: &'a Measurements,
    tuned: &'a Measurements,
    found: Vec<Aggregates>,
    next: usize,
}

impl<'a> Directions<'a> {
    /// Nothing added yet, along `directions` of them.
    #[must_use]
    pub fn new([base, tuned]: [&'a Measurements; 2], directions: usize) -> Self {
        Self {
            base,
            tuned,
            found: vec![Aggregates::default(); directions],
            next: 0,
        }
    }

    /// Adds the neurons that follow those added so far, in table order: `v·u` of both models' value vectors with every
    /// unit direction. Each `[neurons, directions]`
    ///
    /// # Panics
    /// If there are not as many projections of both; or more neurons than were measured.
    pub fn add(&mut self, base: &[f64], tuned: &[f64]) {
        assert_eq!(base.len(), tuned.len(), "both models' projections");
        let (d_mlp, directions) = (self.base.mean_activation[0].len(), self.found.len());
        for (base, tuned) in (base.chunks_exact(directions)).zip(tuned.chunks_exact(directions)) {
            let (layer, neuron) = (self.next / d_mlp, self.next % d_mlp);
            let id = NeuronId { layer, neuron };
            let [m_base, m_tuned] =
                [self.base, self.tuned].map(|model| model.mean_activation[layer][neuron]);
            for ((found, &base), &tuned) in self.found.iter_mut().zip(base).zip(tuned) {
                found.add(&Neuron {
                    id,
                    base: along(m_base, base),
                    tuned: along(m_tuned, tuned),
                });
            }
            self.next += 1;
        }
    }

    /// The aggregates along each direction, once every neuron was added.
    ///
    /// # Panics
    /// If one was not.
    #[must_use]
    pub fn finish(self) -> Vec<Aggregates> {
        let neurons: usize = self.base.mean_activation.iter().map(Vec::len).sum();
        assert_eq!(self.next, neurons, "every neuron is added once");
        self.found
    }
}

/// A neuron along a direction. The projection stands in for the cosine, whose sign it has.
fn along(activation: f64, value: f64) -> Measured {
    Measured {
        activation,
        projection: activation * value,
        cosine: value,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::samples::random_pair;
    use crate::{NeuronTable, Statistic};

    /// Aggregates along `[probe, turned around, orthogonal to everything]`, the neurons in slices of `size`.
    fn along_three(base: &Measurements, tuned: &Measurements, size: usize) -> Vec<Aggregates> {
        let mut directions = Directions::new([base, tuned], 3);
        let of = |model: &Measurements| -> Vec<f64> {
            let values = model.value_projection.iter().flatten();
            values.flat_map(|&value| [value, -value, 0.0]).collect()
        };
        let (base, tuned) = (of(base), of(tuned));
        for (base, tuned) in base.chunks(3 * size).zip(tuned.chunks(3 * size)) {
            directions.add(base, tuned);
        }
        directions.finish()
    }

    #[test]
    fn the_probe_as_a_direction_gives_what_was_measured_bit_for_bit() {
        for seed in 0..10 {
            let (base, tuned) = random_pair(seed);
            let table = NeuronTable::new(&base, &tuned).unwrap();
            let found = along_three(&base, &tuned, 7);
            assert_eq!(found[0], Aggregates::of(&table));
            assert_eq!(found, along_three(&base, &tuned, 1000));
            // Turned around, what was reduced is added; orthogonal, nothing is written at all.
            let net = |index: usize| found[index].get(Statistic::Net).unwrap();
            assert_eq!((net(1), net(2)), (-net(0), 0.0));
            assert_eq!(found[2], Aggregates::default());
        }
    }

    #[test]
    #[should_panic(expected = "every neuron is added once")]
    fn a_neuron_left_out_is_a_mistake() {
        let (base, tuned) = random_pair(1);
        let mut directions = Directions::new([&base, &tuned], 1);
        directions.add(&[1.0], &[1.0]);
        let _ = directions.finish();
    }
}
