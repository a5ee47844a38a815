//! Parts of one sort, by `kind`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;

use crate::{PartTable, RegistryError};

type Build<T> = Box<dyn Fn(&PartTable<'_>) -> Result<Box<T>, RegistryError> + Send + Sync>;

/// The parts that implement the trait `T`, each under its `kind`.
pub struct Registry<T: ?Sized> {
    what: &'static str,
    /// The key of a table that names its kind.
    key: &'static str,
    kinds: BTreeMap<String, Build<T>>,
}

impl<T: ?Sized> Registry<T> {
    /// A registry of `what`, such as `intervention`, without any kind.
    pub fn new(what: &'static str) -> Self {
        Self {
            what,
            key: "kind",
            kinds: BTreeMap::new(),
        }
    }

    /// The same registry for tables that name their kind by `key` instead of `kind`.
    #[must_use]
    pub fn named_by(self, key: &'static str) -> Self {
        Self { key, ..self }
    }

    /// Adds a kind. Its parameters are read into a `P`, which `make` turns into the part; keys that
    /// `P` does not have are refused.
    ///
    /// # Errors
    /// [`RegistryError::KindTaken`] if the kind is registered already.
    pub fn register<P: DeserializeOwned>(
        &mut self,
        kind: &str,
        make: impl Fn(P) -> Box<T> + Send + Sync + 'static,
    ) -> Result<(), RegistryError> {
        let name = kind.to_owned();
        self.register_table(kind, move |parameters| Ok(make(parameters.read(&name)?)))
    }

    /// Adds a kind whose parameters are in tables of their own: `build` is given the table without its `kind`, and refuses the
    /// keys that it does not know.
    ///
    /// # Errors
    /// As for [`Registry::register`].
    pub fn register_table(
        &mut self,
        kind: &str,
        build: impl Fn(&PartTable<'_>) -> Result<Box<T>, RegistryError> + Send + Sync + 'static,
    ) -> Result<(), RegistryError> {
        if self.kinds.contains_key(kind) {
            return Err(RegistryError::KindTaken {
                what: self.what,
                kind: kind.to_owned(),
            });
        }
        self.kinds.insert(kind.to_owned(), Box::new(build));
        Ok(())
    }

    /// The registered kinds, in alphabetical order.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.kinds.keys().map(String::as_str)
    }

    /// Builds the part that a table describes by its `kind` and that kind's parameters.
    ///
    /// # Errors
    /// No `kind`, an unknown one, or parameters that do not fit it, each with its place.
    pub fn build(&self, table: &PartTable<'_>) -> Result<Box<T>, RegistryError> {
        let known = || self.kinds().collect::<Vec<_>>().join(", ");
        let Some((kind, span)) = table.string(self.key) else {
            return Err(RegistryError::NoKind {
                key: self.key,
                what: self.what,
                known: known(),
                span: Some(table.span()),
            });
        };
        let unknown = |found: String| RegistryError::UnknownKind {
            what: self.what,
            found,
            known: known(),
            span: Some(span.clone()),
        };
        let kind = kind.map_err(unknown)?;
        let build = self.kinds.get(kind);
        let build = build.ok_or_else(|| unknown(kind.to_owned()))?;
        let (_, parameters) = table.clone().split(|key| key == self.key);
        build(&parameters)
    }
}

impl<T: ?Sized> fmt::Debug for Registry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("what", &self.what)
            .field("kinds", &self.kinds.keys())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde::Deserialize;

    use super::*;

    trait Number {
        fn value(&self) -> u32;
    }

    #[derive(Deserialize)]
    struct Constant {
        value: u32,
    }

    impl Number for Constant {
        fn value(&self) -> u32 {
            self.value
        }
    }

    fn registry() -> Registry<dyn Number> {
        let mut numbers: Registry<dyn Number> = Registry::new("number");
        numbers
            .register("constant", |constant: Constant| Box::new(constant))
            .unwrap();
        numbers
    }

    fn refused(text: &str) -> String {
        let table = PartTable::parse(text).unwrap();
        registry().build(&table).err().unwrap().to_string()
    }

    #[test]
    fn a_part_is_built_by_its_kind() {
        let table = PartTable::parse("kind = 'constant'\nvalue = 7").unwrap();
        assert_eq!(registry().build(&table).unwrap().value(), 7);
    }

    #[test]
    fn what_is_not_registered_is_refused_with_what_is() {
        let unknown = refused("kind = 'variable'");
        assert!(
            unknown.contains("`variable` is not a kind of number"),
            "{unknown}"
        );
        assert!(unknown.contains("constant"), "{unknown}");
        assert!(refused("kind = 3").contains("not a kind of number"));
        assert!(refused("value = 7").contains("expected `kind`"));
        assert!(refused("kind = 'constant'").contains("missing key `value`"));
        assert!(refused("kind = 'constant'\nvalue = -1").contains("u32"));
    }

    #[test]
    fn a_kind_may_have_another_key_and_tables_of_its_own() {
        let mut numbers: Registry<dyn Number> = Registry::new("number").named_by("from");
        numbers
            .register_table("nested", |table| {
                let mut table = table.clone();
                let inner = table.take("inner")?;
                let inner = inner.unwrap_or_else(|| table.clone());
                Ok(Box::new(inner.read::<Constant>("inner")?))
            })
            .unwrap();
        let build = |text: &str| numbers.build(&PartTable::parse(text).unwrap());
        let built = build("from = 'nested'\n[inner]\nvalue = 3").unwrap();
        assert_eq!(built.value(), 3);
        let unnamed = build("kind = 'nested'").err().unwrap().to_string();
        assert!(unnamed.contains("expected `from`"), "{unnamed}");
    }

    #[test]
    fn a_kind_is_registered_once() {
        let again = registry().register("constant", |constant: Constant| Box::new(constant));
        assert!(matches!(again, Err(RegistryError::KindTaken { .. })));
    }
}
