//! `doctor` on the faults that people's files have: each told before a model runs, in words that fit.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize};
use serde_json::{Value, json};

use crate::doctor::{Copy, doctor, files};
use crate::weights::remark;
use crate::{arg, counterpoise};

/// Tensors by name: element type, shape and bytes.
type Tensors = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

fn tensors(path: &Path) -> Tensors {
    let bytes = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensors = file.tensors().into_iter();
    tensors
        .map(|(name, view)| {
            let parts = (view.dtype(), view.shape().to_vec(), view.data().to_vec());
            (name, parts)
        })
        .collect()
}

fn write(path: &Path, tensors: &Tensors) {
    let views = tensors.iter().map(|(name, (dtype, shape, bytes))| {
        let view = TensorView::new(*dtype, shape.clone(), bytes);
        (name, view.unwrap())
    });
    fs::write(path, serialize(views, None).unwrap()).unwrap();
}

/// The tuned weights under other names.
fn renamed(copy: &Copy, rename: impl Fn(&str) -> String) {
    let path = copy.path("dpo/model.safetensors");
    let renamed = tensors(&path).into_iter();
    write(
        &path,
        &renamed.map(|(name, it)| (rename(&name), it)).collect(),
    );
}

/// A JSON file of the copy, changed.
fn change(copy: &Copy, name: &str, change: impl Fn(&mut Value)) {
    let path = copy.path(name);
    let mut value = match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap(),
        Err(_) => json!({}),
    };
    change(&mut value);
    fs::write(path, value.to_string()).unwrap();
}

#[track_caller]
fn says(remark: &str, parts: &[&str]) {
    for part in parts {
        assert!(remark.contains(part), "`{part}` is not in: {remark}");
    }
}

#[test]
fn wrapped_names_are_placed_or_listed() {
    let copy = Copy::new();
    renamed(&copy, |name| {
        format!("state._orig_mod.module.transformer.{name}")
            .replace("transformer.transformer", "transformer")
    });
    says(
        &remark(&copy, "dpo/model.safetensors"),
        &["the tensors of this model"],
    );
    let copy = Copy::new();
    renamed(&copy, |name| format!("reference.{name}"));
    says(
        &remark(&copy, "dpo/model.safetensors"),
        &["the only model of the file lies under `reference"],
    );
    let copy = Copy::new();
    renamed(&copy, |name| name.replace("mlp.c_fc", "mlp.fc_in"));
    says(
        &copy.wrong("dpo/model.safetensors"),
        &[
            "missing: h.0.mlp.c_fc.bias",
            "unexpected: h.0.mlp.fc_in.bias",
        ],
    );
}

#[test]
fn two_models_in_one_file_are_not_chosen_between() {
    let copy = Copy::new();
    let path = copy.path("dpo/model.safetensors");
    let mut both = Tensors::new();
    for (name, tensor) in tensors(&path) {
        both.insert(format!("policy.{name}"), tensor.clone());
        both.insert(format!("reference.{name}"), tensor);
    }
    write(&path, &both);
    says(
        &copy.wrong("dpo/model.safetensors"),
        &["found two", "perhaps of two models"],
    );
}

#[test]
fn a_head_of_other_values_is_told_and_one_of_the_same_is_not() {
    let copy = Copy::new();
    let path = copy.path("dpo/model.safetensors");
    let mut tensors = tensors(&path);
    let embedding = tensors
        .iter()
        .find_map(|(name, it)| name.ends_with("wte.weight").then(|| it.clone()));
    let mut head = embedding.unwrap();
    tensors.insert("lm_head.weight".to_owned(), head.clone());
    write(&path, &tensors);
    assert!(!remark(&copy, "dpo/model.safetensors").contains("lm_head"));
    head.2[1] ^= 0x40;
    tensors.insert("lm_head.weight".to_owned(), head);
    write(&path, &tensors);
    says(
        &remark(&copy, "dpo/model.safetensors"),
        &[
            "`lm_head.weight` differs from the embedding",
            "used as stored",
        ],
    );
}

#[test]
fn a_tuned_model_that_is_its_base_is_told() {
    let words = ["value for value", "nothing was tuned"];
    let copy = Copy::new();
    let base = copy.path("base/model.safetensors");
    fs::copy(&base, copy.path("dpo/model.safetensors")).unwrap();
    says(&copy.wrong("dpo/model.safetensors"), &words);
    // Under other names, and in other files.
    renamed(&copy, |name| format!("module.{name}"));
    says(&copy.wrong("dpo/model.safetensors"), &words);
    // One value is enough of a difference.
    let path = copy.path("dpo/model.safetensors");
    let mut tensors = tensors(&path);
    let last = tensors.values_mut().next_back().unwrap();
    last.2[0] ^= 1;
    write(&path, &tensors);
    remark(&copy, "dpo/model.safetensors");
}

#[test]
fn an_adapter_that_adds_nothing_or_stands_where_the_base_should_is_told() {
    let copy = Copy::new();
    fs::remove_file(copy.path("dpo/model.safetensors")).unwrap();
    fs::remove_file(copy.path("dpo/config.json")).unwrap();
    let factor = |side: &str, shape: [usize; 2]| {
        let name = format!("base_model.model.transformer.h.0.attn.c_attn.lora_{side}.weight");
        let bytes = vec![0; shape[0] * shape[1] * 4];
        (name, (Dtype::F32, shape.to_vec(), bytes))
    };
    let factors = Tensors::from([factor("A", [2, 128]), factor("B", [384, 2])]);
    write(&copy.path("dpo/adapter_model.safetensors"), &factors);
    let settings = json!({"peft_type": "LORA", "r": 2, "lora_alpha": 4, "bias": "none"});
    let settings = settings.to_string();
    fs::write(copy.path("dpo/adapter_config.json"), &settings).unwrap();
    let (code, report) = doctor(arg(&copy.study));
    assert_eq!(code, Some(1));
    says(&report.to_string(), &["nothing was tuned"]);

    let copy = Copy::new();
    fs::remove_file(copy.path("base/model.safetensors")).unwrap();
    write(&copy.path("base/adapter_model.safetensors"), &factors);
    fs::write(copy.path("base/adapter_config.json"), &settings).unwrap();
    let (code, report) = doctor(arg(&copy.study));
    assert_eq!(code, Some(1));
    says(
        &report.to_string(),
        &["found a LoRA adapter alone", "beside its base"],
    );
}

#[test]
fn tokenizers_that_differ_are_told_by_their_difference() {
    let copy = Copy::new();
    change(&copy, "dpo/tokenizer.json", |tokenizer| {
        tokenizer["model"]["merges"]
            .as_array_mut()
            .unwrap()
            .swap(3, 4);
    });
    says(
        &copy.wrong("dpo/tokenizer.json"),
        &["is not that of the base model", "merge 3 is"],
    );
    let copy = Copy::new();
    change(&copy, "dpo/tokenizer.json", |tokenizer| {
        let pad = json!({"id": 2048, "content": "[PAD]", "special": true, "normalized": false,
            "single_word": false, "lstrip": false, "rstrip": false});
        tokenizer["added_tokens"].as_array_mut().unwrap().push(pad);
    });
    let said = remark(&copy, "dpo/tokenizer.json");
    says(&said, &["does what the base model's does", "`[PAD]`"]);
}

#[test]
fn contradictions_about_the_end_of_a_text_are_told() {
    let copy = Copy::new();
    for model in ["base", "dpo"] {
        change(&copy, &format!("{model}/config.json"), |config| {
            config["eos_token_id"] = json!(5)
        });
    }
    let (code, report) = doctor(arg(&copy.study));
    assert_eq!(code, Some(1));
    let base = copy.path("base/tokenizer.json");
    let said = files(&report)
        .find(|file| file["path"] == arg(&base))
        .unwrap();
    let said = said["remark"].as_str().unwrap();
    says(
        said,
        &[
            "a piece of ordinary text",
            "correct `eos_token_id` in config.json",
        ],
    );

    let other_end = |copy: &Copy, name: &str| {
        change(copy, name, |settings| {
            settings["eos_token_id"] = json!([0, 7])
        });
    };
    let words = ["its texts end with token [0, 7]", "with token 0"];
    let copy = Copy::new();
    other_end(&copy, "dpo/generation_config.json");
    says(&copy.wrong("dpo/tokenizer.json"), &words);
    fs::remove_file(copy.path("dpo/tokenizer.json")).unwrap();
    says(&copy.wrong("dpo/generation_config.json"), &words);
    fs::remove_file(copy.path("dpo/generation_config.json")).unwrap();
    other_end(&copy, "dpo/config.json");
    says(&copy.wrong("dpo/config.json"), &words);
    // A setting that would change the tokens of a continuation.
    let copy = Copy::new();
    change(&copy, "base/generation_config.json", |settings| {
        settings["repetition_penalty"] = json!(1.2);
    });
    says(
        &copy.wrong("base/tokenizer.json"),
        &["`repetition_penalty` is 1.2"],
    );
}

#[test]
fn rows_that_the_tokenizer_lacks_are_told() {
    let copy = Copy::new();
    for model in ["base", "dpo"] {
        change(&copy, &format!("{model}/config.json"), |config| {
            config["vocab_size"] = json!(2112)
        });
    }
    let (_, report) = doctor(arg(&copy.study));
    let base = copy.path("base/tokenizer.json");
    let said = files(&report)
        .find(|file| file["path"] == arg(&base))
        .unwrap();
    says(
        said["remark"].as_str().unwrap(),
        &["2048 tokens; the model has 2112"],
    );
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn texts_in_other_wrappings_are_read_or_named() {
    let copy = Copy::new();
    let prompts = copy.path("prompts.jsonl");
    let whole = fs::read(&prompts).unwrap();
    let expected = remark(&copy, "prompts.jsonl");
    fs::write(&prompts, gzip(&whole)).unwrap();
    assert_eq!(remark(&copy, "prompts.jsonl"), expected);
    let text = String::from_utf8(whole.clone()).unwrap();
    let utf_16 = text.encode_utf16().flat_map(u16::to_le_bytes);
    let utf_16 = [0xff, 0xfe].into_iter().chain(utf_16).collect();
    let cut = gzip(&whole)[..500].to_vec();
    let apple = [&b"\0\x05\x16\x07\0\x02\0\0"[..], &[0_u8; 74]].concat();
    for (bytes, words) in [
        (
            utf_16,
            ["found UTF-16, little endian", "convert the file to UTF-8"],
        ),
        (
            cut,
            [
                "gzip that cannot be unpacked to its end",
                "get the file again",
            ],
        ),
        (apple, ["AppleDouble", "whose name lacks the leading `._`"]),
        (b"{\"prompt\": NaN}\n".to_vec(), ["`NaN`", "write null"]),
        (
            b"{\"prompt\": \"a \\ud83d\"}\n".to_vec(),
            ["half of a surrogate pair", "complete"],
        ),
    ] {
        fs::write(&prompts, bytes).unwrap();
        says(&copy.wrong("prompts.jsonl"), &words);
    }
}

/// A study with a row that is patched from `values.csv`.
fn patched(values: &str, path: &str) -> Copy {
    let copy = Copy::new();
    fs::write(copy.path("values.csv"), values).unwrap();
    let study = fs::read_to_string(&copy.study).unwrap();
    let row = format!(
        "\n[[intervention]]\nname = \"own\"\nlabel = \"own\"\nmodel = \"base\"\ntables = [1]\nkind = \"patch\"\nfile = {path}\n"
    );
    fs::write(&copy.study, study + &row).unwrap();
    copy
}

#[test]
fn tables_as_other_programs_write_them_are_read_or_named() {
    let pandas = ",layer_idx,neuron_idx,assigned_value\r\n0,0.0,5.0,0.25\r\n1,1.0,6.0,-0.5\r\n";
    remark(&patched(pandas, "\"values.csv\""), "values.csv");
    for (values, words) in [
        (
            "layer_idx,neuron_idx,assigned_value\n0,1,\"0.5\\\"\"\n",
            [":2: ", "never closed"],
        ),
        (
            "layer_idx,neuron_idx,assigned_value\n0,1,\"0.5\" \n",
            [":2: ", "behind a quote that closes a field"],
        ),
        (
            "layer_idx,neuron_idx,assigned_value\n0,1.5,0.5\n",
            [":2: ", "`1.5` as `neuron_idx`, a whole number"],
        ),
    ] {
        says(
            &patched(values, "\"values.csv\"").wrong("values.csv"),
            &words,
        );
    }
}

#[test]
fn a_path_that_toml_reads_as_another_is_refused_with_its_line() {
    for (path, words) in [
        (r#""data\new.csv""#, "has the control character `\\n`"),
        (r#""C:\data\new.csv""#, "a backslash within"),
        (r#""\\server\share\values.csv""#, "write a path as '…'"),
    ] {
        let copy = patched("", path);
        let output = counterpoise(&["doctor", "--study", arg(&copy.study)]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        let study = fs::read_to_string(&copy.study).unwrap();
        let line = study.lines().count();
        says(&stderr, &[&format!("study.toml:{line}: "), words, "'…'"]);
    }
}
