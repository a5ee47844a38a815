//! Figure 4: mean activations of the most toxic neurons, base and tuned.

use counterpoise_groups::NeuronShift;

use crate::ReportError;
use crate::check::Check;
use crate::elements::Shape;
use crate::number::with_commas;
use crate::page::{LegendEntry, Mark};
use crate::plane::Grid;
use crate::plot::{About, Marks, Plot, Point, Series};
use crate::render::Figure;
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
        let ends = |neuron: &NeuronShift| {
            [neuron.base, neuron.tuned].map(|end| [neuron.rank as f64, end.activation])
        };
        let stems = Marks::Segments(self.neurons.iter().map(ends).collect());
        let mut plot = Plot::on(x, y, Grid::Horizontal).with(Series::new("", NO_GROUP, stems));
        let models = [
            ("base", Shape::Circle, BASE),
            ("tuned", Shape::Square, TUNED),
        ];
        for (which, (label, shape, colour)) in models.into_iter().enumerate() {
            let points = self.neurons.iter().map(|neuron| Point {
                at: ends(neuron)[which],
                about: About::Neuron(neuron.id),
            });
            let points = Marks::Points(shape, points.collect());
            plot = plot.with(Series::new(label, colour, points));
            plot.legend.push(LegendEntry {
                label: label.to_owned(),
                mark: Mark::Point(shape),
                colour,
            });
        }
        plot
    }
}
