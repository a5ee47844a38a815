//! Saving a model in the layout `transformers` reads.

use std::path::Path;

use burn_store::ModuleSnapshot;

use crate::layout::HEAD;
use crate::{Gpt2, ModelError};

/// Writes `model` to `path` as safetensors of 32-bit floats with Hugging Face's names
/// (`transformer.h.0…`), a head that is the embedding left out. The file appears whole or not at all, and equal
/// weights give equal bytes.
///
/// # Errors
/// A file that cannot be written, weights that cannot be read back from the device.
pub fn save(model: &Gpt2, path: &Path) -> Result<(), ModelError> {
    let mut tensors = model.collect(None, None, false);
    for tensor in &mut tensors {
        if tensor.name != HEAD {
            tensor.name = format!("transformer.{}", tensor.name);
        }
    }
    tensors.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(counterpoise_weights::write(path, tensors)?)
}
