//! Tensor files in every form that is read, and one of each way of being wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod adapters;
mod heads;
mod made;
mod mutations;
mod names;
mod precision;
mod safetensors_files;
mod sets;
mod torch_files;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use counterpoise_weights::{Layout, Matrices, Tying, Weights, WeightsError};
use tempfile::TempDir;

/// One file in a folder of its own.
struct File {
    folder: TempDir,
    path: PathBuf,
}

fn file(name: &str, content: impl AsRef<[u8]>) -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    File { folder, path }
}

/// The names of a model with these fields; its head is `wte.weight`.
fn layout(fields: &[&str]) -> Layout {
    Layout {
        fields: fields.iter().map(|&field| field.to_owned()).collect(),
        embedding: "wte.weight",
        head: "lm_head.weight",
        tying: Tying::Tied,
        matrices: Matrices::InputsFirst,
        is_buffer: |name| name.ends_with(".attn.bias"),
    }
}

/// The names of the model that [`made::model`] writes.
fn two_fields() -> Layout {
    layout(&["h.0.a.weight", "wte.weight"])
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Opens a file as the weights of a model with one field, `a`.
fn open(path: &Path) -> Result<Weights, WeightsError> {
    Weights::open(path, &layout(&["a"]))
}

/// The message of an error, checked to begin with the path, to stay on its line, and to tell its cause
/// once.
#[track_caller]
fn message_of<T: std::fmt::Debug>(result: Result<T, WeightsError>, path: &Path) -> String {
    let error = result.unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with(&path.display().to_string()),
        "{message}"
    );
    assert!(!message.contains('\n'), "{message}");
    assert!(
        error.source().is_none(),
        "the cause stands twice: {message}"
    );
    message
}
