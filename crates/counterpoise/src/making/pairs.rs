//! Pairs of a batch of prompts, as lines of the file.

use std::path::{Path, PathBuf};

use anyhow::Result;
use counterpoise_model::{EndTokens, Tokenizer};
use counterpoise_train::{Continuation, Steering};
use serde::{Deserialize, Serialize};

use super::prompts::SentencePrompt;

/// A line, under the names that Lee et al.'s generator gives. Texts and tokens of a continuation are without the prompt and
/// without a token that ends the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PairLine {
    pub prompt_text: String,
    pub prompt_input_ids: Vec<u32>,
    pub gold_text: String,
    pub gold_input_ids: Vec<u32>,
    pub unpert_gen_text: String,
    pub unpert_gen_token_ids: Vec<u32>,
    pub pert_gen_text: String,
    pub pert_gen_toks: Vec<u32>,
}

/// What pairs are made with.
pub(super) struct Maker<'a> {
    pub steering: Steering<'a>,
    pub tokenizer: &'a Tokenizer,
    pub stop: EndTokens,
}

/// The tokens that end a text: those that the tokenizer knows as such, and those of a model's `vocab_size` that have no text.
pub(super) fn stop_tokens(tokenizer: &Tokenizer, vocab_size: usize) -> EndTokens {
    let all = 0..u32::try_from(vocab_size).unwrap_or(u32::MAX);
    let ends = |&token: &u32| {
        tokenizer.end_tokens().contains(token) || tokenizer.without_text(&[token]).is_some()
    };
    all.filter(ends).collect()
}

impl Maker<'_> {
    /// The lines of `prompts`, which are those from number `first` on.
    ///
    /// # Errors
    /// A loss that is not finite; texts that cannot be decoded.
    pub(super) fn lines(&self, prompts: &[SentencePrompt], first: usize) -> Result<Vec<PairLine>> {
        let begun = prompts
            .iter()
            .map(|prompt| self.tokenizer.begun(prompt.tokens.clone()));
        let begun: Vec<Vec<u32>> = begun.collect();
        let rows: Vec<&[u32]> = begun.iter().map(Vec::as_slice).collect();
        let own = self.steering.unsteered(&rows, first, &self.stop)?;
        let steered = self.steering.steered(&rows, first, &self.stop)?;
        let texts = own.iter().zip(&steered);
        (prompts.iter().zip(texts))
            .map(|(prompt, (own, steered))| self.line(prompt, own, steered))
            .collect()
    }

    fn line(
        &self,
        prompt: &SentencePrompt,
        own: &Continuation,
        steered: &Continuation,
    ) -> Result<PairLine> {
        let [own, steered] = [own, steered].map(|text| self.stop.text_of(&text.tokens));
        Ok(PairLine {
            prompt_text: prompt.text.clone(),
            prompt_input_ids: prompt.tokens.clone(),
            gold_text: prompt.gold_text.clone(),
            gold_input_ids: prompt.gold_tokens.clone(),
            unpert_gen_text: self.tokenizer.decode(own)?,
            unpert_gen_token_ids: own.to_vec(),
            pert_gen_text: self.tokenizer.decode(steered)?,
            pert_gen_toks: steered.to_vec(),
        })
    }
}

/// What the lines of a file are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct LineCounts {
    pub pairs: usize,
    /// Pairs whose two texts are the same: nothing is learnt from them.
    pub alike: usize,
    /// Pairs of which a text is empty.
    pub empty: usize,
    /// New tokens of both texts, without those that end one.
    pub new_tokens: usize,
}

impl LineCounts {
    pub(super) fn add(&mut self, line: &PairLine) {
        let (own, steered) = (&line.unpert_gen_token_ids, &line.pert_gen_toks);
        self.pairs += 1;
        self.alike += usize::from(own == steered);
        self.empty += usize::from(own.is_empty() || steered.is_empty());
        self.new_tokens += own.len() + steered.len();
    }
}

/// The file beside `out` that says what it was made with.
pub(super) fn record_of(out: &Path) -> PathBuf {
    out.with_extension("run.json")
}
