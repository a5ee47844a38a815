//! JSON files that are one object: read strictly, a key that stands twice refused.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;

use serde::de::{DeserializeOwned, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::DataError;
use crate::error::shortened;
use crate::json_fault::describe;
use crate::texts::read_utf8;

/// Reads a file that is one JSON object, as a `T`. `shape` describes the object in errors, as
/// `a shard index with weight_map`.
///
/// # Errors
/// As for [`read_json_text`]; [`DataError::Row`] for JSON that is broken or not a `T`.
pub fn read_json<T: DeserializeOwned>(path: &Path, shape: &str) -> Result<T, DataError> {
    let text = read_json_text(path, shape)?;
    serde_json::from_str(&text).map_err(|error| bad_json(path, shape, &text, &error))
}

/// The text of a file that is one JSON object, for a parser of the caller's. Where a key stands
/// twice in an object of it, parsers keep one of the values without a word; here that is an error.
///
/// # Errors
/// [`DataError::Read`], [`DataError::NotUtf8`], [`DataError::Empty`]; [`DataError::Row`], with the
/// line, for broken JSON, for JSON that is no object, and for a key that stands twice.
pub fn read_json_text(path: &Path, shape: &str) -> Result<String, DataError> {
    let text = read_utf8(path)?;
    let start = text.trim_start();
    if start.is_empty() {
        return Err(DataError::Empty {
            path: path.to_owned(),
            expected: shape.to_owned(),
        });
    }
    if !start.starts_with('{') {
        let before = &text[..text.len() - start.len()];
        let first = start.lines().next().unwrap_or_default();
        return Err(DataError::Row {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            expected: shape.to_owned(),
            found: format!("a file that begins with `{}`", shortened(first.trim())),
            remedy: "give a file that is one JSON object",
        });
    }
    match check_keys(&text) {
        Ok(()) => Ok(text),
        Err(error) => Err(bad_json(path, shape, &text, &error)),
    }
}

fn bad_json(path: &Path, shape: &str, text: &str, error: &serde_json::Error) -> DataError {
    let whole = match error.is_eof() {
        true => "copy the file again, it may be cut short",
        false => "correct the JSON there, or copy the file again",
    };
    let data = "correct the file, or copy it again";
    let (found, remedy) = describe(text, error, whole, data);
    DataError::Row {
        path: path.to_owned(),
        line: error.line().max(1),
        expected: shape.to_owned(),
        found,
        remedy,
    }
}

/// Parses JSON for nothing but its keys.
///
/// # Errors
/// A data error ([`serde_json::Error::is_data`]) is a key that stands twice in one object; any other, broken JSON.
pub fn check_keys(json: &str) -> Result<(), serde_json::Error> {
    serde_json::from_str::<UniqueKeys>(json).map(drop)
}

/// Any JSON value in whose objects each key stands once.
struct UniqueKeys;

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Walk)
    }
}

struct Walk;

impl<'de> Visitor<'de> for Walk {
    type Value = UniqueKeys;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<UniqueKeys, A::Error> {
        while items.next_element::<UniqueKeys>()?.is_some() {}
        Ok(UniqueKeys)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<UniqueKeys, A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if let Some(again) = keys.replace(key) {
                map.next_value::<IgnoredAny>()?;
                return Err(A::Error::custom(format!("the key `{again}` twice")));
            }
            map.next_value::<UniqueKeys>()?;
        }
        Ok(UniqueKeys)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_key_may_stand_in_several_objects_but_twice_in_none() {
        assert!(
            check_keys(r#"{"a": [{"b": 1}, {"b": -1.5}], "b": {"a": null}, "c": true}"#).is_ok()
        );
        for twice in [
            r#"{"a": 1, "b": 2, "a": 3}"#,
            r#"{"c": [0, {"a": "x", "a": "x"}]}"#,
            r#"{"a": 1, "\u0061": 1}"#,
        ] {
            let error = check_keys(twice).unwrap_err();
            assert!(error.is_data(), "{error}");
            assert!(
                error.to_string().starts_with("the key `a` twice"),
                "{error}"
            );
        }
        assert!(!check_keys(r#"{"a": 1"#).unwrap_err().is_data());
    }
}
