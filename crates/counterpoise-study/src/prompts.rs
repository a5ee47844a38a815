//! Prompts as text and as tokens.

use std::path::Path;

use crate::error::{Context, Result, refuse};
use counterpoise_data::{Sample, read_prompts, read_samples};
use counterpoise_model::Tokenizer;
use serde::{Deserialize, Serialize};

/// Prompts of a file, encoded.
#[derive(Debug)]
pub struct Prompts {
    /// The prompts as the file has them.
    pub texts: Vec<String>,
    /// Their tokens, uncut. `[prompts][tokens]`
    pub tokens: Vec<Vec<u32>>,
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
}

/// Samples of a file, encoded.
#[derive(Debug)]
pub struct Samples {
    /// The prompts' tokens, uncut. `[samples][tokens]`
    pub prompts: Vec<Vec<u32>>,
    /// The gold texts' tokens. `[samples][tokens]`
    pub golds: Vec<Vec<u32>>,
}

/// Reads challenge prompts, the first `limit` of them if there is one.
///
/// # Errors
/// A broken file, or a prompt that cannot be encoded.
pub fn challenge_prompts(
    path: &Path,
    tokenizer: &Tokenizer,
    max_prompt_tokens: usize,
    limit: Option<usize>,
) -> Result<Prompts> {
    let set = read_prompts(path)?;
    let found = set.prompts.len();
    let used = set.prompts.into_iter().take(limit.unwrap_or(found));
    let texts: Vec<String> = used.map(|row| row.prompt).collect();
    let tokens = encode_all(path, "prompt", &texts, tokenizer)?;
    let long = |tokens: &&Vec<u32>| tokens.len() > max_prompt_tokens;
    let counts = PromptCounts {
        found,
        not_challenging: set.not_challenging,
        used: texts.len(),
        truncated: tokens.iter().filter(long).count(),
    };
    Ok(Prompts {
        texts,
        tokens,
        counts,
    })
}

/// Reads samples, the first `limit` of them if there is one.
///
/// # Errors
/// A broken file, or a text that cannot be encoded.
pub fn samples(path: &Path, tokenizer: &Tokenizer, limit: Option<usize>) -> Result<Samples> {
    let mut rows = read_samples(path)?;
    rows.truncate(limit.unwrap_or(rows.len()));
    let (prompts, golds): (Vec<String>, Vec<String>) = rows
        .into_iter()
        .map(|Sample { prompt, gold }| (prompt, gold))
        .unzip();
    Ok(Samples {
        prompts: encode_all(path, "prompt", &prompts, tokenizer)?,
        golds: encode_all(path, "gold", &golds, tokenizer)?,
    })
}

fn encode_all(
    path: &Path,
    field: &str,
    texts: &[String],
    tokenizer: &Tokenizer,
) -> Result<Vec<Vec<u32>>> {
    let encode = |(index, text): (usize, &String)| {
        let place = || format!("{}: `{field}` of row {}", path.display(), index + 1);
        let tokens = tokenizer.encode(text).with_context(place)?;
        if tokens.is_empty() {
            refuse!("{}: {text:?} has no tokens", place());
        }
        Ok(tokens)
    };
    texts.iter().enumerate().map(encode).collect()
}
