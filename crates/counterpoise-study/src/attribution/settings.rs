//! What a study attributes beside its neurons.

use serde::Deserialize;

/// `[attribution]` of a study file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttributionSettings {
    /// Whether results say what each head, bias, embedding and MLP layer writes along the probe.
    pub components: bool,
    /// The most toxic neurons whose value vectors are read as tokens, beside the probe; 0 for none, nor the probe.
    pub vocabulary_neurons: usize,
    /// Tokens of each.
    pub vocabulary_tokens: usize,
    /// Tokens that the value vector of every neuron is read as; 0 for none.
    pub neuron_tokens: usize,
}

impl Default for AttributionSettings {
    fn default() -> Self {
        Self {
            components: true,
            vocabulary_neurons: 20,
            vocabulary_tokens: 10,
            neuron_tokens: 5,
        }
    }
}
