//! Scores made elsewhere: a table of texts, or of ids of texts, and their scores.

mod kind;
mod rows;
mod scorer;

pub use kind::{By, ScoreFile};
pub use scorer::FileScorer;
