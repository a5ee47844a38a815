//! Saving a model in the layout `transformers` reads.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;

use burn_store::burn_pack::Tensor as StoredTensor;
use burn_store::{ModuleSnapshot, bridge};
use counterpoise_data::{AtomicFile, DataError};
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use crate::{Gpt2, ModelError};

/// Bytes that a safetensors header is padded to a multiple of.
const ALIGNMENT: usize = 8;

/// Writes `model` to `path` as safetensors of 32-bit floats with Hugging Face's names
/// (`transformer.h.0…`), the tied head left out. The file appears whole or not at all, and equal
/// weights give equal bytes.
///
/// # Errors
/// A file that cannot be written, weights that cannot be read back from the device.
pub fn save(model: &Gpt2, path: &Path) -> Result<(), ModelError> {
    let mut tensors = model.collect(None, None, false);
    tensors.sort_by(|left, right| left.name.cmp(&right.name));
    let mut file = AtomicFile::create(path)?;
    let unwritable = |reason| DataError::Write {
        path: path.to_owned(),
        reason,
    };
    let header = header(&tensors).map_err(|error| unserialised(&error))?;
    file.write_all(&header).map_err(unwritable)?;
    // One tensor at a time, so that a model is never in memory twice.
    for tensor in tensors {
        let values = bridge::into_data(tensor).map_err(|error| unserialised(&error))?;
        let values = values.convert::<f32>();
        file.write_all(values.as_bytes()).map_err(unwritable)?;
    }
    Ok(file.commit()?)
}

/// What stands before the values: the header's length, then names, shapes and places of `tensors`
/// in their order.
fn header(tensors: &[StoredTensor]) -> io::Result<Vec<u8>> {
    let mut end = 0;
    let mut named = Vec::with_capacity(tensors.len());
    for tensor in tensors {
        let shape = tensor.shape.to_vec();
        let start = end;
        end += shape.iter().product::<usize>() * size_of::<f32>();
        let info = TensorInfo {
            dtype: Dtype::F32,
            shape,
            data_offsets: (start, end),
        };
        named.push((format!("transformer.{}", tensor.name), info));
    }
    // `transformers` refuses a file that does not say which framework's layout it has.
    let format = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let metadata = Metadata::new(Some(format), named).map_err(io::Error::other)?;
    let mut json = serde_json::to_vec(&metadata)?;
    json.resize(json.len().next_multiple_of(ALIGNMENT), b' ');
    let length = json.len() as u64;
    Ok([length.to_le_bytes().to_vec(), json].concat())
}

fn unserialised(error: &dyn std::fmt::Display) -> ModelError {
    ModelError::Output(format!("the model could not be serialised: {error}"))
}
