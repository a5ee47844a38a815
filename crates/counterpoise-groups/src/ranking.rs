//! Neurons in order: by how toxic their value vector is, or by how much they reduce.

use std::cmp::Ordering;
use std::ops::Range;

use crate::{GroupsError, Neuron, NeuronId, NeuronTable, Orientation};

/// What is ranked, and by what. Highest comes first; ties go by layer, then neuron. Ranks count
/// from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ranking {
    /// All neurons by base cosine.
    Cosine,
    /// Toxic neurons (base cosine above 0) by base cosine.
    Toxic,
    /// Toxic neurons with a base mean activation above 0, by base cosine.
    ToxicPositivelyActivated,
    /// Neurons toxic in the tuned model (tuned cosine above 0), by tuned cosine.
    TunedToxic,
    /// Neurons toxic in the tuned model with a tuned mean activation above 0, by tuned cosine.
    TunedToxicPositivelyActivated,
    /// All neurons by reduction `r`.
    Reduction,
}

impl Ranking {
    /// All ranked neurons, highest first.
    #[must_use]
    pub fn order(self, table: &NeuronTable) -> Vec<&Neuron> {
        let mut neurons: Vec<&Neuron> = (table.rows().iter())
            .filter(|neuron| self.includes(neuron))
            .collect();
        // Rows come by layer, then neuron, and the sort is stable. Values are finite, so any two
        // compare; unlike `total_cmp`, this makes 0 and −0 a tie.
        neurons
            .sort_by(|a, b| (self.value(b).partial_cmp(&self.value(a))).unwrap_or(Ordering::Equal));
        neurons
    }

    /// The neurons at some ranks, counted from 0, the end excluded.
    ///
    /// # Errors
    /// Ranks beyond the last ranked neuron, or a range that ends before it starts.
    pub fn at(self, table: &NeuronTable, ranks: Range<usize>) -> Result<Vec<&Neuron>, GroupsError> {
        let order = self.order(table);
        match order.get(ranks.clone()) {
            Some(neurons) => Ok(neurons.to_vec()),
            None => Err(GroupsError::Ranks {
                ranked: self.noun(),
                requested: ranks,
                available: order.len(),
            }),
        }
    }

    fn includes(self, neuron: &Neuron) -> bool {
        let toxic = neuron.orientation() == Some(Orientation::Toxic);
        let tuned_toxic = neuron.tuned.cosine > 0.0;
        match self {
            Ranking::Cosine | Ranking::Reduction => true,
            Ranking::Toxic => toxic,
            Ranking::ToxicPositivelyActivated => toxic && neuron.base.activation > 0.0,
            Ranking::TunedToxic => tuned_toxic,
            Ranking::TunedToxicPositivelyActivated => tuned_toxic && neuron.tuned.activation > 0.0,
        }
    }

    fn value(self, neuron: &Neuron) -> f64 {
        match self {
            Ranking::Cosine | Ranking::Toxic | Ranking::ToxicPositivelyActivated => {
                neuron.base.cosine
            }
            Ranking::TunedToxic | Ranking::TunedToxicPositivelyActivated => neuron.tuned.cosine,
            Ranking::Reduction => neuron.reduction(),
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Ranking::Cosine | Ranking::Reduction => "neurons",
            Ranking::Toxic => "toxic neurons",
            Ranking::ToxicPositivelyActivated => "positively activated toxic neurons",
            Ranking::TunedToxic => "toxic neurons of the tuned model",
            Ranking::TunedToxicPositivelyActivated => {
                "positively activated toxic neurons of the tuned model"
            }
        }
    }
}

/// The `k` most toxic neurons of the base model, as ablated in the paper. (The keys it scales are
/// those of the tuned model's: [`Ranking::TunedToxic`].)
///
/// # Errors
/// Fewer than `k` neurons are toxic.
pub fn top_toxic(table: &NeuronTable, k: usize) -> Result<Vec<NeuronId>, GroupsError> {
    top(Ranking::Toxic, table, k)
}

/// The `k` most toxic neurons among those with a base mean activation above 0.
///
/// # Errors
/// Fewer than `k` toxic neurons are positively activated.
pub fn top_toxic_positively_activated(
    table: &NeuronTable,
    k: usize,
) -> Result<Vec<NeuronId>, GroupsError> {
    top(Ranking::ToxicPositivelyActivated, table, k)
}

fn top(ranking: Ranking, table: &NeuronTable, k: usize) -> Result<Vec<NeuronId>, GroupsError> {
    let neurons = ranking.at(table, 0..k)?;
    Ok(neurons.into_iter().map(|neuron| neuron.id).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::samples::{by_hand, random};

    fn names(neurons: &[&Neuron]) -> String {
        let names: Vec<String> = neurons.iter().map(|neuron| neuron.id.to_string()).collect();
        names.join(" ")
    }

    #[test]
    fn orders_worked_out_by_hand() {
        let table = by_hand();
        let cases = [
            (Ranking::Cosine, "L0.1 L1.2 L0.0 L0.2 L1.3 L1.1 L0.3 L1.0"),
            (Ranking::Toxic, "L0.1 L1.2 L0.0 L0.2 L1.3"),
            // L1.2 has a base mean of exactly 0, which is not above 0.
            (Ranking::ToxicPositivelyActivated, "L0.0 L0.2 L1.3"),
            (
                Ranking::Reduction,
                "L0.0 L1.0 L0.3 L1.1 L0.1 L1.3 L0.2 L1.2",
            ),
            // L1.2's value vector has turned away from the probe.
            (Ranking::TunedToxic, "L0.1 L0.0 L0.2 L1.3"),
            // L0.1 is negative on average in the tuned model, L1.3 positive.
            (Ranking::TunedToxicPositivelyActivated, "L0.0 L0.2 L1.3"),
        ];
        for (ranking, expected) in cases {
            assert_eq!(names(&ranking.order(&table)), expected, "{ranking:?}");
        }
    }

    #[test]
    fn tops_are_beginnings_of_the_order() {
        let table = by_hand();
        let id = |layer, neuron| NeuronId { layer, neuron };
        assert_eq!(top_toxic(&table, 2).unwrap(), [id(0, 1), id(1, 2)]);
        assert_eq!(
            top_toxic_positively_activated(&table, 2).unwrap(),
            [id(0, 0), id(0, 2)]
        );
        assert_eq!(
            names(&Ranking::Reduction.at(&table, 1..3).unwrap()),
            "L1.0 L0.3"
        );
    }

    #[test]
    fn more_than_there_are_is_an_error() {
        let table = by_hand();
        assert_eq!(top_toxic(&table, 5).unwrap().len(), 5);
        assert_eq!(
            top_toxic(&table, 6).unwrap_err().to_string(),
            "ranks 0..6 were asked for, but there are only 5 toxic neurons"
        );
        let error = top_toxic_positively_activated(&table, 4).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("only 3 positively activated toxic neurons"),
            "{error}"
        );
        let error = Ranking::TunedToxic.at(&table, 0..5).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("only 4 toxic neurons of the tuned model"),
            "{error}"
        );
        assert!(Ranking::Reduction.at(&table, 0..9).is_err());
        let backwards = Range { start: 3, end: 2 };
        assert!(Ranking::Reduction.at(&table, backwards).is_err());
    }

    #[test]
    fn orders_descend_and_break_ties_by_id() {
        for seed in 0..20 {
            let table = random(seed);
            for ranking in [Ranking::Cosine, Ranking::Reduction] {
                let order = ranking.order(&table);
                assert_eq!(order.len(), table.rows().len());
                for pair in order.windows(2) {
                    let (first, second) = (ranking.value(pair[0]), ranking.value(pair[1]));
                    assert!(first > second || (first == second && pair[0].id < pair[1].id));
                }
            }
        }
    }
}
