//! One row of a table: an intervention on a model and what it scored.

use counterpoise_score::Score;
use serde::{Deserialize, Serialize};

use super::WHAT;
use crate::ReportError;

/// One row. A score that failed is missing, never zero, and says why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRow {
    /// The number of the table it belongs to.
    pub table: u32,
    /// The model, such as `base` or `tuned`.
    pub model: String,
    /// What was done to it, such as `ablate top 100 toxic neurons`; `none` if nothing.
    pub intervention: String,
    /// How many neurons the intervention edits; `None` without an intervention.
    pub neurons: Option<usize>,
    /// How many the paper names for it, where that number was scaled to this model.
    pub published_neurons: Option<usize>,
    /// What it scored, in the order of the columns.
    pub scores: Vec<Score>,
}

impl TableRow {
    /// A row without any score yet.
    #[must_use]
    pub fn new(table: u32, model: &str, intervention: &str) -> Self {
        Self {
            table,
            model: model.to_owned(),
            intervention: intervention.to_owned(),
            neurons: None,
            published_neurons: None,
            scores: Vec::new(),
        }
    }

    /// The row with a score.
    #[must_use]
    pub fn with(mut self, score: Score) -> Self {
        self.scores.push(score);
        self
    }

    /// One of its scores; `None` if it was not asked for.
    #[must_use]
    pub fn score(&self, metric: &str) -> Option<&Score> {
        self.scores.iter().find(|score| score.metric == metric)
    }

    /// `number` counts from 1.
    pub(super) fn check(&self, number: usize) -> Result<(), ReportError> {
        let metrics = self.scores.iter().map(|score| ("metric", &score.metric));
        let notes = (self.scores.iter())
            .flat_map(|score| score.notes.iter().chain(&score.missing))
            .map(|note| ("notes", note));
        let named = [("model", &self.model), ("intervention", &self.intervention)];
        for (column, text) in named.into_iter().chain(metrics).chain(notes) {
            if text.trim().is_empty() {
                return Err(ReportError::BlankCell {
                    what: WHAT,
                    row: number,
                    column,
                });
            }
        }
        for score in &self.scores {
            let bounds = score.interval.into_iter().flatten();
            let values = score.value.into_iter().chain(bounds);
            if let Some(found) = values.into_iter().find(|value| !value.is_finite()) {
                return Err(ReportError::ScoreNotFinite {
                    row: number,
                    metric: score.metric.clone(),
                    found,
                });
            }
            if score.value.is_none() && score.missing.is_none() {
                return Err(ReportError::UnexplainedGap {
                    row: number,
                    metric: score.metric.clone(),
                });
            }
        }
        Ok(())
    }
}
