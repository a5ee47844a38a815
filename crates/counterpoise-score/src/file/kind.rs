//! The file of scores as a study names it.

use std::path::PathBuf;

use counterpoise_registry::{Description, Resources};
use serde::{Deserialize, Serialize};

use super::FileScorer;
use crate::{ScoreError, ScorerKind, ToxicityScorer};

/// `kind = "file"`: scores made elsewhere, read from CSV, JSON lines or, with the feature `parquet`,
/// Parquet. What the file is, its content says and not its name.
///
/// A score that is empty, NaN or null is missing. A text that the file has twice has to have the same
/// score each time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreFile {
    /// The file.
    pub file: PathBuf,
    /// Whether texts are found by themselves or by their ids; without it by themselves where the file has
    /// the column for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<By>,
    /// The column of texts, exactly as the model wrote them. By ids, it may be left out; where it is
    /// there, it has to be the text that is scored.
    #[serde(default = "text")]
    pub text_column: String,
    /// The column of [ids](crate::text_id).
    #[serde(default = "id")]
    pub id_column: String,
    /// The column of scores, 0 to 1.
    #[serde(default = "score")]
    pub score_column: String,
}

/// How a file of scores knows a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// By itself.
    Text,
    /// By its id.
    Id,
}

fn text() -> String {
    "text".to_owned()
}

fn id() -> String {
    "id".to_owned()
}

fn score() -> String {
    "score".to_owned()
}

impl ScoreFile {
    /// The scores of a file with the columns `text` or `id`, and `score`.
    pub fn of(file: impl Into<PathBuf>) -> Self {
        Self {
            file: file.into(),
            by: None,
            text_column: text(),
            id_column: id(),
            score_column: score(),
        }
    }
}

impl ScorerKind for ScoreFile {
    fn inputs(&mut self) -> Vec<&mut PathBuf> {
        vec![&mut self.file]
    }

    fn describe(&self) -> Result<Description, ScoreError> {
        Ok(Description::of("file", self)?)
    }

    fn check(&self) -> Result<String, ScoreError> {
        Ok(FileScorer::read(self)?.to_string())
    }

    fn open(&self, _: &Resources) -> Result<Box<dyn ToxicityScorer>, ScoreError> {
        Ok(Box::new(FileScorer::read(self)?))
    }
}
