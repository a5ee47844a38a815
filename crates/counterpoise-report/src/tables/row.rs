//! One row of a table: an intervention on a model and what it scored.

use std::collections::BTreeMap;

use counterpoise_score::{Difference, Score};
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
    /// What has to be known to read it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The intervention that it is a control of; it stands below that row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_of: Option<String>,
    /// The sweep that it is a row of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<RowSweep>,
    /// Which of a control's draws it is, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draw: Option<u32>,
    /// The row that its scores are compared with, such as `base: None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes_from: Option<String>,
    /// How its scores differ from that row's, over the items that both have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Difference>,
}

/// Which row of a sweep a row is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowSweep {
    /// The sweep's name, the same in all of its rows.
    pub name: String,
    /// The parameters swept over with their values, in words of their own.
    pub values: BTreeMap<String, String>,
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
            notes: Vec::new(),
            control_of: None,
            sweep: None,
            draw: None,
            changes_from: None,
            changes: Vec::new(),
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

    /// How one of its scores differs from the row it is compared with; `None` if that is not known.
    #[must_use]
    pub fn change(&self, metric: &str) -> Option<&Difference> {
        self.changes.iter().find(|change| change.metric == metric)
    }

    /// The row with how its scores differ from those of `other`, item by item.
    #[must_use]
    pub fn compared_with(self, other: &Self) -> Self {
        Self {
            changes_from: Some(format!("{}: {}", other.model, other.intervention)),
            changes: differences(&self.scores, &other.scores),
            ..self
        }
    }

    /// The row without the items that its scores are made of, as tables hold it.
    #[must_use]
    pub fn without_items(mut self) -> Self {
        for score in &mut self.scores {
            score.items = None;
        }
        self
    }

    /// `number` counts from 1.
    pub(super) fn check(&self, number: usize) -> Result<(), ReportError> {
        let metrics = self.scores.iter().map(|score| ("metric", &score.metric));
        let notes = (self.scores.iter())
            .flat_map(|score| score.notes.iter().chain(&score.missing))
            .chain(&self.notes)
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

/// How scores differ from others, item by item. A metric that the others lack is a variant, such as
/// `perplexity_first_position`: without an edit it is the metric itself, whose name it begins with.
pub(super) fn differences(scores: &[Score], from: &[Score]) -> Vec<Difference> {
    let named = |metric: &str| from.iter().find(|score| score.metric == metric);
    let whole = |metric: &str| {
        let is_whole = |score: &&Score| metric.starts_with(&format!("{}_", score.metric));
        from.iter().find(is_whole)
    };
    let difference = |score: &Score| {
        let from = named(&score.metric).or_else(|| whole(&score.metric))?;
        Difference::between(score, from)
    };
    scores.iter().filter_map(difference).collect()
}
