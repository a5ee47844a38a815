//! GPT-NeoX and Pythia: attention and MLP side by side, part of each head rotated.

use std::path::Path;

use counterpoise_weights::Matrices;

use super::decoder::{DecoderFields, bias};
use super::sizes::Checked;
use super::{Family, Names, Qkv};
use crate::{Bias, Biases, BlockOrder, Config, MlpKind, ModelError, NormKind, PositionEncoding};

/// GPT-NeoX.
pub(super) static FAMILY: Family = Family {
    model_type: "gpt_neox",
    read,
    names: Names {
        prefix: "gpt_neox.",
        embed: "embed_in.weight",
        pos_embed: "",
        blocks: "layers",
        ln_final: "final_layer_norm",
        head: "lm_head.weight",
        qkv: Qkv::ByHead("attention.query_key_value"),
        gate_and_up: None,
        modules: &[
            ("ln1", "input_layernorm"),
            ("attn.out", "attention.dense"),
            ("ln2", "post_attention_layernorm"),
            ("mlp.up", "mlp.dense_h_to_4h"),
            ("mlp.down", "mlp.dense_4h_to_h"),
        ],
        matrices: Matrices::OutputsFirst,
    },
};

fn read(path: &Path) -> Result<Config, ModelError> {
    let mut fields = DecoderFields::read(path)?;
    let checked = Checked(path);
    let epsilon = fields.layer_norm_eps.unwrap_or(1e-5);
    checked.positive("layer_norm_eps", epsilon)?;
    fields.rms_norm_eps = Some(epsilon);
    let config = fields.config(&FAMILY, path)?;
    let attention = bias(Some(fields.attention_bias.unwrap_or(true)));
    let rotary = fields.rope().rotary(
        fields.rotary_emb_base,
        fields.rotary_pct.unwrap_or(0.25),
        config.d_head,
        config.n_positions,
        checked,
    )?;
    Ok(Config {
        norm: NormKind::Layer,
        block_order: match fields.use_parallel_residual {
            Some(false) => BlockOrder::Sequential,
            Some(true) | None => BlockOrder::Parallel,
        },
        positions: PositionEncoding::Rotary(rotary),
        mlp: MlpKind::Plain,
        biases: Biases {
            qkv: attention,
            attn_out: attention,
            mlp: Bias::Added,
            norm: Bias::Added,
        },
        ..config
    })
}
