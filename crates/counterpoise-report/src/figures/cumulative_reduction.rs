//! Figure 1b: the cumulative toxicity reduction, neurons ranked by their own.

use crate::ReportError;
use crate::axis::{Axis, Reach};
use crate::check::Check;
use crate::elements::Shape;
use crate::number::{decimal, with_commas};
use crate::plane::Grid;
use crate::plot::{About, Lean, Marks, Note, Plot, Point, Series};
use crate::render::Figure;
use crate::style::{BASE, TUNED};

/// More points than this are not told apart on the page.
const POINTS: usize = 1600;

/// Figure 1b. The sum of `r_i` over the first neurons, ranked from the highest `r_i` to the lowest. Its
/// highest value is the peak reduction `Σ max(r_i, 0)`, its last the net reduction `Σ r_i`.
#[derive(Clone, Debug, PartialEq)]
pub struct CumulativeReduction {
    /// The sum over the first 1, 2, 3, … neurons. `[neurons]`
    pub cumulative: Vec<f64>,
}

impl CumulativeReduction {
    /// How many neurons make the peak and how high it is: `(0, 0.0)` if none reduces.
    fn peak(&self) -> (usize, f64) {
        let mut peak = (0, 0.0);
        for (index, &sum) in self.cumulative.iter().enumerate() {
            if sum > peak.1 {
                peak = (index + 1, sum);
            }
        }
        peak
    }

    /// The curve, from no neuron on, with as many points as can be seen; start, peak and end are kept.
    fn points(&self) -> Vec<(usize, f64)> {
        let neurons = self.cumulative.len();
        let stride = neurons.div_ceil(POINTS).max(1);
        let peak = self.peak().0;
        let sums = self
            .cumulative
            .iter()
            .enumerate()
            .map(|(index, &sum)| (index + 1, sum));
        let kept = sums.filter(|(rank, _)| rank % stride == 0 || *rank == peak || *rank == neurons);
        std::iter::once((0, 0.0)).chain(kept).collect()
    }
}

impl Figure for CumulativeReduction {
    fn name(&self) -> &'static str {
        "fig1b_cumulative_reduction"
    }

    fn title(&self) -> String {
        "Cumulative toxicity reduction by neuron".to_owned()
    }

    fn check(&self) -> Result<(), ReportError> {
        let check = Check {
            figure: self.name(),
        };
        check
            .series("cumulative", self.cumulative.iter().copied())
            .map(drop)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of neurons are far below 2^52"
    )]
    fn plot(&self) -> Plot {
        let neurons = self.cumulative.len();
        let (peak_rank, peak) = self.peak();
        let net = self.cumulative.last().copied().unwrap_or_default();
        let points = self.points().into_iter();
        let curve: Vec<[f64; 2]> = points.map(|(rank, sum)| [rank as f64, sum]).collect();
        let across = "neurons, highest reduction first";
        let x = Axis::whole(across, 0, neurons + 1, 0.02 * neurons as f64);
        // Room above the peak for its label.
        let sums = curve.iter().map(|point| point[1]).chain([1.1 * peak]);
        let y = Axis::over("cumulative reduction of the projection", sums, Reach::Zero);
        // Near an end of the curve the label leans inwards.
        let lean = match 4 * peak_rank / neurons {
            0 => Lean::Start,
            1 | 2 => Lean::Middle,
            _ => Lean::End,
        };
        let count = with_commas(peak_rank);
        let peak_note = Note {
            at: [peak_rank as f64, peak],
            shift: (0, -60),
            text: format!("peak {} at {count} neurons", decimal(peak, 2)),
            lean,
            room: None,
        };
        let net_note = Note {
            at: [neurons as f64, net],
            shift: (-50, 0),
            text: format!("net {}", decimal(net, 2)),
            lean: Lean::End,
            room: None,
        };
        let mark = |note: &Note, colour| {
            let about = About::Text(note.text.clone());
            let point = Point { at: note.at, about };
            Series::new("", colour, Marks::Points(Shape::Circle, vec![point]))
        };
        Plot::on(x, y, Grid::Horizontal)
            .with(Series::new("", BASE, Marks::Area(curve.clone())).faded(0.12))
            .with(Series::new("", BASE, Marks::Line(curve)))
            .with(mark(&peak_note, BASE))
            .with(mark(&net_note, TUNED))
            .noted([peak_note, net_note])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_start_peak_and_end() {
        let cumulative: Vec<f64> = (1..=98_304)
            .map(|rank| f64::from(rank) * (115_003.0 - f64::from(rank)))
            .collect();
        let figure = CumulativeReduction { cumulative };
        let (rank, peak) = figure.peak();
        assert_eq!(rank, 57_501);
        let points = figure.points();
        assert!(points.len() <= POINTS + 3);
        assert!(points.contains(&(rank, peak)));
        assert_eq!(points.first().map(|point| point.0), Some(0));
        assert_eq!(points.last().map(|point| point.0), Some(98_304));
    }

    #[test]
    fn without_any_reduction_the_peak_is_the_start() {
        let figure = CumulativeReduction {
            cumulative: vec![-1.0, -3.0],
        };
        assert_eq!(figure.peak().0, 0);
        assert_eq!(figure.points().len(), 3);
    }
}
