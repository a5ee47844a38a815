//! Classifiers beside those of `transformers`, from the golden files under `fixtures/golden/encoders`, and one of each
//! way in which files can be wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod invariance;
mod parity;
mod refusals;
mod tokens;
mod weights;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tempfile::TempDir;

const FAMILIES: [&str; 2] = ["bert", "roberta"];

/// The folder of a golden model.
fn golden(family: &str) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/encoders");
    fixtures.join(family)
}

fn read<T: DeserializeOwned>(path: &Path) -> T {
    let text = fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A golden model in a folder of its own, to be changed.
struct Copy(TempDir);

impl Copy {
    fn of(family: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(golden(family)).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a file, or takes it away.
    fn with(self, name: &str, content: Option<&Value>) -> Self {
        match content {
            Some(content) => fs::write(self.file(name), content.to_string()).unwrap(),
            None => drop(fs::remove_file(self.file(name))),
        }
        self
    }

    /// Changes a file of JSON.
    fn changed(self, name: &str, change: impl FnOnce(&mut Value)) -> Self {
        let mut value: Value = read(&self.file(name));
        change(&mut value);
        self.with(name, Some(&value))
    }

    /// Changes the tensors of `model.safetensors`.
    fn with_tensors(self, change: impl FnOnce(&mut Tensors)) -> Self {
        let path = self.file("model.safetensors");
        let mut tensors = Tensors::read(&path);
        change(&mut tensors);
        tensors.write(&path);
        self
    }
}

/// Tensors by name: shape and values.
struct Tensors(HashMap<String, (Vec<usize>, Vec<f32>)>);

impl Tensors {
    fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let tensors = file.iter().map(|(name, view)| {
            let values = view
                .data()
                .as_chunks()
                .0
                .iter()
                .map(|&x| f32::from_le_bytes(x));
            (name.to_owned(), (view.shape().to_vec(), values.collect()))
        });
        Self(tensors.collect())
    }

    fn write(&self, path: &Path) {
        let bytes: HashMap<&String, Vec<u8>> = (self.0.iter())
            .map(|(name, (_, values))| {
                (name, values.iter().flat_map(|x| x.to_le_bytes()).collect())
            })
            .collect();
        let views = self.0.iter().map(|(name, (shape, _))| {
            let view = TensorView::new(Dtype::F32, shape.clone(), &bytes[name]).unwrap();
            (name.clone(), view)
        });
        fs::write(path, serialize(views, None).unwrap()).unwrap();
    }

    fn rename(&mut self, old: &str, new: &str) {
        let tensor = self.0.remove(old).unwrap();
        self.0.insert(new.to_owned(), tensor);
    }
}
