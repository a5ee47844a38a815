//! `expected.json`, as `fixtures/golden/README.md` describes it.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(crate) struct Expected {
    pub(crate) decoding: Limits,
    pub(crate) hook_prompt: Vec<u32>,
    pub(crate) prompts: Vec<Vec<u32>>,
    pub(crate) samples: Vec<SampleTokens>,
    pub(crate) models: BTreeMap<Which, ModelValues>,
    pub(crate) reduction: ReductionValues,
    pub(crate) groups: BTreeMap<String, BTreeMap<String, GroupValues>>,
    pub(crate) interventions: Vec<EditValues>,
}

/// The two models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Which {
    Base,
    Tuned,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Limits {
    pub(crate) max_prompt_tokens: usize,
    pub(crate) max_new_tokens: usize,
    pub(crate) stop: u32,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SampleTokens {
    pub(crate) prompt: Vec<u32>,
    pub(crate) gold: Vec<u32>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ModelValues {
    pub(crate) generations: Vec<Vec<u32>>,
    pub(crate) min_logit_gap: Vec<f64>,
    pub(crate) generated_positions: u64,
    pub(crate) layer_projection: Vec<f64>,
    pub(crate) bias_projection: Vec<f64>,
    pub(crate) perplexity: BTreeMap<String, PerplexityValues>,
    pub(crate) f1: F1Values,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PerplexityValues {
    pub(crate) perplexity: f64,
    pub(crate) predicted_tokens: usize,
    pub(crate) tokens: usize,
}

#[derive(Debug, Deserialize)]
pub(crate) struct F1Values {
    pub(crate) mean: f64,
    pub(crate) per_sample: Vec<f64>,
    pub(crate) generations: Vec<Vec<u32>>,
    pub(crate) min_logit_gap: Vec<f64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ReductionValues {
    pub(crate) net: f64,
    pub(crate) peak: f64,
    pub(crate) positive_neurons: usize,
}

#[derive(Debug, Deserialize)]
pub(crate) struct GroupValues {
    pub(crate) count: usize,
    pub(crate) reduction: f64,
    pub(crate) share: f64,
}

/// One edit, what selected its neurons, and what it gave.
#[derive(Debug, Deserialize)]
pub(crate) struct EditValues {
    pub(crate) name: String,
    pub(crate) model: Which,
    pub(crate) kind: String,
    pub(crate) k: Option<usize>,
    pub(crate) factor: Option<f32>,
    pub(crate) groups: Option<Vec<String>>,
    pub(crate) grouping: Option<String>,
    pub(crate) neurons: Option<Vec<[usize; 2]>>,
    pub(crate) neuron_count: usize,
    pub(crate) changed_prompts: usize,
    pub(crate) generations: Vec<Vec<u32>>,
    pub(crate) min_logit_gap: Vec<f64>,
    pub(crate) perplexity: BTreeMap<String, PerplexityValues>,
}
