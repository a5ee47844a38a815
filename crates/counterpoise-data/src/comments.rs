//! Comments labelled toxic or not, as CSV with the column names of the Jigsaw data.

use std::path::Path;

use crate::error::shortened;
use crate::numbers::number;
use crate::{CsvColumn, CsvFile, CsvRecord, DataError, Rows, write_csv};

/// One labelled comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// What was written; may have several lines.
    pub comment_text: String,
    /// Whether it was labelled toxic.
    pub toxic: bool,
}

/// The comments of a file, and how many of its rows were left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentSet {
    /// The labelled comments, in the order of the file; at least one.
    pub comments: Rows<Comment>,
    /// Rows labelled -1, which in Jigsaw's test labels means that nobody scored the comment; they are
    /// not in `comments`.
    pub not_scored: usize,
}

const SHAPE: &str = "a record with the columns comment_text and toxic";

/// Reads a CSV with a header that names `comment_text` and `toxic` among any other columns. A label is
/// 0, 1, false, true, or a whole float as pandas writes it; -1 is no label, such rows are counted in
/// [`CommentSet::not_scored`]. Comments may be quoted and then have several lines.
///
/// # Errors
/// As for [`CsvFile::read`]; [`DataError::Row`] for a missing or doubled column, an empty comment or
/// another label; [`DataError::NoneScored`] where every label is -1.
pub fn read_comments(path: &Path) -> Result<CommentSet, DataError> {
    let file = CsvFile::read(path, SHAPE)?;
    let (text, toxic) = (file.column("comment_text")?, file.column("toxic")?);
    if file.records().is_empty() {
        return Err(file.without_records());
    }
    let mut comments = Vec::with_capacity(file.records().len());
    for record in file.records() {
        let Some(toxic) = label(&file, record, toxic)? else {
            continue;
        };
        let comment_text = file.text(record, text).to_owned();
        if comment_text.is_empty() {
            let found = "an empty `comment_text`".to_owned();
            return Err(file.bad(record, found, "fill in or remove this record"));
        }
        let comment = Comment {
            comment_text,
            toxic,
        };
        comments.push((record.line(), comment));
    }
    let not_scored = file.records().len() - comments.len();
    if comments.is_empty() {
        return Err(DataError::NoneScored {
            path: path.to_owned(),
            not_scored,
        });
    }
    Ok(CommentSet {
        comments: Rows::of(path, comments),
        not_scored,
    })
}

/// Whether the record is labelled toxic, or `None` where it was not scored.
fn label(file: &CsvFile, record: &CsvRecord, column: CsvColumn) -> Result<Option<bool>, DataError> {
    let label = file.text(record, column).trim();
    match label.to_ascii_lowercase().as_str() {
        "false" => return Ok(Some(false)),
        "true" => return Ok(Some(true)),
        _ => {}
    }
    match number(label) {
        Some(0.0) => Ok(Some(false)),
        Some(1.0) => Ok(Some(true)),
        Some(-1.0) => Ok(None),
        _ => {
            let found = format!("`{}` as `toxic`", shortened(label));
            let remedy = "label it 0, 1, false or true, or -1 where it was not scored";
            Err(file.bad(record, found, remedy))
        }
    }
}

/// Writes comments with the header `comment_text,toxic` and labels 0 and 1, atomically.
///
/// # Errors
/// [`DataError::Write`].
pub fn write_comments(path: &Path, comments: &[Comment]) -> Result<(), DataError> {
    let label = |comment: &Comment| if comment.toxic { "1" } else { "0" };
    let records = comments.iter();
    let records = records.map(|comment| [comment.comment_text.as_str(), label(comment)]);
    write_csv(path, &["comment_text", "toxic"], records)
}
