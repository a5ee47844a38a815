//! One step on the way to a tuned model: where its output lies, by what it follows from, and whether it is there.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use counterpoise_data::{read_json, write_atomically};
use counterpoise_study::{HashedFile, TUNED_FOLDER, TunedStep, hash_file, hash_text};
use serde_json::{Value, json};

use crate::project;

/// The last file of a step: what it was made from, and the hash of what it made.
const RECORD: &str = "made.json";

/// Digits of the key in the name of a step's folder.
const DIGITS: usize = 12;

/// A step, made or not.
#[derive(Debug)]
pub(super) struct Step {
    name: &'static str,
    key: String,
    settings: Value,
    inputs: Vec<HashedFile>,
    /// Its folder, relative to that of the run.
    relative: PathBuf,
    folder: PathBuf,
    /// The name of the file that it makes.
    output: &'static str,
}

/// What steps are named by and follow from, beside their inputs.
pub(super) struct Plan {
    pub(super) name: &'static str,
    /// Raised when the same settings and inputs give another output.
    pub(super) format: u32,
    pub(super) settings: Value,
    pub(super) output: &'static str,
}

impl Step {
    /// The step that `plan` and `inputs` make in the folder `tuned`.
    pub(super) fn new(tuned: &Path, plan: Plan, inputs: Vec<HashedFile>) -> Self {
        let Plan {
            name,
            format,
            settings,
            output,
        } = plan;
        let hashes = inputs.iter().map(|file| [&file.role, &file.sha256]);
        let hashes: Vec<[&String; 2]> = hashes.collect();
        let identity = json!({
            "step": name,
            "format": format,
            "settings": settings,
            "inputs": hashes,
        });
        let key = hash_text(&identity.to_string());
        let folder = format!("{name}-{}", &key[..DIGITS]);
        Self {
            name,
            settings,
            inputs,
            relative: Path::new(TUNED_FOLDER).join(&folder),
            folder: tuned.join(folder),
            output,
            key,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Where everything is that it makes.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The same, relative to the folder of the run.
    pub(super) fn relative(&self) -> &Path {
        &self.relative
    }

    /// The file that it makes.
    pub(super) fn output(&self) -> PathBuf {
        self.folder.join(self.output)
    }

    /// What it was made from and made, if it is finished.
    ///
    /// # Errors
    /// A record that is broken or of another step; an output that is not what it was when the step finished.
    pub(super) fn finished(&self) -> Result<Option<TunedStep>> {
        let path = self.folder.join(RECORD);
        if !path.exists() {
            return Ok(None);
        }
        let again = || format!("remove {} to make it again", self.folder.display());
        let made: TunedStep = read_json(&path, "the record of a step").with_context(again)?;
        ensure!(
            made.key == self.key,
            "{}: expected the key {}, found {}; {}",
            path.display(),
            self.key,
            made.key,
            again()
        );
        let output = self.output();
        let found = hash_file("", &output, &mut |_| {}).with_context(again)?;
        ensure!(
            found.sha256 == made.output.sha256,
            "{}: expected the SHA-256 {} that it was made with, found {}; {}",
            output.display(),
            made.output.sha256,
            found.sha256,
            again()
        );
        Ok(Some(made))
    }

    /// Records that the output is there.
    ///
    /// # Errors
    /// Files that cannot be read or written.
    pub(super) fn finish(&self) -> Result<TunedStep> {
        let output = hash_file(self.name, &self.output(), &mut |_| {})?;
        let shown = |file: &HashedFile| HashedFile {
            path: project::shown(&file.path),
            ..file.clone()
        };
        let made = TunedStep {
            step: self.name.to_owned(),
            key: self.key.clone(),
            settings: self.settings.clone(),
            inputs: self.inputs.iter().map(shown).collect(),
            output: HashedFile {
                path: self.relative.join(self.output),
                ..output
            },
        };
        let text = serde_json::to_string_pretty(&made)? + "\n";
        write_atomically(&self.folder.join(RECORD), text.as_bytes())?;
        Ok(made)
    }
}
