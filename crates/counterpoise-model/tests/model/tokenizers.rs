//! Tokenizer files: what is read, and one of each way to be wrong.

use std::fs;
use std::path::Path;

use counterpoise_model::{EndTokens, ModelError, Tokenizer};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::folders::golden_folders;

/// A tokenizer that knows four words and the end of a text.
fn words() -> Value {
    json!({
        "version": "1.0",
        "added_tokens": [{
            "id": 0, "content": "<|endoftext|>", "special": true, "normalized": false,
            "single_word": false, "lstrip": false, "rstrip": false
        }],
        "pre_tokenizer": {"type": "Whitespace"},
        "model": {
            "type": "WordLevel",
            "vocab": {"<|endoftext|>": 0, "a": 1, "cat": 2, "sat": 3, "?": 4},
            "unk_token": "?"
        }
    })
}

fn written(tokenizer: &Value) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
    folder
}

fn error(path: &Path) -> String {
    let error = Tokenizer::read(path).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("tokenizer.json"), "{message}");
    message
}

#[test]
fn a_tokenizer_is_read_from_its_folder_or_file() {
    let folder = written(&words());
    for path in [
        folder.path().to_owned(),
        folder.path().join("tokenizer.json"),
    ] {
        let tokenizer = Tokenizer::read(&path).unwrap();
        assert_eq!(tokenizer.encode("a cat sat").unwrap(), [1, 2, 3]);
        assert_eq!(
            (tokenizer.end_tokens(), tokenizer.vocab_size()),
            (&EndTokens::from(0), 5)
        );
        assert_eq!(tokenizer.decode(&[1, 2, 0]).unwrap(), "a cat");
    }
}

#[test]
fn a_file_s_wish_to_cut_or_fill_up_texts_is_not_followed() {
    let mut tokenizer = words();
    tokenizer["truncation"] = json!({
        "direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0
    });
    tokenizer["padding"] = json!({
        "strategy": {"Fixed": 6}, "direction": "Right", "pad_to_multiple_of": null,
        "pad_id": 0, "pad_type_id": 0, "pad_token": "<|endoftext|>"
    });
    let tokenizer = Tokenizer::read(written(&tokenizer).path()).unwrap();
    assert_eq!(tokenizer.encode("a cat sat").unwrap(), [1, 2, 3]);
}

#[test]
fn a_missing_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Tokenizer::read(folder.path()).unwrap_err();
    assert!(matches!(missing, ModelError::File(_)));
    error(folder.path());
}

#[test]
fn broken_json_is_refused() {
    let folder = written(&words());
    let path = folder.path().join("tokenizer.json");
    let whole = fs::read_to_string(&path).unwrap();
    for (broken, part) in [
        (&whole[..whole.len() / 2], ":1: expected a tokenizer"),
        ("", "found an empty file"),
        ("[]", "a file that begins with `[]`"),
        ("{}", "not a tokenizer"),
        (
            &whole.replace("\"sat\"", "\"cat\""),
            "found the key `cat` twice",
        ),
        (
            &whole.replace("\"cat\":2", "\"cat\":\"2\""),
            "not a tokenizer",
        ),
    ] {
        fs::write(&path, broken).unwrap();
        assert!(error(&path).contains(part), "{}", error(&path));
    }
}

#[test]
fn a_vocabulary_without_an_end_of_text_is_refused() {
    let mut tokenizer = words();
    tokenizer["added_tokens"] = json!([]);
    let vocab = tokenizer["model"]["vocab"].as_object_mut().unwrap();
    vocab.remove("<|endoftext|>").unwrap();
    assert!(error(written(&tokenizer).path()).contains("<|endoftext|>"));
}

/// The texts are those of `decode` of transformers 5.24, for the same files.
#[test]
fn spaces_before_punctuation_are_taken_out_where_transformers_does() {
    const WORDS: [&str; 14] = [
        "<|endoftext|>",
        "he",
        "said",
        ".",
        "?",
        "!",
        ",",
        "'",
        "n't",
        "'m",
        "'s",
        "'ve",
        "'re",
        "do",
    ];
    let mut tokenizer = words();
    let vocab = WORDS.iter().zip(0..);
    tokenizer["model"]["vocab"] = vocab.map(|(word, id)| (*word, json!(id))).collect();
    let asked = json!({"clean_up_tokenization_spaces": true});
    let insisted = json!({
        "clean_up_tokenization_spaces": true,
        "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output": true,
    });
    let decoded = |tokenizer: &Value, settings: &Value, tokens: &[u32]| {
        let folder = written(tokenizer);
        fs::write(
            folder.path().join("tokenizer_config.json"),
            settings.to_string(),
        )
        .unwrap();
        let tokenizer = Tokenizer::read(folder.path()).unwrap();
        tokenizer.decode(tokens).unwrap()
    };
    let tokens = [1, 2, 6, 7, 13, 8, 7, 4, 1, 10, 5, 1, 9, 3, 1, 11, 1, 12];
    for (settings, text) in [
        (
            &json!({}),
            "he said , ' do n't ' ? he 's ! he 'm . he 've he 're",
        ),
        (&asked, "he said,'don't '? he's! he'm. he've he're"),
    ] {
        assert_eq!(decoded(&tokenizer, settings, &tokens), text);
    }
    let bpe = fs::read(golden_folders().join("tokenizer.json")).unwrap();
    let bpe = serde_json::from_slice(&bpe).unwrap();
    let tokens = [
        257, 69, 277, 78, 221, 12, 221, 288, 264, 267, 68, 221, 14, 221, 68, 79, 221, 78, 7, 84,
        221, 1, 221, 73, 84, 221, 7, 83,
    ];
    for (settings, text) in [
        (&asked, "the man , he said . do n't ! it 's"),
        (&insisted, "the man, he said. don't! it's"),
    ] {
        assert_eq!(decoded(&bpe, settings, &tokens), text);
    }
}
