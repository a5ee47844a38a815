//! Figures 5a and 5b: how the activations of toxic neurons shift, in two ranges of ranks.

use counterpoise_groups::NeuronShift;
use serde::{Deserialize, Serialize};

use crate::ReportError;
use crate::check::Check;
use crate::number::with_commas;
use crate::page::Mark;
use crate::plane::Grid;
use crate::plot::Plot;
use crate::render::Figure;

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
    fn plot(&self) -> Plot {
        let (x, y) = super::activation_axes(&self.neurons);
        let neurons = &self.neurons;
        Plot {
            legend: super::member_legend(Mark::Arrow, neurons.iter().map(|neuron| neuron.group)),
            series: super::arrows(neurons, |neuron| {
                [neuron.base, neuron.tuned].map(|end| [neuron.rank as f64, end.activation])
            }),
            ..Plot::on(x, y, Grid::Horizontal)
        }
    }
}
