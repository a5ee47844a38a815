//! The two models that are compared.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which of the two models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The model before fine-tuning.
    Base,
    /// The model after it.
    Tuned,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Base => "base",
            Self::Tuned => "tuned",
        })
    }
}
