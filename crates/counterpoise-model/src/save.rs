//! Saving a model in the layout `transformers` reads.

use std::path::Path;

use burn_store::{ModuleStore, SafetensorsStore};
use counterpoise_data::write_atomically;

use crate::{Gpt2, ModelError};

/// Writes `model` to `path` as safetensors with Hugging Face's names (`transformer.h.0…`), the tied
/// head left out. The file appears whole or not at all, and equal weights give equal bytes.
///
/// # Errors
/// A file that cannot be written.
pub fn save(model: &Gpt2, path: &Path) -> Result<(), ModelError> {
    let mut store = SafetensorsStore::from_bytes(None)
        .clear_metadata()
        // `transformers` refuses a file that does not say which framework's layout it has.
        .metadata("format", "pt")
        .with_key_remapping("^", "transformer.");
    let failed = |error: &dyn std::fmt::Display| {
        ModelError::Output(format!("the model could not be serialised: {error}"))
    };
    store.collect_from(model).map_err(|error| failed(&error))?;
    let bytes = store.get_bytes().map_err(|error| failed(&error))?;
    Ok(write_atomically(path, &bytes)?)
}
