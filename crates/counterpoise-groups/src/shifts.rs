//! Figures 2c, 4, 5a and 5b: how ranked neurons moved from the base to the tuned model.

use std::ops::Range;

use crate::{Group, Grouping, GroupsError, Measured, NeuronId, NeuronTable, Ranking};

/// One ranked neuron before and after fine-tuning: an arrow of figure 2c, a pair of activations
/// of figures 4 and 5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NeuronShift {
    /// The rank, counted from 0.
    pub rank: usize,
    /// The neuron.
    pub id: NeuronId,
    /// Its group, if it has one.
    pub group: Option<Group>,
    /// Measured in the base model.
    pub base: Measured,
    /// Measured in the tuned model.
    pub tuned: Measured,
}

/// The neurons at some ranks of a ranking, in order: figure 2c takes the top 500 by
/// [`Ranking::Reduction`], figures 4 and 5 take ranks of [`Ranking::Toxic`].
///
/// # Errors
/// Ranks beyond the last ranked neuron.
pub fn shifts(
    table: &NeuronTable,
    grouping: Grouping,
    ranking: Ranking,
    ranks: Range<usize>,
) -> Result<Vec<NeuronShift>, GroupsError> {
    let neurons = ranking.at(table, ranks.clone())?;
    let shifts = ranks.zip(neurons).map(|(rank, neuron)| NeuronShift {
        rank,
        id: neuron.id,
        group: grouping.group_of(neuron),
        base: neuron.base,
        tuned: neuron.tuned,
    });
    Ok(shifts.collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::samples::by_hand;

    #[test]
    fn a_shift_carries_rank_group_and_both_models() {
        let table = by_hand();
        let found = shifts(&table, Grouping::ActivationChange, Ranking::Toxic, 1..3).unwrap();
        assert_eq!(found.len(), 2);
        let [zero, dampened] = found[..] else {
            unreachable!()
        };
        assert_eq!((zero.rank, zero.id.to_string()), (1, "L1.2".to_owned()));
        assert_eq!(
            (dampened.rank, dampened.id.to_string()),
            (2, "L0.0".to_owned())
        );
        assert_eq!(dampened.group, Some(Group::TpMinus));
        assert_eq!(
            (dampened.base.activation, dampened.tuned.activation),
            (2.0, 1.0)
        );
        assert_eq!((zero.base.cosine, zero.tuned.cosine), (0.75, -0.25));
    }

    #[test]
    fn the_grouping_colours_the_shift() {
        let table = by_hand();
        let group = |grouping| shifts(&table, grouping, Ranking::Toxic, 4..5).unwrap()[0].group;
        assert_eq!(group(Grouping::ActivationChange), None);
        assert_eq!(group(Grouping::ReductionSign), Some(Group::TpMinus));
    }

    #[test]
    fn ranks_beyond_the_toxic_neurons_are_an_error() {
        let result = shifts(&by_hand(), Grouping::ReductionSign, Ranking::Toxic, 3..6);
        assert_eq!(
            result.unwrap_err().to_string(),
            "ranks 3..6 were asked for, but there are only 5 toxic neurons"
        );
    }
}
