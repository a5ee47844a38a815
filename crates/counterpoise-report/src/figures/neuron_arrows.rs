//! Figure 2c: how the neurons that reduce most move, base to tuned.

use counterpoise_groups::{Measured, NeuronShift};
use plotters::prelude::*;

use crate::ReportError;
use crate::axis::{Axis, Reach};
use crate::check::Check;
use crate::elements::draw_arrow;
use crate::number::with_commas;
use crate::page::{LegendEntry, Mark};
use crate::plane::{Grid, open};
use crate::render::{DrawError, Figure, PlotArea};
use crate::style::member_colour;

/// Figure 2c. An arrow per neuron, from the base to the tuned model: the cosine of its value vector with the
/// probe across, its mean activation upwards.
#[derive(Clone, Debug, PartialEq)]
pub struct NeuronArrows {
    /// The neurons with the highest `r_i`, highest first.
    pub neurons: Vec<NeuronShift>,
}

impl NeuronArrows {
    fn ends(&self) -> impl Iterator<Item = Measured> {
        let both = |neuron: &NeuronShift| [neuron.base, neuron.tuned];
        self.neurons.iter().flat_map(both)
    }
}

impl Figure for NeuronArrows {
    fn name(&self) -> &'static str {
        "fig2c_neuron_arrows"
    }

    fn title(&self) -> String {
        format!(
            "Shifts of the {} neurons that reduce most, base to tuned",
            with_commas(self.neurons.len())
        )
    }

    fn legend(&self) -> Vec<LegendEntry> {
        super::member_legend(Mark::Arrow, self.neurons.iter().map(|neuron| neuron.group))
    }

    fn check(&self) -> Result<(), ReportError> {
        let check = Check {
            figure: self.name(),
        };
        let base = self.neurons.iter().map(|neuron| neuron.base.cosine);
        check.series("base cosine", base)?;
        let tuned = self.neurons.iter().map(|neuron| neuron.tuned.cosine);
        check.series("tuned cosine", tuned)?;
        check.activations(&self.neurons)
    }

    fn draw<B: DrawingBackend>(&self, plot: &PlotArea<B>) -> Result<(), DrawError<B>> {
        let cosines = self.ends().map(|end| end.cosine);
        let across = "cosine of the value vector with the probe";
        let x = Axis::over(across, cosines, Reach::Zero);
        let activations = self.ends().map(|end| end.activation);
        let y = Axis::over("mean activation", activations, Reach::Zero);
        let chart = open(plot, &x, &y, Grid::Both)?;
        let area = chart.plotting_area();
        let pixel = |end: Measured| area.map_coordinate(&(end.cosine, end.activation));
        // The highest reductions are drawn last, on top; neurons in no group lie below all others.
        let (grouped, ungrouped): (Vec<&NeuronShift>, Vec<&NeuronShift>) =
            (self.neurons.iter()).partition(|neuron| neuron.group.is_some());
        for neuron in ungrouped.iter().rev().chain(grouped.iter().rev()) {
            let colour = member_colour(neuron.group).mix(0.8);
            let (from, to) = (pixel(neuron.base), pixel(neuron.tuned));
            draw_arrow(&area.use_screen_coord(), from, to, colour)?;
        }
        Ok(())
    }
}
