//! Files of any tensors, read and written as they are.

use std::path::Path;

use counterpoise_data::write_atomically;
use safetensors::Dtype;
use safetensors::tensor::{TensorView, serialize};

use crate::WeightsError;
use crate::single::by_extension;
use crate::stored::Stored;

/// Reads the header of a `.safetensors`, `.pt` or `.pth` file of any number of tensors, in the order of their names.
///
/// # Errors
/// A file that cannot be read or has another extension; code in a pickle.
pub fn read_tensors(path: &Path) -> Result<Vec<Stored>, WeightsError> {
    Ok(by_extension(path)?.into_values().collect())
}

/// Writes tensors, each a name, a shape and its values, as safetensors of 32-bit floats. The file appears whole or not at
/// all.
///
/// # Errors
/// A file that cannot be written, values that do not fill their shape.
pub fn write_tensors(
    path: &Path,
    tensors: &[(String, Vec<usize>, Vec<f32>)],
) -> Result<(), WeightsError> {
    let bytes: Vec<Vec<u8>> = (tensors.iter())
        .map(|(_, _, values)| values.iter().flat_map(|x| x.to_le_bytes()).collect())
        .collect();
    let views = tensors.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes)?;
        Ok((name.as_str(), view))
    });
    let file = views
        .collect::<Result<Vec<_>, _>>()
        .and_then(|views| serialize(views, None))
        .map_err(|error| WeightsError::Unserialised {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
    Ok(write_atomically(path, &file)?)
}
