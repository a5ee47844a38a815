//! Saving a model in the layout `transformers` reads.

use std::path::Path;

use crate::arch::into_fields;
use crate::{ModelError, Precision, Transformer};

/// Writes `model` to `path` as safetensors of 32-bit floats with Hugging Face's names
/// (`transformer.h.0…` for a GPT-2), a head that is the embedding left out. The file appears whole or not at all, and equal
/// weights give equal bytes.
///
/// # Errors
/// A file that cannot be written, weights that cannot be read back from the device.
pub fn save(model: &Transformer, path: &Path) -> Result<(), ModelError> {
    save_in(model, path, Precision::F32)
}

/// [`save`], as floats of `precision`, each value rounded once: what [`load`](crate::load) reads of the file is a model of
/// 32-bit floats that have no more digits than `precision`.
///
/// # Errors
/// As for [`save`], and weights that are finite but too large for `precision`.
pub fn save_in(model: &Transformer, path: &Path, precision: Precision) -> Result<(), ModelError> {
    let names = &model.config().family.names;
    let mut tensors = into_fields(model);
    for tensor in &mut tensors {
        if tensor.name != names.head {
            tensor.name = format!("{}{}", names.prefix, tensor.name);
        }
    }
    tensors.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(counterpoise_weights::write(path, tensors, precision)?)
}
