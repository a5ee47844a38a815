//! The figures, one file each: the numbers a figure takes and how it draws them.

mod activation_shifts;
mod component_reductions;
mod cumulative_reduction;
mod group_contributions;
mod group_shares;
mod layer_projections;
mod layer_reduction;
mod nearest_tokens;
mod neuron_arrows;
mod pareto;
mod top_activations;

pub use activation_shifts::{ActivationShifts, ShiftPanel};
pub use component_reductions::ComponentReductions;
pub use cumulative_reduction::CumulativeReduction;
pub use group_contributions::GroupContributions;
pub use group_shares::GroupShares;
pub use layer_projections::LayerProjections;
pub use layer_reduction::LayerReductions;
pub use nearest_tokens::{NearestTokens, VectorTokens};
pub use neuron_arrows::NeuronArrows;
pub use pareto::{Better, Pareto, PlaneMetric, PlanePoint, PlaneRow};
pub use top_activations::TopActivations;

use std::collections::HashSet;

use counterpoise_groups::{Group, NeuronShift};

use crate::axis::{Axis, Reach};
use crate::elements::member_label;
use crate::page::{LegendEntry, Mark};
use crate::plot::{About, Arrow, Marks, Series};
use crate::style::{NO_GROUP, group_colour, member_colour};

/// The four groups, drawn with `mark`.
fn group_legend(mark: Mark) -> Vec<LegendEntry> {
    Group::ALL
        .map(|group| LegendEntry {
            label: group.to_string(),
            mark,
            colour: group_colour(group),
        })
        .into()
}

/// The groups that have a neuron among `members` and, if some neuron is in none, that.
fn member_legend(mark: Mark, members: impl IntoIterator<Item = Option<Group>>) -> Vec<LegendEntry> {
    let members: HashSet<Option<Group>> = members.into_iter().collect();
    let mut legend = Vec::new();
    for (group, entry) in Group::ALL.into_iter().zip(group_legend(mark)) {
        if members.contains(&Some(group)) {
            legend.push(entry);
        }
    }
    if members.contains(&None) {
        legend.push(LegendEntry {
            label: member_label(None),
            mark,
            colour: NO_GROUP,
        });
    }
    legend
}

/// Rank against mean activation, wide enough for both models.
fn activation_axes(neurons: &[NeuronShift]) -> (Axis, Axis) {
    let first = neurons.first().map_or(0, |neuron| neuron.rank);
    let across = "rank of the toxic neuron by cosine, from 0";
    let both = |neuron: &NeuronShift| [neuron.base.activation, neuron.tuned.activation];
    (
        Axis::whole(across, first, neurons.len(), 0.8),
        Axis::over(
            "mean activation",
            neurons.iter().flat_map(both),
            Reach::Zero,
        ),
    )
}

/// Neurons as arrows between what `ends` gives: a series for each group over one for neurons in none, and in a series those
/// given first on top.
fn arrows(neurons: &[NeuronShift], ends: impl Fn(&NeuronShift) -> [[f64; 2]; 2]) -> Vec<Series> {
    let members = [None]
        .into_iter()
        .chain(Group::ALL.into_iter().rev().map(Some));
    members
        .map(|member| {
            let of_group = neurons.iter().rev().filter(|neuron| neuron.group == member);
            let arrows = of_group.map(|neuron| {
                let [from, to] = ends(neuron);
                let about = About::Neuron(neuron.id);
                Arrow { from, to, about }
            });
            let arrows = Marks::Arrows(arrows.collect());
            Series::new(member_label(member), member_colour(member), arrows)
        })
        .collect()
}
