//! Values to set neurons to, as CSV in the authors' format.

use std::path::Path;

use csv::ReaderBuilder;
use serde::Deserialize;

use crate::DataError;
use crate::error::shortened;
use crate::texts::read_utf8;

/// One neuron and the activation it is set to.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct PatchValue {
    /// The block, counted from 0.
    pub layer_idx: usize,
    /// The neuron within the block, counted from 0.
    pub neuron_idx: usize,
    /// The activation it is set to.
    pub assigned_value: f32,
}

const SHAPE: &str = "a record with the columns layer_idx, neuron_idx and assigned_value";

/// Reads a CSV with a header that names `layer_idx`, `neuron_idx` and `assigned_value` among any
/// other columns.
///
/// # Errors
/// [`DataError::Row`] for a missing column, a value that is no number or not finite;
/// [`DataError::Empty`]; [`DataError::Read`], [`DataError::NotUtf8`].
pub fn read_patch_values(path: &Path) -> Result<Vec<PatchValue>, DataError> {
    let text = read_utf8(path)?;
    let row_error = |line: u64, found: &str| DataError::Row {
        path: path.to_owned(),
        line: usize::try_from(line).unwrap_or(usize::MAX),
        expected: SHAPE.to_owned(),
        found: shortened(found),
        remedy: "correct this record",
    };
    let mut reader = ReaderBuilder::new().from_reader(text.as_bytes());
    let mut values = Vec::new();
    for row in reader.deserialize() {
        let line = values.len() as u64 + 2; // the header is line 1
        let value: PatchValue = row.map_err(|error: csv::Error| {
            let line = error.position().map_or(line, csv::Position::line);
            row_error(line, &error.to_string())
        })?;
        if !value.assigned_value.is_finite() {
            return Err(row_error(line, "a value that is NaN or infinite"));
        }
        values.push(value);
    }
    if values.is_empty() {
        return Err(DataError::Empty {
            path: path.to_owned(),
            expected: format!("a header and at least {SHAPE}"),
        });
    }
    Ok(values)
}
