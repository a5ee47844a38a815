//! A lexical scorer's file: JSON that a person can read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use counterpoise_data::write_atomically;
use serde::{Deserialize, Serialize};

use super::LexicalScorer;
use super::terms::is_term;
use crate::EvalError;

/// Names the file's format and version.
const FORMAT: &str = "counterpoise lexical scorer 1";

/// What the file holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    format: String,
    intercept: f64,
    weights: BTreeMap<String, f64>,
}

impl LexicalScorer {
    /// Reads a scorer from the file [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// [`EvalError::Read`], [`EvalError::Json`] with the line, [`EvalError::Format`] for another
    /// kind of file, [`EvalError::Term`] for a term that no text contains.
    pub fn load(path: &Path) -> Result<Self, EvalError> {
        let bytes = fs::read(path).map_err(|source| EvalError::Read {
            path: path.to_owned(),
            source,
        })?;
        let contents: Contents =
            serde_json::from_slice(&bytes).map_err(|source| EvalError::Json {
                path: path.to_owned(),
                source,
            })?;
        if contents.format != FORMAT {
            return Err(EvalError::Format {
                path: path.to_owned(),
                expected: FORMAT,
                found: contents.format,
            });
        }
        if let Some(term) = contents.weights.keys().find(|term| !is_term(term)) {
            return Err(EvalError::Term {
                path: path.to_owned(),
                term: term.clone(),
            });
        }
        Ok(Self {
            intercept: contents.intercept,
            weights: contents.weights,
        })
    }

    /// Writes the scorer as JSON, one term a line in alphabetical order, to a temporary file that
    /// is then renamed to `path`.
    ///
    /// # Errors
    /// [`EvalError::Write`] if the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), EvalError> {
        let contents = Contents {
            format: FORMAT.to_owned(),
            intercept: self.intercept,
            weights: self.weights.clone(),
        };
        let mut bytes = serde_json::to_vec_pretty(&contents).map_err(|source| EvalError::Json {
            path: path.to_owned(),
            source,
        })?;
        bytes.push(b'\n');
        Ok(write_atomically(path, &bytes)?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn scorer() -> LexicalScorer {
        LexicalScorer {
            intercept: -1.25,
            weights: [("fool", 2.5), ("you fool", 0.1), ("thanks", -0.333_333)]
                .map(|(term, weight)| (term.to_owned(), weight))
                .into(),
        }
    }

    #[test]
    fn a_saved_scorer_loads_the_same_and_saves_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("1.json"), folder.path().join("2.json"));
        scorer().save(&one).unwrap();
        let loaded = LexicalScorer::load(&one).unwrap();
        assert_eq!(loaded, scorer());
        loaded.save(&two).unwrap();
        assert_eq!(fs::read(&one).unwrap(), fs::read(&two).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn bad_files_are_errors_that_name_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scorer.json");
        scorer().save(&path).unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        let load = |contents: &str| {
            fs::write(&path, contents).unwrap();
            let error = LexicalScorer::load(&path).unwrap_err();
            assert!(error.to_string().contains("scorer.json"), "{error}");
            error
        };
        assert!(matches!(load(""), EvalError::Json { .. }));
        let truncated = load(&whole[..whole.len() / 2]);
        assert!(matches!(truncated, EvalError::Json { .. }));
        assert!(
            truncated.to_string().contains("scorer.json:"),
            "{truncated}"
        );
        for (from, to) in [
            ("intercept", "bias"),
            ("-1.25", "null"),
            ("-1.25", "1e999"),
            ("2.5", "\"2.5\""),
        ] {
            let changed = whole.replace(from, to);
            assert!(matches!(load(&changed), EvalError::Json { .. }), "{to}");
        }
        let newer = whole.replace("scorer 1", "scorer 2");
        assert!(matches!(load(&newer), EvalError::Format { .. }));
        let shouted = whole.replace("\"fool\"", "\"FOOL\"");
        assert!(matches!(load(&shouted), EvalError::Term { term, .. } if term == "FOOL"));
        let missing = LexicalScorer::load(&folder.path().join("none.json")).unwrap_err();
        assert!(matches!(missing, EvalError::Read { .. }));
    }

    #[test]
    fn an_unwritable_path_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = scorer().save(folder.path()).unwrap_err();
        assert!(matches!(error, EvalError::Write(_)));
    }
}
