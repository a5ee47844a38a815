//! The kinds that study and edit files can name: the paper's, and those that this program is built with.

use counterpoise_registry::PartTable;
use counterpoise_study::{FigureKind, Kinds, StudyError, TunedKind};

use crate::tuned::{self, TuningCurves};

/// [`Kinds::paper`], tuned models made by `dpo` and their curves, and the scorer `classifier` with the feature `encoders`. Register your own beside them.
///
/// # Errors
/// None: each kind is registered once.
pub fn kinds() -> Result<Kinds, StudyError> {
    let mut paper = Kinds::paper()?;
    let from_dpo = |table: &PartTable<'_>| Ok(Box::new(tuned::read(table)?) as Box<dyn TunedKind>);
    let curves = |curves: TuningCurves| Box::new(curves) as Box<dyn FigureKind>;
    paper.figures.register("tuning_curves", curves)?;
    paper.tuned.register_table(tuned::KIND, from_dpo)?;
    #[cfg(feature = "encoders")]
    let paper = with_classifier(paper)?;
    Ok(paper)
}

#[cfg(feature = "encoders")]
fn with_classifier(mut kinds: Kinds) -> Result<Kinds, StudyError> {
    use counterpoise_encoder::Classifier;
    kinds
        .scorers
        .register("classifier", |classifier: Classifier| Box::new(classifier))?;
    Ok(kinds)
}
