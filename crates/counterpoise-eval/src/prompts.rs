//! Prompts as text and as tokens.

use std::path::Path;

use counterpoise_data::{Sample, read_prompts, read_samples};
use counterpoise_model::{ModelError, Tokenizer};
use serde::{Deserialize, Serialize};

use crate::{DecodingSizes, EvalError};

/// Prompts of a file, encoded.
#[derive(Debug)]
pub struct Prompts {
    /// The prompts as the file has them.
    pub texts: Vec<String>,
    /// Their tokens that a model reads. `[prompts][tokens]`
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
}

/// Samples of a file, encoded.
#[derive(Debug)]
pub struct Samples {
    /// The prompts' tokens that a model reads. `[samples][tokens]`
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
    sizes: DecodingSizes,
    limit: Option<usize>,
) -> Result<Prompts, EvalError> {
    let set = read_prompts(path)?;
    let found = set.prompts.len();
    let used = set.prompts.into_iter().take(limit.unwrap_or(found));
    let texts: Vec<String> = used.map(|row| row.prompt).collect();
    let tokens = encode_all(path, "prompt", &texts, tokenizer)?;
    let long = |tokens: &&Vec<u32>| tokens.len() > sizes.max_prompt_tokens;
    let counts = PromptCounts {
        found,
        not_challenging: set.not_challenging,
        used: texts.len(),
        truncated: tokens.iter().filter(long).count(),
    };
    Ok(Prompts {
        texts,
        tokens: tokens.into_iter().map(|prompt| sizes.cut(prompt)).collect(),
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
    let mut rows = read_samples(path)?;
    rows.truncate(limit.unwrap_or(rows.len()));
    let (prompts, golds): (Vec<String>, Vec<String>) = rows
        .into_iter()
        .map(|Sample { prompt, gold }| (prompt, gold))
        .unzip();
    let prompts = encode_all(path, "prompt", &prompts, tokenizer)?;
    Ok(Samples {
        prompts: prompts
            .into_iter()
            .map(|prompt| sizes.cut(prompt))
            .collect(),
        golds: encode_all(path, "gold", &golds, tokenizer)?,
    })
}

fn encode_all(
    path: &Path,
    field: &'static str,
    texts: &[String],
    tokenizer: &Tokenizer,
) -> Result<Vec<Vec<u32>>, EvalError> {
    let encode = |(index, text): (usize, &String)| {
        let refused = |reason: Option<ModelError>| EvalError::Encode {
            path: path.to_owned(),
            field,
            row: index + 1,
            reason: match reason {
                Some(reason) => reason.to_string(),
                None => format!("{text:?} has no tokens"),
            },
        };
        match tokenizer.encode(text) {
            Ok(tokens) if tokens.is_empty() => Err(refused(None)),
            Ok(tokens) => Ok(tokens),
            Err(reason) => Err(refused(Some(reason))),
        }
    };
    texts.iter().enumerate().map(encode).collect()
}
