//! Whether a safetensors file names each tensor once.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use crate::DataError;
use crate::error::shortened;
use crate::git_lfs::refuse_pointer;
use crate::json_file::check_keys;

/// The longest header that the format allows.
const LONGEST_HEADER: u64 = 100_000_000;

/// Checks that no tensor is named twice in the header, which readers of the format do not tell: they
/// keep one of the two. Anything else about the file is left to them.
///
/// # Errors
/// [`DataError::Read`]; [`DataError::LfsPointer`]; [`DataError::TensorTwice`].
pub fn check_safetensors_file(path: &Path) -> Result<(), DataError> {
    let unreadable = |reason| DataError::Read {
        path: path.to_owned(),
        reason,
    };
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    refuse_pointer(path, file.fill_buf().map_err(unreadable)?)?;
    let mut start = Vec::new();
    file.by_ref()
        .take(8)
        .read_to_end(&mut start)
        .map_err(unreadable)?;
    let length = start.try_into().map_or(0, u64::from_le_bytes);
    let mut header = Vec::new();
    file.take(length.min(LONGEST_HEADER))
        .read_to_end(&mut header)
        .map_err(unreadable)?;
    let Ok(header) = str::from_utf8(&header) else {
        return Ok(());
    };
    match check_keys(header) {
        Err(error) if error.is_data() => Err(DataError::TensorTwice {
            path: path.to_owned(),
            tensor: shortened(quoted(&error.to_string())),
        }),
        _ => Ok(()),
    }
}

/// What stands between the first two backquotes.
fn quoted(message: &str) -> &str {
    message.split('`').nth(1).unwrap_or(message)
}
