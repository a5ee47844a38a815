//! The keys of a study file.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::{Spanned, Table};

/// A study file. Paths are relative to its folder unless absolute.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Contents {
    pub(super) probe: PathBuf,
    pub(super) prompts: PathBuf,
    pub(super) text: PathBuf,
    pub(super) samples: PathBuf,
    pub(super) models: ModelsTable,
    pub(super) scorer: ScorerTable,
    pub(super) decoding: DecodingTable,
    pub(super) perplexity: PerplexityTable,
    pub(super) figures: FigureTable,
    pub(super) intervention: Vec<Spanned<Table>>,
}

/// `[models]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelsTable {
    pub(super) base: PathBuf,
    pub(super) tuned: PathBuf,
}

/// `[scorer]`: what gives continuations their toxicity, by `kind`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ScorerTable {
    /// A logistic regression over words, read from its file.
    Lexical {
        /// The file.
        file: PathBuf,
    },
}

impl ScorerTable {
    /// The same scorer with its path turned into another.
    pub(super) fn map_path(self, path: impl Fn(PathBuf) -> PathBuf) -> Self {
        match self {
            Self::Lexical { file } => Self::Lexical { file: path(file) },
        }
    }

    /// The file it is read from.
    pub fn file(&self) -> &Path {
        match self {
            Self::Lexical { file } => file,
        }
    }
}

/// `[decoding]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DecodingTable {
    pub(super) max_prompt_tokens: NonZeroUsize,
    pub(super) max_new_tokens: NonZeroUsize,
    pub(super) batch_size: NonZeroUsize,
}

/// `[perplexity]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PerplexityTable {
    pub(super) window: Option<NonZeroUsize>,
    pub(super) batch_size: NonZeroUsize,
}

/// `[figures]`: published ranks, which are scaled to the number of neurons.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FigureTable {
    pub(super) grouping: Spanned<String>,
    pub(super) ablated: Spanned<String>,
    pub(super) contributions: NonZeroUsize,
    pub(super) bins: NonZeroUsize,
    pub(super) arrows: NonZeroUsize,
    pub(super) activations: NonZeroUsize,
    pub(super) shifts: Spanned<[[usize; 2]; 2]>,
}
