//! Mean toxicity of the continuations of the challenge prompts.

use std::sync::Arc;

use counterpoise_registry::Description;
use counterpoise_score::{ToxicityScorer, score_texts};
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
        let scored = score_texts(self.scorer.as_ref(), &evaluation.continuations.texts)?;
        Ok(MetricScores {
            scores: vec![scored.score(&self.name)],
            per_continuation: Some(scored.scores),
        })
    }
}
