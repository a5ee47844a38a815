//! Mean toxicity of the continuations of the challenge prompts.

use std::sync::Arc;

use counterpoise_registry::Description;
use counterpoise_score::{Score, Scored, ToxicityScorer, score_texts};
use serde::{Deserialize, Serialize};

use crate::{EvalError, Evaluation, Metric, MetricInputs, MetricKind, MetricScores};

/// `kind = "toxicity"`: the mean score of the continuations, without their prompts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toxicity {
    /// The column's name.
    #[serde(default = "default_name")]
    pub name: String,
    /// The scorer's name; may be left out where a study has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scorer: Option<String>,
}

fn default_name() -> String {
    "toxicity".to_owned()
}

impl Toxicity {
    /// The metric by a scorer that is at hand.
    pub fn by(scorer: impl ToxicityScorer + 'static) -> Box<dyn Metric> {
        Box::new(OpenToxicity {
            name: default_name(),
            scorer: Arc::new(scorer),
        })
    }
}

impl Default for Toxicity {
    fn default() -> Self {
        Self {
            name: default_name(),
            scorer: None,
        }
    }
}

impl MetricKind for Toxicity {
    fn describe(&self) -> Result<Description, EvalError> {
        Ok(Description::of("toxicity", self)?)
    }

    fn open(&self, inputs: &MetricInputs<'_>) -> Result<Box<dyn Metric>, EvalError> {
        let scorer = match (&self.scorer, inputs.scorers) {
            (None, [(_, only)]) => Some(only),
            (None, _) => None,
            (Some(wanted), scorers) => (scorers.iter())
                .find(|(name, _)| name == wanted)
                .map(|(_, scorer)| scorer),
        };
        let names: Vec<&str> = inputs
            .scorers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let scorer = scorer.ok_or_else(|| EvalError::Scorer {
            metric: self.name.clone(),
            known: match names.as_slice() {
                [] => "the study's scorers, of which it has none".to_owned(),
                names => names.join(", "),
            },
            found: self.scorer.clone().unwrap_or_else(|| "none".to_owned()),
        })?;
        Ok(Box::new(OpenToxicity {
            name: self.name.clone(),
            scorer: Arc::clone(scorer),
        }))
    }
}

#[derive(Debug)]
struct OpenToxicity {
    name: String,
    scorer: Arc<dyn ToxicityScorer>,
}

impl Metric for OpenToxicity {
    fn name(&self) -> &str {
        &self.name
    }

    fn score(&self, evaluation: &mut Evaluation<'_>) -> Result<MetricScores, EvalError> {
        let texts = &evaluation.continuations.texts;
        let there: Vec<String> = texts.iter().flatten().cloned().collect();
        if there.is_empty() {
            let reason =
                "no continuation has a text: each has a token that the tokenizer does not have";
            return Ok(Score::missing(&self.name, reason).into());
        }
        let mut scored = score_texts(self.scorer.as_ref(), &there)?
            .scores
            .into_iter();
        // In the order of the continuations again; one without a text has no score.
        let scores = (texts.iter())
            .map(|text| text.as_ref().and_then(|_| scored.next().flatten()))
            .collect::<Vec<_>>();
        let without = texts.len() - there.len();
        let scored = Scored::of(scores);
        let score = match without {
            0 => scored.score(&self.name),
            _ => scored.score(&self.name).noting(format!(
                "{without} of them have no text: a token that the tokenizer does not have"
            )),
        };
        Ok(MetricScores {
            scores: vec![score],
            per_continuation: Some(scored.scores),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;
    use counterpoise_hooks::Edits;
    use counterpoise_model::{Config, Tokenizer, Transformer};
    use counterpoise_score::ScoreError;

    use super::*;
    use crate::{Continuations, DecodingSizes, Silent};

    /// Half for every text.
    #[derive(Debug)]
    struct Half;

    impl ToxicityScorer for Half {
        fn name(&self) -> &str {
            "half"
        }

        fn score(&self, texts: &[String]) -> Result<Vec<Option<f64>>, ScoreError> {
            Ok(vec![Some(0.5); texts.len()])
        }
    }

    /// What the metric says of continuations with these texts.
    fn toxicity(texts: &[Option<&str>]) -> MetricScores {
        let mini = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/mini/base");
        let continuations = Continuations {
            tokens: vec![vec![1]; texts.len()],
            texts: texts.iter().map(|text| text.map(str::to_owned)).collect(),
        };
        let mut evaluation = Evaluation {
            what: "test",
            model: &Transformer::init(&Config::new(16, 8, 4, 1, 1), 1, &Device::flex()),
            edits: &Edits::new(),
            tokenizer: &Tokenizer::read(mini.as_ref()).unwrap(),
            sizes: DecodingSizes::default(),
            continuations: &continuations,
            progress: &mut Silent,
        };
        Toxicity::by(Half).score(&mut evaluation).unwrap()
    }

    #[test]
    fn a_continuation_without_a_text_is_missing_and_an_empty_one_is_not() {
        let found = toxicity(&[Some("a"), None, Some("")]);
        assert_eq!(
            found.per_continuation,
            Some(vec![Some(0.5), None, Some(0.5)])
        );
        let score = &found.scores[0];
        assert_eq!((score.value, score.n), (Some(0.5), 2));
        assert_eq!(score.notes.len(), 2, "{:?}", score.notes);
        let nothing = toxicity(&[None, None]);
        assert_eq!(nothing.scores[0].value, None);
        assert!(
            nothing.scores[0]
                .missing
                .as_ref()
                .unwrap()
                .contains("no continuation has a text")
        );
    }
}
