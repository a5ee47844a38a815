//! One row of the tables: what was done, and what came of it.

use counterpoise_report::{Note, PaperTable, Quantity};
use serde::{Deserialize, Serialize};

use crate::study::{ModelRole, PaperRow, StudyIntervention};

/// Which interventions are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RowPlan {
    /// All of them, and scored.
    Score,
    /// The one that figure 1a shows, without its scores.
    RecordFigure1a,
    /// None of them.
    None,
}

/// A score, or why there is none.
pub(crate) type Score = Result<f64, String>;

/// One intervention and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct ScoredRow {
    /// Its place in the study.
    pub(crate) index: usize,
    /// Its name.
    pub(crate) name: String,
    /// What the tables call it.
    pub(crate) label: String,
    /// The model it was done to.
    pub(crate) model: ModelRole,
    /// The tables it stands in.
    pub(crate) tables: Vec<PaperTable>,
    /// The row of the paper that it is, if it is one.
    pub(crate) paper: Option<PaperRow>,
    /// What came of it.
    pub(crate) outcome: Outcome,
}

/// What came of an intervention.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// How many neurons it edited; `None` if that is not what it does, or it could not be done.
    pub(crate) neurons: Option<usize>,
    /// What it scored, or why not. Empty if it was not to be scored.
    pub(crate) scores: Vec<(Quantity, Score)>,
    /// What has to be known to read a score.
    pub(crate) notes: Vec<Note>,
    /// For figure 1a: layer projections under the intervention. `[n_layer]`
    pub(crate) layers: Option<Vec<f64>>,
}

impl ScoredRow {
    /// A row that is still to be run.
    pub(crate) fn new(index: usize, row: &StudyIntervention) -> Self {
        Self {
            index,
            name: row.name.clone(),
            label: row.label.clone(),
            model: row.model,
            tables: row.tables.clone(),
            paper: row.paper.clone(),
            outcome: Outcome::default(),
        }
    }

    /// One of its scores.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn score(&self, quantity: Quantity) -> Score {
        let found = self
            .outcome
            .scores
            .iter()
            .find(|(scored, _)| *scored == quantity);
        match found {
            Some((_, score)) => score.clone(),
            None => Err(format!("`{}` has no {quantity}", self.name)),
        }
    }

    /// What failed, in a sentence; `None` if nothing did.
    pub(crate) fn failure(&self) -> Option<String> {
        let mut reasons: Vec<&str> = Vec::new();
        for (_, score) in &self.outcome.scores {
            match score {
                Err(reason) if !reasons.contains(&reason.as_str()) => reasons.push(reason),
                _ => {}
            }
        }
        (!reasons.is_empty()).then(|| format!("row `{}`: {}", self.name, reasons.join(", ")))
    }

    /// The row when nothing could be run, so that every score is missing for the same reason.
    pub(super) fn failed(mut self, reason: &str) -> Self {
        let required = [Quantity::Toxicity, Quantity::Perplexity, Quantity::F1];
        self.outcome.scores = required
            .map(|quantity| (quantity, Err(reason.to_owned())))
            .into();
        self
    }
}
