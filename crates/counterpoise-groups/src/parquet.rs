//! Neuron tables in Parquet.

use std::path::Path;

use counterpoise_data::{Number, ParquetColumn, ParquetFile, whole_float, write_parquet};

use crate::columns::{COLUMNS, INDEX_COLUMNS, Values, values};
use crate::error::Place;
use crate::record::{Record, WHOLE_NUMBER, bad_value, column_positions, record};
use crate::{GroupsError, Neuron};

/// The rows of a Parquet file.
pub(crate) fn read(path: &Path) -> Result<Vec<Record>, GroupsError> {
    let file = ParquetFile::read(path)?;
    column_positions(path, file.names())?;
    let mut columns = Vec::with_capacity(COLUMNS.len());
    for name in COLUMNS {
        columns.push(file.numbers(name)?);
    }
    let row = |row: usize| {
        let place = Place::Row(row);
        let mut index = [0; INDEX_COLUMNS];
        for (column, value) in index.iter_mut().enumerate() {
            let found = columns[column][row];
            *value = whole(found)
                .ok_or_else(|| bad_value(path, place, column, WHOLE_NUMBER, &shown(found)))?;
        }
        let mut values = Values::default();
        for (column, value) in (INDEX_COLUMNS..).zip(&mut values) {
            let found = columns[column][row];
            *value = float(found)
                .ok_or_else(|| bad_value(path, place, column, "a value", &shown(found)))?;
        }
        record(path, place, index, values)
    };
    // Every column has a value, or a null, for each row.
    (0..file.rows()).map(row).collect()
}

fn whole(found: Option<Number>) -> Option<usize> {
    match found? {
        Number::Whole(value) => usize::try_from(value).ok(),
        Number::Float(value) => whole_float(value),
    }
}

/// Integers of a column that pandas took for one of integers count, if a float can be that integer.
fn float(found: Option<Number>) -> Option<f64> {
    match found? {
        Number::Float(value) => Some(value),
        Number::Whole(value) => {
            let float = value as f64;
            (float as i128 == value).then_some(float)
        }
    }
}

fn shown(found: Option<Number>) -> String {
    match found {
        None => "null".to_owned(),
        Some(Number::Whole(value)) => value.to_string(),
        Some(Number::Float(value)) => value.to_string(),
    }
}

/// Writes rows with indices as 64-bit integers and values as 64-bit floats.
pub(crate) fn write(path: &Path, rows: &[Neuron]) -> Result<(), GroupsError> {
    let indices = |of: fn(&Neuron) -> usize| {
        ParquetColumn::Whole(rows.iter().map(|row| of(row) as i64).collect())
    };
    let mut columns = vec![
        (COLUMNS[0], indices(|row| row.id.layer)),
        (COLUMNS[1], indices(|row| row.id.neuron)),
    ];
    for (position, name) in COLUMNS[INDEX_COLUMNS..].iter().enumerate() {
        let column = rows.iter().map(|row| values(row)[position]).collect();
        columns.push((name, ParquetColumn::Float(column)));
    }
    Ok(write_parquet(path, &columns)?)
}
