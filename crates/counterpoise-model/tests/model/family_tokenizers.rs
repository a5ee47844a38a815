//! Tokenizers of each family: tokens and texts as `transformers` has them (`fixtures/golden/tokenizers`).

use std::fs;
use std::path::{Path, PathBuf};

use counterpoise_model::Tokenizer;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

#[derive(Deserialize)]
struct Golden {
    texts: Vec<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    folder: String,
    name: String,
    /// What is changed in the folder's files: by file, fields and their values.
    files: Map<String, Value>,
    tokens: Vec<Vec<u32>>,
    decoded: Vec<String>,
    continuations: Vec<String>,
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/tokenizers")
}

/// A copy of a family's folder, in which some fields of some files are others.
fn changed(family: &str, changes: &Map<String, Value>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(golden().join(family)).unwrap() {
        let file = file.unwrap().path();
        fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    for (name, fields) in changes {
        let path = folder.path().join(name);
        let mut content: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let content = content.as_object_mut().unwrap();
        content.extend(fields.as_object().unwrap().clone());
        fs::write(path, json!(content).to_string()).unwrap();
    }
    folder
}

fn with(family: &str, changes: Value) -> Result<Tokenizer, String> {
    let folder = changed(family, changes.as_object().unwrap());
    Tokenizer::read(folder.path()).map_err(|error| error.to_string())
}

#[test]
fn every_family_s_tokens_and_texts_are_those_of_transformers() {
    let text = fs::read_to_string(golden().join("cases.json")).unwrap();
    let golden: Golden = serde_json::from_str(&text).unwrap();
    let mut families = Vec::new();
    for case in &golden.cases {
        let name = format!("{}, {}", case.folder, case.name);
        let folder = changed(&case.folder, &case.files);
        let tokenizer =
            Tokenizer::read(folder.path()).unwrap_or_else(|error| panic!("{name}: {error}"));
        for (index, text) in golden.texts.iter().enumerate() {
            let tokens = tokenizer.encode(text).unwrap();
            let tokens = tokenizer.begun(tokens);
            assert_eq!(tokens, case.tokens[index], "{name}: {text:?}");
            let decoded = tokenizer.decode(&tokens).unwrap();
            assert_eq!(decoded, case.decoded[index], "{name}: {text:?}");
            let rest = tokens.get(3..).unwrap_or_default();
            let decoded = tokenizer.decode(rest).unwrap();
            assert_eq!(decoded, case.continuations[index], "{name}: {text:?}");
        }
        families.push(case.folder.clone());
    }
    families.dedup();
    assert!(families.len() > 9, "{families:?}");
}

#[test]
fn a_beginning_token_is_named_and_is_not_among_a_text_s_tokens() {
    for (family, beginning) in [
        ("llama2", Some(1)),
        ("llama3", Some(330)),
        ("mistral", Some(1)),
        ("gemma", Some(2)),
        ("opt", Some(2)),
        ("phi3", None),
        ("qwen2", None),
        ("olmo2", None),
        ("gpt_neox", None),
    ] {
        let tokenizer = with(family, json!({})).unwrap();
        assert_eq!(tokenizer.beginning(), beginning, "{family}");
        assert_eq!(tokenizer.encode("").unwrap(), [0; 0], "{family}");
        let begun = tokenizer.begun(vec![7, 8]);
        assert_eq!(begun[..begun.len() - 2], *Vec::from_iter(beginning));
        assert_eq!(begun[begun.len() - 2..], [7, 8]);
    }
}

#[test]
fn tokens_around_a_text_other_than_one_before_it_are_refused() {
    let end = json!({"SpecialToken": {"id": "</s>", "type_id": 0}});
    let text = json!({"Sequence": {"id": "A", "type_id": 0}});
    let tokens = json!({"</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}});
    for single in [json!([text, end]), json!([end, end, text])] {
        let processor = json!({
            "type": "TemplateProcessing", "single": single, "pair": [text, text], "special_tokens": tokens
        });
        let error = with(
            "llama2",
            json!({"tokenizer.json": {"post_processor": processor}}),
        );
        let error = error.unwrap_err();
        assert!(error.contains("tokens of a text of one"), "{error}");
    }
    let asked = json!({"tokenizer_config.json": {"add_eos_token": true}});
    let error = with("opt", asked).unwrap_err();
    assert!(error.contains("`add_eos_token` is true"), "{error}");
}

#[test]
fn a_beginning_token_that_the_model_does_not_know_is_refused() {
    let error = with(
        "llama3",
        json!({"config.json": {"vocab_size": 330, "eos_token_id": 3}}),
    );
    let error = error.unwrap_err();
    assert!(error.contains("puts token 330 before each text"), "{error}");
    with(
        "llama3",
        json!({"config.json": {"vocab_size": 331, "eos_token_id": 330}}),
    )
    .unwrap();
}

#[test]
fn a_class_whose_model_the_file_does_not_have_is_refused() {
    let words = json!({"type": "WordLevel", "vocab": {"<unk>": 0, "<s>": 1, "</s>": 2}, "unk_token": "<unk>"});
    let error = with("llama2", json!({"tokenizer.json": {"model": words}}));
    let error = error.unwrap_err();
    assert!(error.contains("whose `model` is BPE"), "{error}");
}

#[test]
fn two_tokenizers_that_begin_texts_otherwise_are_told_apart() {
    let (with_token, without) = (
        with("opt", json!({})).unwrap(),
        with(
            "opt",
            json!({"tokenizer_config.json": {"add_bos_token": false}}),
        )
        .unwrap(),
    );
    assert_eq!(
        with_token.compare(&without).unwrap_err(),
        "it puts no token before each text, the base's token 2"
    );
    with_token.compare(&with_token.clone()).unwrap();
}
