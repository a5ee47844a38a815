//! What all metrics say of one edited model.

use counterpoise_eval::{EvalError, Evaluation, Metric};
use counterpoise_score::{Score, TextScore};

use crate::error::StudyError;

/// Scores of one edited model, and what metrics say of each of its continuations.
#[derive(Debug, Default)]
pub(crate) struct Evaluated<'m> {
    /// At least one score a metric that can be measured, in the metrics' order; missing where a metric failed.
    pub(crate) scores: Vec<Score>,
    /// The metrics that have a value for each continuation, and these.
    pub(crate) per_continuation: Vec<(&'m str, Vec<TextScore>)>,
    /// Why metrics cannot be measured under these edits.
    pub(crate) notes: Vec<String>,
}

/// Asks every metric about `evaluation`.
pub(crate) fn evaluate<'m>(
    metrics: &'m [Box<dyn Metric>],
    evaluation: &mut Evaluation<'_>,
) -> Evaluated<'m> {
    let mut evaluated = Evaluated::default();
    for metric in metrics {
        match metric.score(evaluation) {
            Ok(found) => {
                evaluated.scores.extend(found.scores);
                let values = found.per_continuation;
                let named = values.map(|values| (metric.name(), values));
                evaluated.per_continuation.extend(named);
            }
            Err(error @ EvalError::OfPrompts { .. }) => evaluated.notes.push(error.to_string()),
            Err(error) => {
                let reason = StudyError::from(error).in_full();
                evaluated.scores.push(Score::missing(metric.name(), reason));
            }
        }
    }
    evaluated
}
