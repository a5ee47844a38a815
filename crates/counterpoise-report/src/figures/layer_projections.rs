//! Figure 1a: what each MLP layer writes along the probe, in three models.

use plotters::style::RGBColor;

use crate::ReportError;
use crate::axis::{Axis, Reach};
use crate::check::Check;
use crate::elements::Shape;
use crate::number::decimal;
use crate::page::{LegendEntry, Mark};
use crate::plane::Grid;
use crate::plot::{About, Marks, Plot, Point, Series};
use crate::render::Figure;
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

    fn check(&self) -> Result<(), ReportError> {
        let check = Check {
            figure: self.name(),
        };
        let layers = check.series("base", self.base.iter().copied())?;
        check.companion("ablated", &self.ablated, layers)?;
        check.companion("tuned", &self.tuned, layers)
    }

    fn plot(&self) -> Plot {
        let series = self.series();
        let x = Axis::whole("layer", 0, self.base.len(), 0.3);
        let all = series
            .iter()
            .flat_map(|(_, values, ..)| values.iter().copied());
        let y = Axis::over("mean projection on the unit probe", all, Reach::Data);
        let mut plot = Plot::on(x, y, Grid::Horizontal);
        for (label, values, shape, colour) in series {
            let layers = (0u32..).map(f64::from);
            let line: Vec<[f64; 2]> = layers.zip(values).map(|(x, y)| [x, *y]).collect();
            let points = line.iter().map(|at| Point {
                at: *at,
                about: About::Text(format!("{label}, layer {}: {}", at[0], decimal(at[1], 4))),
            });
            let points = Marks::Points(shape, points.collect());
            plot = plot
                .with(Series::new(label.as_str(), colour, Marks::Line(line)))
                .with(Series::new(label.as_str(), colour, points));
            let mark = Mark::Line(shape);
            plot.legend.push(LegendEntry {
                label,
                mark,
                colour,
            });
        }
        plot
    }
}
