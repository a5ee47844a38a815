//! What can go wrong while loading or running a model.

use std::fmt::Write as _;
use std::path::PathBuf;

use counterpoise_data::DataError;
use counterpoise_hooks::HookError;

/// An error of loading, saving or running a model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file could not be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] DataError),
    /// A JSON file is broken or lacks a field.
    #[error("{}: not a GPT-2 configuration: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: serde_json::Error,
    },
    /// A configuration describes a model this crate would compute wrongly.
    #[error("{}: `{field}` is {found}, but GPT-2 here needs {expected}", path.display())]
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
    /// A folder holds no weights.
    #[error("{}: no weights found; expected one of {expected}", path.display())]
    NoWeights {
        /// The folder.
        path: PathBuf,
        /// The file names looked for.
        expected: String,
    },
    /// A weight file is truncated or not of its format.
    #[error("{}: not a readable {format} file: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The format expected.
        format: &'static str,
        /// What the reader said.
        reason: String,
    },
    /// A checkpoint's tensors are not those of the configured model.
    #[error("{}: the tensors are not those of this GPT-2{}", path.display(), list(missing, unexpected, misshapen))]
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
    /// Two stored tensors are the same field of the model.
    #[error("{}: `{tensor}` is there twice, under names that mean the same field", path.display())]
    StoredTwice {
        /// The file or folder.
        path: PathBuf,
        /// The field.
        tensor: String,
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
    /// A checkpoint carries an `lm_head` that differs from the token embedding.
    #[error("{}: `lm_head.weight` differs from `wte.weight`; only tied GPT-2 models are supported", path.display())]
    UntiedHead {
        /// The file.
        path: PathBuf,
    },
    /// A tokenizer file is broken, or a text cannot be encoded.
    #[error("{}: {reason}", path.display())]
    Tokenizer {
        /// The tokenizer file.
        path: PathBuf,
        /// What the tokenizer said.
        reason: String,
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

/// The three lists of [`ModelError::Tensors`], one line each.
fn list(missing: &[String], unexpected: &[String], misshapen: &[WrongShape]) -> String {
    let mut text = String::new();
    for (what, names) in [("missing", missing), ("unexpected", unexpected)] {
        if !names.is_empty() {
            let _ = write!(text, "\n  {what}: {}", names.join(", "));
        }
    }
    for WrongShape {
        name,
        expected,
        found,
    } in misshapen
    {
        let _ = write!(
            text,
            "\n  wrong shape: {name} is {found:?}, expected {expected:?}"
        );
    }
    text
}
