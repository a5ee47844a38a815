//! Every row of a study in one plane of two metrics, with the frontier of those that no other beats in both.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use crate::ReportError;
use crate::axis::{Axis, Reach};
use crate::check::Check;
use crate::elements::{Shape, draw_marker};
use crate::page::{LegendEntry, Mark, text};
use crate::plane::{Chart, Grid, open};
use crate::render::{DrawError, Figure, PlotArea};
use crate::style::{BASE, INK, NO_GROUP, SOFT_INK, TUNED};

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
    /// An axis over all values and intervals of one metric; values far apart are shown in powers of ten.
    fn of(metric: &PlaneMetric, points: &[PlanePoint], which: usize) -> Self {
        let all = points.iter().flat_map(|point| {
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
        let (plane, key) = plot.split_horizontally(width * 2 / 3);
        let scales = [0, 1].map(|which| Scaled::of(&self.metrics[which], &self.points, which));
        let mut chart = open(&plane, &scales[0].axis, &scales[1].axis, Grid::Both)?;
        let place = |[across, up]: [f64; 2]| (scales[0].place(across), scales[1].place(up));
        for sweep in self.sweeps() {
            let line = sweep.into_iter().map(place);
            chart.draw_series(LineSeries::new(line, EDITED_BASE.mix(0.35).stroke_width(5)))?;
        }
        let stairs = self.staircase().into_iter().map(place);
        chart.draw_series(LineSeries::new(stairs, INK.mix(0.7).stroke_width(6)))?;
        self.draw_points(&mut chart, place)?;
        self.draw_numbers(&chart, place)?;
        self.draw_key(&key)
    }
}

/// Pixels from a point to the middle of its number, the nearest to the point first.
const SHIFTS: [(i32, i32); 8] = [
    (38, -34),
    (-38, -34),
    (38, 34),
    (-38, 34),
    (0, -48),
    (0, 48),
    (56, 0),
    (-56, 0),
];
const NUMBER_SIZE: i32 = 46;
/// Half of the room that a number takes.
const NUMBER_ROOM: (i32, i32) = (30, 24);

impl Pareto {
    /// Whiskers below, controls next, the unedited models on top.
    fn draw_points<B: DrawingBackend>(
        &self,
        chart: &mut Chart<'_, B>,
        place: impl Fn([f64; 2]) -> (f64, f64),
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
            for point in self.points.iter().filter(|point| point.what == what) {
                let pixel = chart.plotting_area().map_coordinate(&place(point.values));
                draw_marker(&area, shape, pixel, colour)?;
            }
        }
        Ok(())
    }

    /// Each number beside its point, where no other number or point is if there is room.
    fn draw_numbers<B: DrawingBackend>(
        &self,
        chart: &Chart<'_, B>,
        place: impl Fn([f64; 2]) -> (f64, f64),
    ) -> Result<(), DrawError<B>> {
        let plane = chart.plotting_area();
        let pixels: Vec<(i32, i32)> = (self.points.iter())
            .map(|point| plane.map_coordinate(&place(point.values)))
            .collect();
        let mut taken = pixels.clone();
        let area = plane.use_screen_coord();
        for (point, &(x, y)) in self.points.iter().zip(&pixels) {
            let Some(number) = point.number else { continue };
            let at = SHIFTS.map(|(across, down)| (x + across, y + down));
            let free = |at: &&(i32, i32)| {
                let apart = |other: &(i32, i32)| {
                    (at.0 - other.0).abs() >= NUMBER_ROOM.0 + 12
                        || (at.1 - other.1).abs() >= NUMBER_ROOM.1 + 12
                };
                taken.iter().all(apart)
            };
            let at = *at.iter().find(free).unwrap_or(&at[0]);
            taken.push(at);
            let style = text(NUMBER_SIZE, INK, HPos::Center);
            area.draw(&Text::new(number.to_string(), at, style))?;
        }
        Ok(())
    }

    /// What the numbers stand for; those on the frontier in full ink.
    fn draw_key<B: DrawingBackend>(&self, key: &PlotArea<B>) -> Result<(), DrawError<B>> {
        let rows: Vec<(usize, &PlanePoint)> = (self.points.iter())
            .filter_map(|point| Some((point.number?, point)))
            .collect();
        let (width, height) = key.dim_in_pixel();
        let (width, height) = (
            i32::try_from(width).unwrap_or(i32::MAX),
            i32::try_from(height).unwrap_or(i32::MAX),
        );
        let count = i32::try_from(rows.len()).unwrap_or(i32::MAX).max(1);
        let line = (height / count).clamp(30, 60);
        let room = usize::try_from(height / line).unwrap_or(0);
        for (row, (number, point)) in rows.iter().enumerate() {
            let y = i32::try_from(row).unwrap_or(i32::MAX).saturating_mul(line) + line / 2;
            let colour = if point.on_frontier { INK } else { SOFT_INK };
            let style = text(line * 3 / 4, colour, HPos::Left);
            if row + 1 == room && rows.len() > room {
                return key.draw_text(&format!("… and {} more", rows.len() - row), &style, (0, y));
            }
            let star = if point.on_frontier { "*" } else { "" };
            let mut shown = format!("{number}{star}  {}", point.label);
            while key.estimate_text_size(&shown, &style)?.0 > u32::try_from(width).unwrap_or(0) {
                shown = shown.trim_end_matches('…').to_owned();
                shown.pop();
                shown.push('…');
            }
            key.draw_text(&shown, &style, (0, y))?;
        }
        Ok(())
    }
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
mod tests {
    use super::*;

    fn point(values: [f64; 2], sweep: Option<&str>, on_frontier: bool) -> PlanePoint {
        PlanePoint {
            what: PlaneRow::EditedBase,
            number: Some(1),
            label: "row".to_owned(),
            values,
            intervals: [None; 2],
            sweep: sweep.map(str::to_owned),
            on_frontier,
        }
    }

    fn pareto(better: Better, points: Vec<PlanePoint>) -> Pareto {
        let metric = |label: &str, better| PlaneMetric {
            label: label.to_owned(),
            better,
        };
        Pareto {
            name: "pareto".to_owned(),
            metrics: [metric("PPL", better), metric("Toxicity", Better::Lower)],
            points,
        }
    }

    #[test]
    fn the_frontier_steps_from_the_best_across() {
        let points = || {
            vec![
                point([30.0, 0.1], None, true),
                point([20.0, 0.5], None, true),
                point([25.0, 0.6], None, false),
            ]
        };
        let stairs = pareto(Better::Lower, points()).staircase();
        assert_eq!(stairs, [[20.0, 0.5], [30.0, 0.5], [30.0, 0.1]]);
        let stairs = pareto(Better::Higher, points()).staircase();
        assert_eq!(stairs[0], [30.0, 0.1]);
    }

    #[test]
    fn a_sweep_is_one_line_in_its_order() {
        let mut control = point([9.0, 9.0], Some("a"), false);
        control.what = PlaneRow::Control;
        let points = vec![
            point([1.0, 2.0], Some("a"), false),
            point([5.0, 5.0], Some("b"), false),
            point([0.5, 3.0], Some("a"), false),
            point([7.0, 7.0], None, false),
            control,
        ];
        let sweeps = pareto(Better::Lower, points).sweeps();
        assert_eq!(sweeps, [vec![[1.0, 2.0], [0.5, 3.0]], vec![[5.0, 5.0]]]);
    }

    #[test]
    fn values_far_apart_are_shown_in_powers_of_ten() {
        let figure = |last| {
            pareto(
                Better::Lower,
                vec![
                    point([3.0, 0.0], None, true),
                    point([last, 1.0], None, false),
                ],
            )
        };
        let scale = |last| Scaled::of(&figure(last).metrics[0], &figure(last).points, 0);
        assert!(!scale(29.0).in_powers);
        let wide = scale(400.0);
        assert!(wide.in_powers);
        let names: Vec<String> = (wide.axis.ticks.iter())
            .map(|tick| wide.axis.names.of(*tick))
            .collect();
        assert_eq!(names, ["5", "10", "20", "50", "100", "200", "500"]);
        assert!((wide.place(100.0) - 2.0).abs() < 1e-12);
        // Zero has no logarithm.
        assert!(!Scaled::of(&figure(400.0).metrics[1], &figure(400.0).points, 1).in_powers);
    }

    #[test]
    fn a_heading_is_written_small_within_a_sentence() {
        assert_eq!(lower_first("Toxicity"), "toxicity");
        assert_eq!(lower_first("PPL"), "PPL");
        assert_eq!(lower_first(""), "");
    }
}
