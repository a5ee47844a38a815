//! A second set of weights in a folder: whether it says the same as the one that is read.

use std::path::Path;

use crate::WeightsError;
use crate::folder::Set;
use crate::layout::Layout;
use crate::stored::Stored;
use crate::weights::Weights;

/// What is to be said of `other`, which lies beside the set that was read.
pub(crate) fn compare(weights: &Weights, read: &Set, other: &Set, layout: &Layout) -> String {
    let (read, beside) = (file_name(&read.first), file_name(&other.first));
    let found = match Weights::of_set(other, layout) {
        Err(WeightsError::MissingShard { .. }) => "lists shards that are not there".to_owned(),
        Err(error) => format!("cannot be compared with it: {error}"),
        Ok(other) => match weights.difference(&other) {
            None => "holds the same weights".to_owned(),
            Some(difference) => format!("DIFFERS from it: {difference}"),
        },
    };
    format!("read from {read}, as `transformers` does; {beside} beside it is not read, and {found}")
}

/// The first difference: names, then shapes, then values, the small tensors first.
pub(crate) fn difference(one: &Weights, other: &Weights) -> Option<String> {
    let (ours, theirs) = (&one.tensors, &other.tensors);
    if let Some(name) = ours.keys().find(|name| !theirs.contains_key(*name)) {
        return Some(format!("it lacks `{name}`"));
    }
    if let Some(name) = theirs.keys().find(|name| !ours.contains_key(*name)) {
        return Some(format!("it has `{name}` too"));
    }
    let mut pairs: Vec<(&String, &Stored, &Stored)> = ours
        .iter()
        .filter_map(|(name, ours)| Some((name, ours, theirs.get(name)?)))
        .collect();
    for (name, ours, theirs) in &pairs {
        if ours.shape != theirs.shape {
            let (ours, theirs) = (&ours.shape, &theirs.shape);
            return Some(format!("its `{name}` is {theirs:?} and not {ours:?}"));
        }
    }
    // The small ones first: where sets differ, nearly all tensors do.
    pairs.sort_by_key(|(_, ours, _)| ours.len());
    pairs
        .into_iter()
        .find_map(|(name, ours, theirs)| difference_of_values(name, ours, theirs))
}

fn difference_of_values(name: &str, ours: &Stored, theirs: &Stored) -> Option<String> {
    let (one, other) = match (ours.values(), theirs.values()) {
        (Ok(one), Ok(other)) => (one, other),
        (Err(error), _) | (_, Err(error)) => return Some(format!("`{name}`: {error}")),
    };
    if one == other {
        return None;
    }
    let apart = one
        .iter()
        .zip(&other)
        .map(|(one, other)| (one - other).abs());
    let most = apart.fold(0.0, f32::max);
    let (one, other) = (&ours.element, &theirs.element);
    let types = if one == other {
        String::new()
    } else {
        format!(" ({other} and not {one})")
    };
    Some(format!(
        "values of its `{name}` are up to {most:e} away{types}"
    ))
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
