//! A CSV file as records that know their line, and the columns its header names.

use std::io::Read;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use crate::DataError;
use crate::error::shortened;
use crate::texts::line_ends;

/// Read after the file, on a line of its own. csv closes an open quote at the end without a word; then,
/// and only then, this line is not a record by itself.
const END: &str = "\0";

/// A [`DataError::Row`] before the file is known.
pub(crate) struct BadRecord {
    pub(crate) line: usize,
    pub(crate) found: String,
    pub(crate) remedy: &'static str,
}

impl BadRecord {
    /// The error in the file at `path`, whose records have this shape.
    pub(crate) fn in_file(self, path: &Path, shape: &str) -> DataError {
        DataError::Row {
            path: path.to_owned(),
            line: self.line,
            expected: shape.to_owned(),
            found: self.found,
            remedy: self.remedy,
        }
    }
}

/// A record and the line on which it begins.
pub(crate) type Located = (usize, StringRecord);

/// Every record that is not blank, the header first.
pub(crate) fn records(text: &str) -> Result<Vec<Located>, BadRecord> {
    let input = text
        .as_bytes()
        .chain(b"\n".as_slice())
        .chain(END.as_bytes());
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true) // widths are checked where the header is known
        .from_reader(input);
    let mut lines = Lines::of(text);
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| BadRecord {
            line: records.last().map_or(1, |(line, _)| *line),
            found: shortened(&error.to_string()),
            remedy: "write the file as RFC 4180 CSV",
        })?;
        records.push((lines.first_of(&record), record));
    }
    match records.pop() {
        Some((_, end)) if end.iter().eq([END]) => {}
        last => {
            return Err(BadRecord {
                line: last.map_or(1, |(line, _)| line),
                found: "a quote opened in this record and never closed".to_owned(),
                remedy: "close the quote, and double each quote inside a quoted field",
            });
        }
    }
    records.retain(|(_, record)| {
        record.len() > 1 || record.iter().any(|field| !field.trim().is_empty())
    });
    Ok(records)
}

/// Counts lines from record to record, each stretch of the file once.
struct Lines<'a> {
    bytes: &'a [u8],
    counted: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            counted: 0,
            line: 1,
        }
    }

    /// The line on which this record, one after those asked about before, has its first field. csv's
    /// own position is that of the blank lines and line ends before it.
    fn first_of(&mut self, record: &StringRecord) -> usize {
        let before = record.position().map_or(0, |position| position.byte());
        let mut start = usize::try_from(before)
            .unwrap_or(usize::MAX)
            .clamp(self.counted, self.bytes.len());
        start += self.bytes[start..]
            .iter()
            .take_while(|byte| matches!(byte, b'\n' | b'\r'))
            .count();
        self.line += line_ends(&self.bytes[self.counted..start]);
        self.counted = start;
        self.line
    }
}

/// The place of the only column that `header` calls `name`.
pub(crate) fn column((line, header): &Located, name: &str) -> Result<usize, BadRecord> {
    let mut places = header
        .iter()
        .enumerate()
        .filter(|(_, found)| found.trim() == name);
    match (places.next(), places.next()) {
        (Some((place, _)), None) => Ok(place),
        (first, _) => Err(BadRecord {
            line: *line,
            found: format!(
                "{} column `{name}` among: {}",
                if first.is_none() {
                    "no"
                } else {
                    "more than one"
                },
                shortened(&header.iter().collect::<Vec<_>>().join(", ")),
            ),
            remedy: "name each column once, in the first line",
        }),
    }
}

/// Refuses a record that has not one field for each column of the header.
pub(crate) fn check_width(
    (_, header): &Located,
    (line, record): &Located,
) -> Result<(), BadRecord> {
    if record.len() == header.len() {
        return Ok(());
    }
    Err(BadRecord {
        line: *line,
        found: format!(
            "{} fields where the header has {}",
            record.len(),
            header.len()
        ),
        remedy: "quote every field that has a comma, a quote or a line break",
    })
}
