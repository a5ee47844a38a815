//! Writing Parquet files.

use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types;

use crate::{DataError, write_atomically};

/// A column to be written, with one value for each row.
#[derive(Clone, Debug, PartialEq)]
pub enum ParquetColumn {
    /// Integers of 64 bits.
    Whole(Vec<i64>),
    /// Floats of 64 bits.
    Float(Vec<f64>),
    /// Strings.
    Text(Vec<String>),
    /// Strings, null where there is none.
    OptionalText(Vec<Option<String>>),
}

/// Writes columns of one length, by name, atomically.
///
/// # Errors
/// [`DataError::Write`]; an older file at `path` is then untouched.
pub fn write_parquet(
    path: &Path,
    columns: &[(&str, ParquetColumn)],
) -> std::result::Result<(), DataError> {
    let bytes = encode(columns).map_err(|error| DataError::Write {
        path: path.to_owned(),
        reason: std::io::Error::other(error.to_string()),
    })?;
    write_atomically(path, &bytes)
}

fn encode(columns: &[(&str, ParquetColumn)]) -> Result<Vec<u8>> {
    let field = |(name, column): &(&str, ParquetColumn)| {
        let (kind, logical) = match column {
            ParquetColumn::Whole(_) => (Type::INT64, None),
            ParquetColumn::Float(_) => (Type::DOUBLE, None),
            ParquetColumn::Text(_) | ParquetColumn::OptionalText(_) => {
                (Type::BYTE_ARRAY, Some(LogicalType::String))
            }
        };
        let repetition = match column {
            ParquetColumn::OptionalText(_) => Repetition::OPTIONAL,
            _ => Repetition::REQUIRED,
        };
        let field = types::Type::primitive_type_builder(name, kind).with_logical_type(logical);
        Ok(Arc::new(field.with_repetition(repetition).build()?))
    };
    let fields = columns.iter().map(field).collect::<Result<_>>()?;
    let schema = types::Type::group_type_builder("schema").with_fields(fields);
    let properties = WriterProperties::builder()
        // Every Parquet reader knows it.
        .set_compression(Compression::SNAPPY);
    let schema = Arc::new(schema.build()?);
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties.build()))?;
    let mut rows = writer.next_row_group()?;
    for (_, column) in columns {
        // One writer for each field of the schema, in their order.
        let Some(mut to) = rows.next_column()? else {
            break;
        };
        match column {
            ParquetColumn::Whole(values) => {
                to.typed::<Int64Type>().write_batch(values, None, None)?
            }
            ParquetColumn::Float(values) => {
                to.typed::<DoubleType>().write_batch(values, None, None)?
            }
            ParquetColumn::Text(values) => {
                let values: Vec<ByteArray> =
                    values.iter().map(|text| text.as_str().into()).collect();
                to.typed::<ByteArrayType>()
                    .write_batch(&values, None, None)?
            }
            ParquetColumn::OptionalText(values) => {
                let present: Vec<i16> = values.iter().map(|text| text.is_some().into()).collect();
                let values: Vec<ByteArray> = values
                    .iter()
                    .flatten()
                    .map(|text| text.as_str().into())
                    .collect();
                to.typed::<ByteArrayType>()
                    .write_batch(&values, Some(&present), None)?
            }
        };
        to.close()?;
    }
    rows.close()?;
    writer.close()?;
    Ok(bytes)
}
