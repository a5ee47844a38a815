//! What is measured of a model under edits: toxicity, perplexity, F1 and repetition, as metrics that a study lists.
//!
//! A [`MetricKind`] is a metric as a study names it; opened, before any model runs, it is a [`Metric`],
//! which scores an [`Evaluation`]: a model, its edits, and what it wrote after the challenge prompts.
//! [`metrics`] is the registry of this crate's. Below them lie plain functions: [`perplexity`] reads
//! one long text in disjoint windows, [`TokenF1`] compares what a model wrote with a gold text,
//! [`continue_prompts`] writes.
//!
//! ```
//! use counterpoise_eval::{EvalError, Evaluation, Metric, MetricScores, metrics};
//! use counterpoise_registry::PartTable;
//! use counterpoise_score::Score;
//! use serde::{Deserialize, Serialize};
//!
//! /// How long continuations are, in tokens.
//! #[derive(Debug, Clone, Serialize, Deserialize)]
//! struct Length {}
//!
//! impl Metric for Length {
//!     fn name(&self) -> &str {
//!         "length"
//!     }
//!     fn score(&self, evaluation: &mut Evaluation<'_>) -> Result<MetricScores, EvalError> {
//!         let texts = &evaluation.continuations.tokens;
//!         let tokens: usize = texts.iter().map(Vec::len).sum();
//!         Ok(Score::new("length", tokens as f64 / texts.len() as f64, texts.len()).into())
//!     }
//! }
//!
//! let mut metrics = metrics()?;
//! metrics.register("length", |length: Length| Box::new(length))?;
//! let length = metrics.build(&PartTable::parse("kind = 'length'")?)?;
//! assert_eq!(length.describe()?.kind, "length");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod continuations;
mod decoding_sizes;
mod error;
mod f1;
mod metric;
mod metrics;
mod perplexity;
pub mod progress;
mod prompts;
mod protocol;

pub use continuations::{Continuations, Generation, continue_prompts};
pub use decoding_sizes::DecodingSizes;
pub use error::EvalError;
pub use f1::TokenF1;
pub use metric::{Evaluation, Metric, MetricInputs, MetricKind, MetricScores};
pub use metrics::{
    F1, Perplexity, Repetition, Toxicity, metrics, repetition, score_continuations, toxicity_scores,
};
pub use perplexity::{WindowLoss, WindowedPerplexity, Windows, perplexity};
pub use progress::{Progress, Silent};
pub use prompts::{PromptCounts, Prompts, Samples, challenge_prompts, samples};
pub use protocol::{Protocol, Reading, Turn};
