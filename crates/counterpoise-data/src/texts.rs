//! Plain texts, and the UTF-8 check that every reader of this crate begins with.

use std::fs;
use std::path::Path;

use crate::DataError;

/// The whole of a text file, exactly as it stands except for a leading byte-order mark; of a file
/// `*.parquet` the rows of its column `text`, two newlines between them.
///
/// # Errors
/// [`DataError::Read`]; [`DataError::NotUtf8`] with line and byte offset; [`DataError::Empty`] where
/// there is nothing but white space; [`DataError::Parquet`] for Parquet that is broken, has no such
/// column, or a null in it; [`DataError::ParquetNotBuilt`] without the feature `parquet`.
pub fn read_text(path: &Path) -> Result<String, DataError> {
    let is_parquet = path.extension().is_some_and(|end| end == "parquet");
    let text = if is_parquet {
        read_parquet(path)?
    } else {
        read_utf8(path)?
    };
    if text.trim().is_empty() {
        return Err(DataError::Empty {
            path: path.to_owned(),
            expected: "text".to_owned(),
        });
    }
    Ok(text)
}

#[cfg(feature = "parquet")]
fn read_parquet(path: &Path) -> Result<String, DataError> {
    crate::parquet_texts::read(path)
}

#[cfg(not(feature = "parquet"))]
fn read_parquet(path: &Path) -> Result<String, DataError> {
    Err(DataError::ParquetNotBuilt {
        path: path.to_owned(),
    })
}

/// The file's characters without a byte-order mark; possibly none.
pub(crate) fn read_utf8(path: &Path) -> Result<String, DataError> {
    let bytes = fs::read(path).map_err(|reason| DataError::Read {
        path: path.to_owned(),
        reason,
    })?;
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
    Ok(text)
}

/// How many lines end in `bytes`.
pub(crate) fn line_ends(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == b'\n').count()
}
