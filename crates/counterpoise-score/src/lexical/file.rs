//! A lexical scorer's file: JSON that a person can read.

use std::collections::BTreeMap;
use std::path::Path;

use counterpoise_data::{DataError, read_json, write_atomically};
use serde::{Deserialize, Serialize};

use super::LexicalScorer;
use super::terms::is_term;
use crate::ScoreError;

/// Names the file's format and version.
const FORMAT: &str = "counterpoise lexical scorer 1";

/// What the file is, in errors.
const SHAPE: &str = "a lexical scorer with format, intercept and weights";

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
    /// [`ScoreError::File`] for a file that cannot be read or is broken, with the line;
    /// [`ScoreError::Format`] for another kind of file, [`ScoreError::Term`] for a term that no text
    /// contains.
    pub fn load(path: &Path) -> Result<Self, ScoreError> {
        let contents: Contents = read_json(path, SHAPE)?;
        if contents.format != FORMAT {
            return Err(ScoreError::Format {
                path: path.to_owned(),
                expected: FORMAT,
                found: contents.format,
            });
        }
        if let Some(term) = contents.weights.keys().find(|term| !is_term(term)) {
            return Err(ScoreError::Term {
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
    /// [`ScoreError::File`] if the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), ScoreError> {
        let contents = Contents {
            format: FORMAT.to_owned(),
            intercept: self.intercept,
            weights: self.weights.clone(),
        };
        let mut bytes =
            serde_json::to_vec_pretty(&contents).map_err(|reason| DataError::Write {
                path: path.to_owned(),
                reason: reason.into(),
            })?;
        bytes.push(b'\n');
        Ok(write_atomically(path, &bytes)?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::error::Error;
    use std::fs;

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
            assert!(error.source().is_none(), "{error} says its cause twice");
            error
        };
        let is_row = |error: ScoreError, bad_line| match error {
            ScoreError::File(DataError::Row { line, .. }) => assert_eq!(line, bad_line),
            other => unreachable!("{other}"),
        };
        let is_empty = |error| matches!(error, ScoreError::File(DataError::Empty { .. }));
        assert!(is_empty(load("")));
        is_row(load(&whole[..whole.len() / 2]), 4);
        for (line, from, to) in [
            (3, "intercept", "bias"),
            (3, "-1.25", "null"),
            (3, "-1.25", "1e999"),
            (5, "2.5", "\"2.5\""),
            (6, "thanks", "fool"),
        ] {
            is_row(load(&whole.replace(from, to)), line);
        }
        is_row(load("[\"counterpoise lexical scorer 1\", 0, {}]"), 1);
        fs::write(&path, b"{\n\xff").unwrap();
        let foreign = LexicalScorer::load(&path).unwrap_err();
        assert!(matches!(
            foreign,
            ScoreError::File(DataError::NotUtf8 { line: 2, .. })
        ));
        let error = LexicalScorer::load(folder.path()).unwrap_err();
        assert!(matches!(error, ScoreError::File(DataError::Read { .. })));
        let newer = whole.replace("scorer 1", "scorer 2");
        assert!(matches!(load(&newer), ScoreError::Format { .. }));
        let shouted = whole.replace("\"fool\"", "\"FOOL\"");
        assert!(matches!(load(&shouted), ScoreError::Term { term, .. } if term == "FOOL"));
        let missing = LexicalScorer::load(&folder.path().join("none.json")).unwrap_err();
        assert!(matches!(missing, ScoreError::File(DataError::Read { .. })));
    }

    #[test]
    fn an_unwritable_path_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = scorer().save(folder.path()).unwrap_err();
        assert!(matches!(error, ScoreError::File(_)));
    }
}
