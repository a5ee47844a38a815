//! The metrics of a study, by kind.

mod f1;
mod perplexity;
mod repetition;
mod toxicity;

use counterpoise_registry::Registry;

use crate::{EvalError, MetricKind};

pub use f1::F1;
pub use perplexity::Perplexity;
pub use repetition::{Repetition, repetition};
pub use toxicity::{Toxicity, score_continuations, toxicity_scores};

/// Why a continuation that has no text has no score.
const WITHOUT_TEXT: &str = "no text: a token that the tokenizer does not have";

/// The metrics of this crate: `toxicity`, `perplexity`, `f1`, `repetition`. A study's own are registered beside them.
///
/// # Errors
/// None: each kind is registered once.
pub fn metrics() -> Result<Registry<dyn MetricKind>, EvalError> {
    let mut metrics: Registry<dyn MetricKind> = Registry::new("metric");
    metrics.register("toxicity", |toxicity: Toxicity| Box::new(toxicity))?;
    metrics.register("perplexity", |perplexity: Perplexity| Box::new(perplexity))?;
    metrics.register("f1", |f1: F1| Box::new(f1))?;
    metrics.register("repetition", |repetition: Repetition| Box::new(repetition))?;
    Ok(metrics)
}

/// What `metric` says of continuations with these texts.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
fn scores_of(metric: &dyn crate::Metric, texts: &[Option<&str>]) -> crate::MetricScores {
    use burn::tensor::Device;
    use counterpoise_model::{Config, Tokenizer, Transformer};

    let mini = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/mini/base");
    let mut evaluation = crate::Evaluation {
        what: "test",
        model: &Transformer::init(&Config::new(16, 8, 4, 1, 1), 1, &Device::flex()),
        edits: &counterpoise_hooks::Edits::new(),
        tokenizer: &Tokenizer::read(mini.as_ref()).unwrap(),
        sizes: crate::DecodingSizes::default(),
        reading: crate::Reading::CORRECTED,
        continuations: &crate::Continuations {
            tokens: vec![vec![1]; texts.len()],
            texts: texts.iter().map(|text| text.map(str::to_owned)).collect(),
        },
        progress: &mut crate::Silent,
    };
    metric.score(&mut evaluation).unwrap()
}
