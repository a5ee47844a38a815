//! Parquet files: columns of numbers and of texts, read strictly.

mod guard;
mod thrift;
mod write;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, str};

use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::{ColumnDescPtr, ColumnDescriptor};

use crate::DataError;
use crate::error::shortened;
use crate::expansion::most_expanded;
use guard::{CheckedPages, Guarded, Nullable};

pub use write::{ParquetColumn, write_parquet};

/// Rows decoded at a time.
const BATCH: usize = 1024;

/// What is found where a file expands beyond all measure.
const TOO_MUCH: &str = "far more text than the file's size allows for, up to it,";

/// A Parquet file, its columns not read yet.
#[derive(Debug)]
pub struct ParquetFile {
    path: PathBuf,
    bytes: bytes::Bytes,
    metadata: ParquetMetaData,
}

/// A number of a Parquet column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Of a column of integers of any width.
    Whole(i128),
    /// Of a column of floats of 32 or 64 bits.
    Float(f64),
}

/// What takes a row of a column of strings, by its number from 1, and answers what it refuses.
type TakeText<'a> = dyn FnMut(usize, Option<&str>) -> Result<(), &'static str> + 'a;

impl ParquetFile {
    /// Reads a file and its footer.
    ///
    /// # Errors
    /// [`DataError::Read`]; [`DataError::Parquet`] for a file that is no Parquet.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        let bytes = fs::read(path).map_err(|reason| DataError::Read {
            path: path.to_owned(),
            reason,
        })?;
        let bytes = bytes::Bytes::from(bytes);
        let metadata = guarded(|| {
            Guarded::of(bytes.clone())?;
            ParquetMetaDataReader::new().parse_and_finish(&bytes)
        });
        Ok(Self {
            metadata: metadata.map_err(|error| broken(path, &error))?,
            path: path.to_owned(),
            bytes,
        })
    }

    /// The names of the columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let schema = self.metadata.file_metadata().schema();
        schema.get_fields().iter().map(|field| field.name())
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        usize::try_from(self.metadata.file_metadata().num_rows()).unwrap_or(0)
    }

    /// The values of a column of numbers, in the order of the rows; `None` where there is none.
    ///
    /// # Errors
    /// [`DataError::Parquet`] where there is no such column, it is not one of numbers, or damaged.
    pub fn numbers(&self, name: &str) -> Result<Vec<Option<Number>>, DataError> {
        let column = self.column(name, "numbers", is_number)?;
        let unsigned = is_unsigned(&column.descriptor);
        let mut numbers = Vec::new();
        let whole = |value: i128| Ok(Some(Number::Whole(value)));
        self.read_pages(&column, &mut |reader, rows| match reader {
            ColumnReader::Int32ColumnReader(reader) if unsigned => {
                decode(reader, rows, &mut numbers, |it| {
                    whole(it.cast_unsigned().into())
                })
            }
            ColumnReader::Int32ColumnReader(reader) => {
                decode(reader, rows, &mut numbers, |it| whole((*it).into()))
            }
            ColumnReader::Int64ColumnReader(reader) if unsigned => {
                decode(reader, rows, &mut numbers, |it| {
                    whole(it.cast_unsigned().into())
                })
            }
            ColumnReader::Int64ColumnReader(reader) => {
                decode(reader, rows, &mut numbers, |it| whole((*it).into()))
            }
            ColumnReader::FloatColumnReader(reader) => decode(reader, rows, &mut numbers, |it| {
                Ok(Some(Number::Float(f64::from(*it))))
            }),
            ColumnReader::DoubleColumnReader(reader) => decode(reader, rows, &mut numbers, |it| {
                Ok(Some(Number::Float(*it)))
            }),
            _ => Err(ParquetError::General(
                "another type than its schema says".to_owned(),
            )),
        })?;
        Ok(numbers)
    }

    /// The rows of a column of strings, or of bytes that are UTF-8, joined by `between`.
    ///
    /// # Errors
    /// [`DataError::Parquet`] where there is no such column, it is not one of strings, has a null, bytes
    /// that are not UTF-8, far more text than the file's size allows for, or is damaged.
    pub fn joined_texts(&self, name: &str, between: &str) -> Result<String, DataError> {
        let (mut text, most) = (String::new(), most_expanded(self.bytes.len()));
        self.each_text(name, &mut |row, value| {
            let value = value.ok_or("null")?;
            if text.len() + value.len() + between.len() > most {
                return Err(TOO_MUCH);
            }
            if row > 1 {
                text.push_str(between);
            }
            text.push_str(value);
            Ok(())
        })?;
        Ok(text)
    }

    /// The values of a column of strings, or of bytes that are UTF-8, in the order of the rows; `None` where
    /// there is none.
    ///
    /// # Errors
    /// As for [`Self::joined_texts`], but for a null.
    pub fn texts(&self, name: &str) -> Result<Vec<Option<String>>, DataError> {
        let (mut texts, mut left) = (Vec::new(), most_expanded(self.bytes.len()));
        self.each_text(name, &mut |_, value| {
            let size = value.map_or(0, str::len) + size_of::<Option<String>>();
            left = left.checked_sub(size).ok_or(TOO_MUCH)?;
            texts.push(value.map(str::to_owned));
            Ok(())
        })?;
        Ok(texts)
    }

    /// Hands `take` each row of a column of strings, from 1; it answers what it refuses.
    fn each_text(&self, name: &str, take: &mut TakeText<'_>) -> Result<(), DataError> {
        let column = self.column(name, "strings", is_text)?;
        let (mut row, mut wrong) = (0, None);
        let read = self.read_pages(&column, &mut |reader, rows| {
            let ColumnReader::ByteArrayColumnReader(reader) = reader else {
                return Err(ParquetError::General(
                    "another type than its schema says".to_owned(),
                ));
            };
            read_batches(reader, rows, &mut |value| {
                row += 1;
                let value = value.map(|value| str::from_utf8(value.data())).transpose();
                let taken = value.map_err(|_| "bytes that are not UTF-8");
                taken.and_then(|value| take(row, value)).map_err(|found| {
                    wrong = Some(format!("{found} in row {row}"));
                    ParquetError::General(String::new())
                })
            })
        });
        read.map_err(|error| match wrong {
            None => error,
            Some(found) => self.error(
                format!("a string in every row of `{name}`"),
                found,
                "remove the row, or make it an empty string",
            ),
        })
    }

    /// The column of this name, where `accepts` takes its type.
    fn column(
        &self,
        name: &str,
        kind: &str,
        accepts: fn(&ColumnDescriptor) -> bool,
    ) -> Result<Column, DataError> {
        let schema = self.metadata.file_metadata().schema_descr();
        let expected = || format!("a column `{name}` of {kind}");
        let place =
            (0..schema.num_columns()).find(|&place| schema.get_column_root(place).name() == name);
        let Some(place) = place else {
            let names: Vec<String> = self.names().map(|name| format!("`{name}`")).collect();
            let found = match names[..] {
                [] => "no column".to_owned(),
                _ => format!("only {}", shortened(&names.join(", "))),
            };
            return Err(self.error(expected(), found, "rename the column that has them"));
        };
        let descriptor = schema.column(place);
        // Lists and structures repeat, or have parts of their own names.
        let is_plain = descriptor.max_rep_level() == 0 && descriptor.path().parts().len() == 1;
        if !is_plain || !accepts(&descriptor) {
            let found = match is_plain {
                true => type_of(&descriptor),
                false => "a column of lists or structures".to_owned(),
            };
            return Err(self.error(expected(), found, "write the column as such"));
        }
        Ok(Column { place, descriptor })
    }

    /// Hands `read` the pages of a column, row group by row group, with the number of rows each has.
    fn read_pages(
        &self,
        column: &Column,
        read: &mut dyn FnMut(ColumnReader, usize) -> parquet::errors::Result<()>,
    ) -> Result<(), DataError> {
        let pages = guarded(|| {
            let file = Arc::new(Guarded::of(self.bytes.clone())?);
            let mut all = 0_usize;
            for group in self.metadata.row_groups() {
                let rows = usize::try_from(group.num_rows())?;
                all = all.saturating_add(rows);
                if all > file.most_values() {
                    let found = format!("a size of {all} rows");
                    return Err(ParquetError::General(found));
                }
                let chunk = group.column(column.place);
                let pages = SerializedPageReader::new(Arc::clone(&file), chunk, rows, None)?;
                let nullable = match column.descriptor.max_def_level() {
                    0 => Nullable::No,
                    _ => Nullable::Yes,
                };
                let pages = CheckedPages { pages, nullable };
                let descriptor = Arc::clone(&column.descriptor);
                read(get_column_reader(descriptor, Box::new(pages)), rows)?;
            }
            match all == self.rows() {
                true => Ok(()),
                false => Err(ParquetError::General(format!(
                    "{all} rows of {}",
                    self.rows()
                ))),
            }
        });
        pages.map_err(|error| broken(&self.path, &error))
    }

    fn error(&self, expected: String, found: String, remedy: &'static str) -> DataError {
        DataError::Parquet {
            path: self.path.clone(),
            expected,
            found,
            remedy,
        }
    }
}

/// A column of the schema that is no list and no structure.
struct Column {
    place: usize,
    descriptor: ColumnDescPtr,
}

/// Every value of one row group, turned into what is wanted of it.
fn decode<T: DataType, V>(
    reader: ColumnReaderImpl<T>,
    rows: usize,
    into: &mut Vec<Option<V>>,
    value: impl Fn(&T::T) -> parquet::errors::Result<Option<V>>,
) -> parquet::errors::Result<()> {
    read_batches(reader, rows, &mut |found| {
        into.push(match found {
            Some(found) => value(found)?,
            None => None,
        });
        Ok(())
    })
}

/// Tells `each` of every row's value, `None` where it is null.
fn read_batches<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    rows: usize,
    each: &mut dyn FnMut(Option<&T::T>) -> parquet::errors::Result<()>,
) -> parquet::errors::Result<()> {
    let (mut values, mut present, mut left) = (Vec::new(), Vec::new(), rows);
    while left > 0 {
        values.clear();
        present.clear();
        let most = left.min(BATCH);
        let (read, _, _) = reader.read_records(most, Some(&mut present), None, &mut values)?;
        if read == 0 {
            let found = format!("{} rows of {rows} in a row group", rows - left);
            return Err(ParquetError::General(found));
        }
        let mut next = values.iter();
        for row in 0..read {
            // Without levels no value can be missing.
            let is_there = present.get(row).is_none_or(|&level| level > 0);
            let value = is_there.then(|| next.next());
            if value == Some(None) {
                return Err(ParquetError::General("fewer values than rows".to_owned()));
            }
            each(value.flatten())?;
        }
        left -= read;
    }
    Ok(())
}

/// Runs `read`; a panic on damaged bytes is an error like any other, nothing of it outlives the call.
fn guarded<T>(read: impl FnOnce() -> parquet::errors::Result<T>) -> parquet::errors::Result<T> {
    let result = catch_unwind(AssertUnwindSafe(read));
    result.unwrap_or_else(|_| Err(ParquetError::General("its bytes are damaged".to_owned())))
}

fn is_number(column: &ColumnDescriptor) -> bool {
    let logical = column.logical_type_ref();
    let is_plain = matches!(logical, None | Some(LogicalType::Integer(_)))
        && !matches!(
            column.converted_type(),
            ConvertedType::DECIMAL
                | ConvertedType::DATE
                | ConvertedType::TIME_MILLIS
                | ConvertedType::TIME_MICROS
                | ConvertedType::TIMESTAMP_MILLIS
                | ConvertedType::TIMESTAMP_MICROS
        );
    let physical = column.physical_type();
    is_plain
        && matches!(
            physical,
            Type::INT32 | Type::INT64 | Type::FLOAT | Type::DOUBLE
        )
}

fn is_unsigned(column: &ColumnDescriptor) -> bool {
    matches!(
        column.converted_type(),
        ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64
    ) || matches!(column.logical_type_ref(), Some(LogicalType::Integer(it)) if !it.is_signed)
}

fn is_text(column: &ColumnDescriptor) -> bool {
    let logical = column.logical_type_ref();
    column.physical_type() == Type::BYTE_ARRAY
        && matches!(
            logical,
            None | Some(LogicalType::String | LogicalType::Enum)
        )
        && matches!(
            column.converted_type(),
            ConvertedType::NONE | ConvertedType::UTF8 | ConvertedType::ENUM
        )
}

/// A column's type, as Parquet calls it.
fn type_of(column: &ColumnDescriptor) -> String {
    let physical = column.physical_type();
    match column.converted_type() {
        ConvertedType::NONE => physical.to_string(),
        converted => format!("{physical} ({converted})"),
    }
}

fn broken(path: &Path, error: &ParquetError) -> DataError {
    DataError::Parquet {
        path: path.to_owned(),
        expected: "a Parquet file".to_owned(),
        found: format!(
            "one that cannot be read as such ({})",
            shortened(&error.to_string())
        ),
        remedy: "get the file again, or give it in another format",
    }
}
