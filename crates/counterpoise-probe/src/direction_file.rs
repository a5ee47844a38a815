//! Reads the one float vector a probe file holds.

use std::fs;
use std::path::Path;

use burn::tensor::{DType, TensorData};
use counterpoise_data::{DataError, check_safetensors_file};
use safetensors::{Dtype, SafeTensors};

use crate::{ProbeError, pytorch_file};

/// A tensor as a file stores it.
pub(crate) struct Stored {
    /// Its name in the file.
    pub(crate) name: String,
    /// Its element type, or that type's name if it is none of the floats.
    pub(crate) dtype: Result<DType, String>,
    /// Its extents, outermost first.
    pub(crate) shape: Vec<usize>,
    /// Its elements, row-major, native-endian.
    pub(crate) bytes: Vec<u8>,
}

/// Reads the vector `[d]` from a file, by its extension.
pub(crate) fn read(path: &Path) -> Result<Vec<f32>, ProbeError> {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let stored = match &*extension {
        "safetensors" => read_safetensors(path)?,
        "pt" | "pth" => pytorch_file::read(path)?,
        _ => {
            return Err(ProbeError::Extension {
                found: extension.into_owned(),
            });
        }
    };
    vector(stored)
}

/// Reads the only tensor of a safetensors file.
fn read_safetensors(path: &Path) -> Result<Stored, ProbeError> {
    check_safetensors_file(path)?;
    let bytes = fs::read(path).map_err(|reason| DataError::Read {
        path: path.to_owned(),
        reason,
    })?;
    let file = SafeTensors::deserialize(&bytes)?;
    let mut tensors = file.tensors();
    tensors.sort_by(|(left, _), (right, _)| left.cmp(right));
    let [(name, view)] = &tensors[..] else {
        return Err(ProbeError::Tensors {
            found: tensors.into_iter().map(|(name, _)| name).collect(),
        });
    };
    let dtype = match view.dtype() {
        Dtype::F64 => Ok(DType::F64),
        Dtype::F32 => Ok(DType::F32),
        Dtype::F16 => Ok(DType::F16),
        Dtype::BF16 => Ok(DType::BF16),
        other => Err(other.to_string()),
    };
    Ok(Stored {
        name: name.clone(),
        dtype,
        shape: view.shape().to_vec(),
        bytes: view.data().to_vec(),
    })
}

/// Checks that a tensor is a float vector and converts it to `f32`.
fn vector(stored: Stored) -> Result<Vec<f32>, ProbeError> {
    let Stored {
        name: tensor,
        dtype,
        shape,
        bytes,
    } = stored;
    let dtype = match dtype {
        Ok(dtype) => dtype,
        Err(found) => return Err(ProbeError::Element { tensor, found }),
    };
    let ([width] | [1, width]) = shape[..] else {
        return Err(ProbeError::Shape {
            tensor,
            found: shape,
        });
    };
    TensorData::try_from_bytes_vec(bytes, [width], dtype)
        .and_then(|data| data.try_cast_as::<f32>())
        .and_then(TensorData::try_into_vec::<f32>)
        .map_err(|error| ProbeError::Device {
            what: format!("tensor `{tensor}`"),
            reason: format!("{error:?}"),
        })
}
