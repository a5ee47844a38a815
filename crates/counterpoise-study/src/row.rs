//! One row of the tables: what was done, and what came of it.

use counterpoise_report::{Note, PaperTable, Quantity};
use serde::{Deserialize, Serialize};
use toml::Table;

use crate::study::{PaperRow, Role, StudyIntervention};

/// Which interventions are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowPlan {
    /// All of them, and scored.
    Score,
    /// The one that figure 1a shows, without its scores.
    RecordFigure1a,
    /// None of them.
    None,
}

/// One value of a metric, or why there is none. A value that is missing is never zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// What was measured.
    pub metric: Quantity,
    /// Its value, finite; `None` if it is missing.
    pub value: Option<f64>,
    /// What it is a mean over: texts scored, tokens predicted or samples compared.
    pub n: usize,
    /// Why it is missing.
    pub missing: Option<String>,
}

impl Score {
    /// The score that was found over `n`, or why there is none.
    #[must_use]
    pub fn new(metric: Quantity, found: Result<(f64, usize), String>) -> Self {
        let (value, n, missing) = match found {
            Ok((value, n)) if value.is_finite() => (Some(value), n, None),
            Ok((value, n)) => (None, n, Some(format!("it is {value}, which is not finite"))),
            Err(reason) => (None, 0, Some(reason)),
        };
        Self {
            metric,
            value,
            n,
            missing,
        }
    }

    /// The value.
    ///
    /// # Errors
    /// Why it is missing.
    pub fn found(&self) -> Result<f64, String> {
        let missing = || self.missing.clone().unwrap_or_else(|| "missing".to_owned());
        self.value.ok_or_else(missing)
    }
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
    /// The tables it stands in.
    pub tables: Vec<PaperTable>,
    /// What was done: `kind` and its parameters, as the study has them.
    pub does: Table,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came of an intervention.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How many neurons it edited; `None` if that is not what it does, or it could not be done.
    pub neurons: Option<usize>,
    /// What it scored, or why not. Empty if it was not to be scored.
    pub scores: Vec<Score>,
    /// What has to be known to read a score.
    pub notes: Vec<Note>,
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
    pub fn score(&self, metric: Quantity) -> Result<f64, String> {
        let scores = &self.outcome.scores;
        match scores.iter().find(|score| score.metric == metric) {
            Some(score) => score.found(),
            None => Err(format!("`{}` has no {metric}", self.name)),
        }
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
    pub(crate) fn failed(mut self, reason: &str) -> Self {
        let required = [Quantity::Toxicity, Quantity::Perplexity, Quantity::F1];
        let missing = required.map(|metric| Score::new(metric, Err(reason.to_owned())));
        self.outcome.scores = missing.into();
        self
    }
}
