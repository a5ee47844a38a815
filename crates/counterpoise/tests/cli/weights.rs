//! Weights as folders have them: what `doctor` says before a model runs, and what a command says that runs it.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::{TensorView, serialize};
use serde_json::{Value, json};

use crate::doctor::{Copy, doctor, files};
use crate::{arg, counterpoise};

/// A safetensors file of 32-bit floats that are all `value`.
fn write(path: &Path, tensors: &[(&str, Vec<usize>)], value: f32) {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, shape)| value.to_le_bytes().repeat(shape.iter().product()))
        .collect();
    let views = tensors.iter().zip(&bytes).map(|((name, shape), bytes)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes);
        (*name, view.unwrap())
    });
    let format = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    fs::write(path, serialize(views, Some(format)).unwrap()).unwrap();
}

/// The remark on the file `name`, in a report in which everything is found.
#[track_caller]
pub(crate) fn remark(copy: &Copy, name: &str) -> String {
    let (code, report) = doctor(arg(&copy.study));
    assert_eq!(code, Some(0), "{report}");
    let path = copy.path(name);
    let file = files(&report).find(|file| file["path"] == arg(&path));
    file.unwrap()["remark"].as_str().unwrap().to_owned()
}

#[test]
fn a_second_set_of_weights_that_differs_is_told_before_a_run_and_in_it() {
    let copy = Copy::new();
    let shard = "model-00001-of-00001.safetensors";
    let whole = copy.path("base/model.safetensors");
    fs::copy(
        copy.path("dpo/model.safetensors"),
        copy.path("base").join(shard),
    )
    .unwrap();
    let bytes = fs::read(&whole).unwrap();
    let (_, metadata) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let names = metadata.offset_keys().into_iter();
    let map: Value = names.map(|name| (name, json!(shard))).collect();
    let index = copy.path("base/model.safetensors.index.json");
    fs::write(index, json!({"weight_map": map}).to_string()).unwrap();
    let said = remark(&copy, "base/model.safetensors");
    for part in [
        "the tensors of this model",
        "index.json beside it is not read",
        "DIFFERS",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let prompts = copy.path("one.jsonl");
    fs::write(&prompts, "{\"prompt\": \"the\"}\n").unwrap();
    let output = counterpoise(&[
        "generate",
        "--model",
        arg(&copy.path("base")),
        "--prompts",
        arg(&prompts),
        "--out",
        arg(&copy.path("out.jsonl")),
        "--device",
        "cpu",
    ]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    assert!(stderr.contains("DIFFERS from it"), "{stderr}");
}

#[test]
fn an_adapter_is_checked_against_its_base_and_refused_by_what_it_is() {
    let copy = Copy::new();
    for name in ["config.json", "model.safetensors"] {
        fs::remove_file(copy.path("dpo").join(name)).unwrap();
    }
    let config = fs::read_to_string(copy.path("base/config.json")).unwrap();
    let config: Value = serde_json::from_str(&config).unwrap();
    let width = usize::try_from(config["n_embd"].as_u64().unwrap()).unwrap();
    let name =
        |side: &str| format!("base_model.model.transformer.h.0.attn.c_attn.lora_{side}.weight");
    let (a, b) = (name("A"), name("B"));
    let factors = copy.path("dpo/adapter_model.safetensors");
    write(
        &factors,
        &[(&a, vec![2, width]), (&b, vec![3 * width, 2])],
        0.5,
    );
    let settings = copy.path("dpo/adapter_config.json");
    let plain = json!({"peft_type": "LORA", "r": 2, "lora_alpha": 4, "bias": "none"});
    fs::write(&settings, plain.to_string()).unwrap();
    let said = remark(&copy, "dpo/adapter_model.safetensors");
    assert!(said.contains("a LoRA adapter was merged"), "{said}");
    let dora =
        json!({"peft_type": "LORA", "r": 2, "lora_alpha": 4, "bias": "none", "use_dora": true});
    fs::write(&settings, dora.to_string()).unwrap();
    let (code, report) = doctor(arg(&copy.study));
    assert_eq!(code, Some(1));
    assert!(report.to_string().contains("`use_dora`: true"), "{report}");
}

#[test]
fn an_optimiser_s_state_is_told_from_weights() {
    let copy = Copy::new();
    let weights = copy.path("dpo/model.safetensors");
    write(&weights, &[("state.0.exp_avg", vec![3])], 0.0);
    let said = copy.wrong("dpo/model.safetensors");
    assert!(said.contains("the state of an optimiser"), "{said}");
}
