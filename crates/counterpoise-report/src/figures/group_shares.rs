//! Figure 2a: each group's share of the reduction.

use counterpoise_groups::{Group, PerGroup};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use crate::ReportError;
use crate::axis::{Axis, Reach, TickNames};
use crate::check::Check;
use crate::number::{decimal, with_commas};
use crate::page::LegendEntry;
use crate::plane::{Grid, annotate, open};
use crate::render::{DrawError, Figure, PlotArea};
use crate::style::{INK, group_colour};

/// Figure 2a. A group's share is its `Σ r_i` over the sum of the four.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupShares {
    /// The shares; they sum to 1.
    pub shares: PerGroup<f64>,
    /// How many neurons each group has.
    pub neurons: PerGroup<usize>,
    /// An interval around each share, lower bound first; `None` draws no whiskers.
    pub intervals: Option<PerGroup<[f64; 2]>>,
}

/// Which neurons a group holds, in words that are true of both groupings.
const fn meaning(group: Group) -> &'static str {
    match group {
        Group::TpMinus => "toxic, activation ≥ 0",
        Group::TnPlus => "toxic, activation < 0",
        Group::ApPlus => "anti-toxic, activation ≥ 0",
        Group::AnMinus => "anti-toxic, activation < 0",
    }
}

impl Figure for GroupShares {
    fn name(&self) -> &'static str {
        "fig2a_group_shares"
    }

    fn title(&self) -> String {
        "Share of the toxicity reduction by neuron group".to_owned()
    }

    fn legend(&self) -> Vec<LegendEntry> {
        Vec::new()
    }

    fn check(&self) -> Result<(), ReportError> {
        let check = Check {
            figure: self.name(),
        };
        check.series("shares", self.shares.iter().map(|(_, share)| *share))?;
        if let Some(intervals) = &self.intervals {
            let bounds = intervals.iter().flat_map(|(_, interval)| *interval);
            check.series("intervals", bounds)?;
        }
        let found: f64 = self.shares.iter().map(|(_, share)| share).sum();
        if (found - 1.0).abs() > 1e-6 {
            return Err(ReportError::ShareSum {
                figure: self.name().to_owned(),
                found,
            });
        }
        Ok(())
    }

    fn draw<B: DrawingBackend>(&self, plot: &PlotArea<B>) -> Result<(), DrawError<B>> {
        let ends = || {
            let whiskers = self.intervals.iter().flat_map(PerGroup::iter);
            let shares = self.shares.iter().map(|(_, share)| *share);
            shares.chain(whiskers.flat_map(|(_, interval)| *interval))
        };
        // Room on the right for the label of the longest bar.
        let reached = ends().chain([1.45 * ends().fold(0.0, f64::max)]);
        let mut x = Axis::over(
            "share of the sum over the four groups",
            reached,
            Reach::Zero,
        );
        x.names = TickNames::Percent;
        let mut y = Axis::whole("", 0, 4, 0.6);
        // The first group stands on top.
        let from_below = Group::ALL.into_iter().rev();
        y.names = TickNames::Given(
            from_below
                .clone()
                .map(|group| format!("{group} · {}", meaning(group)))
                .collect(),
        );
        let mut chart = open(plot, &x, &y, Grid::Vertical)?;
        for (height, group) in (0u32..).map(f64::from).zip(from_below) {
            let share = self.shares[group];
            let corners = [(0.0, height - 0.32), (share, height + 0.32)];
            chart.draw_series([Rectangle::new(corners, group_colour(group).filled())])?;
            let whisker = self.intervals.map(|intervals| intervals[group]);
            if let Some([low, high]) = whisker {
                let ink = INK.stroke_width(6);
                let line = |from, to| PathElement::new([from, to], ink);
                let cap = |x| line((x, height - 0.12), (x, height + 0.12));
                let across = line((low, height), (high, height));
                chart.draw_series([across, cap(low), cap(high)])?;
            }
            let end = whisker.map_or(share, |[_, high]| high.max(share)).max(0.0);
            let neurons = self.neurons[group];
            let note = format!(
                "{} % · {} neuron{}",
                decimal(100.0 * share, 1),
                with_commas(neurons),
                if neurons == 1 { "" } else { "s" }
            );
            annotate(&chart, (end, height), (30, 0), &note, HPos::Left)?;
        }
        Ok(())
    }
}
