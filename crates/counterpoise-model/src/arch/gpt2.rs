//! GPT-2, whose sizes may have either of two names.

use std::path::Path;

use counterpoise_data::read_json;
use counterpoise_weights::Matrices;
use serde::{Deserialize, Serialize, Serializer};

use super::sizes::{Checked, LARGEST_SIZE, MOST_LAYERS};
use super::{Family, Names, Qkv};
use crate::{Activation, Config, EndTokens, ModelError};

/// GPT-2.
pub(crate) static FAMILY: Family = Family {
    model_type: "gpt2",
    read,
    names: Names {
        prefix: "transformer.",
        embed: "wte.weight",
        pos_embed: "wpe.weight",
        blocks: "h",
        ln_final: "ln_f",
        head: "lm_head.weight",
        qkv: Qkv::Together("attn.c_attn"),
        gate_and_up: None,
        modules: &[
            ("ln1", "ln_1"),
            ("attn.out", "attn.c_proj"),
            ("ln2", "ln_2"),
            ("mlp.up", "mlp.c_fc"),
            ("mlp.down", "mlp.c_proj"),
        ],
        matrices: Matrices::InputsFirst,
    },
};

/// What the file is, in errors.
const SHAPE: &str =
    "a GPT-2 configuration with vocab_size, n_positions, n_embd, n_layer and n_head";

/// The fields that decide what a model computes, as files have them.
#[derive(Deserialize)]
struct Stored {
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

/// A file whose names agree.
#[derive(Deserialize)]
#[serde(try_from = "Stored")]
struct Read {
    config: Config,
    activation_function: Option<String>,
}

/// A size by each of its names, the one that GPT-2's files use first.
type SizeNames<'a> = &'a [(&'static str, Option<usize>)];

impl TryFrom<Stored> for Read {
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
        let (positions, width) = (size(&positions)?, size(&width)?);
        let published = Config::new(
            stored.vocab_size,
            positions,
            width.min(LARGEST_SIZE + 1),
            size(&layers)?,
            size(&heads)?,
        );
        let config = Config {
            d_model: width,
            d_mlp: stored.n_inner.unwrap_or(published.d_mlp),
            norm_epsilon: stored.layer_norm_epsilon.unwrap_or(published.norm_epsilon),
            attention_scale: match stored.scale_attn_weights {
                Some(false) => 1.0,
                _ => published.attention_scale,
            },
            bos_token_id: stored.bos_token_id,
            eos_token_id: stored.eos_token_id,
            tie_word_embeddings: stored.tie_word_embeddings.unwrap_or(true),
            scale_attn_by_inverse_layer_idx: stored
                .scale_attn_by_inverse_layer_idx
                .unwrap_or(false),
            ..published
        };
        Ok(Self {
            config,
            activation_function: stored.activation_function,
        })
    }
}

/// A size that has to be there under at least one of its names, and the same under all of them.
fn size(names: SizeNames<'_>) -> Result<usize, String> {
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

fn read(path: &Path) -> Result<Config, ModelError> {
    let Read {
        mut config,
        activation_function,
    } = read_json(path, SHAPE)?;
    let checked = Checked(path);
    checked.sizes(&[
        ("vocab_size", config.vocab_size, LARGEST_SIZE),
        ("n_positions", config.n_positions, LARGEST_SIZE),
        ("n_embd", config.d_model, LARGEST_SIZE),
        ("n_layer", config.n_layer, MOST_LAYERS),
        ("n_head", config.n_head, LARGEST_SIZE),
        ("n_inner", config.d_mlp, 4 * LARGEST_SIZE),
    ])?;
    checked.positive("layer_norm_epsilon", config.norm_epsilon)?;
    checked.divisor("n_head", config.n_head, ("n_embd", config.d_model))?;
    if let Some(name) = activation_function {
        config.activation = match Activation::named(&name) {
            Some(activation) => activation,
            None => {
                return checked.unsupported("activation_function", Activation::names(), name);
            }
        };
    }
    Ok(config)
}

/// A configuration as it is written.
#[derive(Serialize)]
struct Written<'a> {
    model_type: &'a str,
    vocab_size: usize,
    n_positions: usize,
    n_embd: usize,
    n_layer: usize,
    n_head: usize,
    n_inner: Option<usize>,
    layer_norm_epsilon: f64,
    activation_function: &'a str,
    bos_token_id: Option<u32>,
    eos_token_id: &'a Option<EndTokens>,
    tie_word_embeddings: bool,
    scale_attn_weights: bool,
    scale_attn_by_inverse_layer_idx: bool,
}

/// Writes a GPT-2's configuration.
pub(crate) fn serialize<S: Serializer>(config: &Config, serializer: S) -> Result<S::Ok, S::Error> {
    if config.family != &FAMILY {
        return Err(serde::ser::Error::custom(format!(
            "only a GPT-2's configuration can be written, not that of a {:?}",
            config.family
        )));
    }
    let written = Written {
        model_type: FAMILY.model_type,
        vocab_size: config.vocab_size,
        n_positions: config.n_positions,
        n_embd: config.d_model,
        n_layer: config.n_layer,
        n_head: config.n_head,
        n_inner: (config.d_mlp != 4 * config.d_model).then_some(config.d_mlp),
        layer_norm_epsilon: config.norm_epsilon,
        activation_function: config.activation.name(),
        bos_token_id: config.bos_token_id,
        eos_token_id: &config.eos_token_id,
        tie_word_embeddings: config.tie_word_embeddings,
        scale_attn_weights: config.d_head == 1 || config.attention_scale != 1.0,
        scale_attn_by_inverse_layer_idx: config.scale_attn_by_inverse_layer_idx,
    };
    written.serialize(serializer)
}
