//! Comments labelled toxic or not, as CSV with the column names of the Jigsaw data.

use std::path::Path;

use crate::csv_table::{BadRecord, Located, check_width, column, records};
use crate::error::shortened;
use crate::texts::read_utf8;
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
    let records = records(&text).map_err(|bad| bad.in_file(path, SHAPE))?;
    let [header, records @ ..] = records.as_slice() else {
        return Err(no_comments());
    };
    let columns = Columns::find(header).map_err(|bad| bad.in_file(path, SHAPE))?;
    let comments = records
        .iter()
        .map(|record| {
            check_width(header, record)?;
            columns.comment(record)
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(|bad| bad.in_file(path, SHAPE))?;
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

/// Where the two columns stand.
struct Columns {
    comment_text: usize,
    toxic: usize,
}

impl Columns {
    fn find(header: &Located) -> Result<Self, BadRecord> {
        Ok(Self {
            comment_text: column(header, "comment_text")?,
            toxic: column(header, "toxic")?,
        })
    }

    fn comment(&self, (line, record): &Located) -> Result<Comment, BadRecord> {
        let bad = |found: String, remedy| BadRecord {
            line: *line,
            found,
            remedy,
        };
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
