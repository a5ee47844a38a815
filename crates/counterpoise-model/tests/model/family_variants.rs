//! Variants within a family: a head under its older name is read, what would be computed otherwise is refused by its field.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use counterpoise_model::{Config, Transformer, load};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{bits, ids};

fn family(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/golden/families")
        .join(name)
}

/// A copy of a family's folder in which some fields of `config.json` are others.
fn with(name: &str, fields: Value) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["config.json", "model.safetensors"] {
        fs::copy(family(name).join(file), folder.path().join(file)).unwrap();
    }
    let path = folder.path().join("config.json");
    let mut config: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let own = config.as_object_mut().unwrap();
    own.extend(fields.as_object().unwrap().clone());
    fs::write(path, config.to_string()).unwrap();
    folder
}

/// Renames a tensor of a safetensors file, whose header says nothing about its own length.
fn rename(path: &Path, from: &str, to: &str) {
    let bytes = fs::read(path).unwrap();
    let (length, rest) = bytes.split_at(8);
    let length = u64::from_le_bytes(length.try_into().unwrap()) as usize;
    let (header, values) = rest.split_at(length);
    let header = str::from_utf8(header).unwrap();
    assert!(header.contains(from), "{header}");
    let header = header.replace(from, to);
    let renamed = [
        &(header.len() as u64).to_le_bytes(),
        header.as_bytes(),
        values,
    ]
    .concat();
    fs::write(path, renamed).unwrap();
}

fn logits(model: &Transformer) -> Vec<u32> {
    let hidden = model.hidden(ids(&[&[5, 1, 80, 3]], model)).unwrap();
    bits(model.logits(hidden))
}

#[test]
fn the_head_of_gpt_neox_has_two_names() {
    let folder = with("gpt_neox", json!({}));
    let weights = folder.path().join("model.safetensors");
    rename(&weights, "\"lm_head.weight\"", "\"embed_out.weight\"");
    let device = Device::flex();
    let renamed = load(folder.path(), &device).unwrap();
    assert_eq!(renamed.remarks, [""; 0]);
    let own = load(&family("gpt_neox"), &device).unwrap();
    assert_eq!(logits(&renamed.model), logits(&own.model));
    // The head is the file's: another one gives other logits.
    rename(&weights, "\"embed_out.weight\"", "\"heads.weight\"");
    assert!(load(folder.path(), &device).is_err());
}

#[test]
fn what_a_family_computes_otherwise_is_refused_by_its_field() {
    let scaled = |kind: &str| json!({"rope_parameters": {"rope_type": kind, "rope_theta": 1e4, "factor": 2.0}});
    let long = json!({"rope_parameters": {
        "rope_type": "longrope", "rope_theta": 1e4, "short_factor": [1.0, 1.0, 1.0, 1.0], "long_factor": [2.0, 2.0, 2.0, 2.0]
    }});
    let old = json!({"rope_parameters": null, "rope_scaling": {"type": "dynamic", "factor": 2.0}});
    for (name, fields, parts) in [
        ("llama2", scaled("dynamic"), ["`rope_type`", "dynamic"]),
        ("llama2", old, ["`rope_type`", "dynamic"]),
        ("phi3", long, ["`rope_type`", "longrope"]),
        (
            "opt",
            json!({"word_embed_proj_dim": 16}),
            ["`word_embed_proj_dim`", "16"],
        ),
        (
            "opt",
            json!({"do_layer_norm_before": false}),
            ["`do_layer_norm_before`", "false"],
        ),
    ] {
        let folder = with(name, fields);
        let error = Config::read(folder.path()).unwrap_err().to_string();
        assert!(
            error.starts_with(&folder.path().display().to_string()),
            "{error}"
        );
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}
