//! Figure 2a: each group's share of the reduction.

use counterpoise_groups::{Group, PerGroup};

use crate::ReportError;
use crate::axis::{Axis, Reach, TickNames};
use crate::check::Check;
use crate::number::{decimal, with_commas};
use crate::plane::Grid;
use crate::plot::{About, Bar, Lean, Marks, Note, Plot, Series};
use crate::render::Figure;
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

impl GroupShares {
    fn axes(&self) -> (Axis, Axis) {
        let ends = || {
            let whiskers = self.intervals.iter().flat_map(PerGroup::iter);
            let shares = self.shares.iter().map(|(_, share)| *share);
            shares.chain(whiskers.flat_map(|(_, interval)| *interval))
        };
        // Room on the right for the label of the longest bar.
        let reached = ends().chain([1.45 * ends().fold(0.0, f64::max)]);
        let across = "share of the sum over the four groups";
        let mut x = Axis::over(across, reached, Reach::Zero);
        x.names = TickNames::Percent;
        let mut y = Axis::whole("", 0, 4, 0.6);
        // The first group stands on top.
        let named = Group::ALL.into_iter().rev();
        let named = named.map(|group| format!("{group} · {}", meaning(group)));
        y.names = TickNames::Given(named.collect());
        (x, y)
    }
}

impl Figure for GroupShares {
    fn name(&self) -> &'static str {
        "fig2a_group_shares"
    }

    fn title(&self) -> String {
        "Share of the toxicity reduction by neuron group".to_owned()
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

    fn plot(&self) -> Plot {
        let (x, y) = self.axes();
        let mut plot = Plot::on(x, y, Grid::Vertical);
        for (height, group) in (0u32..).map(f64::from).zip(Group::ALL.into_iter().rev()) {
            let share = self.shares[group];
            let neurons = self.neurons[group];
            let text = format!(
                "{} % · {} neuron{}",
                decimal(100.0 * share, 1),
                with_commas(neurons),
                if neurons == 1 { "" } else { "s" }
            );
            let bar = Bar {
                x: [0.0, share],
                y: [height - 0.32, height + 0.32],
                about: About::Text(format!("{group}: {text}")),
            };
            plot = plot.with(Series::new("", group_colour(group), Marks::Bars(vec![bar])));
            let whisker = self.intervals.map(|intervals| intervals[group]);
            if let Some([low, high]) = whisker {
                let cap = |x| [[x, height - 0.12], [x, height + 0.12]];
                let lines = vec![[[low, height], [high, height]], cap(low), cap(high)];
                plot = plot.with(Series::new("", INK, Marks::Segments(lines)));
            }
            let end = whisker.map_or(share, |[_, high]| high.max(share)).max(0.0);
            plot = plot.noted([Note {
                at: [end, height],
                shift: (30, 0),
                text,
                lean: Lean::Start,
                room: None,
            }]);
        }
        plot
    }
}
