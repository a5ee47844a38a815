//! What a fit writes, tried before a model runs.

use std::path::Path;

use anyhow::{Result, ensure};
use counterpoise_data::AtomicFile;

/// Finds out whether `out` can be written.
///
/// # Errors
/// A name that no reader would take for safetensors, a folder that cannot be written in.
pub(super) fn check(out: &Path) -> Result<()> {
    ensure!(
        out.extension().is_some_and(|end| end == "safetensors"),
        "--out {}: expected a name that ends in `.safetensors`",
        out.display()
    );
    AtomicFile::create(out)?;
    Ok(())
}
