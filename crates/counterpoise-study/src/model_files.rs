//! A model folder: weights, configuration and tokenizer, which have to belong together.

use std::path::Path;

use crate::error::{Result, refuse};
use burn::tensor::Device;
use counterpoise_model::{Config, Gpt2, Tokenizer, load, load_tuned, tokenizer_files};

/// What a model's prompts are encoded and continued with.
#[derive(Debug)]
pub struct ModelFiles {
    /// `config.json`.
    pub config: Config,
    /// The tokenizer, which also says what ends a text.
    pub tokenizer: Tokenizer,
}

impl ModelFiles {
    /// Reads the configuration and the tokenizer of a model folder, not the weights.
    ///
    /// # Errors
    /// Files that are missing or broken, or that contradict each other.
    pub fn read(folder: &Path) -> Result<Self> {
        Ok(Self {
            config: Config::read(folder)?,
            tokenizer: Tokenizer::read(folder)?,
        })
    }

    /// Reads those of a base model whose tuned version is to read the same texts.
    ///
    /// # Errors
    /// As for [`read`](Self::read); a tuned model whose tokenizer makes other tokens of a text, or
    /// whose texts end otherwise.
    pub fn read_pair(base: &Path, tuned: &Path) -> Result<Self> {
        let mut files = Self::read(base)?;
        // A tuned model may be a weight file alone, or a folder without a tokenizer of its own.
        if tokenizer_files(tuned).is_empty() {
            return Ok(files);
        }
        let own = match has_tokenizer(tuned) {
            true => Tokenizer::read(tuned)?,
            false => files.tokenizer.with_ends_of(tuned)?,
        };
        match files.tokenizer.compare(&own) {
            Ok(added) => files.tokenizer.refuse_in_texts(added),
            Err(difference) => refuse!(
                "{}: its tokenizer is not that of the base model, {}: {difference}; the two models have to \
                 read the same tokens",
                tuned.display(),
                base.display()
            ),
        }
        let (ends, own_ends) = (files.tokenizer.end_tokens(), own.end_tokens());
        if ends != own_ends {
            refuse!(
                "{}: its texts end with token {own_ends}, those of the base model, {}, with token {ends}; \
                 write one `eos_token_id` into generation_config.json or config.json of both",
                tuned.display(),
                base.display()
            );
        }
        Ok(files)
    }
}

fn has_tokenizer(folder: &Path) -> bool {
    let is_there = |name: &str| folder.join(name).exists();
    is_there("tokenizer.json") || is_there("vocab.json") || is_there("merges.txt")
}

/// Loads the weights of `folder`, or those of `state`, a tuned version of the same model.
///
/// # Errors
/// Weights that are missing, broken or of another model.
pub fn load_weights(folder: &Path, state: Option<&Path>, device: &Device) -> Result<Gpt2> {
    let checkpoint = match state {
        None => load(folder, device)?,
        Some(path) => load_tuned(&Config::read(folder)?, path, device)?,
    };
    Ok(checkpoint.model)
}
