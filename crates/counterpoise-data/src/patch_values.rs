//! Values to set neurons to, as CSV in the authors' format.

use std::path::Path;

use crate::{CsvFile, CsvRecord, DataError};

/// One neuron and the activation it is set to.
#[derive(Debug, Clone, Copy, PartialEq)]
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
/// other columns. An index may be written as a float, as pandas does.
///
/// # Errors
/// As for [`CsvFile::read`]; [`DataError::Row`] for a missing or doubled column, an index that is no
/// whole number, a value that is no finite 32-bit number.
pub fn read_patch_values(path: &Path) -> Result<Vec<PatchValue>, DataError> {
    let file = CsvFile::read(path, SHAPE)?;
    let layer = file.column("layer_idx")?;
    let neuron = file.column("neuron_idx")?;
    let assigned = file.column("assigned_value")?;
    let value = |record: &CsvRecord| {
        Ok(PatchValue {
            layer_idx: file.whole(record, layer)?,
            neuron_idx: file.whole(record, neuron)?,
            assigned_value: file.single(record, assigned)?,
        })
    };
    if file.records().is_empty() {
        return Err(file.without_records());
    }
    file.records().iter().map(value).collect()
}
