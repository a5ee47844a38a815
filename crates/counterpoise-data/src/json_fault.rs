//! What is wrong with broken JSON, and the remedy that fits it.

use serde_json::error::Category;

use crate::error::shortened;

const NO_NUMBER: &str = "JSON has no such number: write null in its place";

/// What programs write that is no JSON, and what to do about it.
const WORDS: [(&[&str], &str); 2] = [
    (&["NaN", "nan", "Infinity", "inf", "Inf"], NO_NUMBER),
    (
        &["None", "True", "False"],
        "this is how Python prints an object: write it with json.dumps",
    ),
];

/// What was found, and what to do: `whole` says what the caller's text is, as `put one whole JSON object on
/// each line`. `data` is the remedy for good JSON of another shape.
pub(crate) fn describe(
    text: &str,
    error: &serde_json::Error,
    whole: &'static str,
    data: &'static str,
) -> (String, &'static str) {
    let line = text.split('\n').nth(error.line().saturating_sub(1));
    describe_at(line.unwrap_or_default(), error.column(), error, whole, data)
}

/// [`describe`] of an error at a `column`, from 1, of a line, which may be another than the error's own.
pub(crate) fn describe_at(
    line: &str,
    column: usize,
    error: &serde_json::Error,
    whole: &'static str,
    data: &'static str,
) -> (String, &'static str) {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = error.to_string();
    let message = shortened(message.strip_suffix(&place).unwrap_or(&message));
    if error.classify() == Category::Data {
        return (format!("{message} (column {column})"), data);
    }
    match fault(line.as_bytes(), column, &message) {
        Some((what, remedy)) => (format!("{what} (column {column})"), remedy),
        None => (format!("broken JSON: {message} (column {column})"), whole),
    }
}

/// That a number which is not finite stands at a column, from 1, where something is read.
pub(crate) fn not_a_number(word: &str, column: usize) -> (String, &'static str) {
    (format!("`{word}` (column {column})"), NO_NUMBER)
}

/// What stands at `column`, from 1, of a line, if it is known what to do about it.
fn fault(line: &[u8], column: usize, message: &str) -> Option<(String, &'static str)> {
    let word = word_at(line, column.saturating_sub(1));
    for (words, remedy) in WORDS {
        if words.contains(&word.as_str()) {
            return Some((format!("`{word}`"), remedy));
        }
    }
    let known = |what: &str, remedy| Some((what.to_owned(), remedy));
    if message.contains("surrogate") || (message.contains("hex escape") && half_pair(line, column))
    {
        let what = "half of a surrogate pair, a text cut within a character";
        return known(what, "complete the character, or leave it out");
    }
    if message.starts_with("control character") {
        let what = "a control character within a string";
        return known(what, "escape it: a line end is \\n, a tab is \\t");
    }
    let at = column.saturating_sub(1).min(line.len());
    if message.starts_with("key must be a string") && line.get(at) == Some(&b'\'') {
        return known(
            "a key in single quotes",
            "put keys and strings in double quotes",
        );
    }
    if message.starts_with("trailing comma") {
        return known("a comma behind the last value", "remove it");
    }
    None
}

/// The letters around a byte of a line.
fn word_at(line: &[u8], at: usize) -> String {
    let at = at.min(line.len().saturating_sub(1));
    let letter = |byte: &&u8| byte.is_ascii_alphabetic();
    let before = line
        .get(..at)
        .unwrap_or_default()
        .iter()
        .rev()
        .take_while(letter)
        .count();
    let after = line
        .get(at..)
        .unwrap_or_default()
        .iter()
        .take_while(letter)
        .count();
    String::from_utf8_lossy(&line[at - before..at + after]).into_owned()
}

/// Whether the last escape before `column` is the first half of a surrogate pair.
fn half_pair(line: &[u8], column: usize) -> bool {
    let before = &line[..column.min(line.len())];
    let last = before
        .windows(4)
        .rposition(|bytes| bytes.starts_with(b"\\u"));
    last.is_some_and(|at| {
        let digits = before[at + 2..at + 4].to_ascii_lowercase();
        digits[0] == b'd' && matches!(digits[1], b'8'..=b'9' | b'a'..=b'f')
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_remedy_fits_the_fault() {
        for (text, found, remedy) in [
            (r#"{"a": NaN}"#, "`NaN`", "null"),
            (r#"{"a": [1, -Infinity]}"#, "`Infinity`", "null"),
            (r#"{"a": Infinity, "b": 1}"#, "`Infinity`", "null"),
            (r#"{"a": nan}"#, "`nan`", "null"),
            (r#"{"a": None}"#, "`None`", "json.dumps"),
            (r#"{"a": True}"#, "`True`", "json.dumps"),
            (r#"{'a': 1}"#, "single quotes", "double quotes"),
            (r#"{"a": "x\ud83d"}"#, "half of a surrogate", "complete"),
            (r#"{"a": "x\ud83d y"}"#, "half of a surrogate", "complete"),
            (r#"{"a": "x\ude00"}"#, "half of a surrogate", "complete"),
            (
                r#"{"a": "\ud83d\u0041"}"#,
                "half of a surrogate",
                "complete",
            ),
            ("{\"a\": \"x\ty\"}", "control character", "escape"),
            (r#"{"a": 1,}"#, "comma behind", "remove"),
            (r#"{"a": 1"#, "broken JSON", "whole"),
            (r#"{"a": "\u00zz"}"#, "broken JSON", "whole"),
            ("{\"b\": 1,\n\"a\": NaN}", "`NaN`", "null"),
        ] {
            let error = serde_json::from_str::<serde_json::Value>(text).unwrap_err();
            let (what, advice) = describe(text, &error, "whole", "data");
            assert!(what.contains(found), "{text}: {what} ({error})");
            assert!(advice.contains(remedy), "{text}: {advice}");
        }
    }
}
