//! What stands in a clone for a large file that was not fetched.

use std::path::Path;

use crate::WeightsError;

/// What every such pointer begins with.
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// Refuses a file that begins as a Git LFS pointer does.
pub(crate) fn refuse_pointer(path: &Path, start: &[u8]) -> Result<(), WeightsError> {
    if !start.starts_with(POINTER) {
        return Ok(());
    }
    Err(WeightsError::LfsPointer {
        path: path.to_owned(),
    })
}
