//! The kinds that study and edit files can name: the paper's, and those that this program is built with.

use counterpoise_study::{Kinds, StudyError};

/// [`Kinds::paper`], and the scorer `classifier` with the feature `encoders`. Register your own beside them.
///
/// # Errors
/// None: each kind is registered once.
pub fn kinds() -> Result<Kinds, StudyError> {
    let paper = Kinds::paper()?;
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
