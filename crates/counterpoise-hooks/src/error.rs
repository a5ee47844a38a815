//! What can go wrong at a hook point.

use std::error::Error;

use crate::HookPoint;

/// An error raised while naming, observing or editing an activation.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The text is not the name of a hook point.
    #[error(
        "`{found}` is not a hook point; expected a name such as `hook_embed`, `blocks.0.mlp.hook_post` or `ln_final.hook_normalized`"
    )]
    UnknownPoint {
        /// The text that was given.
        found: String,
    },
    /// The point names a block that the model does not have.
    #[error("{point} does not exist: the model has {n_layer} blocks, counted from 0")]
    NoSuchBlock {
        /// The point asked for.
        point: HookPoint,
        /// How many blocks the model has.
        n_layer: usize,
    },
    /// The model computes nothing under this name, as one without position embeddings at `hook_pos_embed`.
    #[error("this model has no {point}; it has {points}")]
    NoSuchPoint {
        /// The point asked for.
        point: HookPoint,
        /// The names of those it has.
        points: String,
    },
    /// An observer or edit was built for another width than the activation has.
    #[error("{point} is {found} wide, but what is hooked there was made for a width of {expected}")]
    Width {
        /// Where.
        point: HookPoint,
        /// The width it was made for.
        expected: usize,
        /// The activation's width.
        found: usize,
    },
    /// An activation could not be read back from its device.
    #[error("the activation at {point} could not be read from its device: {reason}")]
    Read {
        /// Where.
        point: HookPoint,
        /// What the backend said.
        reason: String,
    },
    /// What an observer or edit of somebody else's reports.
    #[error(transparent)]
    Other(Box<dyn Error + Send + Sync>),
}

impl HookError {
    /// An error of an observer or edit that this crate does not know.
    pub fn other(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }
}
