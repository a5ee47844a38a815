//! Reading a neuron table from CSV.

use std::path::Path;

use counterpoise_data::{CsvColumn, CsvFile, CsvRecord, number, whole_number};

use crate::GroupsError;
use crate::columns::{COLUMNS, INDEX_COLUMNS, Values};
use crate::error::Place;
use crate::record::{Record, WHOLE_NUMBER, bad_value, column_positions, record};

/// The rows of a CSV file.
pub(crate) fn read_csv(path: &Path) -> Result<Vec<Record>, GroupsError> {
    let file = CsvFile::read(path, "a row of the neuron table's ten columns")?;
    column_positions(path, file.names().map(str::trim))?;
    let mut columns = Vec::with_capacity(COLUMNS.len());
    for name in COLUMNS {
        columns.push(file.column(name)?);
    }
    let rows = file.records().iter();
    rows.map(|row| read_row(path, &file, &columns, row))
        .collect()
}

fn read_row(
    path: &Path,
    file: &CsvFile,
    columns: &[CsvColumn],
    row: &CsvRecord,
) -> Result<Record, GroupsError> {
    let place = Place::Line(row.line() as u64);
    let mut index = [0; INDEX_COLUMNS];
    for (column, value) in index.iter_mut().enumerate() {
        let found = file.text(row, columns[column]);
        *value = whole_number(found)
            .ok_or_else(|| bad_value(path, place, column, WHOLE_NUMBER, found))?;
    }
    let mut values = Values::default();
    for (column, value) in (INDEX_COLUMNS..).zip(&mut values) {
        let found = file.text(row, columns[column]);
        *value = number(found)
            .ok_or_else(|| bad_value(path, place, column, "a finite number", found))?;
    }
    record(path, place, index, values)
}
