//! Figure 2b: how the groups share the reduction of the top neurons, bin by bin of rank.

use std::ops::Range;

use crate::{Grouping, GroupsError, NeuronTable, PerGroup, Ranking};

/// The reductions of the neurons in one bin of ranks.
#[derive(Clone, Debug, PartialEq)]
pub struct ContributionBin {
    /// The ranks by reduction, counted from 0, the end excluded.
    pub ranks: Range<usize>,
    /// `Σ r` over the bin's members of each group.
    pub groups: PerGroup<f64>,
    /// `Σ r` over the bin's neurons in no group.
    pub ungrouped: f64,
}

/// The `top` neurons by reduction in `bins` bins of equal width (where `bins` does not divide
/// `top`, widths differ by one).
///
/// # Errors
/// `top` exceeds the number of neurons; `bins` is 0 or exceeds `top`.
pub fn binned_contributions(
    table: &NeuronTable,
    grouping: Grouping,
    top: usize,
    bins: usize,
) -> Result<Vec<ContributionBin>, GroupsError> {
    let neurons = Ranking::Reduction.at(table, 0..top)?;
    if bins == 0 || bins > top {
        return Err(GroupsError::Bins { neurons: top, bins });
    }
    let contributions = (0..bins).map(|bin| {
        let ranks = bin * top / bins..(bin + 1) * top / bins;
        let mut groups = PerGroup::default();
        let mut ungrouped = 0.0;
        for neuron in &neurons[ranks.clone()] {
            match grouping.group_of(neuron) {
                Some(group) => groups[group] += neuron.reduction(),
                None => ungrouped += neuron.reduction(),
            }
        }
        ContributionBin {
            ranks,
            groups,
            ungrouped,
        }
    });
    Ok(contributions.collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::samples::{by_hand, random};
    use crate::{Group, cumulative_reduction};

    #[test]
    fn worked_out_by_hand() {
        // By reduction: L0.0 TP− 1, L1.0 AN− .75, L0.3 AP+ .5, L1.1 none .5, L0.1 TN+ .25.
        let bins = binned_contributions(&by_hand(), Grouping::ActivationChange, 5, 2).unwrap();
        let ranks: Vec<_> = bins.iter().map(|bin| bin.ranks.clone()).collect();
        assert_eq!(ranks, [0..2, 2..5]);
        assert_eq!(bins[0].groups[Group::TpMinus], 1.0);
        assert_eq!(bins[0].groups[Group::AnMinus], 0.75);
        assert_eq!(bins[0].groups[Group::ApPlus], 0.0);
        assert_eq!(bins[1].groups[Group::ApPlus], 0.5);
        assert_eq!(bins[1].groups[Group::TnPlus], 0.25);
        assert_eq!([bins[0].ungrouped, bins[1].ungrouped], [0.0, 0.5]);
    }

    #[test]
    fn bins_cover_the_top_once() {
        for seed in 0..20 {
            let table = random(seed);
            for (top, bins) in [(50, 7), (50, 50), (50, 1)] {
                for grouping in Grouping::ALL {
                    let binned = binned_contributions(&table, grouping, top, bins).unwrap();
                    assert_eq!(binned.len(), bins);
                    assert_eq!(
                        (binned[0].ranks.start, binned[bins - 1].ranks.end),
                        (0, top)
                    );
                    for pair in binned.windows(2) {
                        assert_eq!(pair[0].ranks.end, pair[1].ranks.start);
                    }
                    let total: f64 = (binned.iter())
                        .map(|bin| {
                            bin.ungrouped + bin.groups.iter().map(|(_, sum)| sum).sum::<f64>()
                        })
                        .sum();
                    let expected = cumulative_reduction(&table)[top - 1].cumulative;
                    assert!((total - expected).abs() < 1e-12 * expected.abs());
                }
            }
        }
    }

    #[test]
    fn bad_sizes_are_errors() {
        let table = by_hand();
        let message = |top, bins| {
            binned_contributions(&table, Grouping::ReductionSign, top, bins)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            message(9, 3),
            "ranks 0..9 were asked for, but there are only 8 neurons"
        );
        assert_eq!(
            message(4, 0),
            "4 neurons cannot be put into 0 bins; expected 1 to 4 bins"
        );
        assert!(message(4, 5).contains("into 5 bins"));
    }
}
