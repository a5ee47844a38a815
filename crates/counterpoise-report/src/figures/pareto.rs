//! Every row of a study in one plane of two metrics, with the frontier of those that no other beats in both.

mod labels;

use plotters::prelude::*;

use crate::ReportError;
use crate::axis::{Axis, Reach};
use crate::check::Check;
use crate::elements::{Shape, draw_marker};
use crate::page::{LegendEntry, Mark};
use crate::plane::{Chart, Grid, open};
use crate::render::{DrawError, Figure, PlotArea};
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

    fn draw<B: DrawingBackend>(&self, plot: &PlotArea<B>) -> Result<(), DrawError<B>> {
        let (width, _) = plot.dim_in_pixel();
        let (plane, key) = plot.split_horizontally(width * 5 / 8);
        let scales = self.scales();
        let mut chart = open(&plane, &scales[0].axis, &scales[1].axis, Grid::Both)?;
        let place = |[across, up]: [f64; 2]| (scales[0].place(across), scales[1].place(up));
        for sweep in self.sweeps() {
            let line = sweep.into_iter().map(place);
            chart.draw_series(LineSeries::new(line, EDITED_BASE.mix(0.35).stroke_width(5)))?;
        }
        let stairs = self.staircase().into_iter().map(place);
        chart.draw_series(LineSeries::new(stairs, INK.mix(0.7).stroke_width(6)))?;
        self.draw_points(&mut chart, place, |point| is_inside(point, &scales))?;
        self.draw_numbers(&chart, place)?;
        self.draw_key(&key)
    }
}

impl Pareto {
    /// Whiskers below, controls next, the unedited models on top.
    fn draw_points<B: DrawingBackend>(
        &self,
        chart: &mut Chart<'_, B>,
        place: impl Fn([f64; 2]) -> (f64, f64),
        inside: impl Fn(&PlanePoint) -> bool,
    ) -> Result<(), DrawError<B>> {
        for point in self
            .points
            .iter()
            .filter(|point| point.what != PlaneRow::Control)
        {
            let (_, _, colour) = point.what.look();
            for which in [0, 1] {
                let Some(interval) = point.intervals[which] else {
                    continue;
                };
                let end = |bound| {
                    let mut end = point.values;
                    end[which] = bound;
                    place(end)
                };
                let whisker = interval.map(end);
                chart.draw_series([PathElement::new(whisker, colour.mix(0.4).stroke_width(4))])?;
            }
        }
        let area = chart.plotting_area().use_screen_coord();
        for what in PlaneRow::ALL.into_iter().rev() {
            let (_, shape, colour) = what.look();
            let drawn = self
                .points
                .iter()
                .filter(|point| point.what == what && inside(point));
            for point in drawn {
                let pixel = chart.plotting_area().map_coordinate(&place(point.values));
                draw_marker(&area, shape, pixel, colour)?;
            }
        }
        Ok(())
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
