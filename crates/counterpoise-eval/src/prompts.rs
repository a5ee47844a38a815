//! Prompts as text and as tokens.

use std::path::Path;

use counterpoise_data::{Place, Rows, read_prompts, read_samples};
use counterpoise_model::Tokenizer;
use serde::{Deserialize, Serialize};

use crate::{DecodingSizes, EvalError};

/// Prompts of a file, encoded.
#[derive(Debug)]
pub struct Prompts {
    /// The prompts as the file has them.
    pub texts: Vec<String>,
    /// Their tokens that a model reads, a beginning token included. `[prompts][tokens]`
    pub tokens: Vec<Vec<u32>>,
    /// How they were cut, and are continued.
    pub sizes: DecodingSizes,
    /// What became of the file's rows.
    pub counts: PromptCounts,
}

/// What became of the rows of a prompts file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptCounts {
    /// Rows that are challenging, which a plain prompts file always is.
    pub found: usize,
    /// Rows that say `"challenging": false` and were left out.
    pub not_challenging: usize,
    /// Prompts that the run uses.
    pub used: usize,
    /// Of these, prompts that were cut to the tokens a prompt may have.
    pub truncated: usize,
    /// The token that the tokenizer puts before each prompt, and each window of a long text, if it puts one there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beginning_token: Option<u32>,
}

/// Samples of a file, encoded.
#[derive(Debug)]
pub struct Samples {
    /// The prompts' tokens that a model reads, a beginning token included. `[samples][tokens]`
    pub prompts: Vec<Vec<u32>>,
    /// The gold texts' tokens, none added. `[samples][tokens]`
    pub golds: Vec<Vec<u32>>,
}

/// Reads challenge prompts, the first `limit` of them if there is one.
///
/// # Errors
/// A broken file, or a prompt that cannot be encoded.
pub fn challenge_prompts(
    path: &Path,
    tokenizer: &Tokenizer,
    sizes: DecodingSizes,
    limit: Option<usize>,
) -> Result<Prompts, EvalError> {
    let set = read_prompts(path)?;
    let found = set.prompts.len();
    let used = set.prompts.limited(limit);
    let tokens = encode_all(&used, "prompt", |row| &row.prompt, tokenizer)?;
    let texts: Vec<String> = (used.into_vec().into_iter())
        .map(|row| row.prompt)
        .collect();
    let long = |tokens: &&Vec<u32>| tokens.len() > sizes.max_prompt_tokens;
    let counts = PromptCounts {
        found,
        not_challenging: set.not_challenging,
        used: texts.len(),
        truncated: tokens.iter().filter(long).count(),
        beginning_token: tokenizer.beginning(),
    };
    let read = |prompt| sizes.read(prompt, tokenizer);
    Ok(Prompts {
        texts,
        tokens: tokens.into_iter().map(read).collect(),
        sizes,
        counts,
    })
}

/// Reads samples, the first `limit` of them if there is one.
///
/// # Errors
/// A broken file, or a text that cannot be encoded.
pub fn samples(
    path: &Path,
    tokenizer: &Tokenizer,
    sizes: DecodingSizes,
    limit: Option<usize>,
) -> Result<Samples, EvalError> {
    let rows = read_samples(path)?.limited(limit);
    let prompts = encode_all(&rows, "prompt", |row| &row.prompt, tokenizer)?;
    Ok(Samples {
        prompts: prompts
            .into_iter()
            .map(|prompt| sizes.read(prompt, tokenizer))
            .collect(),
        golds: encode_all(&rows, "gold", |row| &row.gold, tokenizer)?,
    })
}

/// The tokens of one field of every row.
fn encode_all<T>(
    rows: &Rows<T>,
    field: &'static str,
    text: impl Fn(&T) -> &String,
    tokenizer: &Tokenizer,
) -> Result<Vec<Vec<u32>>, EvalError> {
    let encode = |(row, place): (&T, &Place)| {
        let text = text(row);
        let refused = |reason: String| EvalError::Encode {
            place: place.clone(),
            field,
            reason,
        };
        match tokenizer.encode(text) {
            Ok(tokens) if tokens.is_empty() => Err(refused(format!("{text:?} has no tokens"))),
            Ok(tokens) => Ok(tokens),
            Err(reason) => Err(refused(reason.to_string())),
        }
    };
    rows.with_places().map(encode).collect()
}
