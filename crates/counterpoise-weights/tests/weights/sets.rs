//! Folders with more than one set of weights: the order of `transformers`, and what is said of the others.

use std::fs;
use std::path::Path;

use counterpoise_weights::{Weights, WeightsError, weight_files};
use serde_json::json;

use crate::made::{Made, Tensors, model, write};
use crate::{folder, two_fields};

const SHARD: &str = "model-00001-of-00001.safetensors";

/// The same model with its first value changed.
fn changed(by: f32) -> Tensors {
    let mut tensors = model("transformer.");
    let a = tensors.get_mut("transformer.h.0.a.weight").unwrap();
    *a = Made::rows(2, &[1.0 + by, 2.0, 3.0, 4.0, 5.0, 6.0]);
    tensors
}

/// Writes a shard and an index of it.
fn write_sharded(folder: &Path, tensors: &Tensors) {
    write(&folder.join(SHARD), tensors);
    write_index(folder, tensors);
}

fn write_index(folder: &Path, tensors: &Tensors) {
    let names = tensors.keys().map(|name| (name.clone(), json!(SHARD)));
    let map: serde_json::Value = names.collect();
    let index = folder.join("model.safetensors.index.json");
    fs::write(index, json!({"weight_map": map}).to_string()).unwrap();
}

fn first_value(weights: &Weights) -> f32 {
    weights.tensors["h.0.a.weight"].values().unwrap()[0]
}

fn open(folder: &Path) -> Weights {
    Weights::open(folder, &two_fields()).unwrap()
}

#[test]
fn the_whole_file_comes_before_the_shards_and_both_are_compared() {
    let folder = folder();
    let path = folder.path();
    write_sharded(path, &changed(0.5));
    assert_eq!(first_value(&open(path)), 1.5);
    assert!(open(path).remarks.is_empty());
    write(&path.join("model.safetensors"), &changed(0.0));
    let weights = open(path);
    assert_eq!(first_value(&weights), 1.0);
    assert_eq!(
        weights.remarks,
        [
            "read from model.safetensors, as `transformers` does; model.safetensors.index.json beside it is not read, \
          and DIFFERS from it: values of its `h.0.a.weight` are up to 5e-1 away"
        ]
    );
    assert_eq!(
        weight_files(path).unwrap(),
        [path.join("model.safetensors")]
    );
    write_sharded(path, &changed(0.0));
    assert!(open(path).remarks[0].ends_with("holds the same weights"));
}

#[test]
fn names_shapes_and_types_that_differ_are_told() {
    let folder = folder();
    let path = folder.path();
    write(&path.join("model.safetensors"), &changed(0.0));
    let remark = |other: &Tensors| {
        write_sharded(path, other);
        open(path).remarks.join("; ")
    };
    let mut other = changed(0.0);
    other.remove("transformer.wte.weight").unwrap();
    assert!(remark(&other).ends_with("DIFFERS from it: it lacks `wte.weight`"));
    let mut other = changed(0.0);
    other.insert("extra".to_owned(), Made::rows(1, &[0.0]));
    assert!(remark(&other).ends_with("it has `extra` too"));
    let mut other = changed(0.0);
    other.insert(
        "transformer.wte.weight".to_owned(),
        Made::rows(1, &[0.5, -0.5]),
    );
    assert!(remark(&other).ends_with("its `wte.weight` is [1, 2] and not [2, 1]"));
    // 0.5 and small whole numbers lose nothing in bfloat16; 1 + 1/1024 does.
    let brain = |tensors: Tensors| -> Tensors {
        let brains = tensors.into_iter();
        brains.map(|(name, made)| (name, made.brain())).collect()
    };
    assert!(remark(&brain(changed(0.0))).ends_with("holds the same weights"));
    write(&path.join("model.safetensors"), &changed(1.0 / 1024.0));
    assert!(remark(&brain(changed(1.0 / 1024.0))).ends_with("away (BF16 and not F32)"));
}

#[test]
fn a_neighbour_that_cannot_be_read_is_told() {
    let folder = folder();
    let path = folder.path();
    write(&path.join("model.safetensors"), &changed(0.0));
    write_index(path, &changed(0.0));
    let [remark] = &open(path).remarks[..] else {
        panic!("expected one remark")
    };
    assert!(remark.contains("cannot be compared with it"), "{remark}");
    assert!(remark.contains("no such file"), "{remark}");
    fs::remove_file(path.join("model.safetensors.index.json")).unwrap();
    fs::write(path.join("pytorch_model.bin"), "no pickle").unwrap();
    let [remark] = &open(path).remarks[..] else {
        panic!("expected one remark")
    };
    assert!(
        remark.contains("pytorch_model.bin beside it is not read"),
        "{remark}"
    );
}

#[test]
fn shards_come_before_a_pickle_and_their_absence_is_an_error() {
    let folder = folder();
    let path = folder.path();
    write_sharded(path, &changed(0.0));
    fs::write(path.join("pytorch_model.bin"), "no pickle").unwrap();
    assert_eq!(weight_files(path).unwrap(), [path.join(SHARD)]);
    assert_eq!(first_value(&open(path)), 1.0);
    fs::remove_file(path.join(SHARD)).unwrap();
    let error = Weights::open(path, &two_fields()).unwrap_err();
    let message = error.to_string();
    assert!(
        matches!(error, WeightsError::MissingShard { .. }),
        "{message}"
    );
    assert!(message.contains(SHARD), "{message}");
}
