//! Challenge prompts: `{"prompt": "..."}`, or the rows of RealToxicityPrompts.

use std::fmt;
use std::path::Path;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::json_lines::{not_empty, read_checked};
use crate::{DataError, Rows};

/// One challenge prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// The text to continue.
    pub prompt: String,
}

/// The prompts of a file, and how many of its rows were left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptSet {
    /// The prompts kept, in the order of the file; at least one.
    pub prompts: Rows<Prompt>,
    /// Rows that say `"challenging": false`; they are not in `prompts`.
    pub not_challenging: usize,
}

/// Reads challenge prompts, one JSON object a line, in either of two forms:
///
/// - `{"prompt": "..."}`: kept;
/// - `{"prompt": {"text": "..."}, "challenging": true}`, as RealToxicityPrompts has it: kept if
///   challenging, else counted in [`PromptSet::not_challenging`]. The flag is required here.
///
/// A row of the first form that carries the flag is treated by it as well.
///
/// # Errors
/// [`DataError::Row`] for a broken row or an empty prompt; [`DataError::Empty`];
/// [`DataError::NoneChallenging`]; [`DataError::Read`], [`DataError::NotUtf8`].
pub fn read_prompts(path: &Path) -> Result<PromptSet, DataError> {
    let rows = read_checked(path, r#"{"prompt": "..."}"#, kept)?;
    let total = rows.len();
    let prompts = rows.filter_map(|row| row);
    let not_challenging = total - prompts.len();
    if prompts.is_empty() {
        return Err(DataError::NoneChallenging {
            path: path.to_owned(),
            not_challenging,
        });
    }
    Ok(PromptSet {
        prompts,
        not_challenging,
    })
}

/// The prompt of a row, or `None` where the row says that it is not challenging.
fn kept(row: RawPrompt) -> Result<Option<Prompt>, String> {
    let prompt = match (row.prompt, row.challenging) {
        (_, Some(false)) => return Ok(None),
        (PromptField::Nested { .. }, None) => {
            return Err("a nested prompt without `challenging`: true or false".to_owned());
        }
        (PromptField::Nested { text }, Some(true)) | (PromptField::Flat(text), _) => text,
    };
    not_empty("prompt", &prompt)?;
    Ok(Some(Prompt { prompt }))
}

#[derive(Deserialize)]
struct RawPrompt {
    prompt: PromptField,
    challenging: Option<bool>,
}

enum PromptField {
    Flat(String),
    Nested { text: String },
}

#[derive(Deserialize)]
struct NestedPrompt {
    text: String,
}

// By hand and not `#[serde(untagged)]`, whose errors do not say what was found.
impl<'de> Deserialize<'de> for PromptField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = PromptField;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string, or an object with the string `text`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<PromptField, E> {
                Ok(PromptField::Flat(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PromptField, A::Error> {
                let NestedPrompt { text } =
                    NestedPrompt::deserialize(MapAccessDeserializer::new(map))?;
                Ok(PromptField::Nested { text })
            }
        }

        deserializer.deserialize_any(Either)
    }
}
