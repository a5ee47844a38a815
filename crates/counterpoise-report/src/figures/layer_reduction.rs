//! Figure 3: the reduction per layer and group.

use counterpoise_groups::LayerReduction;

use crate::ReportError;
use crate::axis::{Axis, Reach};
use crate::check::Check;
use crate::elements::{Stack, stacked};
use crate::page::Mark;
use crate::plane::Grid;
use crate::plot::Plot;
use crate::render::Figure;

/// Figure 3. Each group's `Σ r_i` in each layer. Neurons in no group are left out, as in the paper: most of
/// them add toxicity.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerReductions {
    /// One entry per layer, from layer 0 on. `[n_layer]`
    pub layers: Vec<LayerReduction>,
}

impl LayerReductions {
    fn bars(&self) -> Vec<Stack> {
        let bar = |(at, layer): (f64, &LayerReduction)| Stack {
            from: at - 0.38,
            to: at + 0.38,
            groups: layer.groups,
            ungrouped: 0.0,
            about: format!("layer {}", layer.layer),
        };
        (0u32..).map(f64::from).zip(&self.layers).map(bar).collect()
    }
}

impl Figure for LayerReductions {
    fn name(&self) -> &'static str {
        "fig3_layer_reduction"
    }

    fn title(&self) -> String {
        "Toxicity reduction per layer by neuron group".to_owned()
    }

    fn check(&self) -> Result<(), ReportError> {
        let check = Check {
            figure: self.name(),
        };
        let sums = self
            .layers
            .iter()
            .flat_map(|layer| layer.groups.iter().map(|(_, sum)| *sum));
        check.series("layers", sums)?;
        let numbers = self.layers.iter().map(|layer| layer.layer);
        check.ranks(0, numbers.map(|layer| layer..layer.saturating_add(1)))
    }

    fn plot(&self) -> Plot {
        let bars = self.bars();
        let x = Axis::whole("layer", 0, self.layers.len(), 0.6);
        let reached = bars.iter().flat_map(Stack::reach);
        let y = Axis::over("reduction of the projection", reached, Reach::Zero);
        Plot {
            legend: super::group_legend(Mark::Bar),
            series: stacked(&bars),
            ..Plot::on(x, y, Grid::Horizontal)
        }
    }
}
