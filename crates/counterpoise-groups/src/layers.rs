//! Figure 3: sums over the neurons of each layer.

use crate::reduction::sum;
use crate::{Grouping, Neuron, NeuronTable, PerGroup};

/// The reductions of one layer's neurons, summed (figure 3).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerReduction {
    /// The layer.
    pub layer: usize,
    /// `Σ r` over the layer's members of each group.
    pub groups: PerGroup<f64>,
    /// `Σ r` over the layer's neurons in no group.
    pub ungrouped: f64,
    /// `Σ r` over all of the layer's neurons.
    pub total: f64,
}

/// The reduction of every layer and group, by layer.
#[must_use]
pub fn layer_reductions(table: &NeuronTable, grouping: Grouping) -> Vec<LayerReduction> {
    (table.by_layer().enumerate())
        .map(|(layer, neurons)| {
            let mut groups = PerGroup::default();
            let mut ungrouped = 0.0;
            for neuron in neurons {
                match grouping.group_of(neuron) {
                    Some(group) => groups[group] += neuron.reduction(),
                    None => ungrouped += neuron.reduction(),
                }
            }
            LayerReduction {
                layer,
                groups,
                ungrouped,
                total: sum(neurons.iter().map(Neuron::reduction)),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{by_hand, random};
    use crate::{Group, GroupAssignment, TotalReduction};

    #[test]
    fn reductions_worked_out_by_hand() {
        let layers = layer_reductions(&by_hand(), Grouping::ActivationChange);
        let sums = |layer: usize| Group::ALL.map(|group| layers[layer].groups[group]);
        assert_eq!(sums(0), [1.0, 0.25, 0.5, 0.0]);
        assert_eq!(sums(1), [-0.5, 0.0, 0.0, 0.75]);
        assert_eq!([layers[0].ungrouped, layers[1].ungrouped], [0.0, 0.75]);
        assert_eq!([layers[0].total, layers[1].total], [1.75, 1.0]);
    }

    #[test]
    fn layers_sum_to_the_model() {
        for seed in 0..50 {
            let table = random(seed);
            let total = TotalReduction::of(&table);
            let close = |a: f64, b: f64| (a - b).abs() < 1e-12 * total.peak;
            for grouping in Grouping::ALL {
                let layers = layer_reductions(&table, grouping);
                assert_eq!(layers.len(), table.layers());
                assert!(close(layers.iter().map(|l| l.total).sum(), total.net));
                let sums = GroupAssignment::new(&table, grouping).sums();
                for group in Group::ALL {
                    assert!(close(
                        layers.iter().map(|l| l.groups[group]).sum(),
                        sums[group]
                    ));
                }
                for layer in &layers {
                    let parts: f64 = layer.groups.iter().map(|(_, sum)| sum).sum();
                    assert!(close(parts + layer.ungrouped, layer.total));
                }
            }
        }
    }
}
