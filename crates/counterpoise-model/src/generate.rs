//! Generation for many prompts at once.

use std::num::NonZeroUsize;

use burn::tensor::Tensor;
use counterpoise_hooks::{Hooks, Pass};

use crate::choice::Chooser;
use crate::{
    Batch, Choice, EndTokens, KvCache, ModelError, Transformer, check_tokens, token_tensor,
};

/// Prompts fed in one pass: as many as make full use of a matrix product, and no more, because all of
/// them are padded to the longest.
const PROMPTS_PER_PASS: usize = 16;

/// How prompts are continued (the paper's protocol by default).
#[derive(Debug, Clone, PartialEq)]
pub struct Decoding {
    /// New tokens per prompt; 20 in the paper.
    pub max_new_tokens: usize,
    /// Prompts per batch. It changes the speed, never a token. Without it [`Transformer::texts_together`] says.
    pub batch_size: Option<NonZeroUsize>,
    /// How the next token is chosen; greedily in the paper.
    pub choice: Choice,
    /// The tokens that end a text; the one that does is kept as the text's last token.
    pub stop: EndTokens,
    /// Whether the last new token is fed too.
    pub last_token: LastToken,
}

/// Whether a text's last generated token is fed back once more, with no sampling after it, so that
/// recorders see every generated token as an input. Texts are the same either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastToken {
    /// It is fed: the activations of all generated tokens are recorded.
    Fed,
    /// It is not: one forward pass fewer.
    NotFed,
}

impl Default for Decoding {
    fn default() -> Self {
        Self {
            max_new_tokens: 20,
            batch_size: None,
            choice: Choice::Greedy,
            stop: EndTokens::default(),
            last_token: LastToken::NotFed,
        }
    }
}

/// Continues each of `prompts` and returns the new tokens, in the prompts' order.
///
/// Prompts of similar length share a batch, padded on the left; a text is what its prompt gives
/// alone. Hooks see the prompt passes, then one pass per new token.
///
/// # Errors
/// A temperature that is no temperature; a prompt without tokens, with
/// tokens the model does not know, or too long for its positions; logits that are not numbers;
/// whatever a hook reports.
pub fn generate(
    model: &Transformer,
    prompts: &[Vec<u32>],
    decoding: &Decoding,
    hooks: &mut Hooks<'_>,
) -> Result<Vec<Vec<u32>>, ModelError> {
    generate_with_progress(model, prompts, decoding, hooks, &mut |_| {})
}

/// [`generate`], calling `progress` after each batch with the number of prompts it finished.
///
/// # Errors
/// As for [`generate`].
pub fn generate_with_progress(
    model: &Transformer,
    prompts: &[Vec<u32>],
    decoding: &Decoding,
    hooks: &mut Hooks<'_>,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<Vec<u32>>, ModelError> {
    check_settings(decoding)?;
    check(model, prompts, decoding)?;
    let mut by_length: Vec<usize> = (0..prompts.len()).collect();
    by_length.sort_by_key(|&index| prompts[index].len());
    let mut texts = vec![Vec::new(); prompts.len()];
    let longest = by_length.last().map_or(0, |&index| prompts[index].len());
    let together = (decoding.batch_size)
        .unwrap_or_else(|| model.texts_together(prompts.len(), longest + decoding.max_new_tokens));
    for indices in by_length.chunks(together.get()) {
        let new = continue_batch(model, prompts, indices, decoding, hooks)?;
        for (&index, tokens) in indices.iter().zip(new) {
            texts[index] = tokens;
        }
        progress(indices.len());
    }
    Ok(texts)
}

fn check_settings(decoding: &Decoding) -> Result<(), ModelError> {
    match decoding.choice {
        Choice::Sampled { temperature, .. } if !(temperature > 0.0 && temperature.is_finite()) => {
            Err(ModelError::Decoding {
                field: "temperature",
                expected: "a finite number above 0",
                found: temperature.to_string(),
            })
        }
        _ => Ok(()),
    }
}

fn check(model: &Transformer, prompts: &[Vec<u32>], decoding: &Decoding) -> Result<(), ModelError> {
    let (vocab_size, n_positions) = (model.vocab_size(), model.n_positions());
    for (index, prompt) in prompts.iter().enumerate() {
        let index = index + 1;
        if prompt.is_empty() {
            return Err(ModelError::EmptyPrompt { index });
        }
        check_tokens(prompt, vocab_size)?;
        let found = prompt.len() + decoding.max_new_tokens;
        if found > n_positions {
            return Err(ModelError::TooLong {
                what: format!(
                    "prompt {index} (counted from 1) with {} new tokens",
                    decoding.max_new_tokens
                ),
                found,
                n_positions,
            });
        }
    }
    Ok(())
}

/// Continues the prompts numbered `indices`, which are in the order of their lengths.
fn continue_batch(
    model: &Transformer,
    prompts: &[Vec<u32>],
    indices: &[usize],
    decoding: &Decoding,
    hooks: &mut Hooks<'_>,
) -> Result<Vec<Vec<u32>>, ModelError> {
    let device = model.device();
    let mut chooser = Chooser::new(decoding.choice, indices);
    let mut texts = vec![Vec::new(); indices.len()];
    if decoding.max_new_tokens == 0 {
        return Ok(texts);
    }
    let Fed {
        mut pass,
        mut cache,
        mut hidden,
    } = feed(model, prompts, indices, decoding.max_new_tokens, hooks)?;
    let mut live = vec![true; indices.len()];
    loop {
        let logits = model.logits(hidden); // [batch, 1, vocab_size]
        let next = chooser.choose(logits)?;
        for (row, text) in texts.iter_mut().enumerate() {
            if live[row] {
                text.push(next[row]);
            }
        }
        let goes_on = |text: &Vec<u32>| {
            let ended = text
                .last()
                .is_some_and(|&token| decoding.stop.contains(token));
            text.len() < decoding.max_new_tokens && !ended
        };
        let going_on: Vec<bool> = texts.iter().map(goes_on).collect();
        let last = !going_on.contains(&true);
        let fed = match decoding.last_token {
            LastToken::Fed => live,
            LastToken::NotFed if last => return Ok(texts),
            LastToken::NotFed => going_on.clone(),
        };
        pass = pass.generated(fed);
        hidden = model.forward(
            token_tensor(&next, [next.len(), 1], &device),
            &pass,
            &mut cache,
            hooks,
        )?; // [batch, 1, d_model]
        if last {
            return Ok(texts);
        }
        live = going_on;
    }
}

/// Prompts that have been fed.
struct Fed {
    /// As if they had been fed at once.
    pass: Pass,
    cache: KvCache,
    /// What came out at each prompt's last token, `[batch, 1, d_model]`.
    hidden: Tensor<3>,
}

/// Feeds the prompts numbered `indices`, which are in the order of their lengths, [`PROMPTS_PER_PASS`]
/// at a time, so that little padding is computed with.
fn feed(
    model: &Transformer,
    prompts: &[Vec<u32>],
    indices: &[usize],
    max_new_tokens: usize,
    hooks: &mut Hooks<'_>,
) -> Result<Fed, ModelError> {
    let length = |&index: &usize| prompts[index].len();
    let longest = indices.iter().map(length).max().unwrap_or(0);
    let padding = indices.iter().map(|index| longest - length(index));
    let whole = Pass::left_padded(padding.collect(), longest).of_prompts(indices.to_vec());
    let mut cache = KvCache::with_room(longest + max_new_tokens);
    let mut hidden = Vec::new();
    for (group, fed) in indices.chunks(PROMPTS_PER_PASS).enumerate() {
        let rows: Vec<&[u32]> = fed.iter().map(|&index| &*prompts[index]).collect();
        let Batch { tokens, pass } = Batch::left_padded(&rows, model)?;
        let pass = pass.of_prompts(fed.to_vec());
        let mut part = KvCache::new();
        let out = model.forward(tokens, &pass, &mut part, hooks)?; // [rows, seq, d_model]
        hidden.push(out.narrow(1, pass.seq() - 1, 1));
        cache.take_rows(indices.len(), longest, group * PROMPTS_PER_PASS, part);
    }
    Ok(Fed {
        pass: whole,
        cache,
        hidden: Tensor::cat(hidden, 0),
    })
}
