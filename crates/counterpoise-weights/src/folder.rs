//! A folder of weights: the sets it may hold, in the order in which `transformers` looks for them.

use std::path::{Path, PathBuf};

use crate::shards::{WeightFile, shards};
use crate::{WeightsError, adapter_config};

/// The first file of each set, in that order.
const SETS: [&str; 4] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];

/// The files that an adapter's factors may be in.
const ADAPTERS: [&str; 2] = ["adapter_model.safetensors", "adapter_model.bin"];

/// What a path leads to.
pub(crate) enum Source {
    /// One file, or the first set of a folder.
    Set(Set),
    /// An adapter's factors, to be added to another model's weights.
    Adapter {
        /// The folder with the configuration.
        folder: PathBuf,
        /// The factors.
        file: PathBuf,
    },
}

/// Files that together hold a model.
pub(crate) struct Set {
    /// The file by which it was found.
    pub(crate) first: PathBuf,
}

impl Set {
    /// Its files.
    ///
    /// # Errors
    /// A broken index.
    pub(crate) fn files(&self) -> Result<Vec<WeightFile>, WeightsError> {
        if self.first.to_string_lossy().ends_with(".index.json") {
            shards(&self.first)
        } else {
            Ok(vec![WeightFile::whole(self.first.clone())])
        }
    }
}

/// What the weights at `path` are read from.
///
/// # Errors
/// A folder that holds no weights, or both a model and an adapter.
pub(crate) fn source(path: &Path) -> Result<Source, WeightsError> {
    if !path.is_dir() {
        let is_adapter = path
            .file_name()
            .is_some_and(|name| ADAPTERS.iter().any(|one| name == *one));
        let folder = path.parent().unwrap_or(path);
        return Ok(
            if is_adapter && folder.join(adapter_config::NAME).is_file() {
                adapter(folder, path.to_owned())
            } else {
                Source::Set(Set {
                    first: path.to_owned(),
                })
            },
        );
    }
    let set = sets(path).into_iter().next();
    let has_config = path.join(adapter_config::NAME).is_file();
    let file = ADAPTERS.iter().map(|name| path.join(name));
    let file = file.filter(|_| has_config).find(|file| file.is_file());
    match (set, file) {
        (Some(set), Some(file)) => Err(WeightsError::ModelAndAdapter {
            path: path.to_owned(),
            model: set.first,
            adapter: file,
        }),
        (Some(set), None) => Ok(Source::Set(set)),
        (None, Some(file)) => Ok(adapter(path, file)),
        (None, None) if has_config => Err(WeightsError::NoWeights {
            path: path.to_owned(),
            expected: ADAPTERS.join(", "),
        }),
        (None, None) => Err(WeightsError::NoWeights {
            path: path.to_owned(),
            expected: SETS.join(", "),
        }),
    }
}

fn adapter(folder: &Path, file: PathBuf) -> Source {
    Source::Adapter {
        folder: folder.to_owned(),
        file,
    }
}

/// The sets of a folder, the one that is read first.
pub(crate) fn sets(folder: &Path) -> Vec<Set> {
    let files = SETS.iter().map(|name| folder.join(name));
    files
        .filter(|file| file.is_file())
        .map(|first| Set { first })
        .collect()
}
