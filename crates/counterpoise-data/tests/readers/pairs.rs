//! Preference pairs, in a file and in a folder.

use std::fs;

use counterpoise_data::{DataError, Pair, Rows, read_pairs};

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

/// What a row in TRL's form is read as.
fn trl(row: &str) -> Result<Vec<Pair>, DataError> {
    read_pairs(&file("pairs.jsonl", row).path).map(Rows::into_vec)
}

const USER: &str = r#"{"role": "user", "content": "Hi."}"#;

fn said(text: &str) -> String {
    format!(r#"{{"role": "assistant", "content": "{text}"}}"#)
}

#[test]
fn pairs_as_trl_names_them() {
    let (good, bad) = (said(" good"), said(" bad"));
    let expected = Pair {
        prompt_text: "Hi.".to_owned(),
        unpert_gen_text: " good".to_owned(),
        pert_gen_text: " bad".to_owned(),
    };
    for row in [
        r#"{"prompt": "Hi.", "chosen": " good", "rejected": " bad", "prompt_id": 3}"#.to_owned(),
        // As UltraFeedback has it: the prompt, and both whole conversations.
        format!(r#"{{"prompt": "Hi.", "chosen": [{USER}, {good}], "rejected": [{USER}, {bad}]}}"#),
        format!(r#"{{"prompt": [{USER}], "chosen": [{good}], "rejected": [{bad}]}}"#),
        format!(r#"{{"prompt": "Hi.", "chosen": [{good}], "rejected": [{bad}]}}"#),
        format!(r#"{{"chosen": [{USER}, {good}], "rejected": [{USER}, {bad}]}}"#),
    ] {
        assert_eq!(trl(&row).unwrap(), std::slice::from_ref(&expected), "{row}");
    }
    let before = format!(
        r#"{USER}, {}, {{"role": "user", "content": "And?"}}"#,
        said("Yes.")
    );
    let row = format!(
        r#"{{"prompt": "Hi.", "chosen": [{before}, {good}], "rejected": [{before}, {bad}]}}"#
    );
    assert_eq!(trl(&row).unwrap()[0].prompt_text, "Hi.\n\nYes.\n\nAnd?");
}

#[test]
fn conversations_that_are_no_pair() {
    let (good, bad) = (said("good"), said("bad"));
    let other = USER.replace("Hi.", "Hello.");
    for (row, found) in [
        (
            format!(r#"{{"chosen": [{USER}, {good}], "rejected": [{other}, {bad}]}}"#),
            "other messages before the answer in `chosen` than in `rejected`",
        ),
        (
            format!(
                r#"{{"prompt": "Hey.", "chosen": [{USER}, {good}], "rejected": [{USER}, {bad}]}}"#
            ),
            "another `prompt` than the messages",
        ),
        (
            format!(r#"{{"chosen": [{USER}], "rejected": [{USER}]}}"#),
            "`chosen` whose last message is by `user`",
        ),
        (
            r#"{"chosen": [{"role": "a\nb", "content": "c"}], "rejected": "d"}"#.to_owned(),
            "`chosen` whose last message is by `a b`",
        ),
        (
            format!(r#"{{"chosen": [], "rejected": [{bad}]}}"#),
            "`chosen` without a message",
        ),
        (
            format!(r#"{{"chosen": [{good}], "rejected": [{bad}]}}"#),
            "missing field `prompt`, and no message",
        ),
        (
            r#"{"prompt": "", "chosen": "a", "rejected": "b"}"#.to_owned(),
            "an empty `prompt`",
        ),
        (
            r#"{"prompt": "a", "chosen": "b"}"#.to_owned(),
            "missing field `rejected`",
        ),
        (
            r#"{"prompt": "a", "chosen": 1, "rejected": "b"}"#.to_owned(),
            "expected a string, or a list of messages",
        ),
        (
            r#"{"prompt": "a", "chosen": [{"role": "assistant"}], "rejected": "b"}"#.to_owned(),
            "missing field `content`",
        ),
        (
            r#"{"prompt": "a"}"#.to_owned(),
            "missing field `prompt_text`",
        ),
    ] {
        assert_bad_row(read_pairs, &row, 1, &[found]);
    }
}

#[test]
fn hidden_files_of_a_folder_are_passed_over_and_doubled_ones_refused() {
    let file = file("split_0.jsonl", line("a"));
    let folder = file.folder.path();
    fs::write(folder.join("._split_0.jsonl"), b"\x00\x05\x16\x07Mac OS X").unwrap();
    fs::write(folder.join(".jsonl"), "no pairs").unwrap();
    assert_eq!(read_pairs(folder).unwrap(), [pair("a")]);
    let named = read_pairs(&folder.join("._split_0.jsonl")).unwrap_err();
    assert!(named.to_string().contains("AppleDouble"), "{named}");
    fs::write(folder.join("split_0.jsonl.gz"), "").unwrap();
    let error = read_pairs(folder).unwrap_err();
    assert!(matches!(error, DataError::PackedTwice { .. }), "{error}");
}
