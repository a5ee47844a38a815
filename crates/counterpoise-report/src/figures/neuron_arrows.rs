//! Figure 2c: how the neurons that reduce most move, base to tuned.

use counterpoise_groups::{Measured, NeuronShift};

use crate::ReportError;
use crate::axis::{Axis, Reach};
use crate::check::Check;
use crate::number::with_commas;
use crate::page::Mark;
use crate::plane::Grid;
use crate::plot::Plot;
use crate::render::Figure;

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

    fn plot(&self) -> Plot {
        let cosines = self.ends().map(|end| end.cosine);
        let across = "cosine of the value vector with the probe";
        let x = Axis::over(across, cosines, Reach::Zero);
        let activations = self.ends().map(|end| end.activation);
        let y = Axis::over("mean activation", activations, Reach::Zero);
        let members = self.neurons.iter().map(|neuron| neuron.group);
        let arrows = super::arrows(&self.neurons, |neuron| {
            [neuron.base, neuron.tuned].map(|end| [end.cosine, end.activation])
        });
        Plot {
            legend: super::member_legend(Mark::Arrow, members),
            series: arrows.into_iter().map(|series| series.faded(0.8)).collect(),
            ..Plot::on(x, y, Grid::Both)
        }
    }
}
