//! Pairs of prompts that are given as they are, instead of cut out of a text.

use anyhow::Result;
use counterpoise_data::Pair;
use counterpoise_model::{Tokenizer, Transformer};
use counterpoise_train::{AttributeHead, Pplm};

use super::pairs::{Maker, stop_tokens};
use super::prompts::SentencePrompt;
use crate::progress;

/// One pair for each of `prompts`, as `make pairs` makes them: `batch_size` together, numbered by their order.
///
/// # Errors
/// Settings that fit no run, a head of another width, prompts that cannot be encoded or are too long, a loss that is not finite.
pub fn pairs_of(
    prompts: &[String],
    model: &Transformer,
    tokenizer: &Tokenizer,
    head: &AttributeHead,
    settings: &Pplm,
    batch_size: usize,
) -> Result<Vec<Pair>> {
    let begun = usize::from(tokenizer.beginning().is_some());
    let maker = Maker {
        steering: settings.steering(model, head, begun)?,
        tokenizer,
        stop: stop_tokens(tokenizer, model.vocab_size()),
    };
    let whole = |text: &String| {
        Ok(SentencePrompt {
            tokens: tokenizer.encode(text)?,
            text: text.clone(),
            gold_text: String::new(),
            gold_tokens: Vec::new(),
        })
    };
    let prompts = prompts.iter().map(whole).collect::<Result<Vec<_>>>()?;
    let bar = progress::bar("making pairs", prompts.len() as u64);
    let mut pairs = Vec::with_capacity(prompts.len());
    for (index, batch) in prompts.chunks(batch_size).enumerate() {
        for line in maker.lines(batch, index * batch_size)? {
            pairs.push(Pair {
                prompt_text: line.prompt_text,
                unpert_gen_text: line.unpert_gen_text,
                pert_gen_text: line.pert_gen_text,
            });
        }
        bar.inc(batch.len() as u64);
    }
    Ok(pairs)
}
