//! OLMo 2, whose norms come after its layers, and over all queries and all keys.

use std::path::Path;

use super::decoder::DecoderFields;
use super::llama::NAMES;
use super::{Family, Names};
use crate::{Bias, Biases, Config, ModelError, NormPlaces, QkNorm};

/// OLMo 2.
pub(super) static FAMILY: Family = Family {
    model_type: "olmo2",
    read,
    names: Names {
        modules: &[
            ("attn.out", "self_attn.o_proj"),
            ("attn.q_norm", "self_attn.q_norm"),
            ("attn.k_norm", "self_attn.k_norm"),
            ("ln1_post", "post_attention_layernorm"),
            ("mlp.gate", "mlp.gate_proj"),
            ("mlp.up", "mlp.up_proj"),
            ("mlp.down", "mlp.down_proj"),
            ("ln2_post", "post_feedforward_layernorm"),
        ],
        ..NAMES
    },
};

fn read(path: &Path) -> Result<Config, ModelError> {
    let config = DecoderFields::read(path)?.config(&FAMILY, path)?;
    Ok(Config {
        norm_places: NormPlaces::After,
        qk_norm: Some(QkNorm::Whole),
        biases: Biases {
            mlp: Bias::Absent,
            ..config.biases
        },
        ..config
    })
}
