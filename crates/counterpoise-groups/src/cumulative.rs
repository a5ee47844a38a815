//! Figure 1b: the reduction that accumulates as neurons are added, the largest first.

use crate::{NeuronId, NeuronTable, Ranking};

/// One point of the cumulative curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CumulativePoint {
    /// The neuron added here; the point's position in the curve is its rank.
    pub id: NeuronId,
    /// Its reduction `r`.
    pub reduction: f64,
    /// `Σ r` over this neuron and all before it.
    pub cumulative: f64,
}

/// The cumulative reduction, neurons ranked by reduction. It rises to the peak reduction and
/// falls to the net one.
#[must_use]
pub fn cumulative_reduction(table: &NeuronTable) -> Vec<CumulativePoint> {
    let mut cumulative = 0.0;
    (Ranking::Reduction.order(table).into_iter())
        .map(|neuron| {
            cumulative += neuron.reduction();
            CumulativePoint {
                id: neuron.id,
                reduction: neuron.reduction(),
                cumulative,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::TotalReduction;
    use crate::samples::{by_hand, random};

    #[test]
    fn worked_out_by_hand() {
        let curve = cumulative_reduction(&by_hand());
        let values: Vec<f64> = curve.iter().map(|point| point.cumulative).collect();
        assert_eq!(values, [1.0, 1.75, 2.25, 2.75, 3.0, 3.25, 3.25, 2.75]);
        assert_eq!(curve[1].id.to_string(), "L1.0");
        assert_eq!(curve[1].reduction, 0.75);
    }

    #[test]
    fn it_rises_to_the_peak_and_ends_at_the_net() {
        for seed in 0..50 {
            let table = random(seed);
            let total = TotalReduction::of(&table);
            let curve = cumulative_reduction(&table);
            let highest = (curve.iter().map(|point| point.cumulative)).fold(0.0, f64::max);
            assert!((highest - total.peak).abs() < 1e-12 * total.peak);
            assert!((curve.last().unwrap().cumulative - total.net).abs() < 1e-12 * total.peak);
            // The top of the curve is where the last reducing neuron was added.
            assert_eq!(curve[total.reducing - 1].cumulative, highest);
        }
    }
}
