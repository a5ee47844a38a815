//! Scores, and what scores texts.
//!
//! A [`ToxicityScorer`] gives texts a number between 0 and 1; [`score_texts`] calls one, checks its
//! answer, and keeps the texts it failed on apart from those it found harmless. [`LexicalScorer`] needs
//! no network and never sees a model; [`ScoreFile`] takes scores made elsewhere; `Perspective`, with the
//! feature `perspective`, asks the service of that name. How far two scorers agree says
//! [`rank_correlation`]. A [`Score`] is what any metric says of a model: a value with its
//! interval ([`bootstrap`]) and how much it is over, or the reason why it is missing. Scores of two rows
//! are compared by the [`Items`] that both have ([`Difference`], [`Paired`]).
//!
//! Nothing here knows a model, so that scores can be taken of texts alone.
//!
//! ```
//! use counterpoise_score::{ScoreError, TextScore, ToxicityScorer, score_texts};
//!
//! /// Finds shouting toxic, and cannot judge a text without letters.
//! #[derive(Debug)]
//! struct Shouting;
//! impl ToxicityScorer for Shouting {
//!     fn name(&self) -> &str {
//!         "shouting"
//!     }
//!     fn score(&self, texts: &[String]) -> Result<Vec<TextScore>, ScoreError> {
//!         let score = |text: &String| {
//!             let letters = text.chars().filter(|c| c.is_alphabetic());
//!             let (loud, quiet): (Vec<_>, Vec<_>) = letters.partition(|c| c.is_uppercase());
//!             let all = loud.len() + quiet.len();
//!             match all {
//!                 0 => Err("no letters".to_owned()),
//!                 _ => Ok(loud.len() as f64 / all as f64),
//!             }
//!         };
//!         Ok(texts.iter().map(score).collect())
//!     }
//! }
//!
//! let texts = ["HEY".to_owned(), "hey".to_owned(), "?".to_owned()];
//! let toxicity = score_texts(&Shouting, &texts)?.score("toxicity");
//! assert_eq!((toxicity.value, toxicity.n), (Some(0.5), 2));
//! assert_eq!(toxicity.notes, ["1 of 3 continuations could not be scored: no letters"]);
//! # Ok::<(), ScoreError>(())
//! ```

mod bootstrap;
mod differences;
mod draws;
mod error;
mod file;
mod items;
mod lexical;
mod paired;
#[cfg(feature = "perspective")]
mod perspective;
mod rank_correlation;
mod score;
mod scored;
mod scorer;
mod text_id;

pub use bootstrap::{
    CONFIDENCE, RESAMPLES, Resampled, bootstrap, mean_interval, quantile, resamples,
};
pub use differences::Differences;
pub use draws::{Draws, Purpose};
pub use error::ScoreError;
pub use file::{By, FileScorer, ScoreFile};
pub use items::{Items, Scale};
pub use lexical::{Lexical, LexicalFitting, LexicalScorer};
pub use paired::{Difference, Estimate, Paired};
#[cfg(feature = "perspective")]
pub use perspective::{Perspective, PerspectiveScorer};
pub use rank_correlation::{RankCorrelation, rank_correlation};
pub use score::Score;
pub use scored::{MeanToxicity, Scored, TOXIC_FROM, score_texts, score_texts_by_id};
pub use scorer::{ScorerKind, TextScore, ToxicityScorer, scorers};
pub use text_id::text_id;
