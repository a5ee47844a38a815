//! Perplexity and F1 of a model under an intervention.

use crate::error::Result;
use counterpoise_eval::{Perplexity, TokenF1, Windows, perplexity};
use counterpoise_intervene::{Prepared, Reading};
use counterpoise_model::{Decoding, Gpt2, LastToken, Tokenizer};

use crate::continuations::{continue_prompts, greedy};
use crate::progress::{self, Progress};
use crate::prompts::Samples;
use crate::study::{DecodingSizes, PerplexitySizes};

/// Tokens per window in the paper.
const PAPER_WINDOW: usize = 1024;

/// The windows a text is cut into for `model`: those asked for, or the paper's, or all of the
/// model's positions if it has fewer.
pub fn windows(sizes: PerplexitySizes, model: &Gpt2) -> Windows {
    Windows {
        window: sizes
            .window
            .unwrap_or(PAPER_WINDOW.min(model.n_positions())),
        batch_size: sizes.batch_size,
    }
}

/// Perplexity on a text's `tokens`, edits applied as `reading` says.
///
/// # Errors
/// Windows that do not fit the model, and what the model reports.
pub fn text_perplexity(
    what: &str,
    prepared: &Prepared,
    reading: Reading,
    tokens: &[u32],
    sizes: PerplexitySizes,
    progress: &mut dyn Progress,
) -> Result<Perplexity> {
    let windows = windows(sizes, &prepared.model);
    let mut hooks = prepared.hooks(reading);
    let parts = windows.count(tokens.len()) as u64;
    let found = progress::step(progress, what, parts, |mut advance| {
        perplexity(&prepared.model, tokens, &windows, &mut hooks, &mut advance)
    });
    Ok(found?)
}

/// Mean F1 of the continuations of the samples' prompts.
///
/// # Errors
/// What the model reports.
pub fn samples_f1(
    what: &str,
    prepared: &Prepared,
    tokenizer: &Tokenizer,
    samples: &Samples,
    sizes: DecodingSizes,
    progress: &mut dyn Progress,
) -> Result<f64> {
    let end_tokens = tokenizer.end_tokens();
    let decoding: Decoding = greedy(sizes, end_tokens, LastToken::NotFed);
    let written = continue_prompts(
        what,
        &prepared.model,
        tokenizer,
        &samples.prompts,
        &decoding,
        &mut prepared.hooks(Reading::Generation),
        progress,
    )?;
    let f1 = TokenF1 {
        max_prompt_tokens: sizes.max_prompt_tokens,
        max_new_tokens: sizes.max_new_tokens,
        end_tokens: end_tokens.clone(),
    };
    let parts = samples
        .prompts
        .iter()
        .zip(&written.tokens)
        .zip(&samples.golds);
    Ok(f1.mean(
        parts.map(|((prompt, new), gold)| (prompt.as_slice(), new.as_slice(), gold.as_slice())),
    )?)
}
