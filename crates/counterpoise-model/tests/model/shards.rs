//! Checkpoints in shards: put together as their index says, and refused where it lies.

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use counterpoise_model::{ModelError, load};
use counterpoise_weights::WeightsError;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::bad_files::message_of;
use crate::pickles::data;
use crate::stored::{Stored, Tensors, empty_folder, load_error, loaded, tensors_of, write};
use crate::{tiny, weights};

const NAMES: [&str; 2] = [
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
];

/// The shard that a tensor lies in.
fn shard(tensor: &str) -> &'static str {
    NAMES[usize::from(tensor.contains("mlp"))]
}

/// A model folder of two shards, the index not yet written.
fn shards(tensors: &Tensors) -> TempDir {
    let folder = empty_folder();
    for name in NAMES {
        let mut part = tensors.clone();
        part.retain(|tensor, _| shard(tensor) == name);
        write(&folder.path().join(name), &part);
    }
    folder
}

fn write_index(folder: &TempDir, weight_map: &Value) {
    let index = json!({"metadata": {"total_size": 0}, "weight_map": weight_map});
    let path = folder.path().join("model.safetensors.index.json");
    fs::write(path, index.to_string()).unwrap();
}

/// What the index of [`shards`] says.
fn weight_map(tensors: &Tensors) -> Value {
    let names = tensors.keys();
    names
        .map(|name| (name.clone(), json!(shard(name))))
        .collect()
}

/// The folder of a model, changed by `change`, with the index it had before.
fn changed(change: impl Fn(&Path)) -> TempDir {
    let tensors = tensors_of(&tiny(3));
    let folder = shards(&tensors);
    write_index(&folder, &weight_map(&tensors));
    change(folder.path());
    folder
}

/// The message for an index with this map, in the folder of a model.
fn refusal(weight_map: &Value) -> String {
    let folder = shards(&tensors_of(&tiny(3)));
    write_index(&folder, weight_map);
    message_of(loaded(&folder), folder.path())
}

#[test]
fn shards_are_put_together() {
    let folder = changed(|_| ());
    assert_eq!(weights(&loaded(&folder).unwrap()), weights(&tiny(3)));
}

#[test]
fn shards_may_be_pickles() {
    let folder = empty_folder();
    fs::copy(
        data("bare_f16.pt"),
        folder.path().join("pytorch_model-00001-of-00001.bin"),
    )
    .unwrap();
    let names = tensors_of(&tiny(3)).into_keys();
    let bare = names.map(|name| name.strip_prefix("transformer.").unwrap().to_owned());
    let map: Value = bare
        .map(|name| (name, json!("pytorch_model-00001-of-00001.bin")))
        .collect();
    let index = folder.path().join("pytorch_model.bin.index.json");
    fs::write(&index, json!({"weight_map": map}).to_string()).unwrap();
    assert!(load(folder.path(), &Device::flex()).is_ok());
}

#[test]
fn a_missing_shard_is_named_and_who_asks_for_it() {
    let folder = changed(|folder| fs::remove_file(folder.join(NAMES[1])).unwrap());
    let message = message_of(loaded(&folder), folder.path());
    for part in [NAMES[1], "no such file", "index.json lists 4 tensors in it"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_truncated_shard_is_named() {
    let folder = changed(|folder| {
        let path = folder.join(NAMES[1]);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    });
    let message = message_of(loaded(&folder), folder.path());
    assert!(message.contains(NAMES[1]), "{message}");
}

#[test]
fn a_tensor_that_its_shard_lacks_is_named_with_the_index() {
    let mut tensors = tensors_of(&tiny(3));
    let map = weight_map(&tensors);
    tensors.remove("transformer.h.0.mlp.c_fc.bias").unwrap();
    let folder = shards(&tensors);
    write_index(&folder, &map);
    let message = message_of(loaded(&folder), folder.path());
    for part in [
        NAMES[1],
        "index.json lists",
        "missing: transformer.h.0.mlp.c_fc.bias; not listed: none",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_tensor_that_the_index_does_not_list_is_named() {
    let mut map = weight_map(&tensors_of(&tiny(3)));
    map.as_object_mut()
        .unwrap()
        .remove("transformer.wpe.weight")
        .unwrap();
    let message = refusal(&map);
    assert!(
        message.contains("missing: none; not listed: transformer.wpe.weight"),
        "{message}"
    );
}

#[test]
fn a_tensor_in_two_shards_is_named() {
    let name = "transformer.wpe.weight";
    let twice = |folder: &Path| {
        let mut part = tensors_of(&tiny(3));
        part.retain(|tensor, _| shard(tensor) == NAMES[1] || tensor == name);
        write(&folder.join(NAMES[1]), &part);
    };
    let message = message_of(loaded(&changed(twice)), std::env::temp_dir().as_path());
    assert!(
        message.contains(NAMES[1]) && message.contains(&format!("not listed: {name}")),
        "{message}"
    );
    // Under names that differ, and both listed.
    let mut tensors = tensors_of(&tiny(3));
    tensors.insert(
        "mlp.wpe.weight".to_owned(),
        Stored::f32(&[6, 4], &[0.0; 24]),
    );
    let other = tensors.remove("mlp.wpe.weight").unwrap();
    tensors.insert("model.wpe.weight".to_owned(), other);
    let folder = shards(&tensors);
    write_index(&folder, &weight_map(&tensors));
    let error = load_error(&folder);
    assert!(
        matches!(&error, ModelError::Weights(WeightsError::StoredTwice { tensor, .. }) if tensor == "wpe.weight"),
        "{error}"
    );
}

#[test]
fn an_index_that_is_none_is_named_with_what_is_wrong() {
    for (index, part) in [
        ("", "found an empty file"),
        (
            "{\"weight_map\": [",
            ":1: expected a shard index with weight_map; found broken JSON",
        ),
        ("{\"weight_map\": {}", "broken JSON"),
        (
            "{\n\"metadata\": {}}",
            ":2: expected a shard index with weight_map; found missing field `weight_map`",
        ),
        (
            "{\"weight_map\": {\"a\": 1}}",
            "integer `1`, expected a string",
        ),
        (
            "{\"weight_map\": {\"a\": \"x\",\n\"a\": \"y\"}}",
            ":2: expected a shard index with weight_map; found the key `a` twice",
        ),
        ("[{\"a\": \"b\"}]", "a file that begins with"),
        ("{\"weight_map\": {}}", "missing: h.0.attn"),
    ] {
        let folder = shards(&tensors_of(&tiny(3)));
        fs::write(folder.path().join("model.safetensors.index.json"), index).unwrap();
        let message = message_of(loaded(&folder), folder.path());
        assert!(message.contains(part), "{index}: {message}");
    }
}

#[test]
fn an_index_names_files_beside_it_and_no_others() {
    for name in [
        "../model.safetensors",
        "/etc/hostname",
        "",
        ".",
        "shards/a.safetensors",
    ] {
        let message = refusal(&json!({"transformer.wpe.weight": name}));
        let found = format!("index.json: expected the names of shards beside it; found `{name}`");
        assert!(message.contains(&found), "{message}");
    }
}
