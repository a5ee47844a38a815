//! What each head, bias and MLP writes less along the probe in the tuned model, layer by layer.

use plotters::style::RGBColor;

use crate::ReportError;
use crate::axis::{Axis, TickNames};
use crate::check::Check;
use crate::number::decimal;
use crate::page::{LegendEntry, Mark};
use crate::plane::Grid;
use crate::plot::{About, Bar, Marks, Plot, Series};
use crate::render::Figure;

/// From the largest increase to the largest reduction: which part of the largest magnitude a level ends at, and its colour. Orange
/// and blue are told apart with every colour vision deficiency.
const LEVELS: [(f64, RGBColor); 7] = [
    (-0.3, RGBColor(0xD5, 0x5E, 0x00)),
    (-0.1, RGBColor(0xE6, 0x9F, 0x00)),
    (-0.02, RGBColor(0xF6, 0xDF, 0xB8)),
    (0.02, RGBColor(0xE4, 0xE4, 0xE4)),
    (0.1, RGBColor(0xC4, 0xE4, 0xF5)),
    (0.3, RGBColor(0x56, 0xB4, 0xE9)),
    (1.0, RGBColor(0x00, 0x72, 0xB2)),
];

/// Names that fit below the axis side by side.
const MOST_NAMES: usize = 20;

/// A map of layers and components, coloured by the reduction `base − tuned` of the mean projection.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentReductions {
    /// The components of a layer by their names in it, as `H3` or `MLP`, left to right.
    pub columns: Vec<String>,
    /// The reduction of each, from layer 0 on; `None` where a layer does not have the component. `[n_layer][columns]`
    pub layers: Vec<Vec<Option<f64>>>,
}

impl ComponentReductions {
    fn reductions(&self) -> impl Iterator<Item = f64> {
        self.layers.iter().flatten().filter_map(|cell| *cell)
    }

    fn largest(&self) -> f64 {
        self.reductions().map(f64::abs).fold(0.0, f64::max)
    }

    /// The cells between two parts of the largest magnitude.
    fn cells(&self, above: f64, up_to: f64) -> Vec<Bar> {
        let largest = self.largest();
        let mut cells = Vec::new();
        for (y, layer) in (0u32..).map(f64::from).zip(&self.layers) {
            for ((x, name), reduction) in (0u32..).map(f64::from).zip(&self.columns).zip(layer) {
                let Some(reduction) = *reduction else {
                    continue;
                };
                let part = match largest == 0.0 {
                    true => 0.0,
                    false => reduction / largest,
                };
                if part > above && part <= up_to {
                    cells.push(Bar {
                        x: [x - 0.46, x + 0.46],
                        y: [y - 0.46, y + 0.46],
                        about: About::Text(format!("layer {y}, {name}: {}", decimal(reduction, 5))),
                    });
                }
            }
        }
        cells
    }

    fn axes(&self) -> (Axis, Axis) {
        let mut x = Axis::whole("component", 0, self.columns.len(), 0.7);
        let is_head = |name: &str| name.starts_with('H');
        let every = self.columns.len().div_ceil(MOST_NAMES);
        let named = (0_usize..).zip(&self.columns);
        let named = named.filter(|(at, name)| !is_head(name) || at.is_multiple_of(every));
        x.ticks = named.map(|(at, _)| at as f64).collect();
        x.names = TickNames::Given(self.columns.clone());
        let mut y = Axis::whole("layer", 0, self.layers.len(), 0.7);
        let layers = 0..self.layers.len();
        y.names = TickNames::Given(layers.map(|layer| layer.to_string()).collect());
        (x, y)
    }
}

impl Figure for ComponentReductions {
    fn name(&self) -> &'static str {
        "component_reductions"
    }

    fn title(&self) -> String {
        "Toxicity reduction per layer and component".to_owned()
    }

    fn check(&self) -> Result<(), ReportError> {
        let check = Check {
            figure: self.name(),
        };
        check.series("layers", self.reductions()).map(drop)
    }

    fn plot(&self) -> Plot {
        let (x, y) = self.axes();
        let mut plot = Plot::on(x, y, Grid::Horizontal);
        let (largest, mut above) = (self.largest(), f64::NEG_INFINITY);
        for (up_to, colour) in LEVELS {
            let value = |part: f64| decimal(part * largest, 4);
            let label = match above {
                f64::NEG_INFINITY => format!("up to {}", value(up_to)),
                _ => format!("{} to {}", value(above), value(up_to)),
            };
            let cells = Marks::Bars(self.cells(above, up_to));
            plot = plot.with(Series::new(label.as_str(), colour, cells));
            plot.legend.push(LegendEntry {
                label,
                mark: Mark::Bar,
                colour,
            });
            above = up_to;
        }
        plot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_component_is_one_cell_of_the_level_that_its_reduction_is_in() {
        let figure = ComponentReductions {
            columns: ["H0", "H1", "MLP"].map(str::to_owned).into(),
            layers: vec![
                vec![Some(-0.4), Some(0.0), None],
                vec![Some(0.011), Some(0.4), Some(-0.007)],
            ],
        };
        let counts: Vec<usize> = (figure.plot().series.iter())
            .map(|series| match &series.marks {
                Marks::Bars(bars) => bars.len(),
                _ => 0,
            })
            .collect();
        assert_eq!(counts, [1, 0, 0, 2, 1, 0, 1]);
        assert!(figure.check().is_ok());
        let none = ComponentReductions {
            layers: Vec::new(),
            ..figure.clone()
        };
        assert!(none.check().is_err());
        let nothing = ComponentReductions {
            layers: vec![vec![Some(0.0), None, Some(0.0)]],
            ..figure
        };
        assert_eq!(nothing.cells(-0.02, 0.02).len(), 2);
    }
}
