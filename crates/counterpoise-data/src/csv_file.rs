//! A CSV file as records that know their line, and the columns its header names.

use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord};

use crate::DataError;
use crate::csv_syntax::record_lines;
use crate::error::shortened;
use crate::numbers::{number, whole_number};
use crate::texts::read_utf8;

/// A CSV file with a header, each record as wide as that.
///
/// Stricter than most readers: what RFC 4180 does not allow is an error with its line, since readers
/// differ in what they make of it.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("layers.csv");
/// std::fs::write(&path, "layer,share\n3,0.5\n4.0,0.25\n")?;
/// let file = counterpoise_data::CsvFile::read(&path, "a record with layer and share")?;
/// let layer = file.column("layer")?;
/// assert_eq!(file.whole(&file.records()[1], layer)?, 4); // as pandas writes it
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CsvFile {
    path: PathBuf,
    shape: String,
    header: CsvRecord,
    records: Vec<CsvRecord>,
}

/// One record of a [`CsvFile`].
#[derive(Debug)]
pub struct CsvRecord {
    line: usize,
    fields: StringRecord,
}

impl CsvRecord {
    /// The line on which the record begins, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// Its fields, in the order of the header.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter()
    }
}

/// A column of a [`CsvFile`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsvColumn {
    name: &'static str,
    place: usize,
}

impl CsvFile {
    /// Reads a CSV whose first record names the columns. `shape` describes one record in errors, as
    /// `a record with the columns a and b`. Lines of white space are not records.
    ///
    /// # Errors
    /// [`DataError::Row`], with the line on which the record begins, for a quote that RFC 4180 does not
    /// allow and for a record of another width than the header; [`DataError::Empty`] where there is no
    /// header; what [`crate::read_text`] says of files that are not text.
    pub fn read(path: &Path, shape: &str) -> Result<Self, DataError> {
        Self::of(path, shape, &read_utf8(path)?)
    }

    fn of(path: &Path, shape: &str, text: &str) -> Result<Self, DataError> {
        // csv would leave out one more mark at the start.
        let text = text.trim_start_matches('\u{feff}');
        let bad = |line, found, remedy| DataError::Row {
            path: path.to_owned(),
            line,
            expected: shape.to_owned(),
            found,
            remedy,
        };
        let lines =
            record_lines(text).map_err(|error| bad(error.line, error.found, error.remedy))?;
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true) // widths are checked where the header is known
            .from_reader(text.as_bytes());
        let mut records = Vec::with_capacity(lines.len());
        for (line, fields) in lines.into_iter().zip(reader.records()) {
            let remedy = "write the file as RFC 4180 CSV";
            let fields =
                fields.map_err(|error| bad(line, shortened(&error.to_string()), remedy))?;
            if fields.len() > 1 || !fields[0].trim().is_empty() {
                records.push(CsvRecord { line, fields });
            }
        }
        if records.is_empty() {
            return Err(Self::empty(path, shape));
        }
        let header = records.remove(0);
        let file = Self {
            path: path.to_owned(),
            shape: shape.to_owned(),
            header,
            records,
        };
        file.check_dialect()?;
        file.check_widths()?;
        Ok(file)
    }

    /// Refuses what some programs write in place of commas, of which a width would say nothing.
    fn check_dialect(&self) -> Result<(), DataError> {
        let first = self.names().next().unwrap_or_default();
        let (found, remedy) = if first.starts_with("sep=") {
            ("a line `sep=`, which Excel alone reads", "remove it")
        } else if self.names().count() > 1 {
            return Ok(());
        } else if first.contains('\t') {
            (
                "columns with tabs between them",
                "write the file with commas",
            )
        } else if first.contains(';') {
            (
                "columns with semicolons between them",
                "write the file with commas",
            )
        } else {
            return Ok(());
        };
        Err(self.bad(&self.header, found.to_owned(), remedy))
    }

    fn check_widths(&self) -> Result<(), DataError> {
        let width = self.header.fields.len();
        let Some(record) = self
            .records
            .iter()
            .find(|record| record.fields.len() != width)
        else {
            return Ok(());
        };
        let found = format!(
            "{} fields where the header has {width}",
            record.fields.len()
        );
        let remedy = "quote every field that has a comma, a quote or a line break";
        Err(self.bad(record, found, remedy))
    }

    fn empty(path: &Path, shape: &str) -> DataError {
        DataError::Empty {
            path: path.to_owned(),
            expected: format!("a header and at least {shape}"),
        }
    }

    /// The records below the header, in the order of the file.
    #[must_use]
    pub fn records(&self) -> &[CsvRecord] {
        &self.records
    }

    /// The names of the columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.header.fields()
    }

    /// The only column of this name, white space around it left out.
    ///
    /// # Errors
    /// [`DataError::Row`] where there is no such column, or more than one.
    pub fn column(&self, name: &'static str) -> Result<CsvColumn, DataError> {
        let mut places = self
            .names()
            .enumerate()
            .filter(|(_, found)| found.trim() == name);
        let how_many = match (places.next(), places.next()) {
            (Some((place, _)), None) => return Ok(CsvColumn { name, place }),
            (None, _) => "no",
            _ => "more than one",
        };
        let names = self.names().collect::<Vec<_>>().join(", ");
        let found = format!("{how_many} column `{name}` among: {}", shortened(&names));
        Err(self.bad(
            &self.header,
            found,
            "name each column once, in the first line",
        ))
    }

    /// The field of `record` in `column`, as it stands.
    #[must_use]
    pub fn text<'a>(&self, record: &'a CsvRecord, column: CsvColumn) -> &'a str {
        // A column is found in the header, and records are as wide as that.
        record.fields.get(column.place).unwrap_or_default()
    }

    /// The field as a whole number, not negative; `3.0` is 3.
    ///
    /// # Errors
    /// [`DataError::Row`] for anything else.
    pub fn whole(&self, record: &CsvRecord, column: CsvColumn) -> Result<usize, DataError> {
        let value = whole_number(self.text(record, column));
        value.ok_or_else(|| self.not_a("a whole number", record, column))
    }

    /// The field as a finite number.
    ///
    /// # Errors
    /// [`DataError::Row`] for anything else.
    pub fn number(&self, record: &CsvRecord, column: CsvColumn) -> Result<f64, DataError> {
        let value = number(self.text(record, column));
        value.ok_or_else(|| self.not_a("a finite number", record, column))
    }

    /// The field as a finite 32-bit number, rounded once.
    ///
    /// # Errors
    /// [`DataError::Row`] for anything else.
    pub fn single(&self, record: &CsvRecord, column: CsvColumn) -> Result<f32, DataError> {
        let value = self.text(record, column).trim().parse();
        let value = value.ok().filter(|value: &f32| value.is_finite());
        value.ok_or_else(|| self.not_a("a finite 32-bit number", record, column))
    }

    fn not_a(&self, what: &str, record: &CsvRecord, column: CsvColumn) -> DataError {
        let value = shortened(self.text(record, column));
        let found = format!("`{value}` as `{}`, {what}", column.name);
        self.bad(record, found, "correct this record")
    }

    /// The error that only the header is there.
    #[must_use]
    pub fn without_records(&self) -> DataError {
        Self::empty(&self.path, &self.shape)
    }

    /// An error in `record`: what was found there, and what to do about it.
    #[must_use]
    pub fn bad(&self, record: &CsvRecord, found: String, remedy: &'static str) -> DataError {
        DataError::Row {
            path: self.path.clone(),
            line: record.line,
            expected: self.shape.clone(),
            found,
            remedy,
        }
    }
}
