//! Values to set neurons to, as CSV in the authors' format.

use std::path::Path;
use std::str::FromStr;

use crate::DataError;
use crate::csv_table::{BadRecord, Located, check_width, column, records};
use crate::error::shortened;
use crate::texts::read_utf8;

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
/// other columns.
///
/// # Errors
/// [`DataError::Row`] for a missing or doubled column, a record of another width, a quote that is
/// never closed, an index that is no whole number, a value that is no number or not finite;
/// [`DataError::Empty`]; [`DataError::Read`], [`DataError::NotUtf8`].
pub fn read_patch_values(path: &Path) -> Result<Vec<PatchValue>, DataError> {
    let text = read_utf8(path)?;
    let values = records(&text)
        .and_then(|records| match records.as_slice() {
            [header, records @ ..] => values(header, records),
            [] => Ok(Vec::new()),
        })
        .map_err(|bad| bad.in_file(path, SHAPE))?;
    if values.is_empty() {
        return Err(DataError::Empty {
            path: path.to_owned(),
            expected: format!("a header and at least {SHAPE}"),
        });
    }
    Ok(values)
}

fn values(header: &Located, records: &[Located]) -> Result<Vec<PatchValue>, BadRecord> {
    let [layer, neuron, assigned] = [
        column(header, "layer_idx")?,
        column(header, "neuron_idx")?,
        column(header, "assigned_value")?,
    ];
    let value = |record: &Located| {
        check_width(header, record)?;
        let value = PatchValue {
            layer_idx: number(record, layer, "`layer_idx`, a whole number")?,
            neuron_idx: number(record, neuron, "`neuron_idx`, a whole number")?,
            assigned_value: number(record, assigned, "`assigned_value`, a number")?,
        };
        if value.assigned_value.is_finite() {
            Ok(value)
        } else {
            Err(not_a(record, assigned, "`assigned_value`, a finite number"))
        }
    };
    records.iter().map(value).collect()
}

fn number<T: FromStr>(record: &Located, place: usize, what: &str) -> Result<T, BadRecord> {
    let parsed = record.1[place].trim().parse();
    parsed.map_err(|_| not_a(record, place, what))
}

fn not_a((line, record): &Located, place: usize, what: &str) -> BadRecord {
    BadRecord {
        line: *line,
        found: format!("`{}` as {what}", shortened(&record[place])),
        remedy: "correct this record",
    }
}
