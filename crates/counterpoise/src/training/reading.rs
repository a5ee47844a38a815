//! Labelled comments that a model reads, and how it reads them.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use counterpoise_model::Precision;
use serde::{Deserialize, Serialize};

use super::split::HeldOutEvery;

/// What is read.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// The base model's folder.
    pub(crate) model: PathBuf,
    /// Labelled comments, CSV.
    pub(crate) comments: PathBuf,
    pub(crate) settings: ReadingSettings,
}

/// How it is read, under the names of the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ReadingSettings {
    /// One comment in this many is tested on.
    pub(super) held_out_every: HeldOutEvery,
    /// Only the first comments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) limit: Option<NonZeroUsize>,
    /// Comments read together; changes no result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) batch_size: Option<NonZeroUsize>,
    /// What the model's matrices are kept in.
    pub(super) dtype: Precision,
}
