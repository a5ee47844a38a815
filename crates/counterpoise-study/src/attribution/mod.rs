//! What else is attributed to the probe's direction: every component that writes, and what vectors say in tokens.

mod components;
mod directions;
mod nearest_tokens;
mod neuron_tokens;
mod render;
mod settings;
mod vocabulary;

pub use components::{
    ComponentReduction, ComponentResults, MeasuredComponents, ProjectedComponent, ResidualIdentity,
};
pub(crate) use directions::directions_markdown;
pub use directions::{AlongResults, DirectionResults};
pub(crate) use neuron_tokens::NEURON_TOKENS_FILE;
pub use neuron_tokens::{NeuronTokens, neuron_tokens};
pub(crate) use render::{components_markdown, vocabulary_markdown};
pub use settings::AttributionSettings;
pub use vocabulary::{VocabularyResults, VocabularyRow, VocabularyToken, vocabulary};
