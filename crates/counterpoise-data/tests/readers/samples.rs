//! Rows with a gold text.

use counterpoise_data::{Sample, read_samples};

use crate::{assert_bad_row, assert_empty, file};

#[test]
fn well_formed() {
    let content = "{\"gold\": \"g\", \"prompt\": \"p\", \"n\": [1]}\n";
    let rows = read_samples(&file("w.jsonl", content).path).unwrap();
    let expected = Sample {
        prompt: "p".into(),
        gold: "g".into(),
    };
    assert_eq!(rows, [expected]);
}

#[test]
fn missing_field() {
    let parts = ["missing field `gold`", r#""gold": "...""#];
    assert_bad_row(read_samples, r#"{"prompt": "p"}"#, 1, &parts);
}

#[test]
fn wrong_type() {
    let content = r#"{"prompt": "p", "gold": null}"#;
    assert_bad_row(
        read_samples,
        content,
        1,
        &["invalid type: null, expected a string"],
    );
}

#[test]
fn broken_json() {
    assert_bad_row(
        read_samples,
        "{\"prompt\": \"p\",\n\"gold\": \"g\"}",
        1,
        &["broken JSON"],
    );
}

#[test]
fn duplicate_key() {
    let content = r#"{"prompt": "p", "gold": "g", "gold": "h"}"#;
    assert_bad_row(read_samples, content, 1, &["duplicate field `gold`"]);
}

#[test]
fn empty_fields() {
    let content = r#"{"prompt": "p", "gold": ""}"#;
    assert_bad_row(read_samples, content, 1, &["an empty `gold`"]);
    let content = r#"{"prompt": "", "gold": "g"}"#;
    assert_bad_row(read_samples, content, 1, &["an empty `prompt`"]);
}

#[test]
fn empty_file() {
    assert_empty(read_samples, "\n\n");
}
