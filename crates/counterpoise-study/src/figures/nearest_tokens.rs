//! The probe and the most toxic neurons in vocabulary space.

use std::path::PathBuf;

use counterpoise_registry::{Description, RegistryError};
use counterpoise_report as report;
use serde::{Deserialize, Serialize};

use super::{FigureContext, FigureKind};
use crate::attribution::VocabularyRow;
use crate::error::{Context, Result};

/// `kind = "nearest_tokens"`: the tokens that the probe and the most toxic neurons' value vectors score highest; part of
/// `vocabulary.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NearestTokens {
    /// Neurons, the most toxic first.
    pub neurons: usize,
    /// Tokens of each.
    pub tokens: usize,
}

impl Default for NearestTokens {
    fn default() -> Self {
        Self {
            neurons: 15,
            tokens: 5,
        }
    }
}

impl FigureKind for NearestTokens {
    fn describe(&self) -> Result<Description, RegistryError> {
        Description::of("nearest_tokens", self)
    }

    fn draw(&self, context: &FigureContext<'_>) -> Result<Vec<PathBuf>> {
        let found = context.results.vocabulary.as_ref();
        let found = found
            .context("no vectors were read as tokens: `vocabulary_neurons` of [attribution]")?;
        let rows = found.rows.iter().take(1 + self.neurons);
        let figure = report::NearestTokens {
            rows: rows.map(|row| self.vector(row)).collect(),
        };
        let caption = format!(
            "Neurons by cosine (cos) to the probe. Scores: {}. Unembedding: {}.",
            found.score, found.unembedding
        );
        context.draw(&figure, &[caption])
    }
}

impl NearestTokens {
    fn vector(&self, row: &VocabularyRow) -> report::VectorTokens {
        let tokens = row.tokens.iter().take(self.tokens);
        report::VectorTokens {
            name: match row.vector.as_str() {
                "probe" => row.vector.clone(),
                neuron => format!("{neuron} · cos {:.3}", row.cosine),
            },
            tokens: tokens.map(|token| (token.shown(), token.score)).collect(),
        }
    }
}
