//! The files of generations of a finished run, read and added to.

use std::path::{Path, PathBuf};

use counterpoise_data::{read_json_lines, write_json_lines};
use counterpoise_score::TextScore;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::Result;

/// The key under which a line says why values are missing.
const MISSING: &str = "missing";

/// One line of `generations/<row>.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct StoredGeneration {
    fields: Map<String, Value>,
}

impl StoredGeneration {
    /// The prompt.
    pub(crate) fn prompt(&self) -> &str {
        self.fields
            .get("prompt")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The continuation; `None` if it has no text.
    pub(crate) fn text(&self) -> Option<&str> {
        self.fields.get("text").and_then(Value::as_str)
    }

    /// What a metric says of it, if it does.
    pub(crate) fn value(&self, metric: &str) -> Option<f64> {
        self.fields.get(metric).and_then(Value::as_f64)
    }

    /// Sets what a metric says of it; reasons stay last.
    pub(crate) fn set(&mut self, metric: &str, score: &TextScore) {
        let reasons = self.fields.shift_remove(MISSING);
        let mut reasons = match reasons {
            Some(Value::Object(reasons)) => reasons,
            _ => Map::new(),
        };
        reasons.shift_remove(metric);
        if let Err(reason) = score {
            reasons.insert(metric.to_owned(), reason.clone().into());
        }
        let value = score
            .as_ref()
            .map_or(Value::Null, |value| Value::from(*value));
        self.fields.insert(metric.to_owned(), value);
        if !reasons.is_empty() {
            self.fields.insert(MISSING.to_owned(), reasons.into());
        }
    }
}

fn path(folder: &Path, row: &str) -> PathBuf {
    folder.join("generations").join(format!("{row}.jsonl"))
}

/// The generations of a row; `None` if there is no such file.
///
/// # Errors
/// A file that is broken, with its line.
pub(crate) fn read_generations(folder: &Path, row: &str) -> Result<Option<Vec<StoredGeneration>>> {
    let path = path(folder, row);
    if !path.is_file() {
        return Ok(None);
    }
    Ok(Some(read_json_lines(
        &path,
        r#"{"prompt": "...", "text": "..."}"#,
    )?))
}

/// Writes the generations of a row, atomically, and answers where they are.
///
/// # Errors
/// A file that cannot be written.
pub(crate) fn write_generations(
    folder: &Path,
    row: &str,
    lines: &[StoredGeneration],
) -> Result<PathBuf> {
    let path = path(folder, row);
    write_json_lines(&path, lines)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_value_is_set_once_and_its_reason_goes_with_it() {
        let text = r#"{"prompt":"p","tokens":[1],"text":"t","a":null,"missing":{"a":"why"}}"#;
        let mut line: StoredGeneration = serde_json::from_str(text).unwrap();
        line.set("b", &Ok(0.5));
        line.set("b", &Err("empty".to_owned()));
        let both = r#"{"prompt":"p","tokens":[1],"text":"t","a":null,"b":null,"missing":{"a":"why","b":"empty"}}"#;
        assert_eq!(serde_json::to_string(&line).unwrap(), both);
        line.set("a", &Ok(1.0));
        line.set("b", &Ok(0.25));
        let none = r#"{"prompt":"p","tokens":[1],"text":"t","a":1.0,"b":0.25}"#;
        assert_eq!(serde_json::to_string(&line).unwrap(), none);
        assert_eq!((line.value("b"), line.text()), (Some(0.25), Some("t")));
    }
}
