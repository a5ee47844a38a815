//! Preference pairs for DPO, with the field names of the released ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::conversation::RawPair;
use crate::json_lines::read_checked;
use crate::{DataError, Rows};

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

/// Reads preference pairs from a JSON-lines file, or from every `*.jsonl`, `*.jsonl.gz` and `*.jsonl.zst` in
/// a folder in the order of their names; files whose name begins with a dot are passed over. A row has
/// either form:
///
/// - the fields of [`Pair`];
/// - `prompt`, `chosen` and `rejected`, as TRL names them: strings, or lists of messages with `role` and
///   `content`. The last message of an answer, an assistant's, is the answer; what comes before it is the
///   prompt, the same for both answers, where `prompt` is not that list itself. Messages of a prompt are
///   joined by an empty line, their roles left out.
///
/// # Errors
/// [`DataError::Row`] for a broken row, an empty prompt, or prompts that do not agree;
/// [`DataError::Empty`] for any file without rows; [`DataError::NoPairFiles`];
/// [`DataError::PackedTwice`]; what [`crate::read_utf8`] says of files that are not text.
pub fn read_pairs(path: &Path) -> Result<Rows<Pair>, DataError> {
    if !path.is_dir() {
        return read_file(path);
    }
    let mut pairs = Rows::of(path, []);
    for file in files_of(path)? {
        pairs = pairs.followed_by(read_file(&file)?);
    }
    Ok(pairs)
}

fn read_file(path: &Path) -> Result<Rows<Pair>, DataError> {
    const SHAPE: &str = r#"{"prompt_text": "...", "unpert_gen_text": "...", "pert_gen_text": "..."}, or {"prompt": "...", "chosen": "...", "rejected": "..."}"#;
    read_checked(path, SHAPE, RawPair::pair)
}

/// The pair files of a folder, by name; at least one.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let unreadable = |reason| DataError::Read {
        path: folder.to_owned(),
        reason,
    };
    // By the name without what says that a file is packed.
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let plain = name
            .strip_suffix(".gz")
            .or_else(|| name.strip_suffix(".zst"));
        let plain = plain.unwrap_or(&name).to_owned();
        if name.starts_with('.') || !plain.ends_with(".jsonl") || path.is_dir() {
            continue;
        }
        if let Some(other) = files.insert(plain, path.clone()) {
            return Err(DataError::PackedTwice { path, other });
        }
    }
    if files.is_empty() {
        return Err(DataError::NoPairFiles {
            path: folder.to_owned(),
        });
    }
    Ok(files.into_values().collect())
}
