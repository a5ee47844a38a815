//! Figures 5a and 5b: how the activations of toxic neurons shift, in two ranges of ranks.

use counterpoise_groups::NeuronShift;
use plotters::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ReportError;
use crate::check::Check;
use crate::elements::draw_arrow;
use crate::number::with_commas;
use crate::page::{LegendEntry, Mark};
use crate::plane::{Grid, open};
use crate::render::{DrawError, Figure, PlotArea};
use crate::style::member_colour;

/// Which of the two figures this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShiftPanel {
    /// Figure 5a: the most toxic neurons.
    A,
    /// Figure 5b: neurons further down the ranking.
    B,
}

/// Figure 5a or 5b. An arrow per neuron, from its mean activation in the base model to that in the tuned.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivationShifts {
    /// Which of the two.
    pub panel: ShiftPanel,
    /// Toxic neurons in the order of their cosine, highest first, their ranks without a gap.
    pub neurons: Vec<NeuronShift>,
}

impl Figure for ActivationShifts {
    fn name(&self) -> &'static str {
        match self.panel {
            ShiftPanel::A => "fig5a_activation_shifts",
            ShiftPanel::B => "fig5b_activation_shifts",
        }
    }

    fn title(&self) -> String {
        let first = self.neurons.first().map_or(0, |neuron| neuron.rank);
        format!(
            "Activation shifts of toxic neurons ranked {}–{}, base to tuned",
            with_commas(first),
            with_commas(first + self.neurons.len().saturating_sub(1))
        )
    }

    fn legend(&self) -> Vec<LegendEntry> {
        super::member_legend(Mark::Arrow, self.neurons.iter().map(|neuron| neuron.group))
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
        let chart = open(plot, &x, &y, Grid::Horizontal)?;
        let area = chart.plotting_area();
        for neuron in &self.neurons {
            let pixel = |activation| area.map_coordinate(&(neuron.rank as f64, activation));
            let (from, to) = (
                pixel(neuron.base.activation),
                pixel(neuron.tuned.activation),
            );
            let colour = member_colour(neuron.group).to_rgba();
            draw_arrow(&area.use_screen_coord(), from, to, colour)?;
        }
        Ok(())
    }
}
