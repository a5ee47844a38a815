//! Llama 2 and 3, and Mistral, which adds a sliding window.

use std::path::Path;

use counterpoise_weights::Matrices;

use super::decoder::DecoderFields;
use super::sizes::Checked;
use super::{Family, Names, Qkv};
use crate::{Bias, Biases, Config, ModelError};

/// What Llama's weights are called, and those of the families after it.
pub(super) const NAMES: Names = Names {
    prefix: "model.",
    embed: "embed_tokens.weight",
    pos_embed: "embed_positions.weight",
    blocks: "layers",
    ln_final: "norm",
    head: "lm_head.weight",
    qkv: Qkv::Apart(["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]),
    gate_and_up: None,
    modules: &[
        ("ln1", "input_layernorm"),
        ("attn.out", "self_attn.o_proj"),
        ("attn.q_norm", "self_attn.q_norm"),
        ("attn.k_norm", "self_attn.k_norm"),
        ("ln2", "post_attention_layernorm"),
        ("mlp.gate", "mlp.gate_proj"),
        ("mlp.up", "mlp.up_proj"),
        ("mlp.down", "mlp.down_proj"),
    ],
    matrices: Matrices::OutputsFirst,
};

/// Llama 2 and 3.
pub(super) static LLAMA: Family = Family {
    model_type: "llama",
    read: |path| DecoderFields::read(path)?.config(&LLAMA, path),
    names: NAMES,
};

/// Mistral.
pub(super) static MISTRAL: Family = Family {
    model_type: "mistral",
    read: read_mistral,
    names: NAMES,
};

fn read_mistral(path: &Path) -> Result<Config, ModelError> {
    let fields = DecoderFields::read(path)?;
    let config = fields.config(&MISTRAL, path)?;
    let window = fields.sliding_window;
    if window == Some(0) {
        return Checked(path).unsupported("sliding_window", "null, or at least 1", 0);
    }
    Ok(Config {
        windows: vec![window; config.n_layer],
        // `transformers` follows no field about them.
        biases: Biases {
            qkv: Bias::Absent,
            attn_out: Bias::Absent,
            mlp: Bias::Absent,
            norm: Bias::Absent,
        },
        ..config
    })
}
