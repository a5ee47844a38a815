//! Writing tensors as safetensors.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;

use burn::tensor::TensorData;
use burn_store::bridge;
use burn_store::burn_pack::Tensor as PackTensor;
use counterpoise_data::{AtomicFile, DataError};
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use crate::precision::{Rounding, count_too_large, in_precision};
use crate::{Precision, WeightsError};

/// Bytes that a safetensors header is padded to a multiple of.
const ALIGNMENT: usize = 8;

/// Writes tensors under their names, in their order, as floats of `precision`, each value rounded once to the nearest, ties to
/// even. The file appears whole or not at all, and says that its layout is PyTorch's, without which `transformers` refuses it.
///
/// # Errors
/// A file that cannot be written, tensors that cannot be read back from their device, finite values that `precision` has none for.
pub fn write(
    path: &Path,
    tensors: Vec<PackTensor>,
    precision: Precision,
) -> Result<(), WeightsError> {
    let mut file = AtomicFile::create(path)?;
    let unwritable = |reason| DataError::Write {
        path: path.to_owned(),
        reason,
    };
    let unserialised = |reason: String| WeightsError::Unserialised {
        path: path.to_owned(),
        reason,
    };
    let header = header(&tensors, precision).map_err(|error| unserialised(error.to_string()))?;
    file.write_all(&header).map_err(unwritable)?;
    // One tensor at a time, so that a model is never in memory twice.
    for tensor in tensors {
        let name = tensor.name.clone();
        let values = bridge::into_data(tensor).map_err(|error| unserialised(error.to_string()))?;
        let values = rounded_once(&name, values, precision).map_err(unserialised)?;
        file.write_all(values.as_bytes()).map_err(unwritable)?;
    }
    Ok(file.commit()?)
}

/// The values of the tensor `name` in `precision`, by way of 32-bit floats.
fn rounded_once(
    name: &str,
    values: TensorData,
    precision: Precision,
) -> Result<TensorData, String> {
    let rounded = in_precision(name, values, precision, &Rounding::default());
    rounded.map_err(|message| match count_too_large(&message) {
        Some(count) => {
            format!("{count} values of `{name}` are larger than the largest of {precision}")
        }
        None => message,
    })
}

/// What stands before the values: the header's length, then names, shapes and places of `tensors`
/// in their order.
fn header(tensors: &[PackTensor], precision: Precision) -> io::Result<Vec<u8>> {
    let mut end = 0;
    let mut named = Vec::with_capacity(tensors.len());
    for tensor in tensors {
        let shape = tensor.shape.to_vec();
        let start = end;
        end += shape.iter().product::<usize>() * precision.dtype().size();
        let info = TensorInfo {
            dtype: match precision {
                Precision::F32 => Dtype::F32,
                Precision::F16 => Dtype::F16,
                Precision::Bf16 => Dtype::BF16,
            },
            shape,
            data_offsets: (start, end),
        };
        named.push((tensor.name.clone(), info));
    }
    let format = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let metadata = Metadata::new(Some(format), named).map_err(io::Error::other)?;
    let mut json = serde_json::to_vec(&metadata)?;
    json.resize(json.len().next_multiple_of(ALIGNMENT), b' ');
    let length = json.len() as u64;
    Ok([length.to_le_bytes().to_vec(), json].concat())
}
