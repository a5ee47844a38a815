//! GPT-Neo: GPT-2 with windows, and without a scale of attention.

use std::path::Path;

use counterpoise_data::read_json;
use counterpoise_weights::Matrices;
use serde::Deserialize;

use super::sizes::{Checked, LARGEST_SIZE, MOST_LAYERS};
use super::{Family, Names, Qkv};
use crate::{Activation, Bias, Biases, Config, EndTokens, ModelError};

/// GPT-Neo.
pub(super) static FAMILY: Family = Family {
    model_type: "gpt_neo",
    read,
    names: Names {
        prefix: "transformer.",
        embed: "wte.weight",
        pos_embed: "wpe.weight",
        blocks: "h",
        ln_final: "ln_f",
        head: "lm_head.weight",
        qkv: Qkv::Apart([
            "attn.attention.q_proj",
            "attn.attention.k_proj",
            "attn.attention.v_proj",
        ]),
        gate_and_up: None,
        modules: &[
            ("ln1", "ln_1"),
            ("attn.out", "attn.attention.out_proj"),
            ("ln2", "ln_2"),
            ("mlp.up", "mlp.c_fc"),
            ("mlp.down", "mlp.c_proj"),
        ],
        matrices: Matrices::OutputsFirst,
    },
};

/// What the file is, in errors.
const SHAPE: &str = "a GPT-Neo configuration with vocab_size, max_position_embeddings, hidden_size, num_layers, num_heads and \
     attention_types";

/// The fields that decide what a model computes.
#[derive(Deserialize)]
struct Fields {
    vocab_size: usize,
    max_position_embeddings: usize,
    hidden_size: usize,
    num_layers: usize,
    num_heads: usize,
    #[serde(default)]
    intermediate_size: Option<usize>,
    /// Lists of kinds, each with how often it comes.
    attention_types: Vec<(Vec<String>, usize)>,
    window_size: usize,
    layer_norm_epsilon: f64,
    activation_function: String,
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
    let d_mlp = fields
        .intermediate_size
        .unwrap_or(fields.hidden_size.saturating_mul(4));
    checked.sizes(&[
        ("vocab_size", fields.vocab_size, LARGEST_SIZE),
        (
            "max_position_embeddings",
            fields.max_position_embeddings,
            LARGEST_SIZE,
        ),
        ("hidden_size", fields.hidden_size, LARGEST_SIZE),
        ("num_layers", fields.num_layers, MOST_LAYERS),
        ("num_heads", fields.num_heads, LARGEST_SIZE),
        ("intermediate_size", d_mlp, 4 * LARGEST_SIZE),
        ("window_size", fields.window_size, usize::MAX),
    ])?;
    checked.positive("layer_norm_epsilon", fields.layer_norm_epsilon)?;
    let width = ("hidden_size", fields.hidden_size);
    checked.divisor("num_heads", fields.num_heads, width)?;
    let Some(activation) = Activation::named(&fields.activation_function) else {
        let found = fields.activation_function;
        return checked.unsupported("activation_function", Activation::names(), found);
    };
    Ok(Config {
        family: &FAMILY,
        d_mlp,
        norm_epsilon: fields.layer_norm_epsilon,
        windows: windows(&fields, checked)?,
        attention_scale: 1.0,
        activation,
        biases: Biases {
            qkv: Bias::Absent,
            attn_out: Bias::Added,
            mlp: Bias::Added,
            norm: Bias::Added,
        },
        tie_word_embeddings: fields.tie_word_embeddings.unwrap_or(true),
        bos_token_id: fields.bos_token_id,
        eos_token_id: fields.eos_token_id,
        ..Config::new(
            fields.vocab_size,
            fields.max_position_embeddings,
            fields.hidden_size,
            fields.num_layers,
            fields.num_heads,
        )
    })
}

/// The window of each block, where its kind is `local`.
fn windows(fields: &Fields, checked: Checked<'_>) -> Result<Vec<Option<usize>>, ModelError> {
    let mut windows = Vec::new();
    for (kinds, times) in &fields.attention_types {
        for kind in kinds
            .iter()
            .cycle()
            .take(kinds.len().saturating_mul(*times))
        {
            if windows.len() > fields.num_layers {
                break;
            }
            windows.push(match kind.as_str() {
                "global" => None,
                "local" => Some(fields.window_size),
                other => {
                    return checked.unsupported("attention_types", "global or local", other);
                }
            });
        }
    }
    match windows.len() == fields.num_layers {
        true => Ok(windows),
        false => {
            let expected = format!("a kind for each of {} blocks", fields.num_layers);
            checked.unsupported("attention_types", expected, "another number of kinds")
        }
    }
}
