//! Every row of a study in one plane of two metrics, with the frontier of those that no other beats in both.

use plotters::style::RGBColor;

use crate::ReportError;
use crate::axis::{Axis, Reach};
use crate::check::Check;
use crate::elements::Shape;
use crate::number::decimal;
use crate::page::{LegendEntry, Mark};
use crate::plane::Grid;
use crate::plot::{About, KeyEntry, Marks, Plot, Point, Series};
use crate::render::Figure;
use crate::style::{BASE, INK, NO_GROUP, TUNED};

/// Rows in the plane of two metrics. A sweep's rows are joined by a line in their order; the frontier is a staircase.
#[derive(Clone, Debug, PartialEq)]
pub struct Pareto {
    /// The file's name without its extension.
    pub name: String,
    /// The metric across, and the one upwards.
    pub metrics: [PlaneMetric; 2],
    /// The rows, in the order they are numbered.
    pub points: Vec<PlanePoint>,
}

/// A metric of the plane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaneMetric {
    /// What its axis says.
    pub label: String,
    /// Which of its values are better.
    pub better: Better,
}

/// Which values of a metric are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Lower ones, as of toxicity and perplexity.
    Lower,
    /// Higher ones, as of F1.
    Higher,
}

/// A row in the plane.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanePoint {
    /// What it is.
    pub what: PlaneRow,
    /// Its number, which the key explains; none for a control.
    pub number: Option<usize>,
    /// What the key says beside the number.
    pub label: String,
    /// Its value of the metric across, and of the one upwards.
    pub values: [f64; 2],
    /// Their intervals, where there are any.
    pub intervals: [Option<[f64; 2]>; 2],
    /// The sweep that it is a row of.
    pub sweep: Option<String>,
    /// Whether no other row's values are as good in both and better in one.
    pub on_frontier: bool,
}

/// What a row of the plane is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaneRow {
    /// The base model as it is.
    Base,
    /// The tuned model as it is.
    Tuned,
    /// An edit of the base model.
    EditedBase,
    /// An edit of the tuned model.
    EditedTuned,
    /// A control of an edit.
    Control,
}

/// Edits of the base model; of Okabe and Ito's palette, as the groups are.
const EDITED_BASE: RGBColor = RGBColor(0x00, 0x72, 0xB2);
/// Edits of the tuned model.
const EDITED_TUNED: RGBColor = RGBColor(0xE6, 0x9F, 0x00);

impl PlaneRow {
    const ALL: [Self; 5] = [
        Self::Base,
        Self::Tuned,
        Self::EditedBase,
        Self::EditedTuned,
        Self::Control,
    ];

    fn look(self) -> (&'static str, Shape, RGBColor) {
        match self {
            Self::Base => ("base model", Shape::Triangle, BASE),
            Self::Tuned => ("tuned model", Shape::Triangle, TUNED),
            Self::EditedBase => ("base, edited", Shape::Circle, EDITED_BASE),
            Self::EditedTuned => ("tuned, edited", Shape::Square, EDITED_TUNED),
            Self::Control => ("control", Shape::Circle, NO_GROUP),
        }
    }
}

/// A scale of the plane: as it is, or in powers of ten.
struct Scaled {
    axis: Axis,
    in_powers: bool,
}

impl Scaled {
    /// An axis over the values and intervals of one metric, those of controls aside, which may be far off; values far apart
    /// are shown in powers of ten.
    fn of(metric: &PlaneMetric, points: &[PlanePoint], which: usize) -> Self {
        let rows = points
            .iter()
            .filter(|point| point.what != PlaneRow::Control);
        let all = rows.flat_map(|point| {
            let interval = point.intervals[which].into_iter().flatten();
            interval.chain([point.values[which]])
        });
        let all: Vec<f64> = all.collect();
        let (low, high) = (
            all.iter().fold(f64::INFINITY, |a, b| a.min(*b)),
            all.iter().fold(0.0, |a: f64, b| a.max(*b)),
        );
        let arrow = match metric.better {
            Better::Lower => "lower is better",
            Better::Higher => "higher is better",
        };
        let label = format!("{} ({arrow})", metric.label);
        let in_powers = low > 0.0 && high / low >= 10.0;
        let axis = match in_powers {
            true => Axis::in_powers(label, low, high),
            false => Axis::over(label, all, Reach::Data),
        };
        Self { axis, in_powers }
    }

    fn place(&self, value: f64) -> f64 {
        match self.in_powers {
            true => value.log10(),
            false => value,
        }
    }
}

impl Pareto {
    fn scales(&self) -> [Scaled; 2] {
        [0, 1].map(|which| Scaled::of(&self.metrics[which], &self.points, which))
    }

    /// How many controls lie outside of what is drawn.
    #[must_use]
    pub fn controls_outside(&self) -> usize {
        let scales = self.scales();
        self.points
            .iter()
            .filter(|point| !is_inside(point, &scales))
            .count()
    }

    /// The frontier from its best value across to its worst, each step level until the next row's value across.
    fn staircase(&self) -> Vec<[f64; 2]> {
        let mut frontier: Vec<[f64; 2]> = (self.points.iter())
            .filter(|point| point.on_frontier)
            .map(|point| point.values)
            .collect();
        frontier.sort_by(|a, b| match self.metrics[0].better {
            Better::Lower => a[0].total_cmp(&b[0]),
            Better::Higher => b[0].total_cmp(&a[0]),
        });
        let mut stairs: Vec<[f64; 2]> = Vec::new();
        for [across, up] in frontier {
            if let Some([_, level]) = stairs.last().copied() {
                stairs.push([across, level]);
            }
            stairs.push([across, up]);
        }
        stairs
    }

    /// The rows of each sweep, in their order.
    fn sweeps(&self) -> Vec<Vec<[f64; 2]>> {
        let mut sweeps: Vec<(&str, Vec<[f64; 2]>)> = Vec::new();
        let rows = self
            .points
            .iter()
            .filter(|point| point.what != PlaneRow::Control);
        for (sweep, values) in
            rows.filter_map(|point| Some((point.sweep.as_deref()?, point.values)))
        {
            match sweeps.iter_mut().find(|(known, _)| *known == sweep) {
                Some((_, places)) => places.push(values),
                None => sweeps.push((sweep, vec![values])),
            }
        }
        sweeps.into_iter().map(|(_, places)| places).collect()
    }
}

impl Figure for Pareto {
    fn name(&self) -> &str {
        &self.name
    }

    fn title(&self) -> String {
        let [across, up] = &self.metrics;
        format!(
            "Every row by {} and {}",
            lower_first(&up.label),
            lower_first(&across.label)
        )
    }

    fn check(&self) -> Result<(), ReportError> {
        let check = Check { figure: &self.name };
        for (which, metric) in self.metrics.iter().enumerate() {
            let values = self.points.iter().flat_map(|point| {
                let interval = point.intervals[which].into_iter().flatten();
                interval.chain([point.values[which]])
            });
            check.series(&metric.label, values)?;
        }
        Ok(())
    }

    fn plot(&self) -> Plot {
        let scales = self.scales();
        let place = |[across, up]: [f64; 2]| [scales[0].place(across), scales[1].place(up)];
        let line = |points: Vec<[f64; 2]>| Marks::Line(points.into_iter().map(place).collect());
        let [x, y] = scales.each_ref().map(|scale| scale.axis.clone());
        let mut plot = Plot::on(x, y, Grid::Both);
        for sweep in self.sweeps() {
            plot = plot.with(Series::new("", EDITED_BASE, line(sweep)).faded(0.35));
        }
        plot = plot.with(Series::new("", INK, line(self.staircase())).faded(0.7));
        for point in (self.points.iter()).filter(|point| point.what != PlaneRow::Control) {
            let (label, _, colour) = point.what.look();
            let whiskers = Marks::Segments(point.whiskers().map(|ends| ends.map(place)).collect());
            plot = plot.with(Series::new(label, colour, whiskers).faded(0.4));
        }
        // The unedited models on top.
        for what in PlaneRow::ALL.into_iter().rev() {
            let (label, shape, colour) = what.look();
            let points = (self.points.iter())
                .filter(|point| point.what == what && is_inside(point, &scales))
                .map(|point| Point {
                    at: place(point.values),
                    about: About::Text(self.about(point)),
                });
            let points = Marks::Points(shape, points.collect());
            plot = plot.with(Series::new(label, colour, points));
        }
        let key = self.points.iter().map(|point| KeyEntry {
            at: place(point.values),
            number: point.number,
            label: point.label.clone(),
            on_frontier: point.on_frontier,
        });
        Plot {
            legend: self.legend(),
            key: key.collect(),
            ..plot
        }
    }
}

impl Pareto {
    fn legend(&self) -> Vec<LegendEntry> {
        let there = |what: &PlaneRow| self.points.iter().any(|point| point.what == *what);
        let rows = PlaneRow::ALL.into_iter().filter(there);
        rows.map(|what| {
            let (label, shape, colour) = what.look();
            LegendEntry {
                label: label.to_owned(),
                mark: Mark::Point(shape),
                colour,
            }
        })
        .collect()
    }

    /// A row with its two values, in words.
    fn about(&self, point: &PlanePoint) -> String {
        let values = [0, 1].map(|which| {
            let value = decimal(point.values[which], 4);
            format!("{} {value}", self.metrics[which].label)
        });
        format!("{}: {}", point.label, values.join(", "))
    }
}

impl PlanePoint {
    /// Its intervals as lines through its place.
    fn whiskers(&self) -> impl Iterator<Item = [[f64; 2]; 2]> + '_ {
        [0, 1].into_iter().filter_map(|which| {
            let end = |bound| {
                let mut end = self.values;
                end[which] = bound;
                end
            };
            Some(self.intervals[which]?.map(end))
        })
    }
}

/// Whether a row lies on the axes; one that is no control always does.
fn is_inside(point: &PlanePoint, scales: &[Scaled; 2]) -> bool {
    [0, 1].into_iter().all(|which| {
        let Scaled { axis, in_powers } = &scales[which];
        let value = point.values[which];
        let place = scales[which].place(value);
        (!in_powers || value > 0.0) && (axis.from..=axis.to).contains(&place)
    })
}

/// A heading within a sentence; an abbreviation stays.
fn lower_first(label: &str) -> String {
    let mut letters = label.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => label.to_owned(),
    }
}

#[cfg(test)]
mod tests;
