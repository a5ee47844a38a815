//! The parts a study file can name by `kind`, each in its registry.

use counterpoise_eval::{MetricKind, metrics};
use counterpoise_intervene::{Intervention, interventions};
use counterpoise_registry::Registry;
use counterpoise_score::{ScorerKind, scorers};

use crate::error::Result;
use crate::figures::{FigureKind, figures};
use crate::tuned::TunedKind;

/// Every kind a study file can name. Register your own beside them; whoever reads a study with these
/// kinds can then name yours.
#[derive(Debug)]
pub struct Kinds {
    /// `[[intervention]]`: what is done to a model.
    pub interventions: Registry<dyn Intervention>,
    /// `[[metric]]`: what is measured of it.
    pub metrics: Registry<dyn MetricKind>,
    /// `[[scorer]]`: what gives texts a toxicity.
    pub scorers: Registry<dyn ScorerKind>,
    /// `[[figure]]`: what is drawn.
    pub figures: Registry<dyn FigureKind>,
    /// `[tuned]`: what makes a tuned model, named by `from`.
    pub tuned: Registry<dyn TunedKind>,
}

impl Kinds {
    /// The kinds of the paper; none of [`Kinds::tuned`].
    ///
    /// # Errors
    /// None: each kind is registered once.
    pub fn paper() -> Result<Self> {
        Ok(Self {
            interventions: interventions()?,
            metrics: metrics()?,
            scorers: scorers()?,
            figures: figures()?,
            tuned: Registry::new("tuned model").named_by("from"),
        })
    }
}

/// The kinds that the studies of the repository name.
#[cfg(test)]
pub(crate) fn of_repository() -> Kinds {
    use counterpoise_encoder::Classifier;
    let mut kinds = Kinds::paper().unwrap_or_else(|error| unreachable!("{error}"));
    (kinds.scorers)
        .register("classifier", |classifier: Classifier| Box::new(classifier))
        .unwrap_or_else(|error| unreachable!("{error}"));
    kinds
}
