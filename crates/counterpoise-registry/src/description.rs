//! What a part does: its kind and its parameters, defaults included.

use std::fmt;

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::RegistryError;

/// What a part does. Two parts with the same description do the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// The kind it is registered under.
    pub kind: String,
    /// Its parameters, defaults included.
    #[serde(flatten)]
    pub parameters: Table,
}

impl Description {
    /// The description of a part of `kind` whose fields are its parameters.
    ///
    /// # Errors
    /// Fields that TOML cannot hold.
    pub fn of(kind: &str, part: &impl Serialize) -> Result<Self, RegistryError> {
        let parameters = Table::try_from(part).map_err(|error| RegistryError::Description {
            kind: kind.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self {
            kind: kind.to_owned(),
            parameters,
        })
    }

    /// A kind without parameters.
    pub fn bare(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            parameters: Table::new(),
        }
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        for (name, value) in &self.parameters {
            write!(f, ", {name} = {value}")?;
        }
        Ok(())
    }
}
