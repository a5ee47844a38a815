//! How much of a prompt is read and how much is written after it.

use std::num::NonZeroUsize;

use counterpoise_model::{Choice, Decoding, LastToken, Tokenizer};

/// Sizes that decide what is generated, and how much at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodingSizes {
    /// Tokens of a prompt that are read, from its start; 32 in the paper. A beginning token of the tokenizer stands on top.
    pub max_prompt_tokens: usize,
    /// New tokens per prompt; 20 in the paper.
    pub max_new_tokens: usize,
    /// Prompts run together. It changes the speed, never a token. Without it
    /// [`Transformer::texts_together`](counterpoise_model::Transformer::texts_together) says.
    pub batch_size: Option<NonZeroUsize>,
}

impl Default for DecodingSizes {
    fn default() -> Self {
        Self {
            max_prompt_tokens: 32,
            max_new_tokens: 20,
            batch_size: None,
        }
    }
}

impl DecodingSizes {
    /// Greedy decoding in these sizes, until the text ends.
    pub fn greedy(self, tokenizer: &Tokenizer, last_token: LastToken) -> Decoding {
        Decoding {
            max_new_tokens: self.max_new_tokens,
            batch_size: self.batch_size,
            choice: Choice::Greedy,
            stop: tokenizer.end_tokens().clone(),
            last_token,
        }
    }

    /// What a model reads of an encoded prompt: its first tokens, behind the beginning token of a tokenizer that has one.
    /// This is the one place where prompts are cut.
    pub(crate) fn read(self, mut prompt: Vec<u32>, tokenizer: &Tokenizer) -> Vec<u32> {
        prompt.truncate(self.max_prompt_tokens);
        tokenizer.begun(prompt)
    }
}
