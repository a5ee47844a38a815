//! `config.json` as it is written, in which a size may have either of two names.

use serde::Deserialize;

use crate::{Config, EndTokens};

/// The fields that decide what a model computes, as files have them.
#[derive(Deserialize)]
pub(crate) struct Stored {
    #[serde(default)]
    model_type: Option<String>,
    vocab_size: usize,
    #[serde(default)]
    n_positions: Option<usize>,
    #[serde(default)]
    max_position_embeddings: Option<usize>,
    #[serde(default)]
    n_ctx: Option<usize>,
    #[serde(default)]
    n_embd: Option<usize>,
    #[serde(default)]
    hidden_size: Option<usize>,
    #[serde(default)]
    n_layer: Option<usize>,
    #[serde(default)]
    num_hidden_layers: Option<usize>,
    #[serde(default)]
    n_head: Option<usize>,
    #[serde(default)]
    num_attention_heads: Option<usize>,
    #[serde(default)]
    n_inner: Option<usize>,
    #[serde(default)]
    layer_norm_epsilon: Option<f64>,
    #[serde(default)]
    activation_function: Option<String>,
    #[serde(default)]
    bos_token_id: Option<u32>,
    #[serde(default)]
    eos_token_id: Option<EndTokens>,
    #[serde(default)]
    tie_word_embeddings: Option<bool>,
    #[serde(default)]
    scale_attn_weights: Option<bool>,
    #[serde(default)]
    scale_attn_by_inverse_layer_idx: Option<bool>,
}

/// A size by each of its names, the one that GPT-2's files use first.
type Names<'a> = &'a [(&'static str, Option<usize>)];

impl TryFrom<Stored> for Config {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        let positions = [
            ("n_positions", stored.n_positions),
            ("max_position_embeddings", stored.max_position_embeddings),
            ("n_ctx", stored.n_ctx),
        ];
        let width = [
            ("n_embd", stored.n_embd),
            ("hidden_size", stored.hidden_size),
        ];
        let layers = [
            ("n_layer", stored.n_layer),
            ("num_hidden_layers", stored.num_hidden_layers),
        ];
        let heads = [
            ("n_head", stored.n_head),
            ("num_attention_heads", stored.num_attention_heads),
        ];
        let published = Self::new(
            stored.vocab_size,
            size(&positions)?,
            size(&width)?,
            size(&layers)?,
            size(&heads)?,
        );
        Ok(Self {
            model_type: stored.model_type.unwrap_or(published.model_type),
            n_inner: stored.n_inner,
            layer_norm_epsilon: (stored.layer_norm_epsilon).unwrap_or(published.layer_norm_epsilon),
            activation_function: (stored.activation_function)
                .unwrap_or(published.activation_function),
            bos_token_id: stored.bos_token_id,
            eos_token_id: stored.eos_token_id,
            tie_word_embeddings: stored.tie_word_embeddings.unwrap_or(true),
            scale_attn_weights: stored.scale_attn_weights.unwrap_or(true),
            scale_attn_by_inverse_layer_idx: stored
                .scale_attn_by_inverse_layer_idx
                .unwrap_or(false),
            ..published
        })
    }
}

/// A size that has to be there under at least one of its names, and the same under all of them.
fn size(names: Names<'_>) -> Result<usize, String> {
    let mut there = names.iter().filter_map(|&(name, size)| Some((name, size?)));
    let Some((first, size)) = there.next() else {
        let others: Vec<String> = names[1..]
            .iter()
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        let (name, others) = (names[0].0, others.join(" or "));
        return Err(format!("missing field `{name}`, also called {others}"));
    };
    match there.find(|&(_, other)| other != size) {
        None => Ok(size),
        Some((name, other)) => Err(format!(
            "`{first}` is {size}, but `{name}`, another name for it, is {other}"
        )),
    }
}
