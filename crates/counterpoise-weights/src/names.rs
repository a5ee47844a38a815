//! The names of a file's tensors, sorted by what they are: a model's fields, whatever wraps them; heads; LoRA; what
//! trainers store beside a model.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::layout::Layout;
use crate::lora::{Factor, Factors};
use crate::stored::Stored;
use crate::{WeightsError, beside};

/// What wrappers put in front of a model's names, or between them.
const INFIXES: [&str; 7] = [
    "module",
    "_module",
    "_orig_mod",
    "_fsdp_wrapped_module",
    "_checkpoint_wrapped_module",
    "_forward_module",
    "base_layer",
];

/// Dictionaries and classes that hold a model.
const WRAPPERS: [&str; 16] = [
    "state",
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "policy",
    "transformer",
    "base_model",
    "pretrained_model",
    "net",
    "network",
    "gpt",
    "gpt2",
    "gpt_neox",
    "lm",
    "actor",
];

/// What PEFT wraps a layer in that was trained whole, beside its first values.
const TRAINED_WHOLE: [&str; 2] = ["modules_to_save", "original_module"];

/// Tensors of a file, by what they are.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    /// The model's fields.
    pub(crate) fields: BTreeMap<String, Stored>,
    /// Output heads, under any of their names.
    pub(crate) heads: Vec<Stored>,
    /// LoRA's factors.
    pub(crate) factors: Factors,
    /// Whatever else there is, without what wraps it.
    pub(crate) others: BTreeMap<String, Stored>,
    /// What was left out, and why.
    pub(crate) remarks: Vec<String>,
}

/// Sorts the tensors of `path`.
///
/// # Errors
/// Two tensors for one field; an optimiser's state alone; layers that PEFT trained whole.
pub(crate) fn sort(
    path: &Path,
    tensors: BTreeMap<String, Stored>,
    layout: &Layout,
) -> Result<Sorted, WeightsError> {
    let mut sorted = Sorted::default();
    let mut roots = BTreeSet::new();
    let mut left = Vec::new();
    for (name, tensor) in tensors {
        let clean = without_infixes(&name);
        if clean.split('.').any(|part| TRAINED_WHOLE.contains(&part)) {
            return Err(beside::trained_whole(path, &name));
        }
        if let Some(factor) = Factor::parse(&clean, layout, tensor.clone()) {
            roots.insert(factor.root.clone());
            sorted.factors.push(factor);
        } else if let Some((root, field)) = layout.split(&clean) {
            if tensor.shape == [0] {
                return Err(WeightsError::Partitioned {
                    path: path.to_owned(),
                    tensor: field.to_owned(),
                });
            }
            roots.insert(root.to_owned());
            insert(path, &mut sorted.fields, field, tensor)?;
        } else {
            left.push((clean, tensor));
        }
    }
    beside::refuse_optimiser_alone(path, &roots, &left)?;
    let mut left_out = beside::LeftOut::default();
    for (name, tensor) in left {
        let bare = bare(&name, &roots);
        if (layout.is_buffer)(bare) || left_out.take(&name, bare, &tensor) {
            continue;
        } else if layout.is_head(bare) {
            sorted.heads.push(tensor);
        } else {
            insert(path, &mut sorted.others, bare, tensor)?;
        }
    }
    // The model's own name for it first.
    sorted
        .heads
        .sort_by_key(|head| !head.name.ends_with(layout.head));
    sorted.remarks = left_out.remarks();
    sorted.remarks.extend(unknown(&roots));
    Ok(sorted)
}

fn insert(
    path: &Path,
    tensors: &mut BTreeMap<String, Stored>,
    field: &str,
    tensor: Stored,
) -> Result<(), WeightsError> {
    let name = tensor.name.clone();
    match tensors.insert(field.to_owned(), tensor) {
        None => Ok(()),
        Some(other) => Err(WeightsError::StoredTwice {
            path: path.to_owned(),
            tensor: field.to_owned(),
            names: [other.name, name],
        }),
    }
}

/// A name without what wrappers put between its parts.
pub(crate) fn without_infixes(name: &str) -> String {
    let parts: Vec<&str> = name
        .split('.')
        .filter(|part| !INFIXES.contains(part))
        .collect();
    parts.join(".")
}

/// A name without the part that it shares with the places of the model, and without wrappers.
pub(crate) fn bare<'a>(name: &'a str, roots: &BTreeSet<String>) -> &'a str {
    let shared = |root: &String| {
        let parts = root.split_inclusive('.').zip(name.split_inclusive('.'));
        let same = parts.take_while(|(one, other)| one == other);
        same.map(|(part, _)| part.len()).sum::<usize>()
    };
    let mut bare = &name[roots.iter().map(shared).max().unwrap_or(0)..];
    while let Some((first, rest)) = bare.split_once('.') {
        if !WRAPPERS.contains(&first) {
            break;
        }
        bare = rest;
    }
    bare
}

/// What is said of places where no model is expected.
fn unknown(roots: &BTreeSet<String>) -> Option<String> {
    let known = |root: &String| {
        let mut parts = root.split('.').filter(|part| !part.is_empty());
        parts.all(|part| WRAPPERS.contains(&part))
    };
    let root = roots.iter().find(|root| !known(root))?;
    Some(format!(
        "the only model of the file lies under `{}`, and was read from there",
        counterpoise_data::shortened(root.trim_end_matches('.'))
    ))
}
