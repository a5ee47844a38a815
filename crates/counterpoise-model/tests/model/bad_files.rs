//! Every reader against every way for a file to be none: one message, which begins with a path.

use std::error::Error;
use std::fmt::Debug;
use std::fs;
use std::path::Path;

use burn::tensor::Device;
use counterpoise_model::{Config, ModelError, Tokenizer, load, load_tuned, save};

use crate::pickles::data;
use crate::stored::empty_folder;
use crate::{golden_path, tiny, tiny_config};

/// The message of an error, checked to begin with a path below `folder` and to tell its cause once.
#[track_caller]
pub(crate) fn message_of<T: Debug>(result: Result<T, ModelError>, folder: &Path) -> String {
    let error = result.unwrap_err();
    let message = error.to_string();
    let folder = folder.display().to_string();
    assert!(message.starts_with(&folder), "{message}");
    assert!(
        error.source().is_none(),
        "the cause stands twice: {message}"
    );
    message
}

/// Puts each kind of bad file at `path` and asserts that `read` refuses it.
#[track_caller]
fn refuses_whatever_is_no_file<T: Debug>(
    path: &Path,
    whole: &[u8],
    read: impl Fn() -> Result<T, ModelError>,
) {
    let folder = path.parent().unwrap();
    let mut bad = vec![
        Vec::new(),
        b"   \n".to_vec(),
        b"no such format\n".to_vec(),
        b"{\"a\": \"\xff\"}".to_vec(),
        b"[1, 2]".to_vec(),
        b"3".to_vec(),
        b"{}".to_vec(),
        b"version https://git-lfs.github.com/spec/v1\n".to_vec(),
        vec![0x80; 600],
    ];
    let ends = [
        1,
        7,
        8,
        9,
        40,
        whole.len() / 3,
        whole.len() / 2,
        whole.len() - 2,
    ];
    bad.extend(ends.map(|end| whole[..end].to_vec()));
    for bytes in bad {
        fs::write(path, &bytes).unwrap();
        message_of(read(), folder);
    }
    fs::remove_file(path).unwrap();
    message_of(read(), folder);
    fs::create_dir(path).unwrap();
    message_of(read(), folder);
    fs::remove_dir(path).unwrap();
    fs::write(path, whole).unwrap();
    read().unwrap();
}

#[test]
fn configurations() {
    let folder = empty_folder();
    let path = folder.path().join("config.json");
    let whole = fs::read(&path).unwrap();
    refuses_whatever_is_no_file(&path, &whole, || Config::read(&path));
}

#[test]
fn tokenizers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokenizer.json");
    let whole = fs::read(golden_path().join("../../mini/base/tokenizer.json")).unwrap();
    refuses_whatever_is_no_file(&path, &whole, || Tokenizer::read(folder.path()));
}

#[test]
fn weights_of_a_folder() {
    let folder = empty_folder();
    let load = || load(folder.path(), &Device::flex());
    let path = folder.path().join("model.safetensors");
    save(&tiny(1), &path).unwrap();
    refuses_whatever_is_no_file(&path, &fs::read(&path).unwrap(), load);
    fs::remove_file(&path).unwrap();
    let path = folder.path().join("pytorch_model.bin");
    refuses_whatever_is_no_file(&path, &fs::read(data("trained.pt")).unwrap(), load);
}

#[test]
fn tuned_weights_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let safetensors = folder.path().join("tuned.safetensors");
    save(&tiny(1), &safetensors).unwrap();
    let tuned = |path: &Path| load_tuned(&tiny_config(), path, &Device::flex());
    let whole = fs::read(&safetensors).unwrap();
    refuses_whatever_is_no_file(&safetensors, &whole, || tuned(&safetensors));
    for name in ["trained.pt", "bare_f16.pt", "legacy.pt"] {
        let path = folder.path().join(name);
        let whole = fs::read(data(name)).unwrap();
        refuses_whatever_is_no_file(&path, &whole, || tuned(&path));
    }
}

#[test]
fn a_file_of_one_format_under_the_name_of_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let (pt, safetensors) = (
        folder.path().join("a.pt"),
        folder.path().join("a.safetensors"),
    );
    save(&tiny(1), &safetensors).unwrap();
    fs::copy(&safetensors, &pt).unwrap();
    fs::copy(data("trained.pt"), &safetensors).unwrap();
    for path in [&pt, &safetensors] {
        message_of(
            load_tuned(&tiny_config(), path, &Device::flex()),
            folder.path(),
        );
    }
}
