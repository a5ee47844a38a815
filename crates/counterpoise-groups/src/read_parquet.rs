//! Reading a neuron table from Parquet.

use std::panic::catch_unwind;
use std::path::Path;

use polars::prelude::{ChunkedArray, Column, DataFrame, DataType, ParquetReader, SerReader};
use polars::prelude::{Float64Type, Int64Type, PolarsError, PolarsNumericType, PolarsResult};

use crate::GroupsError;
use crate::columns::{COLUMNS, INDEX_COLUMNS};
use crate::error::Place;
use crate::record::{Record, WHOLE_NUMBER, bad_value, column_positions, open, record};

/// The rows of a Parquet file.
pub(crate) fn read_parquet(path: &Path) -> Result<Vec<Record>, GroupsError> {
    let file = open(path)?;
    // On some damaged bytes polars panics. Nothing of it outlives this call.
    let frame = catch_unwind(|| ParquetReader::new(file).finish())
        .unwrap_or_else(|_| Err(PolarsError::ComputeError("its bytes are damaged".into())))
        .map_err(|reason| GroupsError::Parquet {
            path: path.to_path_buf(),
            reason,
        })?;
    let names = frame.get_column_names();
    let positions = column_positions(path, names.iter().map(|name| name.as_str()))?;
    let (mut indices, mut columns) = (Vec::new(), Vec::new());
    for (column, &position) in positions.iter().enumerate() {
        if column < INDEX_COLUMNS {
            indices.push(index_column(path, &frame, column, position)?);
        } else {
            columns.push(float_column(path, &frame, column, position)?);
        }
    }
    (0..frame.height())
        .map(|row| {
            let index = std::array::from_fn(|column| indices[column][row]);
            let values = std::array::from_fn(|column| columns[column][row]);
            record(path, Place::Row(row), index, values)
        })
        .collect()
}

fn index_column(
    path: &Path,
    frame: &DataFrame,
    column: usize,
    position: usize,
) -> Result<Vec<usize>, GroupsError> {
    let found = &frame.columns()[position];
    if !found.dtype().is_integer() {
        return Err(wrong_type(path, column, "an integer type", found.dtype()));
    }
    let cast = cast(path, found, &DataType::Int64)?;
    let values = without_nulls::<Int64Type>(path, frame, column, cast.i64())?;
    (values.into_iter().enumerate())
        .map(|(row, value)| {
            usize::try_from(value).map_err(|_| {
                bad_value(
                    path,
                    Place::Row(row),
                    column,
                    WHOLE_NUMBER,
                    &value.to_string(),
                )
            })
        })
        .collect()
}

fn float_column(
    path: &Path,
    frame: &DataFrame,
    column: usize,
    position: usize,
) -> Result<Vec<f64>, GroupsError> {
    let found = &frame.columns()[position];
    if !found.dtype().is_float() {
        return Err(wrong_type(path, column, "a float type", found.dtype()));
    }
    let cast = cast(path, found, &DataType::Float64)?;
    without_nulls::<Float64Type>(path, frame, column, cast.f64())
}

fn cast(path: &Path, column: &Column, to: &DataType) -> Result<Column, GroupsError> {
    (column.strict_cast(to)).map_err(|reason| GroupsError::Parquet {
        path: path.to_path_buf(),
        reason,
    })
}

fn without_nulls<T: PolarsNumericType>(
    path: &Path,
    frame: &DataFrame,
    column: usize,
    values: PolarsResult<&ChunkedArray<T>>,
) -> Result<Vec<T::Native>, GroupsError> {
    let values = values.map_err(|reason| GroupsError::Parquet {
        path: path.to_path_buf(),
        reason,
    })?;
    // In a damaged file a column can be shorter than the frame says it is.
    if values.len() != frame.height() {
        return Err(GroupsError::ColumnLength {
            path: path.to_path_buf(),
            column: COLUMNS[column],
            expected: frame.height(),
            found: values.len(),
        });
    }
    (values.iter().enumerate())
        .map(|(row, value)| {
            value.ok_or_else(|| bad_value(path, Place::Row(row), column, "a value", "null"))
        })
        .collect()
}

fn wrong_type(path: &Path, column: usize, expected: &'static str, found: &DataType) -> GroupsError {
    GroupsError::ColumnType {
        path: path.to_path_buf(),
        column: COLUMNS[column],
        expected,
        found: found.to_string(),
    }
}
