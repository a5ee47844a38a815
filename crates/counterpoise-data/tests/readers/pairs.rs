//! Preference pairs, in a file and in a folder.

use std::fs;

use counterpoise_data::{DataError, Pair, read_pairs};

use crate::{assert_bad_row, assert_empty, file};

fn line(prompt: &str) -> String {
    format!(
        "{{\"prompt_text\": \"{prompt}\", \"unpert_gen_text\": \"good\", \"pert_gen_text\": \"\", \"x\": 0}}\n"
    )
}

fn pair(prompt: &str) -> Pair {
    Pair {
        prompt_text: prompt.to_owned(),
        unpert_gen_text: "good".to_owned(),
        pert_gen_text: String::new(),
    }
}

#[test]
fn a_file() {
    let rows = read_pairs(&file("pairs.jsonl", line("a") + &line("b")).path).unwrap();
    assert_eq!(rows, [pair("a"), pair("b")]);
}

#[test]
fn a_folder_in_the_order_of_names() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["split_2.jsonl", "split_0.jsonl", "split_1.jsonl"] {
        fs::write(folder.path().join(name), line(name)).unwrap();
    }
    fs::write(folder.path().join("README.md"), "not pairs").unwrap();
    let rows = read_pairs(folder.path()).unwrap();
    assert_eq!(
        rows,
        ["split_0.jsonl", "split_1.jsonl", "split_2.jsonl"].map(pair)
    );
}

#[test]
fn a_folder_without_pairs() {
    let file = file("README.md", "not pairs");
    let error = read_pairs(file.folder.path()).unwrap_err();
    assert!(matches!(error, DataError::NoPairFiles { .. }), "{error}");
}

#[test]
fn a_bad_file_in_a_folder_is_named() {
    let file = file("a.jsonl", line("a"));
    fs::write(file.folder.path().join("b.jsonl"), line("b") + "{}").unwrap();
    let message = read_pairs(file.folder.path()).unwrap_err().to_string();
    assert!(message.contains("b.jsonl:2: "), "{message}");
    fs::write(file.folder.path().join("b.jsonl"), "").unwrap();
    let error = read_pairs(file.folder.path()).unwrap_err();
    assert!(matches!(error, DataError::Empty { .. }), "{error}");
}

#[test]
fn missing_field() {
    let content = r#"{"prompt_text": "a", "pert_gen_text": "b"}"#;
    assert_bad_row(read_pairs, content, 1, &["missing field `unpert_gen_text`"]);
}

#[test]
fn wrong_type() {
    let content = r#"{"prompt_text": ["a"], "unpert_gen_text": "", "pert_gen_text": "b"}"#;
    assert_bad_row(
        read_pairs,
        content,
        1,
        &["invalid type: sequence, expected a string"],
    );
}

#[test]
fn broken_json() {
    assert_bad_row(
        read_pairs,
        &(line("a") + "{prompt_text: 1}"),
        2,
        &["broken JSON"],
    );
}

#[test]
fn empty_prompt() {
    assert_bad_row(read_pairs, &line(""), 1, &["an empty `prompt_text`"]);
}

#[test]
fn empty_file() {
    assert_empty(read_pairs, "");
}

#[test]
fn duplicate_key() {
    let content = r#"{"prompt_text": "a", "unpert_gen_text": "", "pert_gen_text": "b", "pert_gen_text": "c"}"#;
    assert_bad_row(read_pairs, content, 1, &["duplicate field `pert_gen_text`"]);
}
