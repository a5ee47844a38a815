//! The kinds of intervention a study file can name.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use toml::Table;

use crate::{Ablate, InterveneError, Intervention, Patch, ScaleKeys, Untouched};

/// Builds an intervention from its parameters, the table without `kind`.
type Build = Box<dyn Fn(Table) -> Result<Box<dyn Intervention>, InterveneError>>;

/// Interventions by `kind`.
pub struct Registry {
    kinds: BTreeMap<&'static str, Build>,
}

impl Registry {
    /// Nothing registered.
    pub fn empty() -> Self {
        Self {
            kinds: BTreeMap::new(),
        }
    }

    /// The paper's interventions: `none`, `ablate`, `patch`, `scale_keys`.
    pub fn paper() -> Self {
        let kinds: [(&'static str, Build); 4] = [
            (
                "none",
                Box::new(|table| match table.keys().next() {
                    None => Ok(Box::new(Untouched)),
                    Some(key) => Err(InterveneError::Parameters {
                        kind: "none",
                        reason: format!("unknown field `{key}`; it has no parameters"),
                    }),
                }),
            ),
            (
                "ablate",
                Box::new(|table| Ok(Box::new(parse::<Ablate>("ablate", table)?))),
            ),
            (
                "patch",
                Box::new(|table| Ok(Box::new(parse::<Patch>("patch", table)?))),
            ),
            (
                "scale_keys",
                Box::new(|table| Ok(Box::new(parse::<ScaleKeys>("scale_keys", table)?))),
            ),
        ];
        Self {
            kinds: kinds.into_iter().collect(),
        }
    }

    /// Adds a kind of your own; [`parse`] reads its parameters into a struct.
    ///
    /// # Errors
    /// [`InterveneError::KindTaken`] if the kind is registered already.
    pub fn register(
        &mut self,
        kind: &'static str,
        build: impl Fn(Table) -> Result<Box<dyn Intervention>, InterveneError> + 'static,
    ) -> Result<(), InterveneError> {
        if self.kinds.contains_key(kind) {
            return Err(InterveneError::KindTaken {
                kind: kind.to_owned(),
            });
        }
        self.kinds.insert(kind, Box::new(build));
        Ok(())
    }

    /// The kinds that can be built.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.kinds.keys().copied()
    }

    /// Builds the intervention a table describes: `kind`, and that kind's parameters.
    ///
    /// # Errors
    /// No `kind`, an unknown one, or parameters that do not fit it.
    pub fn build(&self, mut table: Table) -> Result<Box<dyn Intervention>, InterveneError> {
        let known = || self.kinds().collect::<Vec<_>>().join(", ");
        let kind = match table.remove("kind") {
            Some(toml::Value::String(kind)) => kind,
            Some(other) => {
                return Err(InterveneError::UnknownKind {
                    found: other.to_string(),
                    known: known(),
                });
            }
            None => return Err(InterveneError::NoKind { known: known() }),
        };
        match self.kinds.get(kind.as_str()) {
            Some(build) => build(table),
            None => Err(InterveneError::UnknownKind {
                found: kind,
                known: known(),
            }),
        }
    }
}

/// Reads an intervention's parameters; mark the struct `deny_unknown_fields`.
///
/// # Errors
/// [`InterveneError::Parameters`] with what was expected and found.
pub fn parse<T: DeserializeOwned>(kind: &'static str, table: Table) -> Result<T, InterveneError> {
    table
        .try_into()
        .map_err(|error: toml::de::Error| InterveneError::Parameters {
            kind,
            reason: error.message().to_owned(),
        })
}
