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
