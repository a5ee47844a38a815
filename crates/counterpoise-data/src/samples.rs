//! Prompts with the text that really followed, for the F1 score.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::json_lines::{not_empty, read_checked};
use crate::{DataError, Rows};

/// One row of the F1 measurement: a prompt and its gold text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The text to continue.
    pub prompt: String,
    /// The text that prompt and continuation are compared with.
    pub gold: String,
}

/// Reads rows `{"prompt": "...", "gold": "..."}`, one JSON object a line.
///
/// # Errors
/// [`DataError::Row`] for a broken row or an empty `prompt` or `gold`; [`DataError::Empty`];
/// [`DataError::Read`], [`DataError::NotUtf8`].
pub fn read_samples(path: &Path) -> Result<Rows<Sample>, DataError> {
    read_checked(
        path,
        r#"{"prompt": "...", "gold": "..."}"#,
        |row: Sample| {
            not_empty("prompt", &row.prompt)?;
            not_empty("gold", &row.gold)?;
            Ok(row)
        },
    )
}
