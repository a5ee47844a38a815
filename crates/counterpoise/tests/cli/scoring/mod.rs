//! `score`, and scorers that are more than arithmetic: a service on the loopback interface, files, several at once.

mod faults;
mod files;
mod kills;
mod perspective;
mod server;
mod several;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::studies::{ROWS, read_json, study};
use crate::{arg, counterpoise, json_lines, program, root};
use server::Server;

/// A key, which must stand nowhere.
const KEY: &str = "AIzaSy-secret+key/1";

/// The rows of the finished run.
const NAMES: [&str; 4] = ["base", "ablate", "patch", "tuned"];

/// A finished run of four rows and twelve prompts.
static RUN: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), ROWS);
    let out = folder.path().join("out");
    let paths = ["replicate", "--study", arg(&study), "--out", arg(&out)];
    let rest = ["--device", "cpu", "--limit", "12", "--only", "tables"];
    let output = counterpoise(&[&paths[..], &rest].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    folder
});

/// A copy of the finished run, a service, and a place for a cache.
struct Setting {
    folder: TempDir,
    server: Server,
}

impl Setting {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&RUN.path().join("out"), &folder.path().join("out"));
        Self {
            folder,
            server: Server::start(),
        }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("answers.jsonl")
    }

    /// The scorer `perspective` as a file, asking quickly.
    fn scorer(&self, more: &str) -> PathBuf {
        let path = self.folder.path().join("scorer.toml");
        let pace = match more.contains("queries_per_second") {
            true => "",
            false => "queries_per_second = 1000\n",
        };
        let text = format!(
            "[[scorer]]\nkind = \"perspective\"\nendpoint = \"{}\"\ncache = \"answers.jsonl\"\n\
             first_wait_s = 0.01\n{pace}{more}\n",
            self.server.endpoint()
        );
        fs::write(&path, text).unwrap();
        path
    }

    /// `score --run OUT`, with the key unless `key` says otherwise.
    fn command(&self, args: &[&str], key: Option<&str>) -> Command {
        let out = self.out();
        let mut command = program();
        command.current_dir(root());
        command.args(["score", "--run", arg(&out)]).args(args);
        for name in ["ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        match key {
            Some(key) => command.env("PERSPECTIVE_API_KEY", key),
            None => command.env_remove("PERSPECTIVE_API_KEY"),
        };
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args, Some(KEY)).output().unwrap()
    }

    /// Scores by the service, which has to succeed; answers the line of JSON.
    #[track_caller]
    fn scored(&self, more: &str) -> Value {
        let scorer = self.scorer(more);
        succeeded(&self.run(&["--scorer", arg(&scorer), "--json"]))
    }

    /// Scores by the service, which has to fail and leave the run as it is; answers the error.
    #[track_caller]
    fn refused(&self, more: &str) -> String {
        let scorer = self.scorer(more);
        let before = contents(&self.out());
        let output = self.run(&["--scorer", arg(&scorer)]);
        assert!(contents(&self.out()) == before);
        let error = crate::error_of(&output, |_| false);
        assert!(!error.contains(KEY) && !error.contains("secret"), "{error}");
        error
    }

    fn results(&self) -> Value {
        read_json(self.out().join("results.json"))
    }

    fn generations(&self, row: &str) -> Vec<Value> {
        json_lines(&self.out().join(format!("generations/{row}.jsonl")))
    }

    /// The distinct texts of the run.
    fn texts(&self) -> BTreeSet<String> {
        let lines = NAMES.iter().flat_map(|row| self.generations(row));
        lines
            .map(|line| line["text"].as_str().unwrap().to_owned())
            .collect()
    }

    fn answers(&self) -> Vec<Value> {
        json_lines(&self.cache())
    }
}

#[track_caller]
fn succeeded(output: &Output) -> Value {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// Every file below a folder, and what is in it.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(contents(&path)),
            false => files.push((path.clone(), fs::read(&path).unwrap())),
        }
    }
    files.sort();
    files
}

/// A score of a row of `results.json`.
fn score<'r>(results: &'r Value, row: &str, metric: &str) -> &'r Value {
    let mut rows = results["rows"].as_array().unwrap().iter();
    let row = rows.find(|found| found["name"] == row).unwrap();
    let mut scores = row["scores"].as_array().unwrap().iter();
    scores.find(|score| score["metric"] == metric).unwrap()
}
