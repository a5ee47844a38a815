//! A checkpoint in several files, and the index that says which tensor lies in which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use counterpoise_data::read_json;
use serde::Deserialize;

use crate::ModelError;

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

    /// Compares the tensors found in the file with those its index lists for it.
    pub(crate) fn check_names<'a>(
        &self,
        found: impl Iterator<Item = &'a String>,
    ) -> Result<(), ModelError> {
        let Some(Listed { index, names }) = &self.listed else {
            return Ok(());
        };
        let found: BTreeSet<String> = found.cloned().collect();
        if found == *names {
            return Ok(());
        }
        Err(ModelError::Shard {
            path: self.path.clone(),
            index: index.clone(),
            missing: names.difference(&found).cloned().collect(),
            unlisted: found.difference(names).cloned().collect(),
        })
    }
}

/// `*.index.json`: which shard holds which tensor.
#[derive(Deserialize)]
struct ShardIndex {
    weight_map: BTreeMap<String, String>,
}

/// The shards that an index lists, all of which exist.
pub(crate) fn shards(index: &Path) -> Result<Vec<WeightFile>, ModelError> {
    let ShardIndex { weight_map } = read_json(index, "a shard index with weight_map")?;
    let mut names_by_shard: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, shard) in weight_map {
        names_by_shard.entry(shard).or_default().insert(name);
    }
    let shard = |(shard, names): (String, BTreeSet<String>)| {
        if Path::new(&shard).file_name() != Some(shard.as_ref()) {
            return Err(ModelError::ShardName {
                path: index.to_owned(),
                found: shard,
            });
        }
        let path = index.with_file_name(&shard);
        if !path.exists() {
            return Err(ModelError::MissingShard {
                path,
                index: index.to_owned(),
                tensors: names.len(),
            });
        }
        let listed = Listed {
            index: index.to_owned(),
            names,
        };
        Ok(WeightFile {
            path,
            listed: Some(listed),
        })
    };
    names_by_shard.into_iter().map(shard).collect()
}
