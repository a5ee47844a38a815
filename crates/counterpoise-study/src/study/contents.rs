//! The keys of a study file beside its lists of parts.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use counterpoise_eval::{DecodingSizes, Protocol};
use counterpoise_model::Precision;
use serde::Deserialize;

use crate::attribution::AttributionSettings;
use crate::uncertainty::NullSettings;

/// A study file without its `[[intervention]]`, `[[metric]]`, `[[scorer]]`, `[[figure]]`, `[[direction]]`, `[[table]]` and
/// `[tuned]`.
/// Paths are relative to its folder unless absolute.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Contents {
    pub(super) probe: PathBuf,
    pub(super) prompts: PathBuf,
    pub(super) models: ModelsTable,
    #[serde(default)]
    pub(super) decoding: DecodingTable,
    #[serde(default)]
    pub(super) nulls: NullSettings,
    protocol: Option<Protocol>,
    protocols: Option<Vec<Protocol>>,
    #[serde(default)]
    pub(super) attribution: AttributionSettings,
}

impl Contents {
    /// The protocols of the study, the corrected one unless it says otherwise.
    ///
    /// # Errors
    /// The key that is wrong, and what is wrong with it.
    pub(super) fn protocols(&self) -> Result<Vec<Protocol>, (&'static str, &'static str)> {
        match (self.protocol, &self.protocols) {
            (Some(_), Some(_)) => Err(("protocol", "`protocol` beside `protocols`; leave one out")),
            (Some(protocol), None) => Ok(vec![protocol]),
            (None, None) => Ok(vec![Protocol::default()]),
            (None, Some(several)) => {
                let unique: BTreeSet<Protocol> = several.iter().copied().collect();
                match several.is_empty() || unique.len() < several.len() {
                    true => Err(("protocols", "`protocols`: expected one or more, each once")),
                    false => Ok(several.clone()),
                }
            }
        }
    }

    /// The files it names.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        let models = &self.models;
        let always = [&models.base, &self.probe, &self.prompts];
        (always.into_iter())
            .chain(&models.tuned)
            .map(PathBuf::as_path)
    }
}

/// `[models]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelsTable {
    pub(super) base: PathBuf,
    /// Not there where the study has a table `[tuned]`.
    pub(super) tuned: Option<PathBuf>,
    #[serde(default)]
    pub(super) dtype: Precision,
}

/// `[decoding]`; what is not given is the paper's.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DecodingTable {
    max_prompt_tokens: Option<NonZeroUsize>,
    max_new_tokens: Option<NonZeroUsize>,
    batch_size: Option<NonZeroUsize>,
}

impl DecodingTable {
    pub(super) fn sizes(&self) -> DecodingSizes {
        let paper = DecodingSizes::default();
        let or = |given: Option<NonZeroUsize>, paper| given.map_or(paper, NonZeroUsize::get);
        DecodingSizes {
            max_prompt_tokens: or(self.max_prompt_tokens, paper.max_prompt_tokens),
            max_new_tokens: or(self.max_new_tokens, paper.max_new_tokens),
            batch_size: self.batch_size,
        }
    }
}

/// `[[table]]`: the title of a table of the study's own.
#[derive(Deserialize)]
pub(super) struct TitleTable {
    pub(super) number: u32,
    pub(super) title: String,
}

/// What a `[[scorer]]` says beside its kind: what metrics call it.
#[derive(Deserialize)]
pub(super) struct ScorerName {
    pub(super) name: Option<String>,
}
