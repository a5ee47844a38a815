//! Figure 4: mean activations of the most toxic neurons, base and tuned.

use counterpoise_groups::NeuronShift;
use plotters::prelude::*;

use crate::ReportError;
use crate::check::Check;
use crate::elements::{Shape, draw_marker};
use crate::number::with_commas;
use crate::page::{LegendEntry, Mark};
use crate::plane::{Grid, open};
use crate::render::{DrawError, Figure, PlotArea};
use crate::style::{BASE, NO_GROUP, TUNED};

/// Figure 4. Mean activations of the neurons with the highest cosine.
#[derive(Clone, Debug, PartialEq)]
pub struct TopActivations {
    /// Toxic neurons in the order of their cosine, highest first, their ranks without a gap.
    pub neurons: Vec<NeuronShift>,
}

impl Figure for TopActivations {
    fn name(&self) -> &'static str {
        "fig4_top_activations"
    }

    fn title(&self) -> String {
        format!(
            "Mean activations of the top {} toxic neurons",
            with_commas(self.neurons.len())
        )
    }

    fn legend(&self) -> Vec<LegendEntry> {
        [
            ("base", Shape::Circle, BASE),
            ("tuned", Shape::Square, TUNED),
        ]
        .map(|(label, shape, colour)| LegendEntry {
            label: label.to_owned(),
            mark: Mark::Point(shape),
            colour,
        })
        .into()
    }

    fn check(&self) -> Result<(), ReportError> {
        let check = Check {
            figure: self.name(),
        };
        check.activations(&self.neurons)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "ranks of neurons are far below 2^52"
    )]
    fn draw<B: DrawingBackend>(&self, plot: &PlotArea<B>) -> Result<(), DrawError<B>> {
        let (x, y) = super::activation_axes(&self.neurons);
        let mut chart = open(plot, &x, &y, Grid::Horizontal)?;
        let ends = |neuron: &NeuronShift| {
            [neuron.base, neuron.tuned].map(|end| (neuron.rank as f64, end.activation))
        };
        let stem = |neuron| PathElement::new(ends(neuron), NO_GROUP.stroke_width(6));
        chart.draw_series(self.neurons.iter().map(stem))?;
        let area = chart.plotting_area();
        let screen = area.use_screen_coord();
        for neuron in &self.neurons {
            let [base, tuned] = ends(neuron).map(|end| area.map_coordinate(&end));
            draw_marker(&screen, Shape::Circle, base, BASE)?;
            draw_marker(&screen, Shape::Square, tuned, TUNED)?;
        }
        Ok(())
    }
}
