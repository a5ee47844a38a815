//! Heads stored in every way there is, compared with the embedding by value.

use std::collections::HashMap;
use std::fs;

use counterpoise_weights::{Head, Layout, Tying, Weights, WeightsError};
use serde_json::json;

use crate::made::{Made, Tensors, model, write, write_with};
use crate::{folder, two_fields};

fn read(tensors: &Tensors, layout: &Layout) -> Result<Weights, WeightsError> {
    let folder = folder();
    let path = folder.path().join("weights.safetensors");
    write(&path, tensors);
    // Open while the folder is there, and read after it is gone: the file is opened once.
    Weights::open(&path, layout)
}

/// The values of a head that differs from the embedding.
fn own_head(tensors: &Tensors) -> Option<Vec<f32>> {
    let layout = two_fields();
    let mut weights = read(tensors, &layout).unwrap();
    assert_eq!(weights.tensors.len(), 2);
    match weights.take_head(&layout).unwrap() {
        Head::Tied => None,
        Head::Differs(head) => Some(head.values().unwrap()),
    }
}

const VALUES: [f32; 2] = [0.5, -0.5];

#[test]
fn a_head_that_is_the_embedding_is_tied_under_any_name_and_in_any_type() {
    for name in [
        "lm_head.weight",
        "lm_head.decoder.weight",
        "module.lm_head.weight",
        "embed_out.weight",
    ] {
        for head in [Made::rows(2, &VALUES), Made::rows(2, &VALUES).brain()] {
            let mut tensors = model("module.transformer.");
            tensors.insert(name.to_owned(), head);
            assert_eq!(own_head(&tensors), None, "{name}");
        }
    }
}

#[test]
fn a_head_of_other_values_is_handed_out() {
    let mut tensors = model("transformer.");
    tensors.insert("lm_head.weight".to_owned(), Made::rows(2, &[0.5, 0.25]));
    assert_eq!(own_head(&tensors), Some(vec![0.5, 0.25]));
    tensors.insert("lm_head.decoder.weight".to_owned(), Made::rows(2, &VALUES));
    assert_eq!(own_head(&tensors), Some(vec![0.5, 0.25]));
    // Two that both differ: no choice between them.
    tensors.insert(
        "lm_head.decoder.weight".to_owned(),
        Made::rows(2, &[9.0, 9.0]),
    );
    let mut weights = read(&tensors, &two_fields()).unwrap();
    let error = weights.take_head(&two_fields()).unwrap_err();
    assert!(matches!(error, WeightsError::StoredTwice { .. }), "{error}");
}

#[test]
fn a_head_alone_is_the_embedding_of_a_tied_model() {
    for name in ["lm_head.weight", "lm_head.decoder.weight"] {
        let mut tensors = model("transformer.");
        let embedding = tensors.remove("transformer.wte.weight").unwrap();
        tensors.insert(name.to_owned(), embedding);
        let weights = read(&tensors, &two_fields()).unwrap();
        assert_eq!(weights.tensors["wte.weight"].values().unwrap(), VALUES);
        let untied = Layout {
            tying: Tying::Untied,
            ..two_fields()
        };
        let weights = read(&tensors, &untied).unwrap();
        assert!(!weights.tensors.contains_key("wte.weight"));
        assert_eq!(weights.tensors["lm_head.weight"].values().unwrap(), VALUES);
    }
}

#[test]
fn a_name_that_only_the_metadata_has_is_read() {
    let folder = folder();
    let path = folder.path().join("weights.safetensors");
    let mut tensors = model("transformer.");
    let embedding = tensors.remove("transformer.wte.weight").unwrap();
    tensors.insert("kept".to_owned(), embedding);
    let alias = ("transformer.wte.weight".to_owned(), "kept".to_owned());
    let format = ("format".to_owned(), "pt".to_owned());
    write_with(&path, &tensors, Some(HashMap::from([alias, format])));
    let weights = Weights::open(&path, &two_fields()).unwrap();
    assert_eq!(weights.tensors["wte.weight"].values().unwrap(), VALUES);
}

#[test]
fn a_head_that_an_index_lists_need_not_be_stored() {
    let folder = folder();
    let shard = "model-00001-of-00001.safetensors";
    write(&folder.path().join(shard), &model("transformer."));
    let index = |names: &[&str]| {
        let map: serde_json::Value = names.iter().map(|&name| (name, shard)).collect();
        let path = folder.path().join("model.safetensors.index.json");
        fs::write(path, json!({"weight_map": map}).to_string()).unwrap();
        Weights::open(folder.path(), &two_fields())
    };
    let fields = ["transformer.h.0.a.weight", "transformer.wte.weight"];
    index(&[fields[0], fields[1], "lm_head.weight"]).unwrap();
    assert!(index(&[fields[0], fields[1], "other.weight"]).is_err());
    assert!(index(&fields[..1]).is_err());
}
