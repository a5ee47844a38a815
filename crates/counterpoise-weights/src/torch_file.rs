//! Files that `torch.save` wrote, read as data: their pickles are checked first, and no pickled code runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use burn_store::bridge;
use burn_store::burn_pack::Tensor as PackTensor;
use burn_store::pytorch_reader::{PickleValue, PytorchReader};
use counterpoise_data::{DataError, shortened};

use crate::WeightsError;
use crate::stored::{Element, Stored};
use crate::torch_check::check;

/// What a view may be larger than its file by, and at most this many times as large: a view that repeats one element
/// would otherwise fill the memory from a file of a few bytes.
const LARGEST_VIEW: (u64, u64) = (16 << 20, 3);

/// The tensors of a file, by the keys that lead to them.
pub(crate) fn read(path: &Path) -> Result<BTreeMap<String, Stored>, WeightsError> {
    check(path)?;
    let reader = PytorchReader::new(path).map_err(|error| bad(path, &error.to_string()))?;
    tensors(path, reader)
}

/// The tensors that a reader found in the file at `path`.
pub(crate) fn tensors(
    path: &Path,
    reader: PytorchReader,
) -> Result<BTreeMap<String, Stored>, WeightsError> {
    let size = fs::metadata(path).map_err(|reason| DataError::Read {
        path: path.to_owned(),
        reason,
    })?;
    let (more, times) = LARGEST_VIEW;
    let most = size.len().saturating_mul(times).saturating_add(more);
    let mut tensors = BTreeMap::new();
    for (name, tensor) in reader.into_tensors() {
        if tensor.byte_len() as u64 > most {
            let name = shortened(&name);
            let reason = format!(
                "`{name}` repeats elements up to {} bytes",
                tensor.byte_len()
            );
            return Err(bad(path, &reason));
        }
        tensors.insert(name, stored(bridge::from_pytorch(tensor)));
    }
    Ok(tensors)
}

fn stored(tensor: PackTensor) -> Stored {
    let (name, shape) = (tensor.name.clone(), tensor.shape.to_vec());
    let element = Element::of(tensor.dtype);
    let values = move || bridge::to_data(&tensor).map_err(|error| error.to_string());
    Stored::new(name, shape, element, values)
}

/// The kind of thing that a file holds where a dictionary was expected.
pub(crate) fn root(path: &Path) -> Result<PickleValue, WeightsError> {
    PytorchReader::read_pickle_data(path, None).map_err(|error| bad(path, &error.to_string()))
}

pub(crate) fn bad(path: &Path, reason: &str) -> WeightsError {
    // What the readers put before their message says no more than `format`.
    let wrappers = ["PyTorch reader error: ", "invalid PyTorch file format: "];
    let reason = (wrappers.iter()).fold(reason, |rest, wrapper| {
        rest.strip_prefix(wrapper).unwrap_or(rest)
    });
    WeightsError::Unreadable {
        path: path.to_owned(),
        format: "PyTorch checkpoint",
        reason: shortened(reason.trim_end_matches('.')),
        remedy: "save the state dict alone",
    }
}
