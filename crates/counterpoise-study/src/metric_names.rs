//! The names of the paper's metrics, which its claims and published figures are about.

/// Mean score of the continuations.
pub(crate) const TOXICITY: &str = "toxicity";
/// Perplexity, a patch applied at every position.
pub(crate) const PERPLEXITY: &str = "perplexity";
/// Perplexity, a patch applied at the first position of each window only.
pub(crate) const PERPLEXITY_FIRST_POSITION: &str = "perplexity_first_position";
/// Mean token overlap with the gold continuations.
pub(crate) const F1: &str = "f1";
