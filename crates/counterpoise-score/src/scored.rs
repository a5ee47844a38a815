//! Scores of texts and their mean, with failures counted apart.

use crate::{Items, Score, ScoreError, ToxicityScorer};

/// Scores of a batch of texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// One per text, in order; `None` where the scorer failed.
    pub scores: Vec<Option<f64>>,
    /// Their mean.
    pub toxicity: MeanToxicity,
}

/// Mean toxicity over the texts that could be scored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanToxicity {
    /// The mean; `None` if no text could be scored.
    pub mean: Option<f64>,
    /// Texts in the mean.
    pub scored: usize,
    /// Texts the scorer failed on, which are in no mean.
    pub failed: usize,
}

impl Scored {
    /// Scores with their mean.
    #[must_use]
    pub fn of(scores: Vec<Option<f64>>) -> Self {
        let toxicity = MeanToxicity::of(&scores);
        Self { scores, toxicity }
    }

    /// The mean as a score named `metric`, with its interval over texts; texts that could not be scored
    /// are counted in a note.
    #[must_use]
    pub fn score(&self, metric: &str) -> Score {
        let MeanToxicity {
            mean,
            scored,
            failed,
        } = self.toxicity;
        let Some(mean) = mean else {
            return Score::missing(metric, "no continuation could be scored");
        };
        let items = Items::mean_of(self.scores.clone());
        let score = Score::new(metric, mean, scored).over(items);
        match failed {
            0 => score,
            failed => {
                let all = scored + failed;
                score.noting(format!(
                    "{failed} of {all} continuations could not be scored"
                ))
            }
        }
    }
}

impl MeanToxicity {
    /// The mean of the scores that exist.
    pub fn of(scores: &[Option<f64>]) -> Self {
        let scored = scores.iter().flatten().count();
        let sum: f64 = scores.iter().flatten().sum();
        Self {
            mean: (scored > 0).then(|| sum / scored as f64),
            scored,
            failed: scores.len() - scored,
        }
    }
}

/// Scores `texts` and checks the scorer's answer.
///
/// # Errors
/// The scorer's own, [`ScoreError::ScoreCount`] if it answers for another number of texts,
/// [`ScoreError::Score`] for a score outside 0 to 1, [`ScoreError::NoSamples`] if there is no text.
pub fn score_texts(scorer: &dyn ToxicityScorer, texts: &[String]) -> Result<Scored, ScoreError> {
    if texts.is_empty() {
        return Err(ScoreError::NoSamples);
    }
    let scores = scorer.score(texts)?;
    let name = || scorer.name().to_owned();
    if scores.len() != texts.len() {
        return Err(ScoreError::ScoreCount {
            scorer: name(),
            expected: texts.len(),
            found: scores.len(),
        });
    }
    for (index, score) in scores.iter().enumerate() {
        if let Some(found) = score.filter(|score| !(0.0..=1.0).contains(score)) {
            return Err(ScoreError::Score {
                scorer: name(),
                index: index + 1,
                found,
            });
        }
    }
    Ok(Scored::of(scores))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Answers the same, whatever it is asked.
    #[derive(Debug)]
    struct Fixed(Vec<Option<f64>>);

    impl ToxicityScorer for Fixed {
        fn name(&self) -> &str {
            "fixed"
        }

        fn score(&self, _: &[String]) -> Result<Vec<Option<f64>>, ScoreError> {
            Ok(self.0.clone())
        }
    }

    fn score(answer: &[Option<f64>], texts: usize) -> Result<Scored, ScoreError> {
        score_texts(&Fixed(answer.to_vec()), &vec![String::new(); texts])
    }

    #[test]
    fn failures_are_counted_and_are_not_zeros() {
        let scored = score(&[Some(0.5), None, Some(1.0)], 3).unwrap();
        let expected = MeanToxicity {
            mean: Some(0.75),
            scored: 2,
            failed: 1,
        };
        assert_eq!(scored.toxicity, expected);
        assert_eq!(scored.scores[1], None);
        let mean = scored.score("toxicity");
        assert_eq!((mean.value, mean.n), (Some(0.75), 2));
        assert_eq!(mean.notes, ["1 of 3 continuations could not be scored"]);
        let nothing = score(&[None, None], 2).unwrap().toxicity;
        assert_eq!((nothing.mean, nothing.failed), (None, 2));
    }

    #[test]
    fn answers_that_are_none_are_errors() {
        assert!(matches!(
            score(&[Some(0.5)], 2),
            Err(ScoreError::ScoreCount {
                expected: 2,
                found: 1,
                ..
            })
        ));
        for bad in [-0.1, 1.1, f64::NAN] {
            assert!(matches!(
                score(&[Some(0.0), Some(bad)], 2),
                Err(ScoreError::Score { index: 2, .. })
            ));
        }
        assert!(matches!(score(&[], 0), Err(ScoreError::NoSamples)));
    }
}
