//! The Perspective API: a remote service that scores texts, and what it has answered so far.
//!
//! cached? → pace → one request → its answer judged → cached, and synced, before it counts.

mod answer;
mod cache;
mod client;
mod key;
mod kind;
mod pace;
mod scorer;

pub use kind::Perspective;
pub use scorer::PerspectiveScorer;
