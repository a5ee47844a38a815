//! Preference pairs for DPO, with the field names of the released ones.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::DataError;
use crate::json_lines::{not_empty, read_checked};

/// One preference: two continuations of the same prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The prompt that both continue.
    pub prompt_text: String,
    /// The preferred continuation (generated without perturbation); empty where generation stopped at once.
    pub unpert_gen_text: String,
    /// The dispreferred continuation (generated under a push towards toxicity); may be empty likewise.
    pub pert_gen_text: String,
}

/// Reads preference pairs from a JSON-lines file, or from every `*.jsonl` in a folder in the order
/// of their names.
///
/// # Errors
/// [`DataError::Row`] for a broken row or an empty `prompt_text`; [`DataError::Empty`] for any file
/// without rows; [`DataError::NoPairFiles`]; [`DataError::Read`], [`DataError::NotUtf8`].
pub fn read_pairs(path: &Path) -> Result<Vec<Pair>, DataError> {
    if !path.is_dir() {
        return read_file(path);
    }
    let mut pairs = Vec::new();
    for file in files_of(path)? {
        pairs.extend(read_file(&file)?);
    }
    Ok(pairs)
}

fn read_file(path: &Path) -> Result<Vec<Pair>, DataError> {
    const SHAPE: &str =
        r#"{"prompt_text": "...", "unpert_gen_text": "...", "pert_gen_text": "..."}"#;
    read_checked(path, SHAPE, |row: Pair| {
        not_empty("prompt_text", &row.prompt_text)?;
        Ok(row)
    })
}

/// The `*.jsonl` of a folder, by name; at least one.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let unreadable = |reason| DataError::Read {
        path: folder.to_owned(),
        reason,
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|end| end == "jsonl") && !path.is_dir() {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(DataError::NoPairFiles {
            path: folder.to_owned(),
        });
    }
    files.sort();
    Ok(files)
}
