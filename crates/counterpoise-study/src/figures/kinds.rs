//! The figures of the paper: what each shows, and the numbers it is drawn from.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use counterpoise_groups::scaling::scale_ranks;
use counterpoise_groups::{
    GroupAssignment, Grouping, PerGroup, Ranking, Statistic, binned_contributions,
    cumulative_reduction, layer_reductions,
};
use counterpoise_registry::{Description, RegistryError};
use counterpoise_report as report;
use counterpoise_report::{ShiftPanel, with_commas};
use serde::{Deserialize, Serialize};

use super::context::grouping_sentence;
use super::{FigureContext, FigureKind};
use crate::error::{Context, Result};
use crate::results::Results;

/// A number of GPT-2 medium's neurons, from 1.
type Published = NonZeroUsize;

const fn published(number: usize) -> Published {
    match NonZeroUsize::new(number) {
        Some(number) => number,
        None => NonZeroUsize::MIN,
    }
}

/// `kind = "layer_projections"`, figure 1a: what each layer writes along the probe, in the base model, in
/// it under an intervention, and in the tuned model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerProjections {
    /// The row whose layers stand beside the two models', by its name.
    pub ablated: String,
}

impl FigureKind for LayerProjections {
    fn describe(&self) -> Result<Description, RegistryError> {
        Description::of("layer_projections", self)
    }

    fn shown_row(&self) -> Option<&str> {
        Some(&self.ablated)
    }

    fn draw(&self, context: &FigureContext<'_>) -> Result<Vec<PathBuf>> {
        let name = &self.ablated;
        let row = context.results.rows.iter().find(|row| row.name == *name);
        let row = row.with_context(|| format!("row `{name}` was not run"))?;
        let ablated = row.outcome.layers.clone();
        let figure = report::LayerProjections {
            base: context.results.models.base.layer_projections.clone(),
            ablated: ablated.with_context(|| format!("row `{name}` failed"))?,
            tuned: context.results.models.tuned.layer_projections.clone(),
            ablated_neurons: row.outcome.neurons.unwrap_or_default(),
        };
        let caption = format!("Mean over generated tokens. Ablated: \"{}\".", row.label);
        context.draw(&figure, &[caption, context.scaling()])
    }
}

/// `kind = "cumulative_reduction"`, figure 1b: the reduction summed over ever more neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CumulativeReduction {}

impl FigureKind for CumulativeReduction {
    fn describe(&self) -> Result<Description, RegistryError> {
        Description::of("cumulative_reduction", self)
    }

    fn draw(&self, context: &FigureContext<'_>) -> Result<Vec<PathBuf>> {
        let points = cumulative_reduction(context.table);
        let figure = report::CumulativeReduction {
            cumulative: points.iter().map(|point| point.cumulative).collect(),
        };
        context.draw(&figure, &[])
    }
}

/// `kind = "group_shares"`, figure 2a: each group's share of the reduction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupShares {
    /// The definition of the groups.
    pub grouping: Grouping,
}

impl FigureKind for GroupShares {
    fn describe(&self) -> Result<Description, RegistryError> {
        Description::of("group_shares", self)
    }

    fn draw(&self, context: &FigureContext<'_>) -> Result<Vec<PathBuf>> {
        let groups = GroupAssignment::new(context.table, self.grouping);
        let intervals = share_intervals(context.results, self.grouping);
        let whiskers = match intervals {
            Some(_) => "Whiskers: 95 % over prompts (pivotal bootstrap).",
            None => "",
        };
        let figure = report::GroupShares {
            shares: groups.shares()?,
            neurons: groups.counts(),
            intervals,
        };
        context.draw(
            &figure,
            &[grouping_sentence(self.grouping), whiskers.to_owned()],
        )
    }
}

/// The pivotal intervals of the four shares, if each has one.
fn share_intervals(results: &Results, grouping: Grouping) -> Option<PerGroup<[f64; 2]>> {
    let of = |group| {
        let mut rows = results.uncertainty.as_ref()?.statistics.iter();
        let share = rows.find(|row| row.statistic == Statistic::Share(grouping, group))?;
        Some(share.interval?.pivotal)
    };
    let found = PerGroup::from_fn(of);
    let all = found.iter().all(|(_, interval)| interval.is_some());
    all.then(|| PerGroup::from_fn(|group| found[group].unwrap_or_default()))
}

/// `kind = "group_contributions"`, figure 2b: what the groups contribute among the neurons that reduce
/// most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupContributions {
    /// The definition of the groups.
    pub grouping: Grouping,
    /// How many neurons, of GPT-2 medium's.
    pub top: Published,
    /// In how many bins; not scaled.
    pub bins: NonZeroUsize,
}

impl Default for GroupContributions {
    fn default() -> Self {
        Self {
            grouping: Grouping::default(),
            top: published(10_000),
            bins: published(50),
        }
    }
}

impl FigureKind for GroupContributions {
    fn describe(&self) -> Result<Description, RegistryError> {
        Description::of("group_contributions", self)
    }

    fn draw(&self, context: &FigureContext<'_>) -> Result<Vec<PathBuf>> {
        let top = context.scaled(self.top.get());
        // More bins than neurons would be empty.
        let bins = self.bins.get().min(top);
        let figure = report::GroupContributions {
            bins: binned_contributions(context.table, self.grouping, top, bins)?,
        };
        context.draw(
            &figure,
            &[grouping_sentence(self.grouping), context.scaling()],
        )
    }
}

/// `kind = "neuron_arrows"`, figure 2c: the neurons that reduce most, before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NeuronArrows {
    /// The definition of the groups.
    pub grouping: Grouping,
    /// How many neurons, of GPT-2 medium's.
    pub top: Published,
}

impl Default for NeuronArrows {
    fn default() -> Self {
        Self {
            grouping: Grouping::default(),
            top: published(500),
        }
    }
}

impl FigureKind for NeuronArrows {
    fn describe(&self) -> Result<Description, RegistryError> {
        Description::of("neuron_arrows", self)
    }

    fn draw(&self, context: &FigureContext<'_>) -> Result<Vec<PathBuf>> {
        let top = context.scaled(self.top.get());
        let figure = report::NeuronArrows {
            neurons: context.shifts(self.grouping, Ranking::Reduction, 0..top)?,
        };
        context.draw(
            &figure,
            &[grouping_sentence(self.grouping), context.scaling()],
        )
    }
}

/// `kind = "layer_reductions"`, figure 3: what the groups reduce in each layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LayerReductions {
    /// The definition of the groups.
    pub grouping: Grouping,
}

impl FigureKind for LayerReductions {
    fn describe(&self) -> Result<Description, RegistryError> {
        Description::of("layer_reductions", self)
    }

    fn draw(&self, context: &FigureContext<'_>) -> Result<Vec<PathBuf>> {
        let figure = report::LayerReductions {
            layers: layer_reductions(context.table, self.grouping),
        };
        context.draw(&figure, &[grouping_sentence(self.grouping)])
    }
}

/// `kind = "top_activations"`, figure 4: activations of the most toxic neurons in both models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TopActivations {
    /// The definition of the groups.
    pub grouping: Grouping,
    /// How many neurons, of GPT-2 medium's.
    pub top: Published,
}

impl Default for TopActivations {
    fn default() -> Self {
        Self {
            grouping: Grouping::default(),
            top: published(100),
        }
    }
}

impl FigureKind for TopActivations {
    fn describe(&self) -> Result<Description, RegistryError> {
        Description::of("top_activations", self)
    }

    fn draw(&self, context: &FigureContext<'_>) -> Result<Vec<PathBuf>> {
        let top = context.scaled(self.top.get());
        let figure = report::TopActivations {
            neurons: context.shifts(self.grouping, Ranking::Toxic, 0..top)?,
        };
        context.draw(&figure, &[context.scaling()])
    }
}

/// `kind = "activation_shifts"`, figures 5a and 5b: how activations of toxic neurons shift, at some ranks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ShiftsTable", into = "ShiftsTable")]
pub struct ActivationShifts {
    /// The definition of the groups.
    pub grouping: Grouping,
    /// Which of the two figures it is.
    pub panel: ShiftPanel,
    /// Ranks from and to, of GPT-2 medium's neurons.
    pub ranks: [usize; 2],
}

impl ActivationShifts {
    /// The paper's two.
    pub(super) fn paper() -> [Self; 2] {
        [(ShiftPanel::A, [0, 200]), (ShiftPanel::B, [3000, 3200])].map(|(panel, ranks)| Self {
            grouping: Grouping::default(),
            panel,
            ranks,
        })
    }
}

/// The figure as it is written in TOML.
#[derive(Serialize, Deserialize)]
struct ShiftsTable {
    #[serde(default)]
    grouping: Grouping,
    panel: ShiftPanel,
    ranks: [usize; 2],
}

impl TryFrom<ShiftsTable> for ActivationShifts {
    type Error = String;

    fn try_from(table: ShiftsTable) -> Result<Self, String> {
        let [from, to] = table.ranks;
        if from >= to {
            return Err(format!(
                "`ranks` names the ranks {from} to {to}; expected from below to"
            ));
        }
        Ok(Self {
            grouping: table.grouping,
            panel: table.panel,
            ranks: table.ranks,
        })
    }
}

impl From<ActivationShifts> for ShiftsTable {
    fn from(shifts: ActivationShifts) -> Self {
        Self {
            grouping: shifts.grouping,
            panel: shifts.panel,
            ranks: shifts.ranks,
        }
    }
}

impl FigureKind for ActivationShifts {
    fn describe(&self) -> Result<Description, RegistryError> {
        Description::of("activation_shifts", self)
    }

    fn draw(&self, context: &FigureContext<'_>) -> Result<Vec<PathBuf>> {
        let [from, to] = self.ranks;
        let ranks = scale_ranks(&(from..to), context.table.rows().len());
        let figure = report::ActivationShifts {
            panel: self.panel,
            neurons: context.shifts(self.grouping, Ranking::Toxic, ranks)?,
        };
        let published = format!(
            "The paper shows ranks {} to {}.",
            with_commas(from),
            with_commas(to)
        );
        let grouping = grouping_sentence(self.grouping);
        context.draw(&figure, &[grouping, published, context.scaling()])
    }
}
