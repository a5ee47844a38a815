//! JSON lines: one object a line, read strictly and written atomically.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::shortened;
use crate::json_fault::{describe, describe_at, not_a_number};
use crate::not_finite::{Marked, Refused};
use crate::texts::{read_utf8, with_line_feeds};
use crate::{AtomicFile, DataError, Rows};

/// Every row of a JSON-lines file, in order. Blank lines are skipped; fields that `T` does not have
/// are ignored unless `T` denies them, also where they are `NaN` or `Infinity`, which Python writes. `shape`
/// describes one row in errors, as `{"prompt": "..."}`.
///
/// # Errors
/// [`DataError::Read`], [`DataError::NotUtf8`]; [`DataError::Row`] for a line that is not one JSON
/// object or not a `T`; [`DataError::Empty`] for a file without rows.
pub fn read_json_lines<T: DeserializeOwned>(path: &Path, shape: &str) -> Result<Vec<T>, DataError> {
    Ok(read_checked(path, shape, Ok)?.into_vec())
}

/// [`read_json_lines`] with a check of each row beyond its types; what `check` answers with `Err` is
/// the `found` of the error.
pub(crate) fn read_checked<Raw: DeserializeOwned, Row>(
    path: &Path,
    shape: &str,
    check: impl Fn(Raw) -> Result<Row, String>,
) -> Result<Rows<Row>, DataError> {
    // No string has a carriage return in it that is not escaped.
    let text = with_line_feeds(read_utf8(path)?);
    let rows = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| {
            let bad_row = |(found, remedy)| DataError::Row {
                path: path.to_owned(),
                line: index + 1,
                expected: format!("one JSON object {shape}"),
                found,
                remedy,
            };
            let raw = parse_object(line).map_err(bad_row)?;
            match check(raw) {
                Ok(row) => Ok((index + 1, row)),
                Err(found) => Err(bad_row((found, "correct or remove this row"))),
            }
        })
        .collect::<Result<Vec<_>, _>>()?;
    if rows.is_empty() {
        return Err(DataError::Empty {
            path: path.to_owned(),
            expected: format!("at least one line {shape}"),
        });
    }
    Ok(Rows::of(path, rows))
}

/// The row on this line, or what was found instead and what to do.
fn parse_object<T: DeserializeOwned>(line: &str) -> Result<T, (String, &'static str)> {
    // serde would also fill a struct from an array, by position.
    if !line.trim_start().starts_with('{') {
        let found = format!("a line that begins with `{}`", shortened(line.trim()));
        return Err((found, "put one JSON object on each line"));
    }
    let (whole, data) = (
        "put one whole JSON object on each line",
        "correct this row's fields",
    );
    serde_json::from_str(line).or_else(|error| match Marked::of(line) {
        None => Err(describe(line, &error, whole, data)),
        Some(marked) => marked.read().map_err(|refused| match refused {
            Refused::Number(word, column) => not_a_number(word, column),
            Refused::Other(error, column) => describe_at(line, column, &error, whole, data),
        }),
    })
}

/// Refuses an empty string where a tokenizer needs at least one token.
pub(crate) fn not_empty(field: &str, value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Err(format!("an empty `{field}`"));
    }
    Ok(())
}

/// Writes each row as one line of JSON, atomically. A NaN or infinite number is written as `null`,
/// as `serde_json` does.
///
/// # Errors
/// [`DataError::Unserialisable`], [`DataError::Write`]; an older file at `path` is then untouched.
pub fn write_json_lines<T: Serialize>(
    path: &Path,
    rows: impl IntoIterator<Item = T>,
) -> Result<(), DataError> {
    let mut writer = JsonLinesWriter::create(path)?;
    for row in rows {
        writer.write(&row)?;
    }
    writer.finish()
}

/// A JSON-lines file written row by row, as results come in. It stands at its path only after
/// [`JsonLinesWriter::finish`]; dropped before, it leaves nothing behind.
///
/// ```
/// use counterpoise_data::JsonLinesWriter;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("generations/base.jsonl");
/// let mut writer = JsonLinesWriter::create(&path)?;
/// writer.write(&serde_json::json!({"text": "fine", "score": null}))?;
/// assert!(!path.exists());
/// writer.finish()?;
/// assert_eq!(std::fs::read_to_string(&path)?, "{\"text\":\"fine\",\"score\":null}\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct JsonLinesWriter {
    path: PathBuf,
    /// `None` once a row has failed: a file with a hole in it must never be finished.
    file: Option<AtomicFile>,
    rows: usize,
}

impl JsonLinesWriter {
    /// Begins the file that will stand at `path`; missing parent folders are made.
    ///
    /// # Errors
    /// [`DataError::Write`].
    pub fn create(path: &Path) -> Result<Self, DataError> {
        Ok(Self {
            path: path.to_owned(),
            file: Some(AtomicFile::create(path)?),
            rows: 0,
        })
    }

    /// Adds one row. After an error the file is given up: later calls answer [`DataError::Abandoned`].
    ///
    /// # Errors
    /// [`DataError::Unserialisable`], [`DataError::Write`], [`DataError::Abandoned`].
    pub fn write<T: Serialize + ?Sized>(&mut self, row: &T) -> Result<(), DataError> {
        let mut file = self.take_file()?;
        self.rows += 1;
        let mut line = serde_json::to_vec(row).map_err(|reason| DataError::Unserialisable {
            path: self.path.clone(),
            row: self.rows,
            reason,
        })?;
        line.push(b'\n');
        file.write_all(&line).map_err(|reason| DataError::Write {
            path: self.path.clone(),
            reason,
        })?;
        self.file = Some(file);
        Ok(())
    }

    /// Puts the file at its path.
    ///
    /// # Errors
    /// [`DataError::Write`], [`DataError::Abandoned`].
    pub fn finish(mut self) -> Result<(), DataError> {
        self.take_file()?.commit()
    }

    fn take_file(&mut self) -> Result<AtomicFile, DataError> {
        self.file.take().ok_or_else(|| DataError::Abandoned {
            path: self.path.clone(),
        })
    }
}
