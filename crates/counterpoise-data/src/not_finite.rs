//! Numbers that are not finite, which Python writes into JSON lines: passed over where nothing is read from them.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// What Python writes for them.
const WORDS: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

/// What is parsed in the place of such a number. No field takes it, so that a number is refused where it is read.
const MARK: &str = r#"[{"":[]}]"#;

/// Whether a value of a line of JSON was a number that is not finite, for readers that take any value.
#[must_use]
pub fn was_not_finite(value: &serde_json::Value) -> bool {
    serde_json::from_str(MARK).is_ok_and(|mark: serde_json::Value| *value == mark)
}

/// A line with marks in the place of the numbers that are not finite.
pub(crate) struct Marked {
    text: String,
    /// Where each mark begins in `text`, and the word that it stands for.
    marks: Vec<(usize, &'static str)>,
}

/// Why a line could not be read after all.
pub(crate) enum Refused {
    /// One of the numbers stands where something is read, in a column from 1.
    Number(&'static str, usize),
    /// Something else is wrong, in a column of the line as it was.
    Other(serde_json::Error, usize),
}

impl Marked {
    /// Marks the numbers of a line, if it has any.
    pub(crate) fn of(line: &str) -> Option<Self> {
        let (mut text, mut marks, mut rest) = (String::new(), Vec::new(), line);
        let mut in_string = false;
        while let Some(first) = rest.chars().next() {
            let word = WORDS.iter().find(|&&word| rest.starts_with(word));
            let taken = match (word, first) {
                (Some(word), _) if !in_string => {
                    marks.push((text.len(), *word));
                    text.push_str(MARK);
                    rest = &rest[word.len()..];
                    continue;
                }
                (_, '"') => {
                    in_string = !in_string;
                    1
                }
                // The character behind it is part of an escape, also if it is a quote.
                (_, '\\') if in_string => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
                _ => first.len_utf8(),
            };
            text.push_str(&rest[..taken]);
            rest = &rest[taken..];
        }
        (!marks.is_empty()).then_some(Self { text, marks })
    }

    /// Reads the line.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        serde_json::from_str(&self.text).map_err(|error| self.refused(error))
    }

    fn refused(&self, error: serde_json::Error) -> Refused {
        let (column, mut longer) = (error.column(), 0);
        for &(start, word) in &self.marks {
            let end = start + MARK.len();
            // Where a type is wrong, the parser tells the byte before it, or one behind it.
            let is_number = match error.classify() {
                Category::Data => (start..=end + 1).contains(&column),
                _ => (start + 1..=end).contains(&column),
            };
            if is_number {
                return Refused::Number(word, start + 1 - longer);
            }
            if column > end {
                longer += MARK.len() - word.len();
            }
        }
        Refused::Other(error, column - longer)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Row {
        a: f64,
        #[serde(default)]
        b: Option<String>,
        #[serde(default)]
        c: Vec<f64>,
    }

    fn read(line: &str) -> Result<Row, Refused> {
        Marked::of(line).unwrap().read()
    }

    #[test]
    fn a_number_is_passed_over_where_nothing_is_read() {
        for line in [
            r#"{"x": NaN, "a": 1}"#,
            r#"{"a": 1, "x": {"y": [Infinity, -Infinity, {"z": NaN}]}}"#,
            r#"{"x":NaN,"a":1,"y":NaN}"#,
        ] {
            assert_eq!(read(line).ok().unwrap().a, 1.0, "{line}");
        }
        let row = read(r#"{"x": NaN, "a": 1, "b": "NaN \" Infinity"}"#);
        assert_eq!(row.ok().unwrap().b.unwrap(), r#"NaN " Infinity"#);
    }

    #[test]
    fn a_line_without_such_numbers_has_no_marks() {
        for line in [
            "",
            r#"{"a": "NaN"}"#,
            r#"{"NaN": "\\\" -Infinity", "é": nan}"#,
            "\"\\",
        ] {
            assert!(Marked::of(line).is_none(), "{line}");
        }
    }

    #[test]
    fn it_is_refused_where_it_is_read_and_other_faults_have_their_columns() {
        for (line, word, column) in [
            (r#"{"a": NaN}"#, "NaN", 7),
            (r#"{"x": NaN, "a": -Infinity}"#, "-Infinity", 17),
            (r#"{"x": Infinity, "a": 1, "b": NaN}"#, "NaN", 30),
            (r#"{"a": 1, "c": [2, NaN]}"#, "NaN", 19),
            (r#"{"a": 1, "c": NaN}"#, "NaN", 15),
            (r#"{NaN: 1}"#, "NaN", 2),
        ] {
            match read(line) {
                Err(Refused::Number(found, at)) => {
                    assert_eq!((found, at), (word, column), "{line}")
                }
                _ => unreachable!("{line}"),
            }
        }
        for (line, column) in [
            (r#"{"x": NaN, "y": NaN, "a": "s"}"#, 29),
            (r#"{"x": NaN, "a": 1"#, 17),
            (r#"{"x": NaN "a": 1}"#, 11),
        ] {
            match read(line) {
                Err(Refused::Other(_, at)) => assert_eq!(at, column, "{line}"),
                _ => unreachable!("{line}"),
            }
        }
    }
}
