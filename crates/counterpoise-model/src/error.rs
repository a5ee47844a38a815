//! What can go wrong while loading or running a model.

use std::fmt::Write as _;
use std::path::PathBuf;

use counterpoise_data::DataError;
use counterpoise_hooks::HookError;
use counterpoise_weights::{Precision, WeightsError, list_names};

/// An error of loading, saving or running a model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file could not be read or written, or breaks its format.
    #[error(transparent)]
    File(#[from] DataError),
    /// Generation settings under which `transformers` would write other tokens.
    #[error("{}: `{field}` is {found}, which changes the tokens of a continuation; continuations here are the likeliest token each time: leave `{field}` out", path.display())]
    Generation {
        /// The file.
        path: PathBuf,
        /// The setting.
        field: &'static str,
        /// What the file says.
        found: String,
    },
    /// A configuration describes a model this crate would compute wrongly.
    #[error("{}: `{field}` is {found}; expected {expected}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// The field.
        field: &'static str,
        /// What is supported.
        expected: String,
        /// What the file says.
        found: String,
    },
    /// A weight file could not be read, or is not one.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A checkpoint's tensors are not those of the configured model.
    #[error("{}: the tensors are not those of the configured model; give weights that belong to its config.json{}", path.display(), list(missing, unexpected, misshapen))]
    Tensors {
        /// The file.
        path: PathBuf,
        /// Names the model needs and the file lacks.
        missing: Vec<String>,
        /// Names the file has and the model does not know.
        unexpected: Vec<String>,
        /// Tensors of another shape.
        misshapen: Vec<WrongShape>,
    },
    /// A weight is not a number.
    #[error("{}: `{tensor}` holds {count} values that are NaN or infinite", path.display())]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// How many.
        count: usize,
    },
    /// A weight is larger than the largest number of the precision it was to be kept in.
    #[error("{}: `{tensor}` holds {count} values too large for {precision}; use dtype bf16 or f32", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// How many.
        count: usize,
        /// What was asked for.
        precision: Precision,
    },
    /// Weights were to be kept in 16 bits where they are not computed with.
    #[error(
        "dtype {precision}: weights are kept in 16 bits on the CPU alone, and not for training; use dtype f32, or --device cpu"
    )]
    HalfDevice {
        /// What was asked for.
        precision: Precision,
    },
    /// A tokenizer file is broken, or a text cannot be encoded.
    #[error("{}: {reason}", path.display())]
    Tokenizer {
        /// The tokenizer file.
        path: PathBuf,
        /// What the tokenizer said.
        reason: String,
    },
    /// A token of the model has no text.
    #[error("{}: has no token {token}; the model has more rows in its embedding than the tokenizer has tokens", path.display())]
    NoText {
        /// The tokenizer file.
        path: PathBuf,
        /// The token.
        token: u32,
    },
    /// A decoding parameter no text can be generated with.
    #[error("`{field}` is {found}; it must be {expected}")]
    Decoding {
        /// The field of [`Decoding`](crate::Decoding).
        field: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// A text has more tokens than the model has positions.
    #[error("{what} needs {found} positions, but the model has {n_positions}")]
    TooLong {
        /// What was fed.
        what: String,
        /// Tokens in all.
        found: usize,
        /// The model's limit.
        n_positions: usize,
    },
    /// A prompt has no tokens.
    #[error("prompt {index} (counted from 1) has no tokens; greedy decoding needs at least one")]
    EmptyPrompt {
        /// Which prompt, counted from 1.
        index: usize,
    },
    /// A token is not in the vocabulary.
    #[error(
        "token {token} is not in the vocabulary of {vocab_size}; do tokenizer and model belong together?"
    )]
    UnknownToken {
        /// The token.
        token: u32,
        /// The model's vocabulary.
        vocab_size: usize,
    },
    /// A pass is not about the tokens it came with.
    #[error(
        "the tokens are {} rows of {}, the pass {} rows of {}; they must agree on at least one column",
        tokens[0], tokens[1], pass[0], pass[1]
    )]
    Pass {
        /// Rows and columns of the tokens.
        tokens: [usize; 2],
        /// Rows and columns of the pass.
        pass: [usize; 2],
    },
    /// A pass does not continue what is cached.
    #[error("the cache holds {cached} columns, but the pass begins after {past}")]
    Cache {
        /// Columns cached.
        cached: usize,
        /// Columns the pass says come before it.
        past: usize,
    },
    /// A hook failed.
    #[error(transparent)]
    Hook(#[from] HookError),
    /// The model's output could not be read back, or is not a number.
    #[error("{0}")]
    Output(String),
}

/// A tensor whose shape is not the model's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongShape {
    /// The tensor.
    pub name: String,
    /// The shape the configuration implies.
    pub expected: Vec<usize>,
    /// The shape in the file.
    pub found: Vec<usize>,
}

/// How many tensors of another shape a message names; that there are more says enough.
const MOST: usize = 12;

/// The three lists of [`ModelError::Tensors`], one line each.
fn list(missing: &[String], unexpected: &[String], misshapen: &[WrongShape]) -> String {
    let mut text = String::new();
    for (what, list) in [("missing", missing), ("unexpected", unexpected)] {
        if !list.is_empty() {
            let _ = write!(text, "\n  {what}: {}", list_names(list));
        }
    }
    for WrongShape {
        name,
        expected,
        found,
    } in misshapen.iter().take(MOST)
    {
        let _ = write!(
            text,
            "\n  wrong shape: {name} is {found:?}, expected {expected:?}"
        );
    }
    if misshapen.len() > MOST {
        let _ = write!(
            text,
            "\n  and {} more of wrong shape",
            misshapen.len() - MOST
        );
    }
    text
}
