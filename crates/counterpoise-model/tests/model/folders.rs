//! Model folders as people have them: tokens and ends of texts as `transformers` has them
//! (`fixtures/golden/folders`), and the contradictions that are refused.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use counterpoise_hooks::Hooks;
use counterpoise_model::{Decoding, EndTokens, Tokenizer, generate, load};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

#[derive(Deserialize)]
struct Golden {
    texts: Vec<String>,
    prompts: Vec<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    files: Map<String, Value>,
    #[serde(default)]
    merges_as_strings: bool,
    tokens: Vec<Vec<u32>>,
    continuations: Vec<Vec<u32>>,
    ends: Vec<u32>,
}

pub(crate) fn golden_folders() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/folders")
}

/// The tokenizer that all folders have, as JSON.
pub(crate) fn tokenizer_json() -> Value {
    let text = fs::read_to_string(golden_folders().join("tokenizer.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn write(path: &Path, content: &Value) {
    fs::write(path, content.to_string()).unwrap();
}

/// A folder with the model and the tokenizer that all have, and `files` beside or in place of them: `null`
/// is a file that is not there, a string one as it was trained.
fn folder(files: &Map<String, Value>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["config.json", "model.safetensors", "tokenizer.json"] {
        fs::copy(golden_folders().join(name), folder.path().join(name)).unwrap();
    }
    for (name, content) in files {
        let path = folder.path().join(name);
        match content {
            Value::Null => fs::remove_file(path).unwrap(),
            Value::String(_) => fs::copy(golden_folders().join(name), path)
                .map(drop)
                .unwrap(),
            content => write(&path, content),
        }
    }
    folder
}

/// [`folder`] of an object.
pub(crate) fn with(files: Value) -> TempDir {
    folder(files.as_object().unwrap())
}

/// A golden file's `tokenizer.json`, which leaves out what is as it was trained.
fn whole(mut tokenizer: Value, merges_as_strings: bool) -> Value {
    let mut model = tokenizer_json()["model"].take();
    if merges_as_strings {
        for merge in model["merges"].as_array_mut().unwrap() {
            let [left, right] = [0, 1].map(|part| merge[part].as_str().unwrap().to_owned());
            *merge = json!(format!("{left} {right}"));
        }
    }
    for name in ["vocab", "merges"] {
        tokenizer["model"][name] = model[name].take();
    }
    tokenizer
}

#[test]
fn every_folder_has_the_tokens_and_the_texts_that_transformers_makes_of_it() {
    let text = fs::read_to_string(golden_folders().join("cases.json")).unwrap();
    let golden: Golden = serde_json::from_str(&text).unwrap();
    for mut case in golden.cases {
        let name = &case.name;
        if let Some(tokenizer @ Value::Object(_)) = case.files.get_mut("tokenizer.json") {
            *tokenizer = whole(tokenizer.take(), case.merges_as_strings);
        }
        let folder = folder(&case.files);
        let tokenizer =
            Tokenizer::read(folder.path()).unwrap_or_else(|error| panic!("{name}: {error}"));
        for (text, tokens) in golden.texts.iter().zip(&case.tokens) {
            assert_eq!(&tokenizer.encode(text).unwrap(), tokens, "{name}: {text}");
        }
        let ends = EndTokens::from_iter(case.ends);
        assert_eq!(tokenizer.end_tokens(), &ends, "{name}");
        let model = load(folder.path(), &Device::flex()).unwrap().model;
        let prompts = golden
            .prompts
            .iter()
            .map(|prompt| tokenizer.encode(prompt).unwrap());
        let decoding = Decoding {
            stop: ends,
            ..Decoding::default()
        };
        let prompts: Vec<Vec<u32>> = prompts.collect();
        let found = generate(&model, &prompts, &decoding, &mut Hooks::new()).unwrap();
        assert_eq!(found, case.continuations, "{name}");
    }
}

#[test]
fn an_end_that_no_file_names_is_the_tokenizer_s_own() {
    let config = |eos: Value| {
        let text = fs::read_to_string(golden_folders().join("config.json")).unwrap();
        let mut config: Value = serde_json::from_str(&text).unwrap();
        config["eos_token_id"] = eos;
        config
    };
    let null = config(Value::Null);
    let mut absent = null.clone();
    absent.as_object_mut().unwrap().remove("eos_token_id");
    for config in [null, absent] {
        for (files, end) in [
            (json!({"config.json": config}), 0),
            (
                json!({"config.json": config, "generation_config.json": {"eos_token_id": null}}),
                0,
            ),
            (
                json!({"config.json": config, "generation_config.json": {"eos_token_id": 5}}),
                5,
            ),
            (
                json!({"config.json": config, "tokenizer_config.json": {"eos_token": "<|end|>"}}),
                290,
            ),
        ] {
            let tokenizer = Tokenizer::read(with(files).path()).unwrap();
            assert_eq!(tokenizer.end_tokens(), &EndTokens::from(end));
        }
    }
    let files = json!({"generation_config.json": {"eos_token_id": null}, "config.json": config(json!([3, 0]))});
    let tokenizer = Tokenizer::read(with(files).path()).unwrap();
    assert_eq!(tokenizer.end_tokens(), &EndTokens::from_iter([0, 3]));
}

/// The tokenizer of a model of words, which has no `<|endoftext|>`.
pub(crate) fn words(end: u32) -> (Value, Value) {
    let vocab = json!({"<pad>": 0, "<mask>": 1, "<bos>": 2, "<eos>": 3, "g__Bacteroides": 4, "g__Blautia": 5});
    let tokenizer = json!({
        "version": "1.0", "added_tokens": [],
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "model": {"type": "WordLevel", "vocab": vocab, "unk_token": "<mask>"}
    });
    let text = fs::read_to_string(golden_folders().join("config.json")).unwrap();
    let mut config: Value = serde_json::from_str(&text).unwrap();
    config["eos_token_id"] = json!(end);
    (tokenizer, config)
}

#[test]
fn a_tokenizer_of_words_ends_texts_with_what_config_json_says() {
    let (tokenizer, config) = words(3);
    let folder = with(json!({"tokenizer.json": tokenizer, "config.json": config}));
    let tokenizer = Tokenizer::read(folder.path()).unwrap();
    assert_eq!(
        tokenizer.encode("g__Blautia g__Bacteroides").unwrap(),
        [5, 4]
    );
    assert_eq!(tokenizer.end_tokens(), &EndTokens::from(3));
}
