//! What a pair reduces along directions beside the probe, and how its neurons sort into groups by them.

use std::fmt::Write;

use counterpoise_groups::{Grouping, Measurements, NeuronTable};
use counterpoise_intervene::DirectionSource;
use counterpoise_probe::{Probe, ValueProjections};
use counterpoise_report::cell;
use serde::{Deserialize, Serialize};

use crate::error::{Context, Result};
use crate::results::{GroupingResults, ReductionResults};

/// One `[[direction]]` of a study: a direction, or several at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DirectionResults {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub direction: DirectionSource,
    /// Neurons of the base model whose cosines to its directions are not all of one sign.
    pub mixed_signs: usize,
    /// Each of its directions, in their order.
    pub along: Vec<AlongResults>,
}

/// One direction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlongResults {
    /// Its cosine to the probe.
    pub cosine: f64,
    /// What all neurons reduce along it together.
    pub reduction: ReductionResults,
    /// What the groups reduce, by each definition, "toxic" being a positive cosine to this direction.
    pub groups: Vec<GroupingResults>,
}

impl DirectionResults {
    /// What both models' `measured` neurons reduce along `directions`, onto which each model's value vectors project as
    /// `projected` says.
    ///
    /// # Errors
    /// Projections that are not finite.
    pub(crate) fn of(
        (name, direction): (&str, &DirectionSource),
        directions: &[Probe],
        probe: &Probe,
        measured: [&Measurements; 2],
        projected: [Vec<ValueProjections>; 2],
    ) -> Result<Self> {
        let signs = |layer: usize, neuron: usize| {
            let cosines = projected[0].iter().map(|along| along.cosine[layer][neuron]);
            let (positive, negative): (Vec<f64>, Vec<f64>) =
                cosines.partition(|cosine| *cosine > 0.0);
            usize::from(!positive.is_empty() && !negative.is_empty())
        };
        let layers = measured[0].mean_activation.iter().enumerate();
        let mixed_signs = layers
            .map(|(layer, row)| {
                (0..row.len())
                    .map(|neuron| signs(layer, neuron))
                    .sum::<usize>()
            })
            .sum();
        let [base, tuned] = projected;
        let each = directions.iter().zip(base.into_iter().zip(tuned));
        let along = each.map(|(one, (base, tuned))| {
            let along = |measured: &Measurements, projected: ValueProjections| Measurements {
                mean_activation: measured.mean_activation.clone(),
                value_projection: projected.projection,
                cosine: projected.cosine,
            };
            let table = NeuronTable::new(&along(measured[0], base), &along(measured[1], tuned));
            let table = table.with_context(|| format!("direction `{name}`"))?;
            Ok(AlongResults {
                cosine: one.cosine(probe),
                reduction: ReductionResults::of(&table),
                groups: Grouping::ALL
                    .map(|grouping| GroupingResults::of(&table, grouping))
                    .into(),
            })
        });
        Ok(Self {
            name: name.to_owned(),
            direction: direction.clone(),
            mixed_signs,
            along: along.collect::<Result<_>>()?,
        })
    }
}

/// `directions.md`: a table of each definition of the groups, the probe first.
pub(crate) fn directions_markdown(
    found: &[DirectionResults],
    reduction: ReductionResults,
    groups: &[GroupingResults],
) -> String {
    let mut text = String::from(
        "# The groups along other directions\n\nMean activations are the same throughout; what neurons write is projected onto \
         each unit direction. A group's share of the four groups' reduction, and its neurons.\n",
    );
    for (index, grouping) in groups.iter().enumerate() {
        let names = grouping
            .groups
            .iter()
            .map(|group| format!(" {} |", group.group));
        let _ = write!(
            text,
            "\n## By {}\n\n| Direction | Cosine to the probe | Peak | Net | Net / peak |{}\n|---|---:|---:|---:|---:|{}\n",
            grouping.grouping,
            names.collect::<String>(),
            "---:|".repeat(grouping.groups.len())
        );
        row(&mut text, "probe", 1.0, reduction, grouping);
        for direction in found {
            for (place, along) in direction.along.iter().enumerate() {
                let name = match direction.along.len() {
                    1 => direction.name.clone(),
                    _ => format!("{}, {}", direction.name, place + 1),
                };
                row(
                    &mut text,
                    &name,
                    along.cosine,
                    along.reduction,
                    &along.groups[index],
                );
            }
        }
    }
    let several = found.iter().filter(|direction| direction.along.len() > 1);
    for direction in several {
        let _ = write!(
            text,
            "\nOf {} neurons {} ({:.1} %) write towards some of the {} directions of {} and away from others.\n",
            reduction.neurons,
            direction.mixed_signs,
            100.0 * direction.mixed_signs as f64 / reduction.neurons as f64,
            direction.along.len(),
            direction.name
        );
    }
    text
}

fn row(
    text: &mut String,
    name: &str,
    cosine: f64,
    reduction: ReductionResults,
    grouping: &GroupingResults,
) {
    let ReductionResults { peak, net, .. } = reduction;
    let group = |group: &crate::results::GroupResults| {
        let share = group
            .share
            .map_or("—".to_owned(), |share| format!("{:.1} %", 100.0 * share));
        format!(" {share}, {} |", group.neurons)
    };
    let ratio = match peak > 0.0 {
        true => format!("{:.3}", net / peak),
        false => "—".to_owned(),
    };
    let groups: String = grouping.groups.iter().map(group).collect();
    let _ = writeln!(
        text,
        "| {} | {cosine:.4} | {peak:.4} | {net:+.4} | {ratio} |{groups}",
        cell(name)
    );
}
