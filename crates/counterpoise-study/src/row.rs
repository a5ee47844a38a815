//! One row of the tables: what was done, and what came of it.

use counterpoise_groups::Role;
use counterpoise_registry::Description;
use counterpoise_score::Score;
use serde::{Deserialize, Serialize};

use crate::study::{Control, PaperRow, StudyIntervention, Swept};

/// Which interventions are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowPlan {
    /// All of them, and scored.
    Score,
    /// Those that figures show, without their scores.
    RecordForFigures,
    /// None of them.
    None,
}

/// One intervention and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowResults {
    /// Its name, which is unique in the study.
    pub name: String,
    /// What the tables call it.
    pub label: String,
    /// The model it was done to.
    pub model: Role,
    /// The numbers of the tables it stands in.
    pub tables: Vec<u32>,
    /// What it is a control of, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<Control>,
    /// The sweep that it is a row of, and its values, if it is one of a sweep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Swept>,
    /// What was done: `kind` and its parameters, defaults included.
    pub does: Description,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came of an intervention.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How many neurons it edited; `None` if that is not what it does, or it could not be done.
    pub neurons: Option<usize>,
    /// What has to be known of what was done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What it scored, or why not. Empty if it was not to be scored.
    pub scores: Vec<Score>,
    /// For figure 1a: layer projections under the intervention. `[n_layer]`
    pub layers: Option<Vec<f64>>,
}

impl RowResults {
    /// A row that is still to be run.
    pub(crate) fn new(row: &StudyIntervention) -> Self {
        Self {
            name: row.name.clone(),
            label: row.label.clone(),
            model: row.model,
            tables: row.tables.clone(),
            control: row.control.clone(),
            sweep: row.sweep.clone(),
            does: row.does.clone(),
            outcome: Outcome::default(),
        }
    }

    /// The row of the paper's tables that it is, if it is one.
    #[must_use]
    pub fn paper(&self) -> Option<PaperRow> {
        PaperRow::of(&self.does)
    }

    /// One of its scores.
    ///
    /// # Errors
    /// Why there is none.
    pub fn score(&self, metric: &str) -> Result<f64, String> {
        match self.whole_score(metric) {
            Some(score) => score.found(),
            None => Err(format!("`{}` has no {metric}", self.name)),
        }
    }

    /// One of its scores with all that is known of it; `None` if it was not asked for.
    pub(crate) fn whole_score(&self, metric: &str) -> Option<&Score> {
        let mut scores = self.outcome.scores.iter();
        scores.find(|score| score.metric == metric)
    }

    /// As [`Self::whole_score`]; one that was not asked for is missing, and says so.
    pub(crate) fn score_or_reason(&self, metric: &str) -> Score {
        let reason = || format!("the study does not measure {metric} of it");
        let score = self.whole_score(metric).cloned();
        score.unwrap_or_else(|| Score::missing(metric, reason()))
    }

    /// What failed, in a sentence; `None` if nothing did.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        let mut reasons: Vec<&str> = Vec::new();
        for reason in (self.outcome.scores.iter()).filter_map(|score| score.missing.as_deref()) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        (!reasons.is_empty()).then(|| format!("row `{}`: {}", self.name, reasons.join(", ")))
    }

    /// The row when nothing could be run, so that every score is missing for the same reason.
    pub(crate) fn failed<'m>(
        mut self,
        metrics: impl IntoIterator<Item = &'m str>,
        reason: &str,
    ) -> Self {
        let missing = metrics.into_iter();
        self.outcome.scores = missing
            .map(|metric| Score::missing(metric, reason))
            .collect();
        self
    }
}
