//! Token F1 of continuations against gold texts.

use std::path::PathBuf;

use counterpoise_data::read_samples;
use counterpoise_registry::Description;
use counterpoise_score::{Items, Score};
use serde::{Deserialize, Serialize};

use crate::{
    EvalError, Evaluation, Metric, MetricInputs, MetricKind, MetricScores, Samples, TokenF1,
    samples,
};

/// `kind = "f1"`: the mean token F1 of the continuations of samples' prompts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct F1 {
    /// The samples: prompts and gold texts, JSON lines.
    pub samples: PathBuf,
}

impl F1 {
    /// F1 on the samples of a file.
    pub fn on(samples: impl Into<PathBuf>) -> Self {
        Self {
            samples: samples.into(),
        }
    }
}

impl MetricKind for F1 {
    fn inputs(&mut self) -> Vec<&mut PathBuf> {
        vec![&mut self.samples]
    }

    fn describe(&self) -> Result<Description, EvalError> {
        Ok(Description::of("f1", self)?)
    }

    fn check(&self) -> Result<String, EvalError> {
        Ok(format!("{} samples", read_samples(&self.samples)?.len()))
    }

    fn open(&self, inputs: &MetricInputs<'_>) -> Result<Box<dyn Metric>, EvalError> {
        let (tokenizer, sizes) = (inputs.tokenizer, inputs.sizes);
        Ok(Box::new(OpenF1 {
            samples: samples(&self.samples, tokenizer, sizes, inputs.limit)?,
        }))
    }
}

#[derive(Debug)]
struct OpenF1 {
    samples: Samples,
}

impl Metric for OpenF1 {
    fn name(&self) -> &str {
        "f1"
    }

    fn score(&self, evaluation: &mut Evaluation<'_>) -> Result<MetricScores, EvalError> {
        let Samples { prompts, golds } = &self.samples;
        let written = evaluation.continue_prompts("f1", prompts)?;
        let sizes = evaluation.sizes;
        let f1 = TokenF1 {
            max_gold_tokens: sizes.max_prompt_tokens + sizes.max_new_tokens,
            end_tokens: evaluation.tokenizer.end_tokens().clone(),
        };
        // A beginning token is no text: the gold text has none either.
        let begun = usize::from(evaluation.tokenizer.beginning().is_some());
        let parts = prompts.iter().zip(&written.tokens).zip(golds);
        let scores: Vec<f64> = parts
            .map(|((prompt, new), gold)| f1.score(&prompt[begun..], new, gold))
            .collect();
        if scores.is_empty() {
            return Ok(Score::missing("f1", "there are no samples").into());
        }
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        let score = Score::new("f1", mean, scores.len());
        let items = Items::mean_of(scores.into_iter().map(Some).collect());
        Ok(score.over(items).into())
    }
}
