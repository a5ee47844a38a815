//! Checkpoints from which a run resumes exactly as if it had never stopped.
//!
//! A checkpoint is a folder of three files: the parameters, the optimizer's state, and
//! `training.json`, which names the others (a run may keep a second model), their SHA-256, the step, the settings and a digest
//! of the examples. The order of examples depends on the seed and the step alone, so there is no
//! generator state to keep. `training.json` is replaced last: an interrupted save leaves the
//! checkpoint before it in place.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::optim::OptimizerRecord;
use burn::store::ModuleRecord;
use counterpoise_data::write_atomically;
use counterpoise_model::Transformer;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::TrainError;
use crate::trainee::Trainee;
use crate::windows::hex;

/// The file that names the others.
const MANIFEST: &str = "training.json";

/// What a run must agree on with the checkpoint it resumes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// Which kind of training.
    pub(crate) kind: String,
    /// Its settings.
    pub(crate) settings: Value,
    /// Digest of its examples.
    pub(crate) examples_sha256: String,
}

impl Identity {
    pub(crate) fn new<S: Serialize>(
        kind: &str,
        settings: &S,
        examples_sha256: String,
    ) -> Result<Self, TrainError> {
        let settings = serde_json::to_value(settings)
            .map_err(|error| TrainError::setting("settings", "values that JSON can hold", error))?;
        Ok(Self {
            kind: kind.to_owned(),
            settings,
            examples_sha256,
        })
    }
}

/// The content of `training.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    #[serde(flatten)]
    identity: Identity,
    step: usize,
    parameters: File,
    optimizer: File,
    /// Another model, which the run may end with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    best: Option<File>,
    /// What the kind of training keeps beside the model.
    kept: Value,
}

/// A file of the checkpoint's folder.
#[derive(Debug, Serialize, Deserialize)]
struct File {
    name: String,
    sha256: String,
}

/// What a checkpoint gives back.
pub(crate) struct Saved<E> {
    pub(crate) trainee: Trainee,
    pub(crate) kept: E,
    /// The model that the run may end with, if it kept one.
    pub(crate) best: Option<Transformer>,
}

/// Writes `trainee` and what its run keeps beside it to `folder`, replacing the checkpoint there. All files are named by the
/// trainee's step, so that none of the checkpoint before is written over.
pub(crate) fn save<E: Serialize>(
    folder: &Path,
    identity: &Identity,
    trainee: &Trainee,
    kept: &E,
    best: Option<&Transformer>,
) -> Result<(), TrainError> {
    fs::create_dir_all(folder)
        .map_err(|error| fault(folder, "a folder that can be written to", error))?;
    let step = trainee.step();
    let superseded = files(folder)?;

    let parameters = format!("parameters-{step:06}.bpk");
    let written = |model: &Transformer, name: &str| {
        let path = folder.join(name);
        let record = model.clone().into_record();
        (record.save(&path)).map_err(|error| fault(&path, "a file that can be written", error))
    };
    written(&trainee.model, &parameters)?;
    let best = match best {
        Some(model) => {
            let name = format!("best-{step:06}.bpk");
            written(model, &name)?;
            Some(File::of(folder, name)?)
        }
        None => None,
    };

    let optimizer = format!("optimizer-{step:06}.bpk");
    let path = folder.join(&optimizer);
    trainee
        .optimizer
        .save(&path)
        .map_err(|error| fault(&path, "a file that can be written", error))?;

    let path = folder.join(MANIFEST);
    let unwritable = |error| fault(&path, "values that JSON can hold", error);
    let manifest = Manifest {
        identity: identity.clone(),
        step,
        parameters: File::of(folder, parameters)?,
        optimizer: File::of(folder, optimizer)?,
        best,
        kept: serde_json::to_value(kept).map_err(unwritable)?,
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(unwritable)?;
    write_atomically(&path, &text)?;

    let named = [&manifest.parameters, &manifest.optimizer];
    let current = named.into_iter().chain(&manifest.best);
    let current: Vec<&str> = current.map(|file| file.name.as_str()).collect();
    for path in superseded {
        let name = path.file_name().unwrap_or_default();
        if current.iter().all(|&current| name != current) {
            fs::remove_file(&path).map_err(|error| fault(&path, "a file to remove", error))?;
        }
    }
    Ok(())
}

/// Puts the state saved in `folder` into `trainee`, which gives the shapes and the optimizer's
/// rule, and returns it with what its run kept.
pub(crate) fn load<E: DeserializeOwned>(
    folder: &Path,
    identity: &Identity,
    trainee: Trainee,
) -> Result<Saved<E>, TrainError> {
    let path = folder.join(MANIFEST);
    let text = fs::read(&path).map_err(|error| fault(&path, "a training checkpoint", error))?;
    let broken = |error| fault(&path, "a training checkpoint", error);
    let manifest: Manifest = serde_json::from_slice(&text).map_err(broken)?;
    same(&path, identity, &manifest.identity)?;
    let kept = serde_json::from_value(manifest.kept).map_err(broken)?;

    let read = |file: &File, shapes: Transformer| {
        let path = file.verified(folder)?;
        let model = ModuleRecord::load(&path).and_then(|record| shapes.try_load_record(record));
        model.map_err(|error| fault(&path, "parameters of the given model's shapes", error))
    };
    let model = read(&manifest.parameters, trainee.model.clone())?;
    let best = match &manifest.best {
        Some(file) => Some(read(file, trainee.model.valid())?),
        None => None,
    };

    let path = manifest.optimizer.verified(folder)?;
    let record = OptimizerRecord::load(&path)
        .map_err(|error| fault(&path, "the optimizer's state", error))?;
    let optimizer = trainee.optimizer.clone().load_record(record);

    Ok(Saved {
        trainee: trainee.restore(model, optimizer, manifest.step),
        kept,
        best,
    })
}

/// Refuses to resume a run of another kind, other settings or other examples.
fn same(path: &Path, expected: &Identity, found: &Identity) -> Result<(), TrainError> {
    let differs = |expected: &str, found: &str| Err(fault(path, expected, found));
    if expected.kind != found.kind {
        return differs(&expected.kind, &found.kind);
    }
    if expected.settings != found.settings {
        return differs(
            &format!("a run with settings {}", expected.settings),
            &format!("one with {}", found.settings),
        );
    }
    if expected.examples_sha256 != found.examples_sha256 {
        return differs(
            "a run on the given examples",
            "one on other examples; resume with those it began with",
        );
    }
    Ok(())
}

/// The parameter and optimizer files in `folder`, and what saves that were killed left of theirs.
fn files(folder: &Path) -> Result<Vec<PathBuf>, TrainError> {
    let unreadable = |error| fault(folder, "a folder that can be read", error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let ours = ["parameters-", "optimizer-", "best-"];
        let ours = ours.iter().any(|start| name.starts_with(start));
        if ours && (name.ends_with(".bpk") || name.ends_with(".tmp")) {
            paths.push(path);
        }
    }
    Ok(paths)
}

impl File {
    /// The file `name` as it is now.
    fn of(folder: &Path, name: String) -> Result<Self, TrainError> {
        let sha256 = sha256(&folder.join(&name))?;
        Ok(Self { name, sha256 })
    }

    /// Its path, when its bytes are those that were saved.
    fn verified(&self, folder: &Path) -> Result<PathBuf, TrainError> {
        let path = folder.join(&self.name);
        let found = sha256(&path)?;
        if found != self.sha256 {
            let expected = format!("SHA-256 {} as saved", self.sha256);
            let found = format!("{found}; the file is damaged, go back to another checkpoint");
            return Err(fault(&path, expected, found));
        }
        Ok(path)
    }
}

fn sha256(path: &Path) -> Result<String, TrainError> {
    let hashed = fs::File::open(path).and_then(|mut file| {
        let mut hash = Hashing(Sha256::new());
        io::copy(&mut file, &mut hash)?;
        Ok(hex(&hash.0.finalize()))
    });
    hashed.map_err(|error| fault(path, "a file of the checkpoint", error))
}

/// A hash as a sink of bytes.
struct Hashing(Sha256);

impl io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn fault(path: &Path, expected: impl Into<String>, found: impl ToString) -> TrainError {
    TrainError::Checkpoint {
        path: path.to_owned(),
        expected: expected.into(),
        found: found.to_string(),
    }
}
