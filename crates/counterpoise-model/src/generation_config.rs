//! `generation_config.json`: what it says about the end of a text, and what it may not say.

use std::path::{Path, PathBuf};

use counterpoise_data::read_json;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{EndTokens, ModelError};

/// The settings of `transformers`' `generate` that a model folder carries.
#[derive(Debug, Deserialize)]
pub(crate) struct GenerationConfig {
    /// The tokens that end a text. An absent value and `null` say nothing.
    #[serde(default)]
    pub(crate) eos_token_id: Option<EndTokens>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// What the file is, in errors.
const SHAPE: &str = "generation settings such as eos_token_id";

/// Settings that change which tokens a greedy continuation has, and the number that changes nothing.
/// How many tokens there are, and whether they are sampled, is a study's own affair.
const CHANGE_TOKENS: [(&str, f64); 19] = [
    ("bad_words_ids", 0.0),
    ("begin_suppress_tokens", 0.0),
    ("diversity_penalty", 0.0),
    ("encoder_no_repeat_ngram_size", 0.0),
    ("encoder_repetition_penalty", 1.0),
    ("exponential_decay_length_penalty", 0.0),
    ("force_words_ids", 0.0),
    ("forced_bos_token_id", f64::NAN),
    ("forced_eos_token_id", f64::NAN),
    ("guidance_scale", 1.0),
    ("min_length", 0.0),
    ("min_new_tokens", 0.0),
    ("no_repeat_ngram_size", 0.0),
    ("num_beams", 1.0),
    ("penalty_alpha", 0.0),
    ("repetition_penalty", 1.0),
    ("sequence_bias", 0.0),
    ("stop_strings", 0.0),
    ("suppress_tokens", 0.0),
];

impl GenerationConfig {
    /// Reads the settings of a model folder from `generation_config.json`, if there is such a file.
    ///
    /// # Errors
    /// A file that is broken, or asks for other tokens than the greediest.
    pub(crate) fn read(folder: &Path) -> Result<Option<(Self, PathBuf)>, ModelError> {
        Self::read_file(folder.join("generation_config.json"))
    }

    /// Reads what `config.json` says in place of a `generation_config.json`, if there is such a file.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub(crate) fn of_model(folder: &Path) -> Result<Option<(Self, PathBuf)>, ModelError> {
        Self::read_file(folder.join("config.json"))
    }

    fn read_file(path: PathBuf) -> Result<Option<(Self, PathBuf)>, ModelError> {
        if !path.exists() {
            return Ok(None);
        }
        let config: Self = read_json(&path, SHAPE)?;
        Ok(Some((config, path)))
    }

    /// Refuses settings that make `generate` write other tokens than the likeliest.
    ///
    /// # Errors
    /// The first such setting, by name.
    pub(crate) fn check(&self, path: &Path) -> Result<(), ModelError> {
        for (field, neutral) in CHANGE_TOKENS {
            let Some(value) = self.others.get(field) else {
                continue;
            };
            if !changes_nothing(value, neutral) {
                return Err(ModelError::Generation {
                    path: path.to_owned(),
                    field,
                    found: value.to_string(),
                });
            }
        }
        Ok(())
    }

    /// The number of tokens, where the file is a `config.json`.
    pub(crate) fn vocab_size(&self) -> Option<u64> {
        self.others.get("vocab_size").and_then(Value::as_u64)
    }
}

fn changes_nothing(value: &Value, neutral: f64) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(set) => !set,
        Value::Number(number) => number.as_f64() == Some(neutral),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}
