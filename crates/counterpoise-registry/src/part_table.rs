//! One table of a TOML file, with the places of its keys and values.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::RegistryError;

/// A table that describes a part: its `kind`, and that kind's parameters.
#[derive(Debug, Clone)]
pub struct PartTable<'t> {
    span: Range<usize>,
    pub(crate) entries: DeTable<'t>,
}

impl<'t> PartTable<'t> {
    /// The table that a whole text is.
    ///
    /// # Errors
    /// [`RegistryError::Toml`] if it is not TOML.
    pub fn parse(text: &'t str) -> Result<Self, RegistryError> {
        let document = DeTable::parse(text).map_err(|error| RegistryError::Toml {
            reason: error.message().replace('\n', "; "),
            span: error.span(),
        })?;
        Ok(Self {
            span: document.span(),
            entries: document.into_inner(),
        })
    }

    /// Takes the tables `[[key]]` out of this one, in their order; none if there are none.
    ///
    /// # Errors
    /// [`RegistryError::Toml`] if `key` is something else.
    pub fn take_all(&mut self, key: &str) -> Result<Vec<Self>, RegistryError> {
        let wrong = |span: Range<usize>| RegistryError::Toml {
            reason: format!("`{key}`: expected tables, each under a line `[[{key}]]`"),
            span: Some(span),
        };
        let Some(value) = self.entries.remove(key) else {
            return Ok(Vec::new());
        };
        let span = value.span();
        let DeValue::Array(tables) = value.into_inner() else {
            return Err(wrong(span));
        };
        let table = |value: Spanned<DeValue<'t>>| {
            let span = value.span();
            match value.into_inner() {
                DeValue::Table(entries) => Ok(Self { span, entries }),
                _ => Err(wrong(span)),
            }
        };
        tables.into_iter().map(table).collect()
    }

    /// Takes the table `[key]` out of this one, if there is one.
    ///
    /// # Errors
    /// [`RegistryError::Toml`] if `key` is something else.
    pub fn take(&mut self, key: &str) -> Result<Option<Self>, RegistryError> {
        let Some(value) = self.entries.remove(key) else {
            return Ok(None);
        };
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(entries) => Ok(Some(Self { span, entries })),
            _ => Err(RegistryError::Toml {
                reason: format!("`{key}`: expected a table, under a line `[{key}]`"),
                span: Some(span),
            }),
        }
    }

    /// Where it is in the text, in bytes.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Whether it has a key.
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Where a key is; where the table is if it has no such key.
    pub fn key_span(&self, key: &str) -> Range<usize> {
        let found = self.entries.get_key_value(key);
        found.map_or_else(|| self.span(), |(key, _)| key.span())
    }

    /// Where the string `text` is among its values; where the table is if it is none of them.
    pub fn string_span(&self, text: &str) -> Range<usize> {
        let found = self
            .entries
            .values()
            .find_map(|value| place_of(text, value));
        found.unwrap_or_else(|| self.span())
    }

    /// Splits off the keys that `wanted` picks, as a table of their own.
    #[must_use]
    pub fn split(self, wanted: impl Fn(&str) -> bool) -> (Self, Self) {
        let (taken, left) = (self.entries.into_iter()).partition(|(key, _)| wanted(key.get_ref()));
        let span = self.span.clone();
        let rest = Self {
            span: self.span,
            entries: left,
        };
        let taken = Self {
            span,
            entries: taken,
        };
        (taken, rest)
    }

    /// Reads the table as a `T`. A key that `T` ignores is refused, whether or not `T` says so.
    ///
    /// # Errors
    /// [`RegistryError::Parameters`] with what was expected and found, and where; `kind` names the
    /// table in it.
    pub fn read<T: DeserializeOwned>(&self, kind: &str) -> Result<T, RegistryError> {
        let value = Spanned::new(self.span(), DeValue::Table(self.entries.clone()));
        let mut ignored = None;
        let read: Result<T, toml::de::Error> =
            serde_ignored::deserialize(ValueDeserializer::from(value), |path| {
                ignored.get_or_insert_with(|| path.to_string());
            });
        let refused = |reason, span| RegistryError::Parameters {
            kind: kind.to_owned(),
            reason,
            span: Some(span),
        };
        let unknown = |path: String| {
            let first = path.split('.').next().unwrap_or_default();
            let span = self.key_span(first);
            Err(refused(format!("unknown key `{path}`"), span))
        };
        match (read, ignored) {
            (Ok(read), None) => Ok(read),
            (Ok(_), Some(path)) => unknown(path),
            // A key that is missing may be the one that is misspelt.
            (Err(error), Some(path)) if error.message().starts_with("missing field") => {
                unknown(path)
            }
            (Err(error), _) => {
                let reason = error.message().replace('\n', "; ");
                let reason = reason.replace("unknown field `", "unknown key `");
                let reason = reason.replace("missing field `", "missing key `");
                Err(refused(reason, error.span().unwrap_or_else(|| self.span())))
            }
        }
    }

    /// The string that `key` holds, and where; `None` if there is no such key.
    pub(crate) fn string(&self, key: &str) -> Option<(Result<&str, String>, Range<usize>)> {
        let value = self.entries.get(key)?;
        let found = match value.get_ref() {
            DeValue::String(text) => Ok(text.as_ref()),
            other => Err(format!("{other:?}")),
        };
        Some((found, value.span()))
    }
}

/// Where the string `text` is, in a value or within it.
fn place_of(text: &str, value: &Spanned<DeValue<'_>>) -> Option<Range<usize>> {
    match value.get_ref() {
        DeValue::String(found) if found.as_ref() == text => Some(value.span()),
        DeValue::Array(list) => list.iter().find_map(|value| place_of(text, value)),
        DeValue::Table(table) => table.values().find_map(|value| place_of(text, value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Point {
        x: u8,
        #[serde(default)]
        y: u8,
    }

    const TEXT: &str =
        "name = 'n'\n[[point]]\nx = 1\n[[point]]\nx = 2\ny = 300\n[[point]]\nz = 1\nx = 3";

    #[test]
    fn tables_are_taken_in_order_and_faults_have_places() {
        let mut document = PartTable::parse(TEXT).unwrap();
        let points = document.take_all("point").unwrap();
        assert!(document.take_all("point").unwrap().is_empty());
        assert_eq!(points[0].read::<Point>("p").unwrap(), Point { x: 1, y: 0 });
        let place = |index: usize| {
            let error = points[index].read::<Point>("p").unwrap_err();
            (TEXT[error.span().unwrap()].to_owned(), error.to_string())
        };
        let (found, message) = place(1);
        assert_eq!(found, "300", "{message}");
        let (found, message) = place(2);
        assert_eq!(
            (found.as_str(), message.as_str()),
            ("z", "`p`: unknown key `z`")
        );
        assert!(document.take_all("name").is_err());
    }

    #[test]
    fn a_string_has_a_place_wherever_it_is_in_the_table() {
        let text = "a = 'one'\nb = { c = ['two', \"t\\u0068ree\"] }";
        let table = PartTable::parse(text).unwrap();
        for (string, place) in [
            ("one", "'one'"),
            ("two", "'two'"),
            ("three", "\"t\\u0068ree\""),
        ] {
            assert_eq!(&text[table.string_span(string)], place);
        }
        assert_eq!(table.string_span("four"), table.span());
    }

    #[test]
    fn a_table_within_is_taken_once() {
        let mut document = PartTable::parse("name = 'n'\n[point]\nx = 1\nz = 2").unwrap();
        assert!(document.take("line").unwrap().is_none());
        let point = document.take("point").unwrap().unwrap();
        let error = point.read::<Point>("p").unwrap_err();
        assert_eq!(error.to_string(), "`p`: unknown key `z`");
        assert!(document.take("point").unwrap().is_none());
        let error = document.take("name").unwrap_err().to_string();
        assert!(error.contains("`[name]`"), "{error}");
    }

    #[test]
    fn a_table_is_split_by_its_keys() {
        let (own, rest) = PartTable::parse("kind = 'k'\nx = 1")
            .unwrap()
            .split(|key| key == "x");
        assert_eq!(own.read::<Point>("p").unwrap().x, 1);
        assert!(rest.read::<Point>("p").is_err());
    }
}
