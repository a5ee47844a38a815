//! The lexical scorer: a logistic regression over words, which sees no model.

mod file;
mod kind;
mod scorer;
mod terms;

pub use kind::Lexical;
pub use scorer::{LexicalFitting, LexicalScorer};
