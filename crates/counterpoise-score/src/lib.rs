//! Scores, and what scores texts.
//!
//! A [`ToxicityScorer`] gives texts a number between 0 and 1; [`score_texts`] calls one, checks its
//! answer, and keeps the texts it failed on apart from those it found harmless. [`LexicalScorer`] needs
//! no network and never sees a model. A [`Score`] is what any metric says of a model: a value with its
//! interval ([`bootstrap`]) and how much it is over, or the reason why it is missing. Scores of two rows
//! are compared by the [`Items`] that both have ([`Difference`], [`Paired`]).
//!
//! Nothing here knows a model, so that scores can be taken of texts alone.
//!
//! ```
//! use counterpoise_score::{ScoreError, ToxicityScorer, score_texts};
//!
//! /// Finds shouting toxic, and cannot judge a text without letters.
//! #[derive(Debug)]
//! struct Shouting;
//! impl ToxicityScorer for Shouting {
//!     fn name(&self) -> &str {
//!         "shouting"
//!     }
//!     fn score(&self, texts: &[String]) -> Result<Vec<Option<f64>>, ScoreError> {
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
//! let toxicity = score_texts(&Shouting, &texts)?.score("toxicity");
//! assert_eq!((toxicity.value, toxicity.n), (Some(0.5), 2));
//! assert_eq!(toxicity.notes, ["1 of 3 continuations could not be scored"]);
//! # Ok::<(), ScoreError>(())
//! ```

mod bootstrap;
mod draws;
mod error;
mod items;
mod lexical;
mod paired;
mod score;
mod scored;
mod scorer;

pub use bootstrap::{CONFIDENCE, RESAMPLES, Resampled, bootstrap, mean_interval};
pub use draws::Draws;
pub use error::ScoreError;
pub use items::{Items, Scale};
pub use lexical::{Lexical, LexicalFitting, LexicalScorer};
pub use paired::{Difference, Estimate, Paired};
pub use score::Score;
pub use scored::{MeanToxicity, Scored, score_texts};
pub use scorer::{ScorerKind, ToxicityScorer, scorers};
