//! What can go wrong while texts are scored.

use std::error::Error;
use std::path::PathBuf;

use counterpoise_data::DataError;
use counterpoise_logistic::LogisticError;
use counterpoise_registry::RegistryError;

/// An error of making, reading or using a scorer, or of taking means of what it says.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// A file could not be read or written, or breaks its format.
    #[error(transparent)]
    File(#[from] DataError),
    /// The scorer could not be fitted.
    #[error("the toxicity scorer cannot be fitted: {0}")]
    Fit(LogisticError),
    /// A scorer could not be registered or described.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A mean over nothing.
    #[error("expected at least one sample to take the mean over, found none")]
    NoSamples,
    /// A scorer's file is of another format or version.
    #[error("{}: expected the format `{expected}`, found `{found}`; save the scorer again", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The format this version reads.
        expected: &'static str,
        /// The format the file names.
        found: String,
    },
    /// A scorer's file weighs a term that no text contains.
    #[error(
        "{}: expected terms of one or two lower-case words separated by a space, found `{term}`, which would never match; correct or remove it",
        path.display()
    )]
    Term {
        /// The file.
        path: PathBuf,
        /// The term.
        term: String,
    },
    /// A scorer failed as a whole, for instance because a remote one refused the key.
    #[error("scorer `{scorer}`: {reason}")]
    Scorer {
        /// The scorer.
        scorer: String,
        /// What happened and what to do.
        reason: String,
    },
    /// A scorer answered for another number of texts than it was given.
    #[error("scorer `{scorer}` was given {expected} texts and answered for {found}")]
    ScoreCount {
        /// The scorer.
        scorer: String,
        /// Texts given.
        expected: usize,
        /// Scores returned.
        found: usize,
    },
    /// A score is no probability.
    #[error(
        "scorer `{scorer}` gave text {index} (counted from 1) the score {found}; expected 0 to 1"
    )]
    Score {
        /// The scorer.
        scorer: String,
        /// Which text, counted from 1.
        index: usize,
        /// The score.
        found: f64,
    },
    /// What a scorer of somebody else's reports.
    #[error(transparent)]
    Other(Box<dyn Error + Send + Sync>),
}

impl From<LogisticError> for ScoreError {
    fn from(reason: LogisticError) -> Self {
        Self::Fit(reason)
    }
}

impl ScoreError {
    /// An error of a scorer that this crate does not know.
    pub fn other(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }
}
