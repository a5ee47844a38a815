//! PyTorch checkpoints, made by `data/make_checkpoints.py`: read whatever wraps the state, never run.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use counterpoise_model::{Checkpoint, ModelError, load, load_tuned};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::bad_files::message_of;
use crate::stored::empty_folder;
use crate::{tiny, tiny_config, weights};

pub(crate) fn data(name: &str) -> PathBuf {
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
    for name in ["trained.pt", "bare_f16.pt", "views.pt", "legacy.pt"] {
        assert_written(&read(name).unwrap_or_else(|error| panic!("{name}: {error}")));
    }
}

#[test]
fn a_folder_may_hold_a_pickle() {
    let folder = empty_folder();
    fs::copy(data("trained.pt"), folder.path().join("pytorch_model.bin")).unwrap();
    assert_written(&load(folder.path(), &Device::flex()).unwrap());
}

/// The message for a file of `data`, which names it.
fn refusal(name: &str) -> String {
    let message = message_of(read(name), &data(name));
    assert!(!Path::new("a-pickle-ran-code").exists());
    message
}

#[test]
fn a_pickle_that_asks_for_code_is_refused_and_not_run() {
    for (name, class) in [
        ("runs_code.pt", "`posix.mkdir`"),
        ("foreign_tensor.pt", "`__main__.HoldsTensor`"),
    ] {
        let message = refusal(name);
        assert!(
            message.contains(class) && message.contains("state dict alone"),
            "{message}"
        );
    }
}

#[test]
fn a_view_that_changes_the_sign_is_refused() {
    let message = refusal("negated_view.pt");
    assert!(message.contains("resolve_neg()"), "{message}");
}

/// A copy of `trained.pt` with one entry of the archive, `change`d to nothing or to other bytes.
fn tampered(entry: &str, change: impl Fn(Vec<u8>) -> Option<Vec<u8>>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tampered.pt");
    let mut source = ZipArchive::new(File::open(data("trained.pt")).unwrap()).unwrap();
    let mut copy = ZipWriter::new(File::create(&path).unwrap());
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut changed = false;
    for index in 0..source.len() {
        let mut file = source.by_index(index).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        let bytes = if name.ends_with(entry) {
            changed = true;
            change(bytes)
        } else {
            Some(bytes)
        };
        if let Some(bytes) = bytes {
            copy.start_file(name, stored).unwrap();
            copy.write_all(&bytes).unwrap();
        }
    }
    copy.finish().unwrap();
    assert!(changed);
    (folder, path)
}

fn tampered_message(entry: &str, change: impl Fn(Vec<u8>) -> Option<Vec<u8>>) -> String {
    let (_folder, path) = tampered(entry, change);
    message_of(load_tuned(&tiny_config(), &path, &Device::flex()), &path)
}

/// Bytes with the only occurrence of `from` replaced.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut places = bytes
        .windows(from.len())
        .enumerate()
        .filter(|(_, part)| *part == from);
    let (place, _) = places.next().unwrap();
    assert!(places.next().is_none());
    [&bytes[..place], to, &bytes[place + from.len()..]].concat()
}

#[test]
fn an_archive_that_was_tampered_with_is_refused() {
    let (_folder, path) = tampered("data.pkl", Some);
    assert_written(&load_tuned(&tiny_config(), &path, &Device::flex()).unwrap());
    let no_pickle = tampered_message("data.pkl", |_| None);
    assert!(no_pickle.contains("without `data.pkl`"), "{no_pickle}");
    let no_storage = tampered_message("data/3", |_| None);
    assert!(no_storage.contains("data/3"), "{no_storage}");
    let short = tampered_message("data/3", |bytes| Some(bytes[..4].to_vec()));
    assert!(short.contains("storage '3'"), "{short}");
    let cut = tampered_message("data.pkl", |bytes| Some(bytes[..bytes.len() / 2].to_vec()));
    assert!(cut.contains("a pickle that ends too early"), "{cut}");
    let foreign = tampered_message("data.pkl", |pickle| {
        // Called before all else, its result dropped.
        Some(replaced(
            &pickle,
            b"\x80\x02}q\0",
            b"\x80\x02cos\nsystem\n(U\x01:tR0}q\0",
        ))
    });
    assert!(foreign.contains("`os.system`"), "{foreign}");
    let twice = tampered_message("data.pkl", |pickle| {
        let (from, to) = (
            b"transformer.h.0.ln_2.weight",
            b"transformer.h.0.ln_1.weight",
        );
        Some(replaced(&pickle, from, to))
    });
    assert!(
        twice.contains("found `transformer.h.0.ln_1.weight` twice"),
        "{twice}"
    );
    let whole = tampered_message("data.pkl", |pickle| {
        // The type of a storage that the head shares with the embedding is written out once.
        let text = pickle
            .windows(12)
            .position(|part| part == b"FloatStorage")
            .unwrap();
        Some([&pickle[..text], b"IntStorage", &pickle[text + 12..]].concat())
    });
    assert!(whole.contains("expected floating-point values"), "{whole}");
}

#[test]
fn a_pickle_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.pt");
    for (pickle, part) in [
        (
            &b"\x80\x02K\x07."[..],
            "Expected a dictionary at the root of the PyTorch file, found int",
        ),
        (b"\x80\x02]K\x07a.", "found list"),
        (
            b"\x80\x02}X\x05\0\0\0stateK\x07s.",
            "missing: h.0.attn.c_attn.bias",
        ),
        (b"\x80\x02}.", "and 4 more"),
    ] {
        fs::write(&path, pickle).unwrap();
        let message = message_of(load_tuned(&tiny_config(), &path, &Device::flex()), &path);
        assert!(message.contains(part), "{message}");
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
            message_of(load_tuned(&tiny_config(), &path, &Device::flex()), &path);
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
