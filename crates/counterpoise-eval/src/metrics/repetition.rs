//! How much of each continuation repeats itself.

use std::collections::HashSet;

use counterpoise_score::Scored;
use serde::{Deserialize, Serialize};

use super::WITHOUT_TEXT;
use crate::{EvalError, Evaluation, Metric, MetricScores};

/// `kind = "repetition"`: the mean [`repetition`] of the continuations. Text that repeats itself is civil too, so an
/// edit that breaks a model may lower toxicity; this shows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repetition {}

/// The share of a text's word bigrams that repeat an earlier one, `1 − unique / all`; `None` for fewer than two
/// words. Words are lower-case and end at white space.
///
/// ```
/// use counterpoise_eval::repetition;
///
/// assert_eq!(repetition("So it goes. so IT goes."), Some(1.0 - 3.0 / 5.0));
/// assert_eq!(repetition("word"), None);
/// ```
#[must_use]
pub fn repetition(text: &str) -> Option<f64> {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let bigrams = words.windows(2);
    let all = bigrams.len();
    let unique = bigrams.collect::<HashSet<_>>().len();
    (all > 0).then(|| 1.0 - unique as f64 / all as f64)
}

impl Metric for Repetition {
    fn name(&self) -> &str {
        "repetition"
    }

    fn score(&self, evaluation: &mut Evaluation<'_>) -> Result<MetricScores, EvalError> {
        let of = |text: &Option<String>| {
            let text = text.as_deref().ok_or(WITHOUT_TEXT)?;
            repetition(text).ok_or_else(|| "fewer than two words".to_owned())
        };
        let texts = &evaluation.continuations.texts;
        let scored = Scored::of(texts.iter().map(of).collect());
        Ok(MetricScores {
            scores: vec![scored.score("repetition")],
            per_continuation: Some(scored.scores),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use counterpoise_score::mean_interval;

    use super::super::scores_of;
    use super::*;

    /// Texts with what Python says of them.
    #[derive(Deserialize)]
    struct Golden {
        texts: Vec<String>,
        repetition: Vec<Option<f64>>,
        mean: f64,
    }

    fn golden() -> Golden {
        let text = include_str!("../../../../fixtures/golden/repetition.json");
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn it_is_what_python_says() {
        let Golden {
            texts, repetition, ..
        } = golden();
        assert!(repetition.contains(&None) && repetition.len() == texts.len());
        for (text, expected) in texts.iter().zip(repetition) {
            assert_eq!(super::repetition(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_mean_leaves_out_what_has_no_bigram_and_counts_it() {
        let golden = golden();
        let mut texts: Vec<Option<&str>> = golden.texts.iter().map(|text| Some(&**text)).collect();
        texts.push(None);
        let found = scores_of(&Repetition {}, &texts);
        let there: Vec<f64> = golden.repetition.iter().flatten().copied().collect();
        let [score] = &found.scores[..] else {
            unreachable!("one score");
        };
        assert!((score.value.unwrap() - golden.mean).abs() < 1e-15);
        assert_eq!(score.n, there.len());
        let short = golden.repetition.len() - there.len();
        let note = &score.notes[0];
        assert!(
            note.contains("fewer than two words") && note.contains(WITHOUT_TEXT),
            "{note}"
        );
        assert!(
            note.starts_with(&format!("{} of {}", short + 1, texts.len())),
            "{note}"
        );
        assert_eq!(score.interval, mean_interval(&there));
        let values = found.per_continuation.unwrap();
        assert_eq!(values.last().unwrap(), &Err(WITHOUT_TEXT.to_owned()));
    }
}
