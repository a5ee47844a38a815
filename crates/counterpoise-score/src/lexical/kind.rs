//! The lexical scorer as a study names it.

use std::path::PathBuf;

use counterpoise_registry::{Description, Resources};
use serde::{Deserialize, Serialize};

use super::LexicalScorer;
use crate::{ScoreError, ScorerKind, ToxicityScorer};

/// `kind = "lexical"`: a logistic regression over words and word pairs, read from its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lexical {
    /// The file that [`LexicalScorer::save`] wrote.
    pub file: PathBuf,
}

impl ScorerKind for Lexical {
    fn inputs(&mut self) -> Vec<&mut PathBuf> {
        vec![&mut self.file]
    }

    fn describe(&self) -> Result<Description, ScoreError> {
        Ok(Description::of("lexical", self)?)
    }

    fn open(&self, _: &Resources) -> Result<Box<dyn ToxicityScorer>, ScoreError> {
        Ok(Box::new(LexicalScorer::load(&self.file)?))
    }
}
