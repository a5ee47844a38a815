//! What can go wrong while training.

use std::path::PathBuf;

use counterpoise_data::DataError;
use counterpoise_model::{ModelError, Precision, Transformer};
use counterpoise_weights::WeightsError;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A setting has a value that training cannot use.
    #[error("setting `{name}`: expected {expected}, found {found}")]
    Setting {
        /// The field of the settings.
        name: &'static str,
        /// What it may be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// The model's matrices are kept in 16 bits, in which updates would be lost.
    #[error(
        "training needs weights in f32, these are kept in {found}; load the model with dtype f32"
    )]
    Precision {
        /// What they are kept in.
        found: Precision,
    },
    /// The text does not fill one batch of windows.
    #[error(
        "too little text: one batch of {batch_size} windows needs {expected} tokens, the documents hold {found} with their ends; give more text or a smaller `batch_size` or `context`"
    )]
    TooLittleText {
        /// Windows in a batch.
        batch_size: usize,
        /// Tokens one batch needs.
        expected: usize,
        /// Tokens there are.
        found: usize,
    },
    /// There are no preference pairs, or fewer than one batch of them.
    #[error(
        "too few preference pairs: expected at least {expected} (one batch), found {found}; give more pairs or a smaller `batch_size`"
    )]
    TooFewPairs {
        /// Pairs in a batch.
        expected: usize,
        /// Pairs there are.
        found: usize,
    },
    /// In every pair both responses are the same.
    #[error(
        "expected pairs that prefer one response to another; in all {found} pairs, cut as the settings say, both responses are the same; check which columns the pairs were made of, or cut later"
    )]
    NothingPreferred {
        /// Pairs there are.
        found: usize,
    },
    /// A part of a sequence or preference pair has no tokens.
    #[error("{part} of {item} {} (counted from 1) has no tokens; expected at least one", index + 1)]
    Empty {
        /// What is being read: a preference pair, a sequence.
        item: &'static str,
        /// Its index, from 0.
        index: usize,
        /// The part that is empty.
        part: &'static str,
    },
    /// A sequence does not fit the model's context.
    #[error(
        "{item} {} (counted from 1) is {found} tokens long, but the model reads at most {expected}; cut it",
        index + 1
    )]
    TooLong {
        /// What is being read.
        item: &'static str,
        /// Its index, from 0.
        index: usize,
        /// The model's context, in tokens.
        expected: usize,
        /// The sequence's length, in tokens.
        found: usize,
    },
    /// One of the texts cannot be read by the model.
    #[error("{item} {} (counted from 1): {reason}", index + 1)]
    InItem {
        /// What is being read.
        item: &'static str,
        /// Its index, from 0.
        index: usize,
        /// What the model said.
        reason: Box<ModelError>,
    },
    /// The loss or gradient stopped being a number.
    #[error(
        "step {step}: the {quantity} is {found}, expected a finite number; check the weights for NaN, or lower the learning rate"
    )]
    NotFinite {
        /// The step at which it happened, from 0.
        step: usize,
        /// Which number.
        quantity: &'static str,
        /// Its value.
        found: f64,
    },
    /// A text that is being steered left the finite numbers.
    #[error(
        "{quantity} is {found} while a text is steered, expected a finite number; check the weights for NaN, or take shorter steps"
    )]
    Steering {
        /// Which number.
        quantity: &'static str,
        /// Its value.
        found: f64,
    },
    /// A checkpoint is missing, broken, or of another run.
    #[error("{}: expected {expected}, found {found}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        expected: String,
        /// What it holds.
        found: String,
    },
    /// A file does not hold an attribute head for the model.
    #[error("{}: expected {expected}, found {found}; train a head for this model with `train attribute`", path.display())]
    Head {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        expected: String,
        /// What it holds.
        found: String,
    },
    /// A tensor file could not be read or written; the message begins with its path.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A tensor could not be read back from its device.
    #[error("a result could not be read from its device: {reason}")]
    Read {
        /// What the backend said.
        reason: String,
    },
    /// A file could not be written or read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The model refused its input.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl TrainError {
    /// A [`TrainError::Setting`].
    pub(crate) fn setting(
        name: &'static str,
        expected: impl Into<String>,
        found: impl ToString,
    ) -> Self {
        Self::Setting {
            name,
            expected: expected.into(),
            found: found.to_string(),
        }
    }

    /// A [`TrainError::InItem`].
    pub(crate) fn in_item(item: &'static str, index: usize, reason: ModelError) -> Self {
        Self::InItem {
            item,
            index,
            reason: Box::new(reason),
        }
    }

    /// A [`TrainError::Read`].
    pub(crate) fn read(reason: impl ToString) -> Self {
        Self::Read {
            reason: reason.to_string(),
        }
    }
}

/// Refuses a model whose matrices are kept in 16 bits.
pub(crate) fn refuse_half(model: &Transformer) -> Result<(), TrainError> {
    match model.precision() {
        Precision::F32 => Ok(()),
        found => Err(TrainError::Precision { found }),
    }
}
