//! A toxicity scorer that sees words and no model.

use std::collections::{BTreeMap, BTreeSet};

use counterpoise_data::Comment;
use counterpoise_logistic::{Design, Fitting, fit_logistic, sigmoid};

use super::terms::terms;
use crate::{ScoreError, TextScore, ToxicityScorer};

/// A logistic regression over the words and word pairs a text contains.
///
/// It knows nothing of any language model, so that its scores are independent of a probe. A term
/// counts once however often it occurs, and unknown terms count for nothing. A text without known
/// terms, the empty one included, scores what the intercept says.
#[derive(Debug, Clone, PartialEq)]
pub struct LexicalScorer {
    pub(super) intercept: f64,
    pub(super) weights: BTreeMap<String, f64>,
}

/// How a [`LexicalScorer`] is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LexicalFitting {
    /// Comments a term must occur in to be weighed.
    pub min_comments: usize,
    /// Terms weighed at most, the most frequent ones first; at 10,000 the file stays under 1 MB.
    pub max_terms: usize,
    /// The logistic regression.
    pub logistic: Fitting,
}

impl Default for LexicalFitting {
    fn default() -> Self {
        Self {
            min_comments: 3,
            max_terms: 10_000,
            logistic: Fitting::default(),
        }
    }
}

impl LexicalScorer {
    /// Fits a scorer to labelled comments. The same comments in the same order give the same scorer.
    ///
    /// Weights are rounded to six decimals, as they are saved.
    ///
    /// # Errors
    /// [`ScoreError::Fit`] if only one class is there or the fit does not converge.
    pub fn fit(comments: &[Comment], fitting: &LexicalFitting) -> Result<Self, ScoreError> {
        let texts: Vec<BTreeSet<String>> = comments
            .iter()
            .map(|comment| terms(&comment.comment_text))
            .collect();
        let vocabulary = vocabulary(&texts, fitting);
        let columns: BTreeMap<&str, usize> = (0..).zip(&vocabulary).map(|(i, t)| (*t, i)).collect();
        let presence = Presence {
            rows: texts
                .iter()
                .map(|terms| {
                    let known = terms.iter().filter_map(|term| columns.get(term.as_str()));
                    known.copied().collect()
                })
                .collect(),
            width: vocabulary.len(),
        };
        let labels: Vec<bool> = comments.iter().map(|comment| comment.toxic).collect();
        let fit = fit_logistic(&presence, &labels, &fitting.logistic)?;
        let round = |weight: f64| (weight * 1e6).round() / 1e6;
        Ok(Self {
            intercept: round(fit.intercept),
            weights: vocabulary
                .iter()
                .zip(fit.weights)
                .map(|(&term, weight)| (term.to_owned(), round(weight)))
                .filter(|(_, weight)| *weight != 0.0)
                .collect(),
        })
    }

    /// The probability, 0 to 1, that a text is toxic.
    pub fn toxicity(&self, text: &str) -> f64 {
        let terms = terms(text);
        let weights = terms.iter().filter_map(|term| self.weights.get(term));
        sigmoid(self.intercept + weights.sum::<f64>())
    }

    /// Fraction of the comments whose label the scorer gives: toxic above one half.
    ///
    /// # Errors
    /// [`ScoreError::NoSamples`] if there are none.
    pub fn accuracy(&self, comments: &[Comment]) -> Result<f64, ScoreError> {
        if comments.is_empty() {
            return Err(ScoreError::NoSamples);
        }
        let right = comments
            .iter()
            .filter(|comment| (self.toxicity(&comment.comment_text) > 0.5) == comment.toxic);
        Ok(right.count() as f64 / comments.len() as f64)
    }

    /// The weight of each term; above 0 for those that make a text more toxic.
    pub fn weights(&self) -> &BTreeMap<String, f64> {
        &self.weights
    }
}

impl ToxicityScorer for LexicalScorer {
    fn name(&self) -> &str {
        "lexical"
    }

    fn score(&self, texts: &[String]) -> Result<Vec<TextScore>, ScoreError> {
        Ok(texts.iter().map(|text| Ok(self.toxicity(text))).collect())
    }
}

/// The terms to weigh, in alphabetical order.
fn vocabulary<'a>(texts: &'a [BTreeSet<String>], fitting: &LexicalFitting) -> Vec<&'a str> {
    let mut comments_with: BTreeMap<&str, usize> = BTreeMap::new();
    for term in texts.iter().flatten() {
        *comments_with.entry(term).or_default() += 1;
    }
    let mut frequent: Vec<(&str, usize)> = comments_with
        .into_iter()
        .filter(|&(_, count)| count >= fitting.min_comments)
        .collect();
    // Stable: equally frequent terms stay in alphabetical order.
    frequent.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    frequent.truncate(fitting.max_terms);
    let mut vocabulary: Vec<&str> = frequent.into_iter().map(|(term, _)| term).collect();
    vocabulary.sort_unstable();
    vocabulary
}

/// Which terms each comment contains.
struct Presence {
    rows: Vec<Vec<usize>>,
    width: usize,
}

impl Design for Presence {
    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn width(&self) -> usize {
        self.width
    }

    fn entries(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
        self.rows[row].iter().map(|&column| (column, 1.0))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use counterpoise_logistic::LogisticError;

    use super::*;

    fn comments() -> Vec<Comment> {
        let rows = [
            ("What a lovely garden you have", false),
            ("Not a fool at all, thank you", false),
            ("The train leaves at nine", false),
            ("You are a fool", true),
            ("Only a fool would say that", true),
            ("You silly fool, be quiet", true),
        ];
        let comment = |(text, toxic): (&str, bool)| Comment {
            comment_text: text.to_owned(),
            toxic,
        };
        rows.into_iter().map(comment).collect()
    }

    const ALL_TERMS: LexicalFitting = LexicalFitting {
        min_comments: 1,
        max_terms: 1000,
        logistic: Fitting {
            l2: 1e-3,
            max_steps: 100,
            tolerance: 1e-7,
        },
    };

    #[test]
    fn insults_raise_the_score_and_a_pair_can_take_it_back() {
        let scorer = LexicalScorer::fit(&comments(), &ALL_TERMS).unwrap();
        assert_eq!(scorer.accuracy(&comments()).unwrap(), 1.0);
        assert!(scorer.weights["fool"] > 0.0);
        assert!(scorer.weights["fool at"] < 0.0);
        assert!(scorer.toxicity("He is a FOOL!") > scorer.toxicity("He is a gardener"));
    }

    #[test]
    fn a_text_without_known_terms_scores_the_intercept() {
        let scorer = LexicalScorer::fit(&comments(), &ALL_TERMS).unwrap();
        let prior = sigmoid(scorer.intercept);
        assert_eq!(scorer.toxicity(""), prior);
        assert_eq!(scorer.toxicity("Zwölf Boxkämpfer!"), prior);
        let texts = [String::new(), "fool".to_owned()];
        let scores = scorer.score(&texts).unwrap();
        assert_eq!(scores, [Ok(prior), Ok(scorer.toxicity("fool"))]);
    }

    #[test]
    fn rare_terms_and_terms_beyond_the_limit_are_not_weighed() {
        let known = |min_comments, max_terms| {
            let fitting = LexicalFitting {
                min_comments,
                max_terms,
                ..ALL_TERMS
            };
            let scorer = LexicalScorer::fit(&comments(), &fitting).unwrap();
            scorer.weights.into_keys().collect::<Vec<_>>()
        };
        // "a", "fool" and "you" occur in four comments each, "a fool" in three, all else in fewer.
        assert_eq!(known(4, 1000), ["a", "fool", "you"]);
        assert_eq!(known(3, 1000), ["a", "a fool", "fool", "you"]);
        assert_eq!(known(1, 3), ["a", "fool", "you"]);
    }

    #[test]
    fn one_class_is_an_error() {
        let error = LexicalScorer::fit(&comments()[..3], &ALL_TERMS).unwrap_err();
        assert!(matches!(
            error,
            ScoreError::Fit(LogisticError::OneClass {
                positive: 0,
                rows: 3
            })
        ));
        let scorer = LexicalScorer::fit(&comments(), &ALL_TERMS).unwrap();
        assert!(matches!(scorer.accuracy(&[]), Err(ScoreError::NoSamples)));
    }
}
