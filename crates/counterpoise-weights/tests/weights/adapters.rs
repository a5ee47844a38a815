//! LoRA adapters: which are added to a model, and which are refused by what they are. That the sums are PEFT's is shown with
//! the model's tests.

use std::fs;
use std::path::Path;

use counterpoise_weights::{Weights, WeightsError};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::made::{Made, Tensors, model, write};
use crate::{folder, two_fields};

const PREFIX: &str = "base_model.model.transformer.h.0.a.";

fn config() -> Value {
    json!({"peft_type": "LORA", "r": 1, "lora_alpha": 2, "bias": "none", "target_modules": ["a"],
           "fan_in_fan_out": true, "base_model_name_or_path": "../base", "loftq_config": {}})
}

/// `h.0.a.weight` is `[2, 3]`, inputs first.
fn factors(adapter: &str) -> Tensors {
    let a = Made::rows(1, &[1.0, 10.0]);
    let b = Made::rows(3, &[1.0, 2.0, 3.0]);
    let named = [("lora_A", a), ("lora_B", b)];
    let named = named.into_iter();
    named
        .map(|(side, made)| (format!("{PREFIX}{side}.{adapter}weight"), made))
        .collect()
}

/// A base model and an adapter, in folders of these names.
fn pair(config: &Value, factors: &Tensors) -> TempDir {
    let folder = folder();
    let (base, tuned) = (folder.path().join("base"), folder.path().join("tuned"));
    fs::create_dir_all(&base).unwrap();
    fs::create_dir_all(&tuned).unwrap();
    write(&base.join("model.safetensors"), &model("transformer."));
    write(&tuned.join("adapter_model.safetensors"), factors);
    fs::write(tuned.join("adapter_config.json"), config.to_string()).unwrap();
    folder
}

fn open(folder: &Path) -> Result<Weights, WeightsError> {
    Weights::open_onto(&folder.join("base"), &folder.join("tuned"), &two_fields())
}

#[track_caller]
fn refusal(config: &Value, factors: &Tensors) -> String {
    let folder = pair(config, factors);
    let error = open(folder.path()).unwrap_err();
    let message = error.to_string();
    assert!(matches!(error, WeightsError::Adapter { .. }), "{message}");
    assert!(message.contains("merge_and_unload()"), "{message}");
    let tuned = folder.path().join("tuned").display().to_string();
    assert!(message.starts_with(&tuned), "{message}");
    message
}

/// 1…6, and twice the product of the factors.
const MERGED: [f32; 6] = [3.0, 6.0, 9.0, 24.0, 45.0, 66.0];

#[test]
fn an_adapter_is_added_to_its_base() {
    let folder = pair(&config(), &factors(""));
    let weights = open(folder.path()).unwrap();
    assert_eq!(weights.tensors["h.0.a.weight"].values().unwrap(), MERGED);
    assert_eq!(weights.tensors["wte.weight"].values().unwrap(), [0.5, -0.5]);
    assert_eq!(weights.remarks, ["a LoRA adapter was added to 1 weights"]);
    // By the name of its file too.
    let file = folder.path().join("tuned/adapter_model.safetensors");
    let weights = Weights::open_onto(&folder.path().join("base"), &file, &two_fields()).unwrap();
    assert_eq!(weights.tensors["h.0.a.weight"].values().unwrap(), MERGED);
}

#[test]
fn an_adapter_without_its_base_is_refused() {
    let folder = pair(&config(), &factors(""));
    let error = Weights::open(&folder.path().join("tuned"), &two_fields()).unwrap_err();
    assert!(
        matches!(error, WeightsError::AdapterAlone { .. }),
        "{error}"
    );
}

#[test]
fn a_state_dict_with_factors_needs_their_configuration_beside_it() {
    let folder = folder();
    let path = folder.path().join("policy.safetensors");
    let mut tensors = factors("default.");
    for (name, made) in model("base_model.model.transformer.") {
        tensors.insert(name.replace(".a.weight", ".a.base_layer.weight"), made);
    }
    write(&path, &tensors);
    let error = Weights::open(&path, &two_fields()).unwrap_err();
    assert!(
        matches!(error, WeightsError::UnknownScale { .. }),
        "{error}"
    );
    let file = folder.path().join("adapter_config.json");
    fs::write(file, config().to_string()).unwrap();
    let weights = Weights::open(&path, &two_fields()).unwrap();
    assert_eq!(weights.tensors["h.0.a.weight"].values().unwrap(), MERGED);
    // A second adapter, as a reference is kept.
    tensors.extend(factors("reference."));
    write(&path, &tensors);
    let message = Weights::open(&path, &two_fields()).unwrap_err().to_string();
    assert!(
        message.contains("several adapters: `default`, `reference`"),
        "{message}"
    );
}

#[test]
fn what_is_more_than_plain_lora_is_refused_by_name() {
    for (field, value) in [
        ("peft_type", json!("IA3")),
        ("use_dora", json!(true)),
        ("bias", json!("lora_only")),
        ("modules_to_save", json!(["lm_head"])),
        ("init_lora_weights", json!("pissa_niter_4")),
        ("layer_replication", json!([[0, 1]])),
        ("lora_bias", json!(true)),
        ("trainable_token_indices", json!([3])),
        ("some_new_field", json!("on")),
    ] {
        let mut config = config();
        config[field] = value.clone();
        let message = refusal(&config, &factors(""));
        let found = format!("`{field}`: {value}");
        assert!(message.contains(&found), "{message}");
    }
    for field in ["r", "lora_alpha", "peft_type"] {
        let mut config = config();
        config.as_object_mut().unwrap().remove(field).unwrap();
        assert!(refusal(&config, &factors("")).contains(&format!("`{field}`")));
    }
    let mut config = config();
    config["alpha_pattern"] = json!({"(": 3});
    assert!(refusal(&config, &factors("")).contains("the pattern `(`"));
}

#[test]
fn tensors_that_are_no_pair_of_this_model_are_refused() {
    let name = |end: &str| format!("{PREFIX}{end}");
    let changed = |change: &dyn Fn(&mut Tensors)| {
        let mut factors = factors("");
        change(&mut factors);
        refusal(&config(), &factors)
    };
    let dora = changed(&|factors| {
        factors.insert(name("lora_magnitude_vector.weight"), Made::rows(1, &[1.0]));
    });
    assert!(dora.contains("lora_magnitude_vector"), "{dora}");
    let half = changed(&|factors| drop(factors.remove(&name("lora_B.weight"))));
    assert!(
        half.contains("only one of the two factors of `h.0.a.weight`"),
        "{half}"
    );
    let rank = changed(&|factors| {
        factors.insert(name("lora_A.weight"), Made::rows(2, &[0.0; 4]));
        factors.insert(name("lora_B.weight"), Made::rows(3, &[0.0; 6]));
    });
    assert!(rank.contains("rank 2 for `transformer.h.0.a`"), "{rank}");
    let shape = changed(&|factors| {
        factors.insert(name("lora_A.weight"), Made::rows(1, &[0.0; 5]));
    });
    assert!(shape.contains("for a weight of [2, 3]"), "{shape}");
    let other = changed(&|factors| {
        factors.insert(
            "base_model.model.lm_head.lora_A.weight".to_owned(),
            Made::rows(1, &[0.0]),
        );
    });
    assert!(other.contains("lm_head.lora_A.weight"), "{other}");
    let whole = changed(&|factors| {
        factors.insert(name("weight"), Made::rows(1, &[0.0]));
    });
    assert!(whole.contains("not a factor of plain LoRA"), "{whole}");
}

#[test]
fn a_model_and_an_adapter_in_one_folder_are_never_chosen_between() {
    let folder = pair(&config(), &factors(""));
    write(
        &folder.path().join("tuned/model.safetensors"),
        &model("transformer."),
    );
    let error = open(folder.path()).unwrap_err();
    assert!(
        matches!(error, WeightsError::ModelAndAdapter { .. }),
        "{error}"
    );
}
