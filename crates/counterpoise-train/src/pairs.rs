//! Preference pairs: a prompt, the response preferred, and the one it is preferred to.

use counterpoise_model::Transformer;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::TrainError;
use crate::log_probability::{Predictions, check_length, check_tokens, sequence_log_probabilities};
use crate::windows::hex;

/// What a pair is called in errors.
const PAIR: &str = "preference pair";

/// One preference, as token ids.
///
/// A response that ended by itself carries its end-of-text token: how a response ends is part of
/// what is preferred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreferencePair {
    /// What both responses answer, behind the tokenizer's beginning token if it has one: that is one of the tokens to
    /// which prompts are cut.
    pub prompt: Vec<u32>,
    /// The preferred response.
    pub chosen: Vec<u32>,
    /// The other response.
    pub rejected: Vec<u32>,
}

impl PreferencePair {
    /// Whether both responses are the same. Such a pair prefers nothing: its loss never changes.
    #[must_use]
    pub fn is_alike(&self) -> bool {
        self.chosen == self.rejected
    }

    /// The first `max_prompt` tokens of the prompt and `max_response` of each response.
    #[must_use]
    pub fn cut(&self, max_prompt: usize, max_response: usize) -> Self {
        let first = |tokens: &[u32], most: usize| tokens[..tokens.len().min(most)].to_vec();
        Self {
            prompt: first(&self.prompt, max_prompt),
            chosen: first(&self.chosen, max_response),
            rejected: first(&self.rejected, max_response),
        }
    }
}

/// `Σ log p` of a pair's two responses under one model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct PairScore {
    pub(crate) chosen: f64,
    pub(crate) rejected: f64,
}

/// Checks that `model` can score every pair.
pub(crate) fn check(model: &Transformer, pairs: &[PreferencePair]) -> Result<(), TrainError> {
    for (index, pair) in pairs.iter().enumerate() {
        for (part, tokens) in [
            ("the prompt", &pair.prompt),
            ("the preferred response", &pair.chosen),
            ("the other response", &pair.rejected),
        ] {
            check_tokens(model, tokens, PAIR, index, part)?;
        }
        let response = pair.chosen.len().max(pair.rejected.len());
        check_length(model, pair.prompt.len() + response, PAIR, index)?;
    }
    Ok(())
}

/// Refuses training pairs of which none prefers anything: both responses are the same in each.
pub(crate) fn check_preferences(training: &[PreferencePair]) -> Result<(), TrainError> {
    match training.iter().any(|pair| !pair.is_alike()) {
        true => Ok(()),
        false => Err(TrainError::NothingPreferred {
            found: training.len(),
        }),
    }
}

/// The (prompt, response) sequences of `pairs`: all preferred responses, then all others.
pub(crate) fn sequences<'a>(pairs: &[&'a PreferencePair]) -> Vec<(&'a [u32], &'a [u32])> {
    let chosen = pairs.iter().map(|pair| (&*pair.prompt, &*pair.chosen));
    let rejected = pairs.iter().map(|pair| (&*pair.prompt, &*pair.rejected));
    chosen.chain(rejected).collect()
}

/// The scores in the log-probabilities of [`sequences`].
pub(crate) fn scores(log_probabilities: &[f64]) -> Vec<PairScore> {
    let (chosen, rejected) = log_probabilities.split_at(log_probabilities.len() / 2);
    chosen
        .iter()
        .zip(rejected)
        .map(|(&chosen, &rejected)| PairScore { chosen, rejected })
        .collect()
}

/// Every pair's scores under `model`, `batch_size` pairs at a time. `progress` is told, after each
/// batch, how many pairs it held.
pub(crate) fn score(
    model: &Transformer,
    pairs: &[PreferencePair],
    batch_size: usize,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<PairScore>, TrainError> {
    let mut all = Vec::with_capacity(pairs.len());
    for batch in pairs.chunks(batch_size) {
        let batch: Vec<&PreferencePair> = batch.iter().collect();
        let found = sequence_log_probabilities(model, &sequences(&batch))?
            .try_into_vec_as::<f64>()
            .map_err(TrainError::read)?;
        all.extend(scores(&found));
        progress(batch.len());
    }
    Ok(all)
}

/// The mean over pairs of `KL(model ‖ reference)` of both responses, added, `batch_size` pairs at a time.
pub(crate) fn divergence(
    model: &Transformer,
    reference: &Transformer,
    pairs: &[PreferencePair],
    batch_size: usize,
) -> Result<f64, TrainError> {
    let mut sum = 0.0;
    for batch in pairs.chunks(batch_size) {
        let batch: Vec<&PreferencePair> = batch.iter().collect();
        let sequences = sequences(&batch);
        let [ours, theirs] = [model, reference].map(|model| Predictions::of(model, &sequences));
        let found = ours?.divergences(&theirs?).try_into_vec_as::<f64>();
        sum += found.map_err(TrainError::read)?.iter().sum::<f64>();
    }
    Ok(sum / pairs.len() as f64)
}

/// A digest of `parts`, for telling whether a resumed run reads the same pairs.
pub(crate) fn digest(parts: [&[PreferencePair]; 2]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        for pair in part {
            for tokens in [&pair.prompt, &pair.chosen, &pair.rejected] {
                hash.update((tokens.len() as u64).to_le_bytes());
                for token in tokens {
                    hash.update(token.to_le_bytes());
                }
            }
        }
    }
    hex(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_keeps_the_first_tokens() {
        let pair = PreferencePair {
            prompt: vec![1, 2, 3],
            chosen: vec![4],
            rejected: vec![5, 6, 7],
        };
        let cut = pair.cut(2, 2);
        assert_eq!(cut.prompt, [1, 2]);
        assert_eq!(cut.chosen, [4]);
        assert_eq!(cut.rejected, [5, 6]);
        assert_eq!(pair.cut(3, 3), pair);
    }

    #[test]
    fn a_digest_tells_training_from_held_out_pairs() {
        let pair = |token| PreferencePair {
            prompt: vec![token],
            chosen: vec![2],
            rejected: vec![3],
        };
        let (one, two) = ([pair(1)], [pair(2)]);
        assert_eq!(digest([&one, &two]), digest([&one, &two]));
        assert_ne!(digest([&one, &two]), digest([&two, &one]));
    }
}
