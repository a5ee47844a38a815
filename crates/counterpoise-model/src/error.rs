//! What can go wrong while loading or running a model.

use std::fmt::Write as _;
use std::path::PathBuf;

use counterpoise_data::DataError;
use counterpoise_hooks::HookError;

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
    #[error("{}: expected a folder with weights, one of {expected}; found none; name another folder, or a weight file", path.display())]
    NoWeights {
        /// The folder.
        path: PathBuf,
        /// The file names looked for.
        expected: String,
    },
    /// A shard index names no file beside it.
    #[error("{}: expected the names of shards beside it; found `{found}`; download the index again", path.display())]
    ShardName {
        /// The index.
        path: PathBuf,
        /// What it names.
        found: String,
    },
    /// A shard of a checkpoint is not there.
    #[error(
        "{}: no such file, but {} lists {tensors} tensors in it; copy this shard too",
        path.display(), index.display()
    )]
    MissingShard {
        /// The shard.
        path: PathBuf,
        /// The index.
        index: PathBuf,
        /// How many tensors the index puts there.
        tensors: usize,
    },
    /// A shard and the index disagree.
    #[error(
        "{}: expected the tensors that {} lists for it; missing: {}; not listed: {}; take index and shards from one download",
        path.display(), index.display(), names(missing), names(unlisted)
    )]
    Shard {
        /// The shard.
        path: PathBuf,
        /// The index.
        index: PathBuf,
        /// Tensors that the index lists and the shard lacks.
        missing: Vec<String>,
        /// Tensors of the shard that the index does not list there.
        unlisted: Vec<String>,
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
    #[error("{}: the tensors are not those of the configured GPT-2; give weights that belong to its config.json{}", path.display(), list(missing, unexpected, misshapen))]
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
    /// A tensor is not made of floats.
    #[error(
        "{}: `{tensor}`: expected floating-point values (F64, F32, F16 or BF16), found {found}; save it as floats",
        path.display()
    )]
    Elements {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// Its element type.
        found: String,
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

/// How many tensors a message names of each kind; that there are more says enough.
const MOST: usize = 12;

/// The first few names, or "none".
fn names(names: &[String]) -> String {
    // A damaged file's names may be of any length and hold anything.
    let quoted = |name: &String| name.escape_debug().take(100).collect::<String>();
    let first: Vec<String> = names.iter().take(MOST).map(quoted).collect();
    match names.len() {
        0 => "none".to_owned(),
        1..=MOST => first.join(", "),
        count => format!("{} and {} more", first.join(", "), count - MOST),
    }
}

/// The three lists of [`ModelError::Tensors`], one line each.
fn list(missing: &[String], unexpected: &[String], misshapen: &[WrongShape]) -> String {
    let mut text = String::new();
    for (what, list) in [("missing", missing), ("unexpected", unexpected)] {
        if !list.is_empty() {
            let _ = write!(text, "\n  {what}: {}", names(list));
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
