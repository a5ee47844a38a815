//! OPT: position embeddings of which the first two rows belong to no position, and ReLU.

use std::path::Path;

use counterpoise_data::read_json;
use counterpoise_weights::Matrices;
use serde::Deserialize;

use super::sizes::{Checked, LARGEST_SIZE, MOST_LAYERS};
use super::{Family, Names, Qkv};
use crate::{Activation, Bias, Biases, Config, EndTokens, ModelError, PositionEncoding};

/// OPT, but for the one of 350 million parameters, whose norms come after its layers.
pub(super) static FAMILY: Family = Family {
    model_type: "opt",
    read,
    names: Names {
        prefix: "model.",
        embed: "decoder.embed_tokens.weight",
        pos_embed: "decoder.embed_positions.weight",
        blocks: "decoder.layers",
        ln_final: "decoder.final_layer_norm",
        head: "lm_head.weight",
        qkv: Qkv::Apart(["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]),
        gate_and_up: None,
        modules: &[
            ("ln1", "self_attn_layer_norm"),
            ("attn.out", "self_attn.out_proj"),
            ("ln2", "final_layer_norm"),
            ("mlp.up", "fc1"),
            ("mlp.down", "fc2"),
        ],
        matrices: Matrices::OutputsFirst,
    },
};

/// Rows before that of position 0.
const OFFSET: usize = 2;

/// What the file is, in errors.
const SHAPE: &str = "an OPT configuration with vocab_size, max_position_embeddings, hidden_size, num_hidden_layers, \
     num_attention_heads, ffn_dim and activation_function";

/// The fields that decide what a model computes.
#[derive(Deserialize)]
struct Fields {
    vocab_size: usize,
    max_position_embeddings: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    ffn_dim: usize,
    activation_function: String,
    #[serde(default)]
    word_embed_proj_dim: Option<usize>,
    #[serde(default)]
    do_layer_norm_before: Option<bool>,
    #[serde(default, rename = "_remove_final_layer_norm")]
    remove_final_layer_norm: Option<bool>,
    #[serde(default)]
    layer_norm_elementwise_affine: Option<bool>,
    #[serde(default)]
    enable_bias: Option<bool>,
    #[serde(default)]
    tie_word_embeddings: Option<bool>,
    #[serde(default)]
    bos_token_id: Option<u32>,
    #[serde(default)]
    eos_token_id: Option<EndTokens>,
}

fn read(path: &Path) -> Result<Config, ModelError> {
    let fields: Fields = read_json(path, SHAPE)?;
    let checked = Checked(path);
    checked.sizes(&[
        ("vocab_size", fields.vocab_size, LARGEST_SIZE),
        (
            "max_position_embeddings",
            fields.max_position_embeddings,
            LARGEST_SIZE,
        ),
        ("hidden_size", fields.hidden_size, LARGEST_SIZE),
        ("num_hidden_layers", fields.num_hidden_layers, MOST_LAYERS),
        (
            "num_attention_heads",
            fields.num_attention_heads,
            LARGEST_SIZE,
        ),
        ("ffn_dim", fields.ffn_dim, LARGEST_SIZE),
    ])?;
    let width = ("hidden_size", fields.hidden_size);
    checked.divisor("num_attention_heads", fields.num_attention_heads, width)?;
    let projected = fields.word_embed_proj_dim.unwrap_or(fields.hidden_size);
    if projected != fields.hidden_size {
        let expected = format!("hidden_size, {}", fields.hidden_size);
        return checked.unsupported("word_embed_proj_dim", expected, projected);
    }
    for (field, found, usual) in [
        ("do_layer_norm_before", fields.do_layer_norm_before, true),
        (
            "_remove_final_layer_norm",
            fields.remove_final_layer_norm,
            false,
        ),
        (
            "layer_norm_elementwise_affine",
            fields.layer_norm_elementwise_affine,
            true,
        ),
    ] {
        if found.is_some_and(|found| found != usual) {
            return checked.unsupported(field, usual.to_string(), !usual);
        }
    }
    let Some(activation) = Activation::named(&fields.activation_function) else {
        let found = fields.activation_function;
        return checked.unsupported("activation_function", Activation::names(), found);
    };
    let bias = match fields.enable_bias {
        Some(false) => Bias::Absent,
        Some(true) | None => Bias::Added,
    };
    Ok(Config {
        family: &FAMILY,
        d_mlp: fields.ffn_dim,
        positions: PositionEncoding::Learned { offset: OFFSET },
        activation,
        biases: Biases {
            qkv: bias,
            attn_out: bias,
            mlp: bias,
            norm: Bias::Added,
        },
        tie_word_embeddings: fields.tie_word_embeddings.unwrap_or(true),
        bos_token_id: fields.bos_token_id,
        eos_token_id: fields.eos_token_id,
        ..Config::new(
            fields.vocab_size,
            fields.max_position_embeddings,
            fields.hidden_size,
            fields.num_hidden_layers,
            fields.num_attention_heads,
        )
    })
}
