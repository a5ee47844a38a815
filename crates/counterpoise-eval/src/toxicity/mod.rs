//! Toxicity scorers behind one trait, and means of their scores.

mod lexical;
mod lexical_file;
mod scored;
mod terms;

use crate::EvalError;

pub use lexical::{LexicalFitting, LexicalScorer};
pub use scored::{MeanToxicity, Scored, score_texts};

/// Gives texts a toxicity between 0 and 1.
///
/// A call takes many texts at once, so that a scorer behind a network can batch them. Use
/// [`score_texts`] to call one: it checks the answer.
pub trait ToxicityScorer {
    /// Name of the scorer, for tables and errors.
    fn name(&self) -> &str;

    /// One score per text, in order. `None` where this text could not be scored; a failure is
    /// never a score of 0.
    ///
    /// # Errors
    /// [`EvalError::Scorer`] if no text at all can be scored, for instance without a valid key.
    fn score(&self, texts: &[String]) -> Result<Vec<Option<f64>>, EvalError>;
}
