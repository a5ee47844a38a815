//! A model folder: weights, configuration and tokenizer, which have to belong together.

use std::path::Path;

use crate::error::{Result, refuse};
use burn::tensor::Device;
use counterpoise_model::{Config, Gpt2, Tokenizer, load, load_tuned_from};

/// What a model's prompts are encoded and continued with.
#[derive(Debug)]
pub struct ModelFiles {
    /// `config.json`.
    pub config: Config,
    /// `tokenizer.json`.
    pub tokenizer: Tokenizer,
    /// The token that ends a text.
    pub end_of_text: u32,
}

impl ModelFiles {
    /// Reads the configuration and the tokenizer of a model folder, not the weights.
    ///
    /// # Errors
    /// Files that are missing or broken, or that disagree about the tokens.
    pub fn read(folder: &Path) -> Result<Self> {
        let config = Config::read(folder)?;
        let tokenizer = Tokenizer::read(folder)?;
        let end_of_text = tokenizer.end_of_text();
        if let Some(expected) = config.eos_token_id.filter(|&token| token != end_of_text) {
            refuse!(
                "{}: config.json ends texts with token {expected}, tokenizer.json with token {end_of_text}; \
                 use the tokenizer the model was trained with",
                folder.display()
            );
        }
        let (known, tokens) = (config.vocab_size, tokenizer.vocab_size());
        if tokens > known {
            refuse!(
                "{}: tokenizer.json has {tokens} tokens, but the model knows {known}; \
                 use the tokenizer the model was trained with",
                folder.display()
            );
        }
        Ok(Self {
            config,
            tokenizer,
            end_of_text,
        })
    }

    /// Refuses a tuned model that comes with a tokenizer other than its base's.
    ///
    /// # Errors
    /// Tokenizers that differ.
    pub fn check_same_tokenizer(base: &Path, tuned: &Path) -> Result<()> {
        let of = |folder: &Path| std::fs::read(folder.join("tokenizer.json"));
        // A tuned model may be a weight file alone, without a tokenizer of its own.
        match (of(base), of(tuned)) {
            (Ok(base_bytes), Ok(tuned_bytes)) if base_bytes != tuned_bytes => refuse!(
                "{}: its tokenizer.json is not that of the base model, {}; the two models have to \
                 read the same tokens",
                tuned.display(),
                base.display()
            ),
            _ => Ok(()),
        }
    }
}

/// Loads the weights of `folder`, or those of `state`, a tuned version of the same model. `remark` hears what a reader of
/// the results should know of the files, such as a second set of weights beside them that differs.
///
/// # Errors
/// Weights that are missing, broken or of another model.
pub fn load_weights(
    folder: &Path,
    state: Option<&Path>,
    device: &Device,
    remark: &mut dyn FnMut(&str),
) -> Result<Gpt2> {
    let checkpoint = match state {
        None => load(folder, device)?,
        Some(path) => load_tuned_from(folder, path, device)?,
    };
    let path = state.unwrap_or(folder).display();
    for text in &checkpoint.remarks {
        remark(&format!("{path}: {text}"));
    }
    Ok(checkpoint.model)
}
