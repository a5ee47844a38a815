//! The byte-level BPE tokenizer of a model folder.

use std::path::{Path, PathBuf};

use counterpoise_data::read_json_text;

use crate::ModelError;

/// The name of the token that ends a text.
const END_OF_TEXT: &str = "<|endoftext|>";

/// A `tokenizer.json`, as Hugging Face's `tokenizers` reads it.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    end_of_text: u32,
    path: PathBuf,
}

impl Tokenizer {
    /// Reads `tokenizer.json` from a file, or from the folder that holds it.
    ///
    /// # Errors
    /// A file that is missing or broken, or that has no `<|endoftext|>`.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let path = if path.is_dir() {
            path.join("tokenizer.json")
        } else {
            path.to_owned()
        };
        let text = read_json_text(&path, "a tokenizer, as the `tokenizers` library saves it")?;
        let failed = |reason: String| ModelError::Tokenizer {
            path: path.clone(),
            reason,
        };
        let mut inner = tokenizers::Tokenizer::from_bytes(text)
            .map_err(|error| failed(format!("not a tokenizer: {error}; copy the file again")))?;
        // A file may ask for texts to be cut or filled up; here they are only ever encoded.
        inner
            .with_padding(None)
            .with_truncation(None)
            .map_err(|error| failed(error.to_string()))?;
        let end_of_text = inner
            .token_to_id(END_OF_TEXT)
            .ok_or_else(|| failed(format!("the vocabulary has no {END_OF_TEXT}")))?;
        Ok(Self {
            inner,
            end_of_text,
            path,
        })
    }

    /// The tokens of `text`, none added.
    ///
    /// # Errors
    /// A text the tokenizer cannot encode.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let encoding = self
            .inner
            .encode_fast(text, false)
            .map_err(|error| self.failed(&*error))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The text of `tokens`; the end-of-text token, like every special token, is no text.
    ///
    /// # Errors
    /// Tokens the tokenizer cannot decode.
    pub fn decode(&self, tokens: &[u32]) -> Result<String, ModelError> {
        self.inner
            .decode(tokens, true)
            .map_err(|error| self.failed(&*error))
    }

    /// The token that ends a text.
    pub fn end_of_text(&self) -> u32 {
        self.end_of_text
    }

    /// How many tokens there are.
    pub fn vocab_size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    fn failed(&self, reason: &dyn std::fmt::Display) -> ModelError {
        ModelError::Tokenizer {
            path: self.path.clone(),
            reason: reason.to_string(),
        }
    }
}
