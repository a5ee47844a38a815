//! Whether activations shrank, or only moved apart: measures of the change that know no direction.
//!
//! Where tuned means are the base means plus noise, the larger base means are partly large by chance, and their
//! relative fall `(m − m')/m` is above 0 on average although nothing shrank: regression to the mean. The measures that
//! treat both models alike tell the two apart: the ratio of standard deviations, the slope of total least squares, and
//! the same fall taken the other way round.

use crate::{Aggregates, Group, Measured, Neuron, NeuronTable, PerGroup};

use counterpoise_score::quantile;

/// Part of the relative falls, at each end, that is left out of their means.
const CUT: f64 = 0.1;

/// First and second moments of both models' mean activations over neurons.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    neurons: f64,
    base: f64,
    tuned: f64,
    base_squares: f64,
    tuned_squares: f64,
    products: f64,
}

impl Moments {
    /// Adds a neuron's mean activations.
    pub fn add(&mut self, base: f64, tuned: f64) {
        self.neurons += 1.0;
        self.base += base;
        self.tuned += tuned;
        self.base_squares += base * base;
        self.tuned_squares += tuned * tuned;
        self.products += base * tuned;
    }

    /// Standard deviation over neurons of the tuned means, over that of the base means. `None` where the base means do
    /// not vary.
    #[must_use]
    pub fn deviation_ratio(&self) -> Option<f64> {
        let [base, tuned, _] = self.central();
        (base > 0.0).then(|| (tuned.max(0.0) / base).sqrt())
    }

    /// Slope of the line of total least squares through `(m, m')`, which treats both models alike: exchanged, its slope
    /// is the inverse. `None` where the means do not vary together.
    #[must_use]
    pub fn slope(&self) -> Option<f64> {
        let [base, tuned, both] = self.central();
        let wider = tuned - base;
        (both != 0.0).then(|| (wider + wider.hypot(2.0 * both)) / (2.0 * both))
    }

    /// Correlation of both models' means over neurons.
    #[must_use]
    pub fn correlation(&self) -> Option<f64> {
        let [base, tuned, both] = self.central();
        (base > 0.0 && tuned > 0.0).then(|| both / (base * tuned).sqrt())
    }

    /// Variances and covariance.
    fn central(&self) -> [f64; 3] {
        let (n, base, tuned) = (self.neurons, self.base, self.tuned);
        [
            self.base_squares - base * base / n,
            self.tuned_squares - tuned * tuned / n,
            self.products - base * tuned / n,
        ]
    }
}

/// Relative falls of mean activations, `(from − to)/from`, those outside the pooled 10th to 90th percentile left out.
#[derive(Clone, Debug, PartialEq)]
pub struct RelativeFall {
    /// The pooled percentiles.
    pub cut: [f64; 2],
    /// Median over all neurons with a quadrant and `from ≠ 0`.
    pub median: f64,
    /// Mean over those within the cut.
    pub mean: f64,
    /// Mean over those of each quadrant; `None` where it has none.
    pub quadrants: PerGroup<Option<f64>>,
    /// How many those are.
    pub neurons: PerGroup<usize>,
}

impl RelativeFall {
    /// Of every neuron's quadrant and means `(quadrant, from, to)`. `None` if none has both.
    fn of(neurons: impl Iterator<Item = (Option<Group>, f64, f64)>) -> Option<Self> {
        let falls: Vec<(Group, f64)> = neurons
            .filter(|(_, from, _)| *from != 0.0)
            .filter_map(|(quadrant, from, to)| Some((quadrant?, (from - to) / from)))
            .collect();
        let mut sorted: Vec<f64> = falls.iter().map(|(_, fall)| *fall).collect();
        if sorted.is_empty() {
            return None;
        }
        sorted.sort_by(f64::total_cmp);
        let cut = [CUT, 1.0 - CUT].map(|part| quantile(&sorted, part));
        let kept = || (falls.iter()).filter(|(_, fall)| (cut[0]..=cut[1]).contains(fall));
        let mean = |of: &dyn Fn(Group) -> bool| {
            let of = || kept().filter(|(quadrant, _)| of(*quadrant));
            let neurons = of().count();
            let sum: f64 = of().map(|(_, fall)| fall).sum();
            (neurons, (neurons > 0).then(|| sum / neurons as f64))
        };
        Some(Self {
            cut,
            median: quantile(&sorted, 0.5),
            mean: mean(&|_| true).1?,
            quadrants: PerGroup::from_fn(|group| mean(&|of| of == group).1),
            neurons: PerGroup::from_fn(|group| mean(&|of| of == group).0),
        })
    }
}

/// How mean activations changed, whatever direction their neurons write along.
#[derive(Clone, Debug, PartialEq)]
pub struct Shrinkage {
    /// Spread of both models' means over neurons.
    pub moments: Moments,
    /// `1 − Σ|m'|/Σ|m|`: the fall of the mean magnitude. `None` where all base means are 0.
    pub magnitude_fall: Option<f64>,
    /// `(m − m')/m`, as the authors' figures have it.
    pub fall: Option<RelativeFall>,
    /// `(m' − m)/m'`, the same with the models exchanged. Had everything shrunk by one factor `1 − s`, this would be
    /// `−s/(1 − s)`; after regression to the mean alone it is as far above 0 as the fall.
    pub reversed: Option<RelativeFall>,
}

impl Shrinkage {
    /// Of a table's means, or of its base means and other tuned means in table order.
    ///
    /// # Panics
    /// If there are not as many tuned means as rows.
    #[must_use]
    pub fn of(table: &NeuronTable, tuned: &[f64]) -> Self {
        assert_eq!(table.rows().len(), tuned.len(), "a mean per neuron");
        let means = || {
            (table.rows().iter())
                .map(|neuron| neuron.base.activation)
                .zip(tuned)
        };
        let mut moments = Moments::default();
        means().for_each(|(base, &tuned)| moments.add(base, tuned));
        let magnitude = |values: &mut dyn Iterator<Item = f64>| values.map(f64::abs).sum::<f64>();
        let base = magnitude(&mut means().map(|(base, _)| base));
        let after = magnitude(&mut tuned.iter().copied());
        let quadrants = table.rows().iter().map(Group::of_quadrant);
        let forth = quadrants.clone().zip(means());
        let back = quadrants.zip(means());
        Self {
            moments,
            magnitude_fall: (base > 0.0).then(|| 1.0 - after / base),
            fall: RelativeFall::of(forth.map(|(quadrant, (m, &to))| (quadrant, m, to))),
            reversed: RelativeFall::of(back.map(|(quadrant, (m, &from))| (quadrant, from, m))),
        }
    }
}

/// The aggregates had tuning done nothing but scale every activation by `1 − s`: tuned means `(1 − s) m`, value vectors
/// as they were.
#[must_use]
pub fn shrunk(table: &NeuronTable, s: f64) -> Aggregates {
    let mut found = Aggregates::default();
    for neuron in table.rows() {
        let Measured {
            activation,
            projection,
            cosine,
        } = neuron.base;
        found.add(&Neuron {
            tuned: Measured {
                activation: (1.0 - s) * activation,
                projection: (1.0 - s) * projection,
                cosine,
            },
            ..*neuron
        });
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::samples::{SplitMix, by_hand, random, unchanged};
    use crate::{Grouping, Measurements, Statistic};

    fn tuned(table: &NeuronTable) -> Vec<f64> {
        (table.rows().iter())
            .map(|neuron| neuron.tuned.activation)
            .collect()
    }

    #[track_caller]
    fn close(found: Option<f64>, expected: f64) {
        let found = found.unwrap();
        assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
    }

    #[test]
    fn one_factor_on_everything_is_found_by_every_measure() {
        let table = random(3);
        let means: Vec<f64> = (table.rows().iter())
            .map(|neuron| 0.8 * neuron.base.activation)
            .collect();
        let found = Shrinkage::of(&table, &means);
        close(found.moments.deviation_ratio(), 0.8);
        close(found.moments.slope(), 0.8);
        close(found.moments.correlation(), 1.0);
        close(found.magnitude_fall, 0.2);
        let (fall, reversed) = (found.fall.unwrap(), found.reversed.unwrap());
        close(Some(fall.median), 0.2);
        close(Some(reversed.mean), -0.25);
        for group in Group::ALL {
            close(fall.quadrants[group], 0.2);
        }
    }

    #[test]
    fn noise_alone_looks_like_a_fall_from_either_side_and_shrinks_nothing() {
        // The two models' means are the same quantity with noise of one size.
        let mut numbers = SplitMix(5);
        let mut normal = || (0..12).map(|_| numbers.uniform()).sum::<f64>() / 2.0;
        let [mut base, mut tuned] = [vec![Vec::new(); 1], vec![Vec::new(); 1]];
        for _ in 0..20_000 {
            let shared = normal();
            base[0].push(shared + 0.5 * normal());
            tuned[0].push(shared + 0.5 * normal());
        }
        let measured = |mean_activation: Vec<Vec<f64>>| Measurements {
            value_projection: vec![vec![1.0; 20_000]],
            cosine: vec![vec![1.0; 20_000]],
            mean_activation,
        };
        let means = tuned[0].clone();
        let table = NeuronTable::new(&measured(base), &measured(tuned)).unwrap();
        let found = Shrinkage::of(&table, &means);
        let (fall, reversed) = (found.fall.unwrap().mean, found.reversed.unwrap().mean);
        assert!(
            fall > 0.1 && (fall - reversed).abs() < 0.02,
            "{fall} {reversed}"
        );
        let near_one = |value: Option<f64>| (value.unwrap() - 1.0).abs() < 0.03;
        assert!(near_one(found.moments.deviation_ratio()));
        assert!(near_one(found.moments.slope()));
    }

    #[test]
    fn worked_out_by_hand() {
        // m: 2 −.25 .5 .5 −1 1 0 1; m': 1 −.5 .5 1 −.25 .5 −.5 1.5; L1.1 has no quadrant, L1.2 no ratio.
        let table = by_hand();
        let found = Shrinkage::of(&table, &tuned(&table));
        close(found.magnitude_fall, 1.0 - 5.75 / 6.25);
        let fall = found.fall.unwrap();
        // Falls: .5 −1 0 −1 .75 −.5, so from −1 to .625 after the cut: .75 is out.
        close(Some(fall.cut[0]), -1.0);
        close(Some(fall.cut[1]), 0.625);
        close(Some(fall.median), -0.25);
        close(Some(fall.mean), -2.0 / 5.0);
        close(fall.quadrants[Group::TpMinus], 0.0);
        close(fall.quadrants[Group::TnPlus], -1.0);
        assert_eq!(fall.quadrants[Group::AnMinus], None);
        assert_eq!(fall.neurons[Group::TpMinus], 3);
    }

    #[test]
    fn the_slope_is_the_inverse_with_the_models_exchanged() {
        let table = random(9);
        let [mut forth, mut back] = [Moments::default(); 2];
        for neuron in table.rows() {
            forth.add(neuron.base.activation, neuron.tuned.activation);
            back.add(neuron.tuned.activation, neuron.base.activation);
        }
        close(Some(forth.slope().unwrap() * back.slope().unwrap()), 1.0);
    }

    #[test]
    fn shrinking_by_nothing_reduces_nothing_and_by_all_everything() {
        let table = random(4);
        let nothing = shrunk(&table, 0.0);
        assert_eq!(nothing, Aggregates::of(&unchanged()));
        let written: f64 = (table.rows().iter())
            .map(|neuron| neuron.base.projection)
            .sum();
        close(shrunk(&table, 1.0).get(Statistic::Net), written);
        close(shrunk(&table, 0.1).get(Statistic::Net), 0.1 * written);
        // What is activated against its sign cannot be dampened by shrinking.
        let neurons = |group| Statistic::Neurons(Grouping::ActivationChange, group);
        for group in [Group::TnPlus, Group::ApPlus] {
            assert_eq!(shrunk(&table, 0.1).get(neurons(group)), Some(0.0));
        }
    }
}
