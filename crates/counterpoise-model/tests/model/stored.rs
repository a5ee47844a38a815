//! A model folder to be tampered with before it is written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use counterpoise_model::{ModelError, Transformer, load, save};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize};
use tempfile::TempDir;

use crate::tiny_config;

/// One tensor as it lies in a file.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) type Tensors = BTreeMap<String, Stored>;

impl Stored {
    pub(crate) fn f32(shape: &[usize], values: &[f32]) -> Self {
        Self {
            dtype: Dtype::F32,
            shape: shape.to_vec(),
            bytes: values.iter().flat_map(|x| x.to_le_bytes()).collect(),
        }
    }

    pub(crate) fn values(&self) -> Vec<f32> {
        let (values, _) = self.bytes.as_chunks::<4>();
        values.iter().map(|&x| f32::from_le_bytes(x)).collect()
    }
}

/// The tensors of a file written by [`save`], which begin with `transformer.`.
pub(crate) fn tensors_of(model: &Transformer) -> Tensors {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    save(model, &path).unwrap();
    read(&path)
}

pub(crate) fn read(path: &Path) -> Tensors {
    let bytes = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensors = file.iter().map(|(name, view)| {
        let stored = Stored {
            dtype: view.dtype(),
            shape: view.shape().to_vec(),
            bytes: view.data().to_vec(),
        };
        (name.to_owned(), stored)
    });
    tensors.collect()
}

pub(crate) fn write(path: &Path, tensors: &Tensors) {
    let views = tensors.iter().map(|(name, stored)| {
        let view = TensorView::new(stored.dtype, stored.shape.clone(), &stored.bytes);
        (name, view.unwrap())
    });
    fs::write(path, serialize(views, None).unwrap()).unwrap();
}

/// A folder with the configuration of [`tiny_config`] and no weights yet.
pub(crate) fn empty_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = serde_json::to_string(&tiny_config()).unwrap();
    fs::write(folder.path().join("config.json"), config).unwrap();
    folder
}

/// A model folder with these tensors.
pub(crate) fn folder_of(tensors: &Tensors) -> TempDir {
    let folder = empty_folder();
    write(&weights_in(&folder), tensors);
    folder
}

pub(crate) fn weights_in(folder: &TempDir) -> PathBuf {
    folder.path().join("model.safetensors")
}

pub(crate) fn loaded(folder: &TempDir) -> Result<Transformer, ModelError> {
    load(folder.path(), &Device::flex()).map(|checkpoint| checkpoint.model)
}

/// The error of loading a folder, its message checked to begin with a path inside that folder.
#[track_caller]
pub(crate) fn load_error(folder: &TempDir) -> ModelError {
    let error = loaded(folder).unwrap_err();
    let (message, folder) = (error.to_string(), folder.path().display().to_string());
    assert!(message.starts_with(&folder), "{message}");
    error
}
