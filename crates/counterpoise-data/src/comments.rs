//! Comments labelled toxic or not, as CSV with the column names of the Jigsaw data.

use std::io::Read;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use crate::error::shortened;
use crate::texts::{line_ends, read_utf8};
use crate::{DataError, write_atomically};

/// One labelled comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// What was written; may have several lines.
    pub comment_text: String,
    /// Whether it was labelled toxic.
    pub toxic: bool,
}

const SHAPE: &str = "a record with the columns comment_text and toxic";

/// Read after the file, on a line of its own. csv closes an open quote at the end without a word; then,
/// and only then, this line is not a record by itself.
const END: &str = "\0";

/// Reads a CSV with a header that names `comment_text` and `toxic` (0, 1, false or true) among any
/// other columns. Comments may be quoted and then have several lines.
///
/// # Errors
/// [`DataError::Row`], with the line on which the record begins, for a missing or doubled column, a
/// record of another width, a quote that is never closed, an empty comment or another label;
/// [`DataError::Empty`]; [`DataError::Read`], [`DataError::NotUtf8`].
pub fn read_comments(path: &Path) -> Result<Vec<Comment>, DataError> {
    let text = read_utf8(path)?;
    let no_comments = || DataError::Empty {
        path: path.to_owned(),
        expected: format!("a header and at least {SHAPE}"),
    };
    let records = records(&text).map_err(|bad| bad.in_file(path))?;
    let [header, records @ ..] = records.as_slice() else {
        return Err(no_comments());
    };
    let columns = Columns::find(header).map_err(|bad| bad.in_file(path))?;
    let comments = records
        .iter()
        .map(|record| columns.comment(record))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|bad| bad.in_file(path))?;
    if comments.is_empty() {
        return Err(no_comments());
    }
    Ok(comments)
}

/// Writes comments with the header `comment_text,toxic` and labels 0 and 1, atomically.
///
/// # Errors
/// [`DataError::Write`].
pub fn write_comments(path: &Path, comments: &[Comment]) -> Result<(), DataError> {
    let bytes = as_csv(comments).map_err(|error| DataError::Write {
        path: path.to_owned(),
        reason: error.into(),
    })?;
    write_atomically(path, &bytes)
}

fn as_csv(comments: &[Comment]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["comment_text", "toxic"])?;
    for comment in comments {
        let label = if comment.toxic { "1" } else { "0" };
        writer.write_record([comment.comment_text.as_str(), label])?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

/// A [`DataError::Row`] before the file is known.
struct BadRecord {
    line: usize,
    found: String,
    remedy: &'static str,
}

impl BadRecord {
    fn in_file(self, path: &Path) -> DataError {
        DataError::Row {
            path: path.to_owned(),
            line: self.line,
            expected: SHAPE.to_owned(),
            found: self.found,
            remedy: self.remedy,
        }
    }
}

/// A record and the line on which it begins.
type Located = (usize, StringRecord);

/// Every record that is not blank, the header first.
fn records(text: &str) -> Result<Vec<Located>, BadRecord> {
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
                remedy: "close the quote, and double each quote inside a quoted comment",
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

/// Where the two columns stand.
struct Columns {
    comment_text: usize,
    toxic: usize,
    width: usize,
}

impl Columns {
    fn find((line, header): &Located) -> Result<Self, BadRecord> {
        let column = |name: &str| {
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
                    remedy: "name the columns in the first line",
                }),
            }
        };
        Ok(Self {
            comment_text: column("comment_text")?,
            toxic: column("toxic")?,
            width: header.len(),
        })
    }

    fn comment(&self, (line, record): &Located) -> Result<Comment, BadRecord> {
        let bad = |found: String, remedy| BadRecord {
            line: *line,
            found,
            remedy,
        };
        if record.len() != self.width {
            return Err(bad(
                format!(
                    "{} fields where the header has {}",
                    record.len(),
                    self.width
                ),
                "quote every comment that has a comma, a quote or a line break",
            ));
        }
        let (comment_text, label) = (&record[self.comment_text], record[self.toxic].trim());
        if comment_text.is_empty() {
            return Err(bad(
                "an empty `comment_text`".to_owned(),
                "fill in or remove this record",
            ));
        }
        let toxic = match label.to_ascii_lowercase().as_str() {
            "0" | "false" => false,
            "1" | "true" => true,
            _ => {
                return Err(bad(
                    format!("`{}` as `toxic`", shortened(label)),
                    "label it 0, 1, false or true",
                ));
            }
        };
        Ok(Comment {
            comment_text: comment_text.to_owned(),
            toxic,
        })
    }
}
