//! Every format read well once, and once for each way of being wrong; then what the writers promise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_files;
mod comments;
mod json_files;
mod mutated;
mod packed;
mod pairs;
#[cfg(feature = "parquet")]
mod parquet;
mod patch_values;
mod prompts;
mod samples;
mod texts;
mod writers;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use counterpoise_data::{DataError, Prompt};
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

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Asserts that reading `content` fails on `line`, and that the message has each of `parts`.
#[track_caller]
fn assert_bad_row<T: std::fmt::Debug>(
    read: fn(&Path) -> Result<T, DataError>,
    content: &str,
    bad_line: usize,
    parts: &[&str],
) {
    let file = file("rows.txt", content);
    let error = read(&file.path).unwrap_err();
    let message = error.to_string();
    let DataError::Row { path, line, .. } = error else {
        panic!("not a bad row: {message}");
    };
    assert_eq!((path, line), (file.path.clone(), bad_line), "{message}");
    let start = format!("{}:{bad_line}: expected ", file.path.display());
    assert!(message.starts_with(&start), "{message}");
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    assert!(!message.contains('\n'), "{message}");
}

/// The message of an error, checked to begin with the path, to stay on its line, and to tell its cause
/// once.
#[track_caller]
fn message_of<T: std::fmt::Debug>(result: Result<T, DataError>, path: &Path) -> String {
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

#[track_caller]
fn assert_empty<T: std::fmt::Debug>(read: fn(&Path) -> Result<T, DataError>, content: &str) {
    let error = read(&file("empty.txt", content).path).unwrap_err();
    assert!(matches!(error, DataError::Empty { .. }), "{error}");
}

fn prompt(text: &str) -> Prompt {
    Prompt {
        prompt: text.to_owned(),
    }
}
