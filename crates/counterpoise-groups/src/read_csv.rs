//! Reading a neuron table from CSV.

use std::path::Path;

use csv::{Position, Reader};

use crate::GroupsError;
use crate::columns::{INDEX_COLUMNS, Values};
use crate::error::Place;
use crate::record::{Record, WHOLE_NUMBER, bad_value, column_positions, open, record};

/// The rows of a CSV file.
pub(crate) fn read_csv(path: &Path) -> Result<Vec<Record>, GroupsError> {
    let malformed = |reason| GroupsError::Csv {
        path: path.to_path_buf(),
        reason,
    };
    let mut reader = Reader::from_reader(open(path)?);
    let header = reader.headers().map_err(malformed)?;
    let positions = column_positions(path, header.iter())?;
    let mut records = Vec::new();
    for row in reader.records() {
        let row = row.map_err(malformed)?;
        let place = Place::Line(row.position().map_or(0, Position::line));
        let mut index = [0; INDEX_COLUMNS];
        for (column, value) in index.iter_mut().enumerate() {
            let found = &row[positions[column]];
            *value = found
                .parse()
                .map_err(|_| bad_value(path, place, column, WHOLE_NUMBER, found))?;
        }
        let mut values = Values::default();
        for (column, value) in (INDEX_COLUMNS..).zip(&mut values) {
            let found = &row[positions[column]];
            *value = found
                .parse()
                .map_err(|_| bad_value(path, place, column, "a finite number", found))?;
        }
        records.push(record(path, place, index, values)?);
    }
    Ok(records)
}
