//! Perplexity on a text of the study.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use counterpoise_data::read_text;
use counterpoise_hooks::Hooks;
use counterpoise_registry::Description;
use counterpoise_score::Score;
use serde::{Deserialize, Serialize};

use crate::perplexity::{WindowedPerplexity, Windows, perplexity};
use crate::{
    EvalError, Evaluation, Metric, MetricInputs, MetricKind, MetricScores, Protocol, Reading,
    progress,
};

/// `kind = "perplexity"`: perplexity on a text, in disjoint windows.
///
/// Where an edit has variants that apply at other positions of a text, each is a score of its own, such
/// as `perplexity_first_position`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Perplexity {
    /// The text.
    pub text: PathBuf,
    /// Tokens of the text per window; without it the paper's 1,024, or as many as the model has positions for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<NonZeroUsize>,
    /// Windows run together; it changes the speed, never a result. Without it as many as hold 1,024 tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_size: Option<NonZeroUsize>,
}

impl Perplexity {
    /// Perplexity on the text of a file, in windows of the paper's size.
    pub fn on(text: impl Into<PathBuf>) -> Self {
        Self {
            text: text.into(),
            window: None,
            batch_size: None,
        }
    }
}

impl MetricKind for Perplexity {
    fn inputs(&mut self) -> Vec<&mut PathBuf> {
        vec![&mut self.text]
    }

    fn describe(&self) -> Result<Description, EvalError> {
        Ok(Description::of("perplexity", self)?)
    }

    fn check(&self) -> Result<String, EvalError> {
        let text = read_text(&self.text)?;
        Ok(format!("{} characters", text.chars().count()))
    }

    fn open(&self, inputs: &MetricInputs<'_>) -> Result<Box<dyn Metric>, EvalError> {
        let text = read_text(&self.text)?;
        let tokens = inputs.tokenizer.encode(&text);
        let tokens = tokens.map_err(|reason| EvalError::Text {
            path: self.text.clone(),
            reason: Box::new(reason),
        })?;
        Ok(Box::new(OpenPerplexity {
            tokens,
            window: self.window.map(NonZeroUsize::get),
            batch_size: self.batch_size.map(NonZeroUsize::get),
        }))
    }
}

#[derive(Debug)]
struct OpenPerplexity {
    tokens: Vec<u32>,
    window: Option<usize>,
    batch_size: Option<usize>,
}

impl OpenPerplexity {
    /// The score named `metric`, missing if the text cannot be read under `hooks`.
    fn under(&self, metric: &str, mut hooks: Hooks<'_>, evaluation: &mut Evaluation<'_>) -> Score {
        let model = evaluation.model;
        let beginning = evaluation.tokenizer.beginning();
        let windows = Windows::of(model.n_positions(), self.window, self.batch_size, beginning);
        let what = format!("{}: {metric}", evaluation.what);
        let parts = windows.count(self.tokens.len()) as u64;
        let found = progress::step(evaluation.progress, &what, parts, |mut advance| {
            perplexity(model, &self.tokens, &windows, &mut hooks, &mut advance)
        });
        match found {
            Ok(found) => evaluation.reading.perplexity(metric, &found),
            Err(reason) => Score::missing(metric, reason.to_string()),
        }
    }
}

impl Reading {
    /// The score that a protocol makes of the losses of a text's windows.
    fn perplexity(self, metric: &str, found: &WindowedPerplexity) -> Score {
        match self.protocol() {
            Protocol::Corrected => {
                Score::new(metric, found.perplexity, found.predicted).over(found.items())
            }
            Protocol::AsReleased => {
                let items = found.items_over_all_tokens();
                let value = items.value().unwrap_or(f64::NAN);
                Score::new(metric, value, found.tokens).over(items)
            }
        }
    }
}

impl Metric for OpenPerplexity {
    fn name(&self) -> &str {
        "perplexity"
    }

    fn score(&self, evaluation: &mut Evaluation<'_>) -> Result<MetricScores, EvalError> {
        evaluation.reads_other_texts("perplexity")?;
        let edits = evaluation.edits;
        let mut scores = vec![self.under("perplexity", edits.hooks(), evaluation)];
        for variant in edits.variants() {
            let metric = format!("perplexity_{variant}");
            scores.push(self.under(&metric, edits.variant_hooks(variant), evaluation));
        }
        Ok(MetricScores {
            scores,
            per_continuation: None,
        })
    }
}
