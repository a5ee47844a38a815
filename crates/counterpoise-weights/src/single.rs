//! Files that hold one tensor.

use std::collections::BTreeMap;
use std::path::Path;

use counterpoise_data::write_atomically;
use safetensors::Dtype;
use safetensors::tensor::{TensorView, serialize};

use crate::stored::Stored;
use crate::{WeightsError, bare_tensor, safetensors_file};

/// Reads the header of a `.safetensors`, `.pt` or `.pth` file that holds exactly one tensor.
///
/// # Errors
/// A file that cannot be read or has another extension; code in a pickle; no tensor, or several.
pub fn read_single(path: &Path) -> Result<Stored, WeightsError> {
    let tensors = by_extension(path)?;
    let names: Vec<String> = tensors.keys().cloned().collect();
    let mut tensors = tensors.into_values();
    match (tensors.next(), tensors.next()) {
        (Some(tensor), None) => Ok(tensor),
        _ => Err(WeightsError::NotSingle {
            path: path.to_owned(),
            found: names,
        }),
    }
}

/// The tensors of a `.safetensors`, `.pt` or `.pth` file by their names.
pub(crate) fn by_extension(path: &Path) -> Result<BTreeMap<String, Stored>, WeightsError> {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    match &*extension {
        "safetensors" => Ok(safetensors_file::read(path)?.tensors),
        "pt" | "pth" => bare_tensor::read(path).map_err(with_remedy),
        _ => Err(WeightsError::Extension {
            path: path.to_owned(),
            found: extension.into_owned(),
        }),
    }
}

/// What helps with one tensor is not what helps with a model.
fn with_remedy(error: WeightsError) -> WeightsError {
    match error {
        WeightsError::Unreadable {
            path,
            format,
            reason,
            ..
        } => WeightsError::Unreadable {
            path,
            format,
            reason,
            remedy: "save the tensor as safetensors instead",
        },
        other => other,
    }
}

/// Writes a vector as the only tensor of a safetensors file, in 32-bit floats. The file appears whole or not at all.
///
/// # Errors
/// A file that cannot be written.
pub fn write_single(path: &Path, name: &str, values: &[f32]) -> Result<(), WeightsError> {
    let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    let file = TensorView::new(Dtype::F32, vec![values.len()], &bytes)
        .and_then(|view| serialize([(name, view)], None))
        .map_err(|error| WeightsError::Unserialised {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
    Ok(write_atomically(path, &file)?)
}
