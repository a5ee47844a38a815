//! The figures of a study, as it names them.

mod components;
mod context;
mod kinds;
mod nearest_tokens;
mod pareto;

use std::fmt;
use std::path::PathBuf;

use counterpoise_registry::{Description, Registry, RegistryError};

use crate::error::Result;
use crate::study::{PaperRow, StudyIntervention};
pub use components::ComponentReductions;
pub use context::FigureContext;
pub use kinds::{
    ActivationShifts, CumulativeReduction, GroupContributions, GroupShares, LayerProjections,
    LayerReductions, NeuronArrows, TopActivations,
};
pub use nearest_tokens::NearestTokens;
pub use pareto::Pareto;

/// A figure as a study names it by `kind`: drawn from the results and the neuron table alone.
pub trait FigureKind: fmt::Debug + Send + Sync {
    /// Every file it reads. They are hashed into a run's identity, and relative ones are taken from
    /// the folder of the file that names them.
    fn inputs(&mut self) -> Vec<&mut PathBuf> {
        Vec::new()
    }

    /// What it is: its kind and its parameters.
    ///
    /// # Errors
    /// Parameters that TOML cannot hold.
    fn describe(&self) -> Result<Description, RegistryError>;

    /// The row on the base model whose layer projections it shows, which are then recorded.
    fn shown_row(&self) -> Option<&str> {
        None
    }

    /// Draws it and returns the files it wrote; [`FigureContext::draw`] writes one.
    ///
    /// # Errors
    /// What is missing in the results, or cannot be drawn.
    fn draw(&self, context: &FigureContext<'_>) -> Result<Vec<PathBuf>>;
}

/// The figures of the paper, `component_reductions`, `nearest_tokens` and `pareto`. A study's own are registered beside them.
///
/// # Errors
/// None: each kind is registered once.
pub fn figures() -> Result<Registry<dyn FigureKind>, RegistryError> {
    let mut figures: Registry<dyn FigureKind> = Registry::new("figure");
    figures.register("layer_projections", |kind: LayerProjections| Box::new(kind))?;
    figures.register("cumulative_reduction", |kind: CumulativeReduction| {
        Box::new(kind)
    })?;
    figures.register("group_shares", |kind: GroupShares| Box::new(kind))?;
    figures.register("group_contributions", |kind: GroupContributions| {
        Box::new(kind)
    })?;
    figures.register("neuron_arrows", |kind: NeuronArrows| Box::new(kind))?;
    figures.register("layer_reductions", |kind: LayerReductions| Box::new(kind))?;
    figures.register("top_activations", |kind: TopActivations| Box::new(kind))?;
    figures.register("activation_shifts", |kind: ActivationShifts| Box::new(kind))?;
    figures.register("component_reductions", |kind: ComponentReductions| {
        Box::new(kind)
    })?;
    figures.register("nearest_tokens", |kind: NearestTokens| Box::new(kind))?;
    figures.register("pareto", |kind: Pareto| Box::new(kind))?;
    Ok(figures)
}

/// All figures of the paper with its numbers. Figure 1a is there if one of the rows ablates the 200 most
/// toxic neurons, as the paper's does.
pub(crate) fn paper_figures(rows: &[StudyIntervention]) -> Vec<Box<dyn FigureKind>> {
    let ablates = |row: &&StudyIntervention| {
        let published = PaperRow::of(&row.does).and_then(|row| row.published());
        row.does.kind == "ablate" && published == Some(200)
    };
    let mut figures: Vec<Box<dyn FigureKind>> = Vec::new();
    if let Some(row) = rows.iter().find(ablates) {
        figures.push(Box::new(LayerProjections {
            ablated: row.name.clone(),
        }));
    }
    figures.push(Box::new(CumulativeReduction {}));
    figures.push(Box::new(GroupShares::default()));
    figures.push(Box::new(GroupContributions::default()));
    figures.push(Box::new(NeuronArrows::default()));
    figures.push(Box::new(LayerReductions::default()));
    figures.push(Box::new(TopActivations::default()));
    figures.extend(
        ActivationShifts::paper().map(|shifts| -> Box<dyn FigureKind> { Box::new(shifts) }),
    );
    figures
}
