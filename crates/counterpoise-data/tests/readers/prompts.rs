//! Challenge prompts in both forms.

use std::path::Path;

use counterpoise_data::{DataError, read_prompts};

use crate::{assert_bad_row, assert_empty, file, prompt};

#[test]
fn well_formed() {
    // A byte-order mark, Windows line ends, blank lines, other fields, escapes.
    let content =
        "\u{feff}{\"prompt\": \"one\", \"id\": 7}\r\n\r\n  \n{\"prompt\":\"\\u201ctwo\\n\"}";
    let set = read_prompts(&file("p.jsonl", content).path).unwrap();
    assert_eq!(set.prompts, [prompt("one"), prompt("\u{201c}two\n")]);
    assert_eq!(set.not_challenging, 0);
}

#[test]
fn nested_rows_are_kept_where_challenging() {
    let content = r#"{"prompt": {"text": "a", "toxicity": 0.3}, "challenging": true, "begin": 1}
{"prompt": {"text": "b"}, "challenging": false}
{"challenging": true, "prompt": {"text": "c"}}
{"prompt": "d"}
{"prompt": "e", "challenging": false}"#;
    let set = read_prompts(&file("p.jsonl", content).path).unwrap();
    assert_eq!(set.prompts, [prompt("a"), prompt("c"), prompt("d")]);
    assert_eq!(set.not_challenging, 2);
}

#[test]
fn nested_without_challenging() {
    let content = r#"{"prompt": {"text": "a"}}"#;
    assert_bad_row(
        read_prompts,
        content,
        1,
        &["found a nested prompt without `challenging`"],
    );
}

#[test]
fn nested_without_text() {
    let content = r#"{"prompt": {"words": "a"}, "challenging": true}"#;
    assert_bad_row(read_prompts, content, 1, &["missing field `text`"]);
}

#[test]
fn none_challenging() {
    let content = r#"{"prompt": {"text": "b"}, "challenging": false}"#;
    let error = read_prompts(&file("p.jsonl", content).path).unwrap_err();
    let DataError::NoneChallenging {
        not_challenging, ..
    } = error
    else {
        panic!("{error}");
    };
    assert_eq!(not_challenging, 1);
}

#[test]
fn missing_field() {
    let content = "{\"prompt\": \"a\"}\n\n{\"text\": \"b\"}\n";
    assert_bad_row(
        read_prompts,
        content,
        3,
        &[
            r#"expected one JSON object {"prompt": "..."};"#,
            "found missing field `prompt`",
            "correct this row's fields",
        ],
    );
}

#[test]
fn wrong_type() {
    let parts = [
        "integer `3`",
        "expected a string, or an object with the string `text`",
        "column 12",
    ];
    assert_bad_row(read_prompts, "{\"prompt\": 3}", 1, &parts);
}

#[test]
fn broken_json() {
    let content = "{\"prompt\": \"a\"}\n{\"prompt\": \"b\"\n{\"prompt\": \"c\"}\n";
    assert_bad_row(
        read_prompts,
        content,
        2,
        &["broken JSON: EOF", "one whole JSON object"],
    );
}

#[test]
fn two_objects_on_a_line() {
    let content = "{\"prompt\": \"a\"}{\"prompt\": \"b\"}";
    assert_bad_row(
        read_prompts,
        content,
        1,
        &["broken JSON: trailing characters"],
    );
}

#[test]
fn half_a_surrogate_pair() {
    let parts = ["found half of a surrogate pair", "complete the character"];
    assert_bad_row(read_prompts, r#"{"prompt": "\ud83d"}"#, 1, &parts);
}

/// As json.dumps writes a missing score, and Python reads it back; JSON has no such number.
#[test]
fn a_number_that_json_does_not_have_is_passed_over_where_nothing_is_read() {
    let scored =
        r#"{"challenging": true, "prompt": {"text": "a", "toxicity": NaN}, "x": [-Infinity]}"#;
    let plain = r#"{"prompt": "b NaN", "score": Infinity}"#;
    let file = file("prompts.jsonl", format!("{scored}\n{plain}\n"));
    let set = read_prompts(&file.path).unwrap();
    assert_eq!(set.prompts, [prompt("a"), prompt("b NaN")]);
    let read = r#"{"score": NaN, "challenging": true, "prompt": {"text": NaN}}"#;
    let parts = ["found `NaN` (column 56)", "write null"];
    assert_bad_row(read_prompts, read, 1, &parts);
    let later = r#"{"score": NaN, "prompt": 7}"#;
    let parts = ["invalid type: integer `7`", "(column 26)"];
    assert_bad_row(read_prompts, later, 1, &parts);
    assert_bad_row(
        read_prompts,
        r#"{"prompt": "a", "score": nan}"#,
        1,
        &["`nan`"],
    );
}

#[test]
fn lines_end_as_on_every_system() {
    for end in ["\n", "\r\n", "\r"] {
        let content = format!(
            "{{\"prompt\": \"a\"}}{end}{{\"prompt\": \"b\\r\"}}{end}{end}{{\"prompt\": 1}}{end}"
        );
        assert_bad_row(read_prompts, &content, 4, &["invalid type: integer `1`"]);
        let good = content.replace('1', "\"c\"");
        let set = read_prompts(&file("prompts.jsonl", good).path).unwrap();
        assert_eq!(set.prompts, [prompt("a"), prompt("b\r"), prompt("c")]);
    }
}

#[test]
fn an_array_is_no_row() {
    assert_bad_row(
        read_prompts,
        "[\"a\"]",
        1,
        &["a line that begins with `[\"a\"]`"],
    );
}

#[test]
fn duplicate_key() {
    let content = r#"{"prompt": "a", "prompt": "b"}"#;
    assert_bad_row(read_prompts, content, 1, &["duplicate field `prompt`"]);
    let content = r#"{"prompt": {"text": "a", "text": "b"}, "challenging": true}"#;
    assert_bad_row(read_prompts, content, 1, &["duplicate field `text`"]);
}

#[test]
fn empty_prompt() {
    assert_bad_row(read_prompts, r#"{"prompt": ""}"#, 1, &["an empty `prompt`"]);
}

#[test]
fn empty_file() {
    assert_empty(read_prompts, "");
    assert_empty(read_prompts, "\u{feff}\r\n  \n");
}

#[test]
fn long_values_are_shortened() {
    let long = "y".repeat(5000);
    for content in [
        format!("no JSON {long}"),
        format!("{{\"prompt\": {{\"text\": {{\"{long}\": 1}}}}}}"),
    ] {
        let error = read_prompts(&file("p.jsonl", content).path).unwrap_err();
        assert!(error.to_string().len() < 500, "{error}");
    }
    let content = format!("{{\"prompt\": \"a\", \"challenging\": \"{long}\"}}");
    let error = read_prompts(&file("p.jsonl", content).path).unwrap_err();
    assert!(error.to_string().contains("yyy…"), "{error}");
}

#[test]
fn not_utf8() {
    let error = read_prompts(&file("p.jsonl", b"{\"prompt\": \"a\"}\n{\"prompt\": \"\xff\"}").path);
    let error = error.unwrap_err();
    let DataError::NotUtf8 { line, byte, .. } = error else {
        panic!("{error}");
    };
    assert_eq!((line, byte), (2, 28));
    assert!(error.to_string().contains("p.jsonl:2: expected UTF-8"));
}

#[test]
fn no_such_file() {
    let error = read_prompts(Path::new("no/such/prompts.jsonl")).unwrap_err();
    assert!(matches!(error, DataError::Read { .. }));
    assert!(
        error
            .to_string()
            .starts_with("no/such/prompts.jsonl: cannot be read: ")
    );
}
