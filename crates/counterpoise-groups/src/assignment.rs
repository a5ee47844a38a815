//! Every neuron of a model pair sorted into groups, with the groups' counts, sums and shares.

use crate::reduction::sum;
use crate::{Group, Grouping, GroupsError, NeuronId, NeuronTable, PerGroup};

/// The groups of all neurons of a table under one grouping.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupAssignment {
    grouping: Grouping,
    groups: Vec<Option<Group>>,
    members: PerGroup<Vec<NeuronId>>,
    sums: PerGroup<f64>,
}

impl GroupAssignment {
    /// Sorts every neuron of `table` into its group, if it has one.
    #[must_use]
    pub fn new(table: &NeuronTable, grouping: Grouping) -> Self {
        let mut assignment = Self {
            grouping,
            groups: Vec::with_capacity(table.rows().len()),
            members: PerGroup::default(),
            sums: PerGroup::default(),
        };
        for neuron in table.rows() {
            let group = grouping.group_of(neuron);
            assignment.groups.push(group);
            if let Some(group) = group {
                assignment.members[group].push(neuron.id);
                assignment.sums[group] += neuron.reduction();
            }
        }
        assignment
    }

    /// The grouping used.
    #[must_use]
    pub fn grouping(&self) -> Grouping {
        self.grouping
    }

    /// Each neuron's group, in the order of [`NeuronTable::rows`].
    #[must_use]
    pub fn groups(&self) -> &[Option<Group>] {
        &self.groups
    }

    /// The neurons of one group, in table order.
    #[must_use]
    pub fn members(&self, group: Group) -> &[NeuronId] {
        &self.members[group]
    }

    /// Neurons in each group.
    #[must_use]
    pub fn counts(&self) -> PerGroup<usize> {
        PerGroup::from_fn(|group| self.members[group].len())
    }

    /// Neurons in no group.
    #[must_use]
    pub fn ungrouped(&self) -> usize {
        self.groups.iter().filter(|group| group.is_none()).count()
    }

    /// `Σ r` over each group.
    #[must_use]
    pub fn sums(&self) -> PerGroup<f64> {
        self.sums
    }

    /// Each group's `Σ r` over the sum of the four (figure 2a). The shares sum to 1; by
    /// activation change, a group that raises the projection has a negative share.
    ///
    /// # Errors
    /// The four groups together do not reduce the projection: shares of that say nothing.
    pub fn shares(&self) -> Result<PerGroup<f64>, GroupsError> {
        let total = sum(self.sums.iter().map(|(_, sum)| *sum));
        if total > 0.0 {
            Ok(PerGroup::from_fn(|group| self.sums[group] / total))
        } else {
            Err(GroupsError::NoReduction {
                grouping: self.grouping,
                total,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::samples::{by_hand, random, unchanged};

    fn ids(pairs: &[(usize, usize)]) -> Vec<NeuronId> {
        (pairs.iter())
            .map(|&(layer, neuron)| NeuronId { layer, neuron })
            .collect()
    }

    #[test]
    fn by_activation_change() {
        let groups = GroupAssignment::new(&by_hand(), Grouping::ActivationChange);
        let expected = [
            Some(Group::TpMinus),
            Some(Group::TnPlus),
            None,
            Some(Group::ApPlus),
            Some(Group::AnMinus),
            None,
            Some(Group::TpMinus),
            None,
        ];
        assert_eq!(groups.groups(), expected);
        assert_eq!(groups.members(Group::TpMinus), ids(&[(0, 0), (1, 2)]));
        assert_eq!(groups.members(Group::AnMinus), ids(&[(1, 0)]));
        assert_eq!(groups.ungrouped(), 3);
        // r: L0.0 1, L1.2 -0.5 | L0.1 0.25 | L0.3 0.5 | L1.0 0.75
        assert_eq!(
            groups.sums(),
            PerGroup::from_fn(sums([0.5, 0.25, 0.5, 0.75]))
        );
        assert_eq!(
            groups.shares().unwrap(),
            PerGroup::from_fn(sums([0.25, 0.125, 0.25, 0.375]))
        );
    }

    #[test]
    fn by_reduction_sign() {
        let groups = GroupAssignment::new(&by_hand(), Grouping::ReductionSign);
        assert_eq!(groups.counts()[Group::TpMinus], 2);
        assert_eq!(groups.members(Group::TpMinus), ids(&[(0, 0), (1, 3)]));
        assert_eq!(
            groups.sums(),
            PerGroup::from_fn(sums([1.25, 0.25, 0.5, 0.75]))
        );
        assert_eq!(groups.ungrouped(), 3);
    }

    fn sums(values: [f64; 4]) -> impl FnMut(Group) -> f64 {
        move |group| values[group as usize]
    }

    #[test]
    fn shares_need_a_reduction() {
        let groups = GroupAssignment::new(&unchanged(), Grouping::ActivationChange);
        let error = groups.shares().unwrap_err();
        assert!(
            matches!(error, GroupsError::NoReduction { total, .. } if total == 0.0),
            "{error}"
        );
    }

    #[test]
    fn groups_are_disjoint_and_shares_sum_to_one() {
        for seed in 0..50 {
            let table = random(seed);
            for grouping in Grouping::ALL {
                let groups = GroupAssignment::new(&table, grouping);
                let mut seen: Vec<NeuronId> = (Group::ALL.iter())
                    .flat_map(|&group| groups.members(group).to_vec())
                    .collect();
                let grouped = seen.len();
                assert_eq!(grouped + groups.ungrouped(), table.rows().len());
                seen.sort();
                seen.dedup();
                assert_eq!(seen.len(), grouped, "a neuron is in two groups");
                if let Ok(shares) = groups.shares() {
                    let total: f64 = shares.iter().map(|(_, share)| share).sum();
                    assert!((total - 1.0).abs() < 1e-12, "{total}");
                } else {
                    assert_eq!(grouping, Grouping::ActivationChange);
                }
            }
        }
    }

    #[test]
    fn by_reduction_sign_the_groups_hold_the_whole_peak() {
        for seed in 0..50 {
            let table = random(seed);
            let sums = GroupAssignment::new(&table, Grouping::ReductionSign).sums();
            let total: f64 = sums.iter().map(|(_, sum)| sum).sum();
            let oriented: f64 = (table.rows().iter())
                .filter(|neuron| neuron.orientation().is_some())
                .map(|neuron| neuron.reduction().max(0.0))
                .sum();
            assert!((total - oriented).abs() < 1e-12 * oriented.max(1.0));
        }
    }
}
