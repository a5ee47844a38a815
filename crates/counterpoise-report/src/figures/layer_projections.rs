//! Figure 1a: what each MLP layer writes along the probe, in three models.

use plotters::prelude::*;

use crate::ReportError;
use crate::axis::{Axis, Reach};
use crate::check::Check;
use crate::elements::{Shape, draw_marker};
use crate::page::{LegendEntry, Mark};
use crate::plane::{Grid, open};
use crate::render::{DrawError, Figure, PlotArea};
use crate::style::{ABLATED, BASE, TUNED};

/// Figure 1a. Mean of `mlp(x)·u` per layer, `u` the unit probe; one value per layer, from layer 0 on.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerProjections {
    /// The base model. `[n_layer]`
    pub base: Vec<f64>,
    /// The base model with its most toxic neurons ablated. `[n_layer]`
    pub ablated: Vec<f64>,
    /// The tuned model. `[n_layer]`
    pub tuned: Vec<f64>,
    /// How many neurons were ablated.
    pub ablated_neurons: usize,
}

impl LayerProjections {
    /// Label, values, marker and colour of each line.
    fn series(&self) -> [(String, &[f64], Shape, RGBColor); 3] {
        let ablated = match self.ablated_neurons {
            1 => "base, most toxic neuron ablated".to_owned(),
            count => format!(
                "base, top {} toxic neurons ablated",
                crate::number::with_commas(count)
            ),
        };
        [
            ("base".to_owned(), &self.base, Shape::Circle, BASE),
            (ablated, &self.ablated, Shape::Triangle, ABLATED),
            ("tuned".to_owned(), &self.tuned, Shape::Square, TUNED),
        ]
    }
}

impl Figure for LayerProjections {
    fn name(&self) -> &'static str {
        "fig1a_layer_projections"
    }

    fn title(&self) -> String {
        "MLP layer outputs projected on the toxicity probe".to_owned()
    }

    fn legend(&self) -> Vec<LegendEntry> {
        self.series()
            .map(|(label, _, shape, colour)| LegendEntry {
                label,
                mark: Mark::Line(shape),
                colour,
            })
            .into()
    }

    fn check(&self) -> Result<(), ReportError> {
        let check = Check {
            figure: self.name(),
        };
        let layers = check.series("base", self.base.iter().copied())?;
        check.companion("ablated", &self.ablated, layers)?;
        check.companion("tuned", &self.tuned, layers)
    }

    fn draw<B: DrawingBackend>(&self, plot: &PlotArea<B>) -> Result<(), DrawError<B>> {
        let series = self.series();
        let x = Axis::whole("layer", 0, self.base.len(), 0.3);
        let all = series
            .iter()
            .flat_map(|(_, values, ..)| values.iter().copied());
        let y = Axis::over("mean projection on the unit probe", all, Reach::Data);
        let mut chart = open(plot, &x, &y, Grid::Horizontal)?;
        for (_, values, shape, colour) in series {
            let points: Vec<(f64, f64)> = (0u32..)
                .map(f64::from)
                .zip(values.iter().copied())
                .collect();
            chart.draw_series(LineSeries::new(
                points.iter().copied(),
                colour.stroke_width(9),
            ))?;
            let screen = chart.plotting_area().use_screen_coord();
            for point in points {
                draw_marker(
                    &screen,
                    shape,
                    chart.plotting_area().map_coordinate(&point),
                    colour,
                )?;
            }
        }
        Ok(())
    }
}
