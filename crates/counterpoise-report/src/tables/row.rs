//! One row of a table: an intervention on a model and what it scored.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::WHAT;
use crate::ReportError;

/// Which of the paper's tables a row belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PaperTable {
    /// Table 1: ablating, patching and scaling the most toxic neurons.
    #[serde(rename = "1")]
    One,
    /// Table 2: patching each group, and groups together.
    #[serde(rename = "2")]
    Two,
}

impl fmt::Display for PaperTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            PaperTable::One => "1",
            PaperTable::Two => "2",
        })
    }
}

/// What a row reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Mean score of the continuations.
    Toxicity,
    /// Perplexity, a patch applied at every position.
    Perplexity,
    /// Perplexity, a patch applied at the first position of each window only.
    PerplexityFirstPosition,
    /// Mean token overlap with the gold continuations.
    F1,
}

impl Quantity {
    /// All four, in the order of the columns.
    pub const ALL: [Quantity; 4] = [
        Quantity::Toxicity,
        Quantity::Perplexity,
        Quantity::PerplexityFirstPosition,
        Quantity::F1,
    ];

    /// Whether a row without it has to say why. Only patches have a first-position perplexity.
    const fn required(self) -> bool {
        !matches!(self, Quantity::PerplexityFirstPosition)
    }
}

impl fmt::Display for Quantity {
    /// The column's name in the data files.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Quantity::Toxicity => "toxicity",
            Quantity::Perplexity => "perplexity",
            Quantity::PerplexityFirstPosition => "perplexity_first_position",
            Quantity::F1 => "f1",
        })
    }
}

/// A remark on one score: why it is missing, or what has to be known to read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// The score it is about.
    pub on: Quantity,
    /// The remark; a footnote in Markdown.
    pub text: String,
}

/// One row. A score that could not be had is `None`, never zero, and a note says why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRow {
    /// The table it belongs to.
    pub table: PaperTable,
    /// The model, such as `base` or `tuned`.
    pub model: String,
    /// What was done to it, such as `ablate top 100 toxic neurons`; `none` if nothing.
    pub intervention: String,
    /// How many neurons the intervention edits; `None` without an intervention.
    pub neurons: Option<usize>,
    /// How many the paper names for it, where that number was scaled to this model.
    pub published_neurons: Option<usize>,
    /// See [`Quantity::Toxicity`].
    pub toxicity: Option<f64>,
    /// See [`Quantity::Perplexity`].
    pub perplexity: Option<f64>,
    /// See [`Quantity::PerplexityFirstPosition`]; `None` without a note where nothing is patched.
    pub perplexity_first_position: Option<f64>,
    /// See [`Quantity::F1`].
    pub f1: Option<f64>,
    /// Remarks on the scores.
    pub notes: Vec<Note>,
}

impl TableRow {
    /// A row without any score yet.
    #[must_use]
    pub fn new(table: PaperTable, model: &str, intervention: &str) -> Self {
        Self {
            table,
            model: model.to_owned(),
            intervention: intervention.to_owned(),
            neurons: None,
            published_neurons: None,
            toxicity: None,
            perplexity: None,
            perplexity_first_position: None,
            f1: None,
            notes: Vec::new(),
        }
    }

    /// The row with the number of neurons edited.
    #[must_use]
    pub fn editing(mut self, neurons: usize) -> Self {
        self.neurons = Some(neurons);
        self
    }

    /// The row with the paper's number of neurons, which was scaled to this model.
    #[must_use]
    pub fn published(mut self, neurons: usize) -> Self {
        self.published_neurons = Some(neurons);
        self
    }

    /// The row with a score, or with the reason why it is missing.
    #[must_use]
    pub fn with(mut self, quantity: Quantity, score: Result<f64, String>) -> Self {
        let (value, reason) = match score {
            Ok(value) => (Some(value), None),
            Err(reason) => (None, Some(reason)),
        };
        *self.score_mut(quantity) = value;
        match reason {
            Some(text) => self.noting(quantity, text),
            None => self,
        }
    }

    /// The row with a remark on a score.
    #[must_use]
    pub fn noting(mut self, on: Quantity, text: impl Into<String>) -> Self {
        self.notes.push(Note {
            on,
            text: text.into(),
        });
        self
    }

    /// One of the four scores.
    #[must_use]
    pub const fn score(&self, quantity: Quantity) -> Option<f64> {
        match quantity {
            Quantity::Toxicity => self.toxicity,
            Quantity::Perplexity => self.perplexity,
            Quantity::PerplexityFirstPosition => self.perplexity_first_position,
            Quantity::F1 => self.f1,
        }
    }

    fn score_mut(&mut self, quantity: Quantity) -> &mut Option<f64> {
        match quantity {
            Quantity::Toxicity => &mut self.toxicity,
            Quantity::Perplexity => &mut self.perplexity,
            Quantity::PerplexityFirstPosition => &mut self.perplexity_first_position,
            Quantity::F1 => &mut self.f1,
        }
    }

    /// The remarks on one score.
    pub fn notes_on(&self, quantity: Quantity) -> impl Iterator<Item = &str> {
        let about = move |note: &&Note| note.on == quantity;
        self.notes
            .iter()
            .filter(about)
            .map(|note| note.text.as_str())
    }

    /// `number` counts from 1.
    pub(super) fn check(&self, number: usize) -> Result<(), ReportError> {
        let note = self.notes.iter().map(|note| ("notes", &note.text));
        let named = [("model", &self.model), ("intervention", &self.intervention)];
        for (column, text) in named.into_iter().chain(note) {
            if text.trim().is_empty() {
                return Err(ReportError::BlankCell {
                    what: WHAT,
                    row: number,
                    column,
                });
            }
        }
        for quantity in Quantity::ALL {
            match self.score(quantity) {
                Some(found) if !found.is_finite() => {
                    return Err(ReportError::ScoreNotFinite {
                        row: number,
                        quantity,
                        found,
                    });
                }
                None if quantity.required() && self.notes_on(quantity).next().is_none() => {
                    return Err(ReportError::UnexplainedGap {
                        row: number,
                        quantity,
                    });
                }
                _ => {}
            }
        }
        Ok(())
    }
}
