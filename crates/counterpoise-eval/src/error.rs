//! What can go wrong while evaluating.

use std::path::PathBuf;

use counterpoise_data::DataError;
use counterpoise_model::ModelError;
use counterpoise_probe::ProbeError;

/// An error raised while measuring perplexity, F1 or toxicity.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The model failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A file could not be read or written, or breaks its format.
    #[error(transparent)]
    File(#[from] DataError),
    /// The scorer could not be fitted.
    #[error("the toxicity scorer cannot be fitted: {reason}")]
    Fit {
        /// Why not.
        reason: ProbeError,
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
    /// The model's logits are no numbers.
    #[error(
        "the model predicts token {index} of the text (counted from 1) with a log-likelihood of {found}; its weights or an edit of them are not finite"
    )]
    NotFinite {
        /// Which token, counted from 1.
        index: usize,
        /// What came out.
        found: f64,
    },
    /// A tensor could not be read back from its device.
    #[error("{what} could not be read from its device: {reason}")]
    Device {
        /// Which tensor.
        what: &'static str,
        /// What the backend said.
        reason: String,
    },
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
}

impl From<ProbeError> for EvalError {
    fn from(reason: ProbeError) -> Self {
        Self::Fit { reason }
    }
}
