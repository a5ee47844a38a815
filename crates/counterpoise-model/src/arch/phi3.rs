//! Phi-3, whose files have queries, keys and values in one layer, and gate and `up` in another.

use std::path::Path;

use super::decoder::DecoderFields;
use super::llama::NAMES;
use super::sizes::Checked;
use super::{Family, Names, Qkv};
use crate::{Bias, Biases, Config, ModelError, PositionEncoding, RotaryScaling};

/// Phi-3, with texts as long as those of pre-training.
pub(super) static FAMILY: Family = Family {
    model_type: "phi3",
    read,
    names: Names {
        qkv: Qkv::Together("self_attn.qkv_proj"),
        gate_and_up: Some("mlp.gate_up_proj"),
        ..NAMES
    },
};

fn read(path: &Path) -> Result<Config, ModelError> {
    let fields = DecoderFields::read(path)?;
    let checked = Checked(path);
    let config = fields.config(&FAMILY, path)?;
    let rotary = fields.rope().rotary(
        fields.rope_theta,
        fields.partial_rotary_factor.unwrap_or(1.0),
        config.d_head,
        config.n_positions,
        checked,
    )?;
    if rotary.scaling != RotaryScaling::Unscaled {
        // `transformers` takes every other name for `longrope`, whose angles change with a text's length.
        return checked.unsupported("rope_type", "default", "another");
    }
    let window = fields.sliding_window;
    if window == Some(0) {
        return checked.unsupported("sliding_window", "null, or at least 1", 0);
    }
    Ok(Config {
        windows: vec![window; config.n_layer],
        positions: PositionEncoding::Rotary(rotary),
        biases: Biases {
            qkv: Bias::Absent,
            attn_out: Bias::Absent,
            mlp: Bias::Absent,
            norm: Bias::Absent,
        },
        ..config
    })
}
