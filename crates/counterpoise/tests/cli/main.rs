//! The runner as a user meets it: results of every command, and one clear error per bad input.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

mod bad_input;
mod beginning;
mod bench;
mod classifiers;
mod commands;
mod directions;
mod doctor;
mod edits;
mod elsewhere;
mod engines;
mod examples;
mod faults;
mod fetch;
mod fit;
mod full;
mod gpu;
mod killed;
mod output;
mod pplm;
mod protocols;
mod python;
mod render;
mod scoring;
mod shards;
mod shipped;
mod studies;
mod texts;
mod training;
mod tuned;
mod uncertainty;
mod weights;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A file of the miniature.
pub fn mini(name: &str) -> PathBuf {
    root().join("fixtures").join("mini").join(name)
}

/// The workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs the runner.
pub fn counterpoise(args: &[&str]) -> Output {
    let mut command = program();
    command.current_dir(root()).args(args).output().unwrap()
}

/// The program. Mesa's drivers print an error of their own where there is no runtime folder.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterpoise"));
    command.env("XDG_RUNTIME_DIR", std::env::temp_dir());
    command
}

/// Runs a command that has to succeed and print one JSON line.
pub fn json(args: &[&str]) -> Value {
    let output = counterpoise(&[args, &["--json", "--device", "cpu"]].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {errors}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    serde_json::from_str(&stdout).unwrap()
}

/// Runs a command that has to fail with one error, and returns it.
pub fn error(args: &[&str]) -> String {
    let output = counterpoise(args);
    assert_eq!(output.stdout, b"", "{args:?}");
    error_of(&output, |line| line.starts_with("device: "))
}

/// The one error that a command failed with, after lines on what went well, which `is_progress` knows.
#[track_caller]
pub fn error_of(output: &Output, is_progress: impl Fn(&str) -> bool) -> String {
    let stderr = str::from_utf8(&output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    let mut messages = stderr.split('\n').skip_while(|line| is_progress(line));
    let message = messages
        .next()
        .and_then(|line| line.strip_prefix("error: "));
    // A message may go on in lines that are indented.
    assert!(
        messages.all(|line| line.is_empty() || line.starts_with("  ")),
        "{stderr}"
    );
    message.unwrap().to_owned()
}

/// The path as an argument.
pub fn arg(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The rows of a JSON-lines file.
pub fn json_lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| serde_json::from_str(line).unwrap();
    text.lines().map(row).collect()
}
