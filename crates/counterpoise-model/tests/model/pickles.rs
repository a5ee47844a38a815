//! PyTorch checkpoints, made by `data/make_checkpoints.py`: read whatever wraps the state, never run.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use counterpoise_model::{Checkpoint, ModelError, load, load_tuned};

use crate::stored::empty_folder;
use crate::{tiny, tiny_config, weights};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/model/data")
        .join(name)
}

fn read(name: &str) -> Result<Checkpoint, ModelError> {
    load_tuned(&tiny_config(), &data(name), &Device::flex())
}

/// Asserts that a checkpoint holds what the script writes.
#[track_caller]
fn assert_written(checkpoint: &Checkpoint) {
    let found = weights(&checkpoint.model);
    assert_eq!(found.len(), 16);
    for (k, (name, values)) in found.iter().enumerate() {
        let expected = (0..values.len()).map(|i| (((7 * i + 3 * k) % 17) as f32 - 8.0) / 16.0);
        assert_eq!(*values, expected.collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn a_state_is_found_bare_or_beside_other_things() {
    for name in ["trained.pt", "bare_f16.pt", "legacy.pt"] {
        assert_written(&read(name).unwrap_or_else(|error| panic!("{name}: {error}")));
    }
}

#[test]
fn a_folder_may_hold_a_pickle() {
    let folder = empty_folder();
    fs::copy(data("trained.pt"), folder.path().join("pytorch_model.bin")).unwrap();
    assert_written(&load(folder.path(), &Device::flex()).unwrap());
}

#[test]
fn code_in_a_pickle_is_not_run() {
    assert_written(&read("runs_code.pt").unwrap());
    assert!(!Path::new("a-pickle-ran-code").exists());
}

#[test]
fn a_tensor_behind_a_foreign_class_is_refused() {
    let error = read("foreign_tensor.pt").unwrap_err();
    assert!(matches!(error, ModelError::Unreadable { .. }), "{error}");
    for part in ["foreign_tensor.pt", "HoldsTensor"] {
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn a_truncated_pickle_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["trained.pt", "legacy.pt"] {
        let whole = fs::read(data(name)).unwrap();
        for length in [0, 10, whole.len() / 2, whole.len() - 1] {
            let path = folder.path().join(name);
            fs::write(&path, &whole[..length]).unwrap();
            let error = load_tuned(&tiny_config(), &path, &Device::flex()).unwrap_err();
            assert!(
                matches!(error, ModelError::Unreadable { .. }),
                "{name}, {length} bytes: {error}"
            );
        }
    }
}

#[test]
fn a_pickle_of_another_model_names_its_tensors() {
    let mut other = tiny_config();
    other.n_layer = 2;
    let error = load_tuned(&other, &data("trained.pt"), &Device::flex()).unwrap_err();
    match error {
        ModelError::Tensors { missing, .. } => {
            assert_eq!(missing.len(), 12);
            assert!(missing.iter().all(|name| name.starts_with("h.1.")));
        }
        other => panic!("{other}"),
    }
    assert_ne!(
        weights(&tiny(1)),
        weights(&read("trained.pt").unwrap().model)
    );
}
