//! Texts in Parquet: the rows of the column `text`, as the Hugging Face hub has WikiText.

use std::fs::File;
use std::panic::catch_unwind;
use std::path::Path;

use polars::prelude::{ArrowDataType, DataFrame, DataType, ParquetReader, SerReader};

use crate::DataError;

/// The column with the rows of the text.
const COLUMN: &str = "text";

/// What stands between two rows: what Lee et al.'s code joins them by.
const BETWEEN: &str = "\n\n";

/// The rows of the column `text` in their order, two newlines between them.
pub(crate) fn read(path: &Path) -> Result<String, DataError> {
    // On some damaged bytes polars panics. Nothing of it outlives this call.
    catch_unwind(|| read_rows(path)).unwrap_or_else(|_| Err(broken(path, "its bytes are damaged")))
}

fn read_rows(path: &Path) -> Result<String, DataError> {
    let column = read_column(path)?;
    let [column] = column.columns() else {
        return Err(broken(path, "more than one column was read"));
    };
    let (DataType::String, Ok(rows)) = (column.dtype(), column.str()) else {
        return Err(wrong_type(path, &column.dtype().to_string()));
    };
    let rows: Option<Vec<&str>> = rows.iter().collect();
    match rows {
        Some(rows) => Ok(rows.join(BETWEEN)),
        None => Err(first_null(path, column.is_null().iter())),
    }
}

/// The column `text`, whatever it holds.
fn read_column(path: &Path) -> Result<DataFrame, DataError> {
    let file = File::open(path).map_err(|reason| DataError::Read {
        path: path.to_owned(),
        reason,
    })?;
    let mut reader = ParquetReader::new(file);
    let schema = reader.schema().map_err(|error| broken(path, error))?;
    match schema.get(COLUMN) {
        None => Err(no_column(path, schema.iter_names())),
        Some(field) if !is_text(&field.dtype) => {
            Err(wrong_type(path, &format!("{:?}", field.dtype)))
        }
        Some(_) => decode(path, reader),
    }
}

fn decode(path: &Path, mut reader: ParquetReader<File>) -> Result<DataFrame, DataError> {
    let rows = reader.num_rows().map_err(|error| broken(path, error))?;
    let reader = reader.with_columns(Some(vec![COLUMN.to_owned()]));
    let frame = reader.finish().map_err(|error| broken(path, error))?;
    match frame.height() {
        found if found == rows => Ok(frame),
        found => Err(broken(path, format!("{found} rows of {rows}"))),
    }
}

fn is_text(found: &ArrowDataType) -> bool {
    matches!(
        found,
        ArrowDataType::Utf8 | ArrowDataType::LargeUtf8 | ArrowDataType::Utf8View
    )
}

fn broken(path: &Path, reason: impl std::fmt::Display) -> DataError {
    // polars goes on in further lines with advice on its own options.
    let reason = reason.to_string();
    let reason = reason.lines().next().unwrap_or_default();
    error(
        path,
        "a Parquet file",
        format!("one that cannot be read as such ({reason})"),
        "get the file again, or give the text as .txt",
    )
}

fn no_column<'a>(path: &Path, names: impl Iterator<Item = impl AsRef<str> + 'a>) -> DataError {
    let names: Vec<String> = names.map(|name| format!("`{}`", name.as_ref())).collect();
    let found = match names[..] {
        [] => "no column".to_owned(),
        _ => format!("only {}", names.join(", ")),
    };
    let remedy = "rename the column that holds the text";
    error(path, "a column `text`", found, remedy)
}

fn wrong_type(path: &Path, found: &str) -> DataError {
    let remedy = "write the column as strings";
    error(path, "a column `text` of strings", found.to_owned(), remedy)
}

fn first_null(path: &Path, mut nulls: impl Iterator<Item = Option<bool>>) -> DataError {
    let row = nulls
        .position(|null| null == Some(true))
        .unwrap_or_default()
        + 1;
    error(
        path,
        "a string in every row of `text`",
        format!("null in row {row}"),
        "remove the row, or make it an empty string",
    )
}

fn error(path: &Path, expected: &str, found: String, remedy: &'static str) -> DataError {
    DataError::Parquet {
        path: path.to_owned(),
        expected: expected.to_owned(),
        found,
        remedy,
    }
}
