//! Files of any tensors, read and written as they are.

use std::path::Path;

use counterpoise_data::write_atomically;
use safetensors::Dtype;
use safetensors::tensor::{TensorView, serialize};

use crate::stored::Stored;
use crate::{WeightsError, read_single, safetensors_file};

/// Reads the header of a `.safetensors` file of any number of tensors, or of a `.pt` or `.pth` file of one; in the order
/// of their names.
///
/// # Errors
/// As for [`read_single`].
pub fn read_tensors(path: &Path) -> Result<Vec<Stored>, WeightsError> {
    if path.extension().is_some_and(|end| end == "safetensors") {
        let file = safetensors_file::read(path)?;
        return Ok(file.tensors.into_values().collect());
    }
    Ok(vec![read_single(path)?])
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
