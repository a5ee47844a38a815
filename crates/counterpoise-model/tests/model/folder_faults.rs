//! Model folders whose files contradict each other or themselves, and what is said of them.

use std::fs;

use counterpoise_model::Tokenizer;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::folders::{golden_folders, tokenizer_json, with, words};

#[test]
fn an_end_that_cannot_be_right_is_refused_with_what_to_correct() {
    let config = |eos: Value| {
        let mut config = words(3).1;
        config["eos_token_id"] = eos;
        config
    };
    let correct = "correct `eos_token_id` in config.json";
    for (files, parts) in [
        (
            json!({"config.json": config(json!(2))}),
            ["`\"`, a piece of ordinary text", correct],
        ),
        (
            json!({"config.json": config(json!([2, 83]))}),
            ["[2, 83] (", correct],
        ),
        (
            json!({"config.json": config(json!(295))}),
            ["no token of the tokenizer", correct],
        ),
        (
            json!({"config.json": config(json!(296))}),
            ["but the model knows 296 tokens", correct],
        ),
        (
            json!({"config.json": config(json!([0, 50256]))}),
            ["50256, but the model knows", correct],
        ),
        (
            json!({"generation_config.json": {"eos_token_id": [0, 296]}}),
            [
                "generation_config.json",
                "correct `eos_token_id` in generation_config.json",
            ],
        ),
        (
            json!({"config.json": config(json!(2)), "generation_config.json": {"eos_token_id": 2}}),
            [
                "generation_config.json",
                "ends a text with `<|endoftext|>`, token 0",
            ],
        ),
        (
            json!({"config.json": config(json!([]))}),
            ["config.json:1: ", "a list of at least one"],
        ),
        (
            json!({"config.json": config(json!(-1))}),
            ["config.json:1: ", "expected a token's number"],
        ),
    ] {
        let error = error(&with(files));
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
    let (mut tokenizer, mut config) = words(3);
    config["eos_token_id"] = Value::Null;
    let files = json!({"tokenizer.json": tokenizer.take(), "config.json": config});
    let error = error(&with(files));
    assert!(error.contains("no token ends a text"), "{error}");
    assert!(
        error.contains("write `eos_token_id` into config.json"),
        "{error}"
    );
}

fn error(folder: &TempDir) -> String {
    let error = Tokenizer::read(folder.path()).unwrap_err().to_string();
    assert!(
        error.starts_with(&folder.path().display().to_string()),
        "{error}"
    );
    error
}

#[test]
fn files_that_contradict_each_other_are_refused_by_name() {
    let with_space = {
        let mut tokenizer = tokenizer_json();
        tokenizer["pre_tokenizer"]["add_prefix_space"] = json!(true);
        tokenizer
    };
    let lower = {
        let mut tokenizer = tokenizer_json();
        tokenizer["normalizer"] = json!({"type": "Lowercase"});
        tokenizer
    };
    let legacy = |config: Value| {
        json!({
            "tokenizer.json": null, "vocab.json": "", "merges.txt": "",
            "tokenizer_config.json": config
        })
    };
    for (files, parts) in [
        (
            json!({"tokenizer.json": with_space}),
            ["tokenizer.json", "\"add_prefix_space\": true, or false"],
        ),
        (
            json!({"tokenizer.json": lower, "tokenizer_config.json": {"tokenizer_class": "GPT2TokenizerFast"}}),
            ["it has a `normalizer`", "PreTrainedTokenizerFast"],
        ),
        (
            json!({"tokenizer.json": lower, "tokenizer_config.json": {"add_prefix_space": true}}),
            ["`add_prefix_space` is true", "normalizer"],
        ),
        (
            legacy(json!({"add_eos_token": true})),
            ["`add_eos_token` is true", "set it to false"],
        ),
        (
            json!({"tokenizer_config.json": {"split_special_tokens": true}}),
            ["`split_special_tokens` is true", "set it to false"],
        ),
        (
            json!({"tokenizer_config.json": {"added_tokens_decoder": {"295": {"content": "<|end|>"}}}}),
            ["`<|end|>` is said to be token 295", "it is token 290"],
        ),
        (
            json!({"tokenizer_config.json": {"added_tokens_decoder": {"a": {"content": "<|end|>"}}}}),
            ["number of a token", "found \"a\""],
        ),
        (
            json!({"tokenizer_config.json": {"eos_token": 7}}),
            ["tokenizer_config.json:1: ", "a token's text"],
        ),
        (
            json!({"generation_config.json": {"repetition_penalty": 1.2}}),
            [
                "`repetition_penalty` is 1.2",
                "leave `repetition_penalty` out",
            ],
        ),
        (
            json!({"generation_config.json": {"num_beams": 4}}),
            ["`num_beams` is 4", "leave"],
        ),
        (
            json!({"generation_config.json": {"suppress_tokens": [5]}}),
            ["`suppress_tokens` is [5]", "leave"],
        ),
        (
            json!({"tokenizer.json": null, "vocab.json": ""}),
            ["merges.txt: not there", "copy merges.txt too"],
        ),
        (
            json!({"tokenizer.json": null, "merges.txt": ""}),
            ["vocab.json: not there", "copy vocab.json too"],
        ),
    ] {
        let error = error(&with(files));
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
    // Sizes and sampling are a study's own affair, and these change nothing.
    let quiet = json!({"generation_config.json": {
        "do_sample": true, "temperature": 0.7, "max_length": 50, "num_beams": 1, "repetition_penalty": 1.0,
        "suppress_tokens": null, "bad_words_ids": [], "min_length": 0, "transformers_version": "4.33.3"
    }});
    Tokenizer::read(with(quiet).path()).unwrap();
}

#[test]
fn broken_merges_are_refused_by_line() {
    let folder = with(json!({"tokenizer.json": null, "vocab.json": "", "merges.txt": ""}));
    let path = folder.path().join("merges.txt");
    let whole = fs::read_to_string(&path).unwrap();
    let third = whole.lines().nth(2).unwrap();
    for (line, part) in [
        ("onlyone", "merges.txt:3: expected two tokens"),
        ("a b c", "merges.txt:3: expected two tokens"),
        ("e never", "merges.txt:3: `never` is not in vocab.json"),
    ] {
        fs::write(&path, whole.replace(third, line)).unwrap();
        let error = error(&folder);
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn numbers_that_no_vocabulary_has_are_refused() {
    let changed = |token: &str, id: Value| {
        let mut tokenizer = tokenizer_json();
        tokenizer["model"]["vocab"][token] = id;
        json!({"tokenizer.json": tokenizer})
    };
    for (files, part) in [
        (
            changed("he", json!(4_000_000_000_u32)),
            "`he` is token 4000000000",
        ),
        (changed("he", json!(5)), "are both token 5"),
        (
            {
                let mut tokenizer = tokenizer_json();
                tokenizer["model"]["dropout"] = json!(0.1);
                json!({"tokenizer.json": tokenizer})
            },
            "`dropout` of 0.1",
        ),
        (
            {
                let mut tokenizer = tokenizer_json();
                tokenizer["model"]["merges"][0] = json!(["bread", "river"]);
                json!({"tokenizer.json": tokenizer})
            },
            "merge 0: `",
        ),
    ] {
        let error = error(&with(files));
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn only_a_token_that_a_text_uses_can_be_unknown_to_the_model() {
    let mut tokenizer = tokenizer_json();
    let added = tokenizer["added_tokens"].as_array_mut().unwrap();
    for (id, text) in (290..).zip(["a1", "b1", "c1", "d1", "e1", "f1", "[PAD]"]) {
        added.push(json!({
            "id": id, "content": text, "special": true, "normalized": false,
            "single_word": false, "lstrip": false, "rstrip": false
        }));
    }
    let folder = with(json!({"tokenizer.json": tokenizer}));
    let tokenizer = Tokenizer::read(folder.path()).unwrap();
    assert_eq!(tokenizer.encode("f1").unwrap(), [295]);
    let error = tokenizer.encode("x[PAD]").unwrap_err().to_string();
    assert!(
        error.contains("`[PAD]`, token 296, but the model knows 296"),
        "{error}"
    );
}

#[test]
fn a_token_that_the_tokenizer_does_not_have_is_no_empty_text() {
    let tokenizer = Tokenizer::read(&golden_folders()).unwrap();
    assert_eq!(tokenizer.decode(&[0]).unwrap(), "");
    assert_eq!(tokenizer.without_text(&[69, 290, 291]), Some(290));
    let error = tokenizer.decode(&[69, 290]).unwrap_err().to_string();
    assert!(error.contains("has no token 290"), "{error}");
}
