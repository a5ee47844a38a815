//! Figure 2b: each group's part of the reduction among the neurons that reduce most.

use counterpoise_groups::{ContributionBin, Group};

use crate::ReportError;
use crate::axis::{Axis, Reach};
use crate::check::Check;
use crate::elements::{Stack, stacked};
use crate::number::with_commas;
use crate::page::Mark;
use crate::plane::Grid;
use crate::plot::Plot;
use crate::render::Figure;

/// Figure 2b. Adjoining bins from the highest reduction on; neurons in no group are shown too, so that a bar
/// is all that its neurons reduce.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupContributions {
    /// The bins; the first begins at rank 0.
    pub bins: Vec<ContributionBin>,
}

impl GroupContributions {
    /// The number of neurons in all bins.
    fn neurons(&self) -> usize {
        self.bins.last().map_or(0, |bin| bin.ranks.end)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of neurons are far below 2^52"
    )]
    fn bars(&self) -> Vec<Stack> {
        let bar = |bin: &ContributionBin| Stack {
            from: bin.ranks.start as f64,
            to: bin.ranks.end as f64,
            groups: bin.groups,
            ungrouped: bin.ungrouped,
            about: format!(
                "ranks {} to {}",
                bin.ranks.start,
                bin.ranks.end.saturating_sub(1)
            ),
        };
        self.bins.iter().map(bar).collect()
    }
}

impl Figure for GroupContributions {
    fn name(&self) -> &'static str {
        "fig2b_group_contributions"
    }

    fn title(&self) -> String {
        format!(
            "Contribution of the groups among the top {} neurons",
            with_commas(self.neurons())
        )
    }

    fn check(&self) -> Result<(), ReportError> {
        let check = Check {
            figure: self.name(),
        };
        let sums = self.bins.iter().flat_map(|bin| {
            let groups = bin.groups.iter().map(|(_, sum)| *sum);
            groups.chain([bin.ungrouped])
        });
        check.series("bins", sums)?;
        check.ranks(0, self.bins.iter().map(|bin| bin.ranks.clone()))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of neurons are far below 2^52"
    )]
    fn plot(&self) -> Plot {
        let bars = self.bars();
        let neurons = self.neurons();
        let margin = 0.01 * neurons as f64;
        let x = Axis::whole("neuron rank by reduction, from 0", 0, neurons + 1, margin);
        let reached = bars.iter().flat_map(Stack::reach);
        let y = Axis::over("reduction of the projection per bin", reached, Reach::Zero);
        let ungrouped = self.bins.iter().any(|bin| bin.ungrouped != 0.0);
        let members = Group::ALL.into_iter().map(Some);
        let members = members.chain(ungrouped.then_some(None));
        Plot {
            legend: super::member_legend(Mark::Bar, members),
            series: stacked(&bars),
            ..Plot::on(x, y, Grid::Horizontal)
        }
    }
}
