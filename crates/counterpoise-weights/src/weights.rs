//! The weights of a model, under the names of its fields, from whatever files they lie in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::adapter_config::AdapterConfig;
use crate::folder::{Set, Source, sets, source};
use crate::layout::{Layout, Tying};
use crate::safetensors_file::SafetensorsFile;
use crate::stored::{Element, Stored};
use crate::{WeightsError, adapter_config, lora, names, neighbours, safetensors_file, torch_file};

/// A model's weights: names, shapes and element types, the values left in the files until they are asked for.
#[derive(Debug)]
pub struct Weights {
    /// Where they came from.
    pub path: PathBuf,
    /// The tensors, by field; those that the model does not know, by the names they have there.
    pub tensors: BTreeMap<String, Stored>,
    /// What a reader of the results should know: what was left out, merged, or lies beside and differs.
    pub remarks: Vec<String>,
    /// Heads of a model whose head is its embedding.
    heads: Vec<Stored>,
}

/// What is stored as the head of a model whose configuration says that it is the embedding.
#[derive(Debug)]
pub enum Head {
    /// Nothing, or the embedding once more.
    Tied,
    /// Other values than the embedding's.
    Differs(Stored),
}

impl Weights {
    /// Reads the headers of a weight file, or of the weight files of a folder.
    ///
    /// # Errors
    /// Files that cannot be read or break their format; code in a pickle; a shard that is missing; two tensors for one
    /// field; an optimiser's state; an adapter, which needs the model it was trained on ([`open_onto`](Self::open_onto)).
    pub fn open(path: &Path, layout: &Layout) -> Result<Self, WeightsError> {
        match source(path)? {
            Source::Set(set) => Self::of_path(path, &set, layout),
            Source::Adapter { file, .. } => Err(WeightsError::AdapterAlone { path: file }),
        }
    }

    /// The same for a model tuned from the one in the folder `base`, whose weights a LoRA adapter is added to.
    ///
    /// # Errors
    /// As for [`open`](Self::open); an adapter that is not plain LoRA, or of another model.
    pub fn open_onto(base: &Path, path: &Path, layout: &Layout) -> Result<Self, WeightsError> {
        let Source::Adapter { folder, file } = source(path)? else {
            return Self::open(path, layout);
        };
        let config = AdapterConfig::read(&folder)?;
        let factors = lora::factors(&file, read(&file)?, layout)?;
        let mut weights = Self::open(base, layout)?;
        let count = lora::merge(
            &file,
            factors,
            &config,
            layout.matrices,
            &mut weights.tensors,
        )?;
        weights.path = path.to_owned();
        weights.remarks.push(merged(count));
        Ok(weights)
    }

    fn of_path(path: &Path, set: &Set, layout: &Layout) -> Result<Self, WeightsError> {
        let mut weights = Self::of_set(set, layout)?;
        weights.path = path.to_owned();
        if path.is_dir() {
            let others = sets(path).into_iter().skip(1);
            let remarks: Vec<String> = others
                .map(|other| neighbours::compare(&weights, set, &other, layout))
                .collect();
            weights.remarks.extend(remarks);
        }
        Ok(weights)
    }

    /// The weights of one set of files, whatever else lies beside them.
    pub(crate) fn of_set(set: &Set, layout: &Layout) -> Result<Self, WeightsError> {
        let path = &set.first;
        let mut tensors = BTreeMap::new();
        for file in set.files()? {
            file.check_exists()?;
            let stored = read(&file.path)?;
            let is_head =
                |name: &str| layout.is_head(names::bare(&names::without_infixes(name), &[].into()));
            file.check_names(stored.keys(), is_head)?;
            for (name, tensor) in stored {
                if tensors.insert(name.clone(), tensor).is_some() {
                    return Err(WeightsError::TensorTwice {
                        path: path.clone(),
                        tensor: name,
                    });
                }
            }
        }
        let sorted = names::sort(path, tensors, layout)?;
        let mut weights = Self {
            path: path.clone(),
            tensors: sorted.fields,
            remarks: sorted.remarks,
            heads: sorted.heads,
        };
        if !sorted.factors.is_empty() {
            weights.merge_inside(path, sorted.factors, layout)?;
        }
        weights.tensors.extend(sorted.others);
        weights.place_heads(layout)?;
        Ok(weights)
    }

    /// Adds the factors that a state dict holds beside the weights they belong to.
    fn merge_inside(
        &mut self,
        path: &Path,
        factors: lora::Factors,
        layout: &Layout,
    ) -> Result<(), WeightsError> {
        let folder = path.parent().unwrap_or(Path::new(""));
        if !folder.join(adapter_config::NAME).is_file() {
            return Err(WeightsError::UnknownScale {
                path: path.to_owned(),
            });
        }
        if self.tensors.is_empty() {
            return Err(WeightsError::AdapterAlone {
                path: path.to_owned(),
            });
        }
        let config = AdapterConfig::read(folder)?;
        let count = lora::merge(path, factors, &config, layout.matrices, &mut self.tensors)?;
        self.remarks.push(merged(count));
        Ok(())
    }

    /// Puts heads where the model looks for them.
    fn place_heads(&mut self, layout: &Layout) -> Result<(), WeightsError> {
        match layout.tying {
            Tying::Untied => {
                let mut heads = std::mem::take(&mut self.heads).into_iter();
                if let Some(head) = heads.next() {
                    if let Some(other) = heads.next() {
                        return Err(WeightsError::StoredTwice {
                            path: self.path.clone(),
                            tensor: layout.head.to_owned(),
                            names: [head.name, other.name],
                        });
                    }
                    self.tensors.insert(layout.head.to_owned(), head);
                }
            }
            Tying::Tied if !self.tensors.contains_key(layout.embedding) => {
                // A file that keeps one of two names for a shared tensor may keep the head's.
                if !self.heads.is_empty() {
                    let head = self.heads.remove(0);
                    self.tensors.insert(layout.embedding.to_owned(), head);
                }
            }
            Tying::Tied => {}
        }
        Ok(())
    }

    /// Compares the stored heads of a tied model with its embedding, by value.
    ///
    /// # Errors
    /// Values that cannot be read; two heads that both differ.
    pub fn take_head(&mut self, layout: &Layout) -> Result<Head, WeightsError> {
        let Some(embedding) = self.tensors.get(layout.embedding) else {
            return Ok(Head::Tied); // reported as missing
        };
        if self.heads.is_empty() {
            return Ok(Head::Tied);
        }
        let expected = self.values(embedding)?;
        let mut differing = Vec::new();
        for head in std::mem::take(&mut self.heads) {
            if let Element::Other(found) = &head.element {
                return Err(WeightsError::Elements {
                    path: self.path.clone(),
                    tensor: head.name,
                    found: found.clone(),
                });
            }
            if head.shape != embedding.shape || self.values(&head)? != expected {
                differing.push(head);
            }
        }
        let mut differing = differing.into_iter();
        match (differing.next(), differing.next()) {
            (None, _) => Ok(Head::Tied),
            (Some(head), None) => Ok(Head::Differs(head)),
            (Some(head), Some(other)) => Err(WeightsError::StoredTwice {
                path: self.path.clone(),
                tensor: layout.head.to_owned(),
                names: [head.name, other.name],
            }),
        }
    }

    fn values(&self, tensor: &Stored) -> Result<Vec<f32>, WeightsError> {
        tensor.values().map_err(|reason| WeightsError::Unreadable {
            path: self.path.clone(),
            format: "weight",
            reason: format!("`{}`: {reason}", tensor.name),
            remedy: "copy the file again",
        })
    }

    /// The first thing in which `other` differs, in words: a name, a shape or a value. Values are read up to there.
    pub fn difference(&self, other: &Self) -> Option<String> {
        neighbours::difference(self, other)
    }

    /// Refuses tensors that are not made of floats.
    ///
    /// # Errors
    /// The first of them.
    pub fn check_elements(&self) -> Result<(), WeightsError> {
        for (name, tensor) in &self.tensors {
            if let Element::Other(found) = &tensor.element {
                return Err(WeightsError::Elements {
                    path: self.path.clone(),
                    tensor: name.clone(),
                    found: found.clone(),
                });
            }
        }
        Ok(())
    }
}

/// The files that the weights at `path` are read from: itself, or those a folder holds. Shards are
/// named as their index has them, whether they are there or not.
///
/// # Errors
/// A folder without weights, or with a broken shard index.
pub fn weight_files(path: &Path) -> Result<Vec<PathBuf>, WeightsError> {
    match source(path)? {
        Source::Set(set) => Ok(set.files()?.into_iter().map(|file| file.path).collect()),
        Source::Adapter { folder, file } => Ok(vec![folder.join(adapter_config::NAME), file]),
    }
}

/// The tensors of one file, by the names in it.
fn read(path: &Path) -> Result<BTreeMap<String, Stored>, WeightsError> {
    let is_safetensors = path.extension().is_some_and(|end| end == "safetensors");
    if is_safetensors {
        let SafetensorsFile {
            mut tensors,
            metadata,
        } = safetensors_file::read(path)?;
        // `safetensors` keeps one name of a shared tensor, and notes the others: left out → kept.
        for (left_out, kept) in metadata {
            if let Some(tensor) = tensors.get(&kept).cloned() {
                tensors.entry(left_out).or_insert(tensor);
            }
        }
        Ok(tensors)
    } else {
        torch_file::read(path)
    }
}

fn merged(count: usize) -> String {
    format!("a LoRA adapter was merged into the base's weights ({count} of them)")
}
