//! Plain texts, and the UTF-8 check that every reader of this crate begins with.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::DataError;
use crate::wrapping::{PARQUET, read_unpacked};

/// The whole of a text file without a leading byte-order mark, its line ends `\n`: where a checkout has
/// made them `\r\n`, or an old Mac `\r`, the text is the same, as it is to Python's text mode. gzip and
/// zstd are unpacked. Of a Parquet file the rows of its column `text`, exactly as they stand, two newlines
/// between them.
///
/// # Errors
/// [`DataError::Read`]; [`DataError::NotText`] for a file of another format by its first bytes;
/// [`DataError::NotUtf8`] with line and byte offset; [`DataError::Empty`] where there is nothing but
/// white space; [`DataError::Parquet`] for Parquet that is broken, has no such column, or a null in it;
/// [`DataError::ParquetNotBuilt`] without the feature `parquet`.
pub fn read_text(path: &Path) -> Result<String, DataError> {
    let text = if is_parquet(path) {
        read_parquet(path)?
    } else {
        with_line_feeds(read_utf8(path)?)
    };
    if text.trim().is_empty() {
        return Err(DataError::Empty {
            path: path.to_owned(),
            expected: "text".to_owned(),
        });
    }
    Ok(text)
}

/// Whether a file is Parquet: by its first bytes, or by its name, so that one that is damaged is called so.
#[must_use]
pub fn is_parquet(path: &Path) -> bool {
    let mut start = [0; PARQUET.len()];
    let begins_so = File::open(path)
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok_and(|()| start == PARQUET);
    begins_so || path.extension().is_some_and(|end| end == "parquet")
}

/// `text` with `\n` in place of `\r\n` and `\r`.
pub(crate) fn with_line_feeds(text: String) -> String {
    match text.contains('\r') {
        true => text.replace("\r\n", "\n").replace('\r', "\n"),
        false => text,
    }
}

#[cfg(feature = "parquet")]
fn read_parquet(path: &Path) -> Result<String, DataError> {
    // Two newlines between rows, as Lee et al.'s code joins WikiText.
    crate::ParquetFile::read(path)?.joined_texts("text", "\n\n")
}

#[cfg(not(feature = "parquet"))]
fn read_parquet(path: &Path) -> Result<String, DataError> {
    Err(DataError::ParquetNotBuilt {
        path: path.to_owned(),
    })
}

/// The characters of a text file without a byte-order mark, unpacked where it is gzip or zstd; possibly
/// none.
///
/// # Errors
/// [`DataError::Read`]; [`DataError::NotText`] for a file of another format by its first bytes;
/// [`DataError::NotUtf8`] and, for a NUL character, [`DataError::Row`], with their line.
pub fn read_utf8(path: &Path) -> Result<String, DataError> {
    let bytes = read_unpacked(path)?;
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let byte = error.utf8_error().valid_up_to();
        DataError::NotUtf8 {
            path: path.to_owned(),
            line: line_ends(&error.as_bytes()[..byte]) + 1,
            byte,
        }
    })?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    if let Some(at) = text.find('\0') {
        return Err(DataError::Row {
            path: path.to_owned(),
            line: line_ends(&text.as_bytes()[..at]) + 1,
            expected: "text".to_owned(),
            found: "a NUL character, as in UTF-16 without a mark and in binary files".to_owned(),
            remedy: "convert the file to UTF-8, or get it again",
        });
    }
    Ok(text)
}

/// How many lines end in `bytes`.
fn line_ends(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_of_every_system_are_one() {
        for text in ["a\n\nb\n", "a\r\n\r\nb\r\n", "a\r\rb\r", "a\n\r\nb\r"] {
            assert_eq!(with_line_feeds(text.to_owned()), "a\n\nb\n", "{text:?}");
        }
    }
}
