//! Made-up measurements of the size and shape that a study has.

use counterpoise_groups::{
    ContributionBin, Group, LayerReduction, Measured, NeuronId, NeuronShift, PerGroup,
};
use counterpoise_report::*;

/// A fixed sequence of numbers that look random: a multiplicative generator, values in [0, 1).
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(2 * seed + 1)
    }

    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// About normal, mean 0, variance 1.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }

    pub(crate) fn group(&mut self) -> Option<Group> {
        Group::ALL.get((self.next() * 5.5) as usize).copied()
    }
}

pub(crate) fn layer_projections() -> LayerProjections {
    let mut numbers = Numbers::new(1);
    let base: Vec<f64> = (0..24)
        .map(|layer| (layer as f64 / 8.0).powi(2) - 1.0 + 0.3 * numbers.normal())
        .collect();
    LayerProjections {
        ablated: base
            .iter()
            .map(|value| value - 0.15 - 0.2 * numbers.next())
            .collect(),
        tuned: base
            .iter()
            .map(|value| value - 0.5 - 0.4 * numbers.next())
            .collect(),
        base,
        ablated_neurons: 200,
    }
}

pub(crate) fn cumulative_reduction() -> CumulativeReduction {
    let mut numbers = Numbers::new(2);
    let mut reductions: Vec<f64> = (0..98_304)
        .map(|_| numbers.normal().powi(3) * 3e-4 + 7e-5)
        .collect();
    reductions.sort_by(|a, b| b.total_cmp(a));
    let mut sum = 0.0;
    let cumulative = reductions.iter().map(|reduction| {
        sum += reduction;
        sum
    });
    CumulativeReduction {
        cumulative: cumulative.collect(),
    }
}

pub(crate) fn group_shares() -> GroupShares {
    let (thousandths, neurons) = ([318.0, 239.0, 70.0, 373.0], [3_961, 17_779, 1_803, 25_390]);
    GroupShares {
        shares: PerGroup::from_fn(|group| thousandths[group as usize] / 1000.0),
        neurons: PerGroup::from_fn(|group| neurons[group as usize]),
        intervals: None,
    }
}

pub(crate) fn group_contributions() -> GroupContributions {
    let mut numbers = Numbers::new(3);
    let bin = |index: usize| {
        let height = 2.0 / (1.0 + index as f64 / 4.0);
        let weights = [
            1.0 / (1.0 + index as f64 / 9.0),
            0.4,
            0.15,
            0.3 + index as f64 / 60.0,
        ];
        ContributionBin {
            ranks: 250 * index..250 * (index + 1),
            groups: PerGroup::from_fn(|group| {
                height * weights[group as usize] * (0.8 + 0.4 * numbers.next())
            }),
            ungrouped: 0.05 * height,
        }
    };
    GroupContributions {
        bins: (0..40).map(bin).collect(),
    }
}

/// A neuron that moves from one cosine and activation to others.
pub(crate) fn shift(
    rank: usize,
    group: Option<Group>,
    base: (f64, f64),
    tuned: (f64, f64),
) -> NeuronShift {
    let measured = |(cosine, activation): (f64, f64)| Measured {
        activation,
        projection: activation * cosine,
        cosine,
    };
    NeuronShift {
        rank,
        id: NeuronId {
            layer: rank % 24,
            neuron: rank,
        },
        group,
        base: measured(base),
        tuned: measured(tuned),
    }
}

pub(crate) fn neuron_arrows() -> NeuronArrows {
    let mut numbers = Numbers::new(4);
    let arrow = |rank| {
        let group = numbers.group();
        let sign = match group {
            Some(Group::TpMinus | Group::TnPlus) => 1.0,
            _ => -1.0,
        };
        let cosine = sign * (0.03 + 0.07 * numbers.normal().abs());
        let active = matches!(group, Some(Group::TpMinus | Group::ApPlus));
        let base = if active {
            0.25 * numbers.normal().abs()
        } else {
            -0.12 * numbers.next()
        };
        let tuned = base - sign * 0.08 * numbers.next();
        let turned = cosine + 0.002 * numbers.normal();
        shift(rank, group, (cosine, base), (turned, tuned))
    };
    NeuronArrows {
        neurons: (0..500).map(arrow).collect(),
    }
}

pub(crate) fn layer_reductions() -> LayerReductions {
    let mut numbers = Numbers::new(5);
    let layer = |layer: usize| {
        let height = 0.2 + (layer as f64 / 12.0).powi(2);
        let weights = [0.32, 0.24, 0.07, 0.37];
        let groups = PerGroup::from_fn(|group| {
            height * weights[group as usize] * (0.6 + 0.8 * numbers.next())
        });
        let (grouped, ungrouped) = (
            groups.iter().map(|(_, sum)| sum).sum::<f64>(),
            -0.8 * height,
        );
        LayerReduction {
            layer,
            groups,
            ungrouped,
            total: grouped + ungrouped,
        }
    };
    LayerReductions {
        layers: (0..24).map(layer).collect(),
    }
}

pub(crate) fn top_activations() -> TopActivations {
    let mut numbers = Numbers::new(6);
    let neuron = |rank| {
        let base = match rank {
            0..8 => 1.2 * numbers.next(),
            _ => 0.1 * numbers.normal().max(-0.4) - 0.03,
        };
        let tuned = base - 0.15 * f64::abs(base) - 0.04 * numbers.next();
        shift(rank, Some(Group::TpMinus), (0.2, base), (0.2, tuned))
    };
    TopActivations {
        neurons: (0..100).map(neuron).collect(),
    }
}

pub(crate) fn activation_shifts(panel: ShiftPanel) -> ActivationShifts {
    let first = if panel == ShiftPanel::A { 0 } else { 3000 };
    let mut numbers = Numbers::new(7 + first as u64);
    let neuron = |rank| {
        let group =
            [Some(Group::TpMinus), Some(Group::TnPlus), None][(numbers.next() * 3.0) as usize];
        let base = match group {
            Some(Group::TpMinus) => 0.2 * numbers.normal().abs(),
            _ => -0.1 * numbers.next(),
        };
        let change = if group.is_some() { -0.05 } else { 0.05 } * numbers.next();
        shift(rank, group, (0.2, base), (0.2, base + change))
    };
    ActivationShifts {
        panel,
        neurons: (first..first + 200).map(neuron).collect(),
    }
}
