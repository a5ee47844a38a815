//! A checkpoint in several files, and the index that says which tensor lies in which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use counterpoise_data::read_json;
use serde::Deserialize;

use crate::WeightsError;

/// A file of weights; of a sharded checkpoint, with the names that its index lists for it.
pub(crate) struct WeightFile {
    pub(crate) path: PathBuf,
    listed: Option<Listed>,
}

/// What an index says of one shard.
struct Listed {
    index: PathBuf,
    names: BTreeSet<String>,
}

impl WeightFile {
    /// A file that holds all there is.
    pub(crate) fn whole(path: PathBuf) -> Self {
        Self { path, listed: None }
    }

    /// Refuses a listed shard that is not there.
    pub(crate) fn check_exists(&self) -> Result<(), WeightsError> {
        match &self.listed {
            Some(Listed { index, names }) if !self.path.exists() => {
                Err(WeightsError::MissingShard {
                    path: self.path.clone(),
                    index: index.clone(),
                    tensors: names.len(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Compares the tensors found in the file with those its index lists for it, less those that `may_lack` says a file
    /// may have or not.
    pub(crate) fn check_names<'a>(
        &self,
        found: impl Iterator<Item = &'a String>,
        may_lack: impl Fn(&str) -> bool,
    ) -> Result<(), WeightsError> {
        let Some(Listed { index, names }) = &self.listed else {
            return Ok(());
        };
        let found: BTreeSet<String> = found.cloned().collect();
        let less = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
            let names = one.difference(other).filter(|name| !may_lack(name));
            names.cloned().collect::<Vec<_>>()
        };
        let (missing, unlisted) = (less(names, &found), less(&found, names));
        if missing.is_empty() && unlisted.is_empty() {
            return Ok(());
        }
        Err(WeightsError::Shard {
            path: self.path.clone(),
            index: index.clone(),
            missing,
            unlisted,
        })
    }
}

/// `*.index.json`: which shard holds which tensor.
#[derive(Deserialize)]
struct ShardIndex {
    weight_map: BTreeMap<String, String>,
}

/// The shards that an index lists, whether they exist or not.
pub(crate) fn shards(index: &Path) -> Result<Vec<WeightFile>, WeightsError> {
    let ShardIndex { weight_map } = read_json(index, "a shard index with weight_map")?;
    let mut names_by_shard: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, shard) in weight_map {
        names_by_shard.entry(shard).or_default().insert(name);
    }
    let shard = |(shard, names): (String, BTreeSet<String>)| {
        if Path::new(&shard).file_name() != Some(shard.as_ref()) {
            return Err(WeightsError::ShardName {
                path: index.to_owned(),
                found: shard,
            });
        }
        let listed = Listed {
            index: index.to_owned(),
            names,
        };
        Ok(WeightFile {
            path: index.with_file_name(&shard),
            listed: Some(listed),
        })
    };
    names_by_shard.into_iter().map(shard).collect()
}
