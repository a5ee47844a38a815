//! How much is drawn at random for what a study reports beside its numbers.

use serde::Deserialize;

/// `[nulls]` of a study file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NullSettings {
    /// Random directions that the probe is compared with; 0 for none.
    pub directions: usize,
    /// Draws of swapped labels; 0 for none.
    pub label_shuffles: usize,
}

impl Default for NullSettings {
    fn default() -> Self {
        Self {
            directions: 200,
            label_shuffles: 200,
        }
    }
}
