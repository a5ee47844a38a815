//! The families of models: for each, what its `config.json` says and what its weights are called.

mod decoder;
mod gemma;
pub(crate) mod gpt2;
mod gpt_neo;
mod gpt_neox;
mod llama;
mod names;
mod olmo2;
mod opt;
mod phi3;
mod places;
mod qwen;
mod rope;
mod sizes;

use std::fmt;
use std::path::Path;

use counterpoise_data::read_json;
use serde::Deserialize;

use crate::{Config, ModelError};

pub(crate) use names::{Names, Qkv, is_buffer};
pub(crate) use places::{Place, fields, into_fields, into_parameters, places};

/// A family of models.
pub struct Family {
    /// `model_type` of its `config.json`.
    pub model_type: &'static str,
    /// Reads a `config.json` of this family.
    pub(crate) read: fn(&Path) -> Result<Config, ModelError>,
    /// What its weights are called.
    pub(crate) names: Names,
}

/// Every family.
static FAMILIES: [&Family; 13] = [
    &gpt2::FAMILY,
    &gpt_neo::FAMILY,
    &gpt_neox::FAMILY,
    &opt::FAMILY,
    &llama::LLAMA,
    &llama::MISTRAL,
    &qwen::QWEN2,
    &qwen::QWEN3,
    &gemma::GEMMA,
    &gemma::GEMMA2,
    &gemma::GEMMA3,
    &phi3::FAMILY,
    &olmo2::FAMILY,
];

impl PartialEq for Family {
    fn eq(&self, other: &Self) -> bool {
        self.model_type == other.model_type
    }
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.model_type)
    }
}

/// Reads the `config.json` at `path`, by the reader of its family. A file without `model_type` is a GPT-2's.
pub(crate) fn read(path: &Path) -> Result<Config, ModelError> {
    #[derive(Deserialize)]
    struct Typed {
        #[serde(default)]
        model_type: Option<String>,
    }
    let Typed { model_type } = read_json(path, "the configuration of a model, with model_type")?;
    let model_type = model_type.unwrap_or_else(|| gpt2::FAMILY.model_type.to_owned());
    let known = FAMILIES
        .iter()
        .find(|family| family.model_type == model_type);
    match known {
        Some(family) => (family.read)(path),
        None => Err(ModelError::Unsupported {
            path: path.to_owned(),
            field: "model_type",
            expected: format!(
                "one of {}",
                FAMILIES.map(|family| family.model_type).join(", ")
            ),
            found: model_type,
        }),
    }
}
