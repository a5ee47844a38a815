//! The keys of a study file.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::{Spanned, Table};

/// A study file. Paths are relative to the workspace's root unless absolute.
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
pub(crate) enum ScorerTable {
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
    pub(crate) fn file(&self) -> &Path {
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
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FigureTable {
    /// The grouping that colours neurons.
    pub(super) grouping: Spanned<String>,
    /// Figure 1a: the intervention whose layer projections stand beside base and tuned.
    pub(crate) ablated: Spanned<String>,
    /// Figure 2b: how many of the neurons that reduce most.
    pub(crate) contributions: NonZeroUsize,
    /// Figure 2b: in how many bins.
    pub(crate) bins: NonZeroUsize,
    /// Figure 2c: how many of the neurons that reduce most.
    pub(crate) arrows: NonZeroUsize,
    /// Figure 4: how many of the most toxic neurons.
    pub(crate) activations: NonZeroUsize,
    /// Figures 5a and 5b: ranks of toxic neurons, from and to.
    pub(crate) shifts: Spanned<[[usize; 2]; 2]>,
}
