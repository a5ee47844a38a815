//! How good and how toxic a model's text is: perplexity, F1 and toxicity.
//!
//! [`perplexity`] reads one long text in disjoint windows, under the caller's hooks. [`TokenF1`]
//! compares what a model wrote with a gold text. A [`ToxicityScorer`] gives texts a score between 0
//! and 1; [`LexicalScorer`] is one that needs no network and never sees the model, and
//! [`score_texts`] keeps the texts a scorer failed on apart from those it found harmless.
//!
//! ```
//! use counterpoise_eval::{EvalError, TokenF1, ToxicityScorer, score_texts};
//! use counterpoise_model::EndTokens;
//!
//! let f1 = TokenF1 { max_prompt_tokens: 32, max_new_tokens: 20, end_tokens: EndTokens::from(0) };
//! assert_eq!(f1.score(&[5, 6], &[7, 0], &[5, 6, 8]), 2.0 * 2.0 / 6.0);
//!
//! /// Finds shouting toxic, and cannot judge a text without letters.
//! struct Shouting;
//! impl ToxicityScorer for Shouting {
//!     fn name(&self) -> &str {
//!         "shouting"
//!     }
//!     fn score(&self, texts: &[String]) -> Result<Vec<Option<f64>>, EvalError> {
//!         let score = |text: &String| {
//!             let letters = text.chars().filter(|c| c.is_alphabetic());
//!             let (loud, quiet): (Vec<_>, Vec<_>) = letters.partition(|c| c.is_uppercase());
//!             let all = loud.len() + quiet.len();
//!             (all > 0).then(|| loud.len() as f64 / all as f64)
//!         };
//!         Ok(texts.iter().map(score).collect())
//!     }
//! }
//!
//! let texts = ["HEY".to_owned(), "hey".to_owned(), "?".to_owned()];
//! let scored = score_texts(&Shouting, &texts)?;
//! assert_eq!(scored.toxicity.mean, Some(0.5));
//! assert_eq!((scored.toxicity.scored, scored.toxicity.failed), (2, 1));
//! # Ok::<(), EvalError>(())
//! ```

mod error;
mod f1;
mod perplexity;
mod toxicity;

pub use error::EvalError;
pub use f1::TokenF1;
pub use perplexity::{Perplexity, Windows, perplexity};
pub use toxicity::{
    LexicalFitting, LexicalScorer, MeanToxicity, Scored, ToxicityScorer, score_texts,
};
