//! What a model writes after prompts.

use counterpoise_hooks::Hooks;
use counterpoise_model::{Decoding, ModelError, Tokenizer, Transformer, generate_with_progress};
use serde::{Deserialize, Serialize};

use crate::progress::{self, Progress};

/// Continuations of prompts, in the prompts' order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Continuations {
    /// The new tokens. `[prompts][tokens]`
    pub tokens: Vec<Vec<u32>>,
    /// Their texts, without the prompt and without special tokens, so that a continuation of special tokens
    /// alone is an empty text. `None` for one with a token that the tokenizer does not have, as a model
    /// with spare rows in its embedding can write: it has no text, and is not scored as an empty one.
    pub texts: Vec<Option<String>>,
}

/// A row of a generations file.
#[derive(Debug, Serialize)]
pub struct Generation<'a> {
    /// The prompt as its file has it.
    pub prompt: &'a str,
    /// The new tokens.
    pub tokens: &'a [u32],
    /// The continuation alone; `None` if it has no text.
    pub text: Option<&'a str>,
}

impl Continuations {
    /// The rows of a generations file.
    pub fn rows<'a>(&'a self, prompts: &'a [String]) -> impl Iterator<Item = Generation<'a>> {
        let parts = prompts.iter().zip(&self.tokens).zip(&self.texts);
        parts.map(|((prompt, tokens), text)| Generation {
            prompt,
            tokens,
            text: text.as_deref(),
        })
    }
}

/// Continues `prompts` under `hooks`, showing progress as `what`.
///
/// # Errors
/// What the model reports, such as logits that are not numbers.
pub fn continue_prompts(
    what: &str,
    model: &Transformer,
    tokenizer: &Tokenizer,
    prompts: &[Vec<u32>],
    decoding: &Decoding,
    hooks: &mut Hooks<'_>,
    progress: &mut dyn Progress,
) -> Result<Continuations, ModelError> {
    let tokens = progress::step(progress, what, prompts.len() as u64, |mut advance| {
        generate_with_progress(model, prompts, decoding, hooks, &mut advance)
    })?;
    let text_of = |tokens: &Vec<u32>| {
        let tokens = decoding.stop.text_of(tokens);
        let has_text = tokenizer.without_text(tokens).is_none();
        has_text.then(|| tokenizer.decode(tokens)).transpose()
    };
    let texts = tokens.iter().map(text_of);
    Ok(Continuations {
        texts: texts.collect::<Result<_, _>>()?,
        tokens,
    })
}
