//! Preference pairs of a file or folder, as the model reads them.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use counterpoise_data::{Pair, Place, Rows, read_pairs};
use counterpoise_model::Tokenizer;
use counterpoise_train::{Dpo, PreferencePair};
use serde::Serialize;

/// Pairs to train on, pairs to evaluate on, and what became of the rows.
#[derive(Debug)]
pub struct Preferences {
    /// Trained on.
    pub training: Vec<PreferencePair>,
    /// Evaluated on.
    pub held_out: Vec<PreferencePair>,
    /// What became of the rows.
    pub counts: PairCounts,
}

/// What became of the rows read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PairCounts {
    /// Rows read.
    pub found: usize,
    /// Rows left out because a response has no token: nothing of it can be scored.
    pub without_response: usize,
    /// Pairs of both kinds whose responses, as cut, are the same: nothing is learnt from them.
    pub alike: usize,
    /// Pairs trained on.
    pub training: usize,
    /// Pairs evaluated on.
    pub held_out: usize,
    /// Pairs of both kinds whose prompt is cut.
    pub cut_prompts: usize,
    /// Pairs of both kinds of which a response is cut.
    pub cut_responses: usize,
}

impl PairCounts {
    /// What was left out or cut, in words; `None` where nothing was.
    pub(super) fn remarks(&self) -> Option<String> {
        let remarks = [
            (self.without_response, "left out for an empty response"),
            (self.alike, "with two equal responses"),
            (self.cut_prompts, "with a prompt that is cut"),
            (self.cut_responses, "with a response that is cut"),
        ];
        let said: Vec<String> = remarks
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        (!said.is_empty()).then(|| format!("of {} pairs: {}", self.found, said.join(", ")))
    }
}

/// Reads pairs, the first `limit` of them if there is one, and keeps the last `held_out` of those
/// that can be scored out of training.
///
/// # Errors
/// Broken files, a text that cannot be encoded, too few pairs.
pub fn preferences(
    path: &Path,
    tokenizer: &Tokenizer,
    settings: &Dpo,
    limit: Option<usize>,
    held_out: usize,
) -> Result<Preferences> {
    let rows = read_pairs(path)?.limited(limit);
    let found = rows.len();
    let mut pairs = encode_all(&rows, tokenizer)?;
    pairs.retain(|pair| !pair.chosen.is_empty() && !pair.rejected.is_empty());
    let least = held_out.saturating_add(settings.batch_size);
    ensure!(
        pairs.len() >= least,
        "{}: expected at least {least} pairs ({held_out} held out, {} in a batch), found {} whose \
         responses have tokens, in {found} rows; give more pairs, or a smaller `--held-out` or \
         `--batch-size`",
        path.display(),
        settings.batch_size,
        pairs.len()
    );
    let cut = |most: usize, tokens: fn(&PreferencePair) -> usize| {
        pairs.iter().filter(|pair| tokens(pair) > most).count()
    };
    let as_cut =
        |pair: &PreferencePair| pair.cut(settings.max_prompt_tokens, settings.max_response_tokens);
    let counts = PairCounts {
        found,
        without_response: found - pairs.len(),
        alike: pairs.iter().filter(|pair| as_cut(pair).is_alike()).count(),
        training: pairs.len() - held_out,
        held_out,
        cut_prompts: cut(settings.max_prompt_tokens, |pair| pair.prompt.len()),
        cut_responses: cut(settings.max_response_tokens, |pair| {
            pair.chosen.len().max(pair.rejected.len())
        }),
    };
    let held_out = pairs.split_off(counts.training);
    Ok(Preferences {
        training: pairs,
        held_out,
        counts,
    })
}

fn encode_all(rows: &Rows<Pair>, tokenizer: &Tokenizer) -> Result<Vec<PreferencePair>> {
    let encode = |(row, place): (&Pair, &Place)| {
        let text = |field: &str, text: &str| {
            let place = || format!("{place}: `{field}`");
            tokenizer.encode(text).with_context(place)
        };
        Ok(PreferencePair {
            prompt: tokenizer.begun(text("prompt_text", &row.prompt_text)?),
            chosen: text("unpert_gen_text", &row.unpert_gen_text)?,
            rejected: text("pert_gen_text", &row.pert_gen_text)?,
        })
    };
    rows.with_places().map(encode).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use counterpoise_data::write_json_lines;

    use super::*;

    /// Pairs of these responses, with a prompt of many tokens in the first.
    fn of(responses: &[[&str; 2]], held_out: usize) -> Result<Preferences> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pairs.jsonl");
        let rows = responses
            .iter()
            .enumerate()
            .map(|(index, [chosen, rejected])| Pair {
                prompt_text: "The ".repeat(if index == 0 { 30 } else { 1 }),
                unpert_gen_text: (*chosen).to_owned(),
                pert_gen_text: (*rejected).to_owned(),
            });
        write_json_lines(&path, rows).unwrap();
        let mini = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/mini");
        let tokenizer = Tokenizer::read(&mini).unwrap();
        let settings = Dpo {
            max_prompt_tokens: 8,
            max_response_tokens: 8,
            batch_size: 2,
            ..Dpo::default()
        };
        preferences(&path, &tokenizer, &settings, None, held_out)
    }

    #[test]
    fn the_last_pairs_are_held_out_and_what_is_cut_or_left_out_is_counted() {
        let long = " day".repeat(20);
        let responses = [[" a", " b"], ["", " c"], [" d", &long], [" e", " f"]];
        let found = of(&responses, 1).unwrap();
        let counts = PairCounts {
            found: 4,
            without_response: 1,
            alike: 0,
            training: 2,
            held_out: 1,
            cut_prompts: 1,
            cut_responses: 1,
        };
        assert_eq!(found.counts, counts);
        assert_eq!((found.training.len(), found.held_out.len()), (2, 1));
        assert_eq!(
            counts.remarks().unwrap(),
            "of 4 pairs: 1 left out for an empty response, 1 with a prompt that is cut, \
             1 with a response that is cut"
        );
        assert_eq!(PairCounts::default().remarks(), None);
    }

    #[test]
    fn pairs_whose_responses_are_equal_once_cut_are_counted() {
        let long = " day".repeat(20);
        let longer = format!("{long} fool");
        let found = of(&[[" a", " a"], [&long, &longer], [" d", " e"]], 1).unwrap();
        assert_eq!(found.counts.alike, 2);
        let remarks = found.counts.remarks().unwrap();
        assert!(remarks.contains("2 with two equal responses"), "{remarks}");
    }

    #[test]
    fn too_few_pairs_are_counted_in_the_error() {
        let error = of(&[[" a", " b"], [" c", ""], [" d", " e"]], 1).unwrap_err();
        let expected = "expected at least 3 pairs (1 held out, 2 in a batch), found 2";
        assert!(error.to_string().contains(expected), "{error}");
    }
}
