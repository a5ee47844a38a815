//! The tensors of a weight file, under the names of the model's fields, read only when asked for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::DType;
use burn_store::burn_pack::Tensor as StoredTensor;
use burn_store::{ModuleStore, PytorchStore, SafetensorsStore};
use counterpoise_data::{check_safetensors_file, check_torch_file};

use crate::ModelError;
use crate::safetensors_file::Values;
use crate::shards::{WeightFile, shards};

/// What wraps a model's state in the checkpoints that are about, outermost first.
const PREFIXES: [&str; 4] = ["state.", "state_dict.", "model.", "transformer."];

/// The files a folder of weights may hold, in the order they are looked for.
const SINGLE_FILES: [&str; 2] = ["model.safetensors", "pytorch_model.bin"];
const INDEX_FILES: [&str; 2] = [
    "model.safetensors.index.json",
    "pytorch_model.bin.index.json",
];

/// Tensors by field name (`h.0.attn.c_attn.weight`, …) and where they came from.
pub(crate) struct StoredTensors {
    pub(crate) path: PathBuf,
    pub(crate) tensors: BTreeMap<String, StoredTensor>,
}

impl StoredTensors {
    /// Opens a weight file, or the weight files of a folder.
    pub(crate) fn open(path: &Path) -> Result<Self, ModelError> {
        let mut tensors = BTreeMap::new();
        for file in files(path)? {
            file.check_exists()?;
            let stored = read(&file.path)?;
            file.check_names(stored.keys())?;
            for (name, tensor) in stored {
                let field = field_name(&name);
                if tensors.insert(field.clone(), tensor).is_some() {
                    return Err(ModelError::StoredTwice {
                        path: path.to_owned(),
                        tensor: field,
                    });
                }
            }
        }
        tensors.retain(|name, _| !is_buffer(name));
        Ok(Self {
            path: path.to_owned(),
            tensors,
        })
    }
}

/// The files that the weights at `path` are read from: itself, or those a folder holds. Shards are
/// named as their index has them, whether they are there or not.
///
/// # Errors
/// A folder without weights, or with a broken shard index.
pub fn weight_files(path: &Path) -> Result<Vec<PathBuf>, ModelError> {
    Ok(files(path)?.into_iter().map(|file| file.path).collect())
}

fn files(path: &Path) -> Result<Vec<WeightFile>, ModelError> {
    if !path.is_dir() {
        return Ok(vec![WeightFile::whole(path.to_owned())]);
    }
    if let Some(name) = SINGLE_FILES.iter().find(|name| path.join(name).is_file()) {
        return Ok(vec![WeightFile::whole(path.join(name))]);
    }
    if let Some(name) = INDEX_FILES.iter().find(|name| path.join(name).is_file()) {
        return shards(&path.join(name));
    }
    Err(ModelError::NoWeights {
        path: path.to_owned(),
        expected: [SINGLE_FILES, INDEX_FILES].concat().join(", "),
    })
}

/// The tensors of one file, by the names in it.
fn read(path: &Path) -> Result<BTreeMap<String, StoredTensor>, ModelError> {
    let is_safetensors = path.extension().is_some_and(|end| end == "safetensors");
    if is_safetensors {
        check_safetensors_file(path)?;
        let mut store = SafetensorsStore::from_file(path);
        let tensors = store
            .get_all_tensors()
            .map_err(|error| unreadable(path, "safetensors", error, "copy the file again"))?;
        let values = Values::locate(path)
            .map_err(|error| unreadable(path, "safetensors", error, "copy the file again"))?;
        let lazily = |(name, tensor): (&String, &StoredTensor)| {
            (name.clone(), values.read_lazily(path, tensor.clone()))
        };
        Ok(tensors.iter().map(lazily).collect())
    } else {
        check_torch_file(path)?;
        let mut store = PytorchStore::from_file(path).map_indices_contiguous(false);
        let tensors = store.get_all_tensors().map_err(|error| {
            unreadable(
                path,
                "PyTorch checkpoint",
                error,
                "save the state dict alone",
            )
        })?;
        Ok(tensors.clone())
    }
}

fn unreadable(
    path: &Path,
    format: &'static str,
    reason: impl std::fmt::Display,
    remedy: &str,
) -> ModelError {
    // What the readers put before their message says no more than `format`.
    let wrappers = [
        "PyTorch reader error: ",
        "invalid PyTorch file format: ",
        "SafeTensors error: ",
    ];
    let reason = reason.to_string();
    let reason = (wrappers.iter()).fold(&*reason, |rest, wrapper| {
        rest.strip_prefix(wrapper).unwrap_or(rest)
    });
    ModelError::Unreadable {
        path: path.to_owned(),
        format,
        reason: format!("{}; {remedy}", reason.trim_end_matches('.')),
    }
}

/// A stored name without what wraps the model.
fn field_name(stored: &str) -> String {
    let bare = PREFIXES.iter().fold(stored, |name, prefix| {
        name.strip_prefix(prefix).unwrap_or(name)
    });
    bare.to_owned()
}

/// Whether a name is a buffer that old checkpoints carry: causal masks, not parameters.
fn is_buffer(name: &str) -> bool {
    name.starts_with("h.") && (name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias"))
}

/// Whether values of this type are read.
pub(crate) fn is_float(dtype: DType) -> bool {
    matches!(dtype, DType::F32 | DType::F16 | DType::BF16 | DType::F64)
}

/// Reads a stored float tensor as `f32` values.
pub(crate) fn to_f32(tensor: &StoredTensor) -> Result<Vec<f32>, String> {
    let data = burn_store::bridge::to_data(tensor).map_err(|error| error.to_string())?;
    data.convert::<f32>()
        .try_into_vec::<f32>()
        .map_err(|error| format!("{error:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrappers_are_stripped_and_buffers_known() {
        for stored in [
            "h.1.attn.c_attn.weight",
            "transformer.h.1.attn.c_attn.weight",
            "state.transformer.h.1.attn.c_attn.weight",
        ] {
            assert_eq!(field_name(stored), "h.1.attn.c_attn.weight");
        }
        assert!(is_buffer("h.1.attn.bias"));
        assert!(is_buffer("h.11.attn.masked_bias"));
        assert!(!is_buffer("h.1.attn.c_attn.bias"));
    }
}
