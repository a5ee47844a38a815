//! What can go wrong while evaluating.

use std::error::Error;
use std::path::PathBuf;

use counterpoise_data::{DataError, Place};
use counterpoise_model::ModelError;
use counterpoise_registry::RegistryError;
use counterpoise_score::ScoreError;

use crate::Protocol;

/// An error of reading what a metric needs, or of measuring it.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The model failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A file could not be read or written, or breaks its format.
    #[error(transparent)]
    File(#[from] DataError),
    /// A scorer failed, or a score could not be taken.
    #[error(transparent)]
    Score(#[from] ScoreError),
    /// A metric could not be registered or described.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A text cannot be turned into tokens.
    #[error("{place}: `{field}`: {reason}")]
    Encode {
        /// The file and the line.
        place: Place,
        /// The field the text stands in.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A text for perplexity cannot be turned into tokens.
    #[error("{}: {reason}", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: Box<ModelError>,
    },
    /// A metric names a scorer that a study does not have, or none where there are several.
    #[error("metric `{metric}`: expected `scorer` to be one of {known}; found {found}")]
    Scorer {
        /// The metric.
        metric: String,
        /// The scorers there are.
        known: String,
        /// The scorer it names.
        found: String,
    },
    /// A setting is out of range.
    #[error("setting `{name}` is {found}; expected {expected}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        found: usize,
        /// What it may be.
        expected: String,
    },
    /// A text too short to predict anything in.
    #[error(
        "the text has {found} tokens; perplexity needs at least 2, one to read and one to predict"
    )]
    TooFewTokens {
        /// Tokens in the text.
        found: usize,
    },
    /// The model's logits are not finite.
    #[error(
        "the model predicts token {index} of the text (counted from 1) with a log-likelihood of {found}; its weights or an edit of them are not finite"
    )]
    NotFinite {
        /// Which token, counted from 1.
        index: usize,
        /// What came out.
        found: f64,
    },
    /// A protocol fills prompts with the end token, and there is not one.
    #[error(
        "protocol `{protocol}` fills prompts with the token that ends a text; expected the tokenizer to have one, found {found}"
    )]
    NoFill {
        /// The protocol.
        protocol: Protocol,
        /// How many there are.
        found: usize,
    },
    /// A metric reads other prompts or texts than an edit has values for.
    #[error(
        "{metric} is not measured: the edit holds values of each challenge prompt's own, and {metric} reads other texts"
    )]
    OfPrompts {
        /// The metric.
        metric: String,
    },
    /// What a metric of somebody else's reports.
    #[error(transparent)]
    Other(Box<dyn Error + Send + Sync>),
}

impl EvalError {
    /// An error of a metric that this crate does not know.
    pub fn other(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }
}
