//! What all neurons reduce together, and each group, added up neuron by neuron.

use crate::{Group, Grouping, Neuron, NeuronTable, PerGroup, Statistic};

/// Total reduction and the groups by each definition, of any neurons.
///
/// Over a table's rows the sums are those of [`TotalReduction`](crate::TotalReduction) and
/// [`GroupAssignment`](crate::GroupAssignment), bit for bit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Aggregates {
    peak: f64,
    net: f64,
    reducing: usize,
    groups: [OfGrouping; Grouping::ALL.len()],
}

/// The groups by one definition.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct OfGrouping {
    counts: PerGroup<usize>,
    sums: PerGroup<f64>,
}

impl Aggregates {
    /// Those of a whole table, in table order.
    #[must_use]
    pub fn of(table: &NeuronTable) -> Self {
        let mut found = Self::default();
        table.rows().iter().for_each(|neuron| found.add(neuron));
        found
    }

    /// Adds a neuron. Of its cosines only the sign of the base model's matters.
    pub fn add(&mut self, neuron: &Neuron) {
        let reduction = neuron.reduction();
        self.net += reduction;
        if reduction > 0.0 {
            self.peak += reduction;
            self.reducing += 1;
        }
        for (grouping, of) in Grouping::ALL.into_iter().zip(&mut self.groups) {
            if let Some(group) = grouping.group_of(neuron) {
                of.counts[group] += 1;
                of.sums[group] += reduction;
            }
        }
    }

    /// A statistic's value. `None` for a share where the four groups together do not reduce, and for net over peak
    /// where no neuron reduces.
    #[must_use]
    pub fn get(&self, statistic: Statistic) -> Option<f64> {
        let of = |grouping: Grouping| &self.groups[grouping as usize];
        match statistic {
            Statistic::Peak => Some(self.peak),
            Statistic::Net => Some(self.net),
            Statistic::NetOverPeak => (self.peak > 0.0).then(|| self.net / self.peak),
            Statistic::Reducing => Some(self.reducing as f64),
            Statistic::Neurons(grouping, group) => Some(of(grouping).counts[group] as f64),
            Statistic::Reduction(grouping, group) => Some(of(grouping).sums[group]),
            Statistic::Share(grouping, group) => of(grouping).share(group),
            Statistic::Erasing(grouping) => {
                let share = |group| of(grouping).share(group);
                Some(share(Group::TpMinus)? + share(Group::AnMinus)?)
            }
        }
    }
}

impl OfGrouping {
    fn share(&self, group: Group) -> Option<f64> {
        let total = self.sums.iter().fold(0.0, |total, (_, sum)| total + sum);
        (total > 0.0).then(|| self.sums[group] / total)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::samples::{by_hand, random, unchanged};
    use crate::{GroupAssignment, TotalReduction};

    #[test]
    fn they_are_what_a_table_gives_bit_for_bit() {
        let tables = (0..20).map(random).chain([by_hand(), unchanged()]);
        for table in tables {
            let found = Aggregates::of(&table);
            let total = TotalReduction::of(&table);
            assert_eq!(found.get(Statistic::Peak), Some(total.peak));
            assert_eq!(found.get(Statistic::Net), Some(total.net));
            assert_eq!(found.get(Statistic::Reducing), Some(total.reducing as f64));
            for grouping in Grouping::ALL {
                let groups = GroupAssignment::new(&table, grouping);
                for group in Group::ALL {
                    let get = |statistic: fn(Grouping, Group) -> Statistic| {
                        found.get(statistic(grouping, group))
                    };
                    let neurons = groups.counts()[group] as f64;
                    assert_eq!(get(Statistic::Neurons), Some(neurons));
                    assert_eq!(get(Statistic::Reduction), Some(groups.sums()[group]));
                    let share = groups.shares().ok().map(|shares| shares[group]);
                    assert_eq!(get(Statistic::Share), share);
                }
            }
        }
    }

    #[test]
    fn nothing_that_changes_gives_zeros_and_no_ratios() {
        let found = Aggregates::of(&unchanged());
        for statistic in Statistic::all() {
            let ratio = matches!(
                statistic,
                Statistic::Share(..) | Statistic::Erasing(_) | Statistic::NetOverPeak
            );
            assert_eq!(found.get(statistic), (!ratio).then_some(0.0), "{statistic}");
        }
    }
}
