//! Gemma 1, 2 and 3: norms of `1 + weight`, scaled embeddings, and from Gemma 2 on windows, norms around each layer and
//! another scale of attention.

use std::path::Path;

use super::decoder::DecoderFields;
use super::llama::NAMES;
use super::sizes::Checked;
use super::{Family, Names};
use crate::{Activation, Config, ModelError, NormKind, NormPlaces, PositionEncoding, QkNorm};

/// Gemma 1.
pub(super) static GEMMA: Family = Family {
    model_type: "gemma",
    read: read_gemma,
    names: NAMES,
};

/// Gemma 2.
pub(super) static GEMMA2: Family = Family {
    model_type: "gemma2",
    read: read_gemma2,
    names: NAMES_AROUND,
};

/// Gemma 3, its text model.
pub(super) static GEMMA3: Family = Family {
    model_type: "gemma3_text",
    read: read_gemma3,
    names: NAMES_AROUND,
};

/// Llama's names, with norms around each layer.
const NAMES_AROUND: Names = Names {
    modules: &[
        ("ln1", "input_layernorm"),
        ("attn.out", "self_attn.o_proj"),
        ("attn.q_norm", "self_attn.q_norm"),
        ("attn.k_norm", "self_attn.k_norm"),
        ("ln1_post", "post_attention_layernorm"),
        ("ln2", "pre_feedforward_layernorm"),
        ("mlp.gate", "mlp.gate_proj"),
        ("mlp.up", "mlp.up_proj"),
        ("mlp.down", "mlp.down_proj"),
        ("ln2_post", "post_feedforward_layernorm"),
    ],
    ..NAMES
};

/// What the three have in common.
fn common(
    fields: &DecoderFields,
    family: &'static Family,
    path: &Path,
) -> Result<Config, ModelError> {
    let config = fields.config(family, path)?;
    Ok(Config {
        norm: NormKind::RmsPlusOne,
        embed_scale: Some((fields.hidden_size as f64).sqrt() as f32),
        tie_word_embeddings: fields.tie_word_embeddings.unwrap_or(true),
        ..config
    })
}

fn read_gemma(path: &Path) -> Result<Config, ModelError> {
    let mut fields = DecoderFields::read(path)?;
    // The first files say `gelu` and mean that of GPT-2.
    fields.hidden_activation = None;
    let config = common(&fields, &GEMMA, path)?;
    Ok(Config {
        activation: match config.activation {
            Activation::Gelu => Activation::GeluTanh,
            other => other,
        },
        ..config
    })
}

fn read_gemma2(path: &Path) -> Result<Config, ModelError> {
    let fields = DecoderFields::read(path)?;
    let config = common(&fields, &GEMMA2, path)?;
    around(&fields, config, 2, Checked(path))
}

fn read_gemma3(path: &Path) -> Result<Config, ModelError> {
    let fields = DecoderFields::read(path)?;
    let checked = Checked(path);
    let config = common(&fields, &GEMMA3, path)?;
    let config = around(
        &fields,
        config,
        fields.sliding_window_pattern.unwrap_or(6),
        checked,
    )?;
    if fields.use_bidirectional_attention == Some(true) {
        return checked.unsupported("use_bidirectional_attention", "false", true);
    }
    let rope = |of_layers, base| {
        let of_layers = fields.rope_of(of_layers).unwrap_or_default();
        of_layers.rotary(Some(base), 1.0, config.d_head, config.n_positions, checked)
    };
    let whole = rope("full_attention", fields.rope_theta.unwrap_or(1_000_000.0))?;
    let local = rope(
        "sliding_attention",
        fields.rope_local_base_freq.unwrap_or(10_000.0),
    )?;
    Ok(Config {
        positions: PositionEncoding::Rotary(whole),
        local_rotary: Some(local),
        qk_norm: Some(QkNorm::PerHead),
        // `transformers` follows it in Gemma 2 alone.
        attention_soft_cap: None,
        ..config
    })
}

/// What came with Gemma 2. Of `pattern` blocks the last attends to the whole text, if the file does not say.
fn around(
    fields: &DecoderFields,
    config: Config,
    pattern: usize,
    checked: Checked<'_>,
) -> Result<Config, ModelError> {
    let scalar = fields.query_pre_attn_scalar.unwrap_or(256.0);
    checked.positive("query_pre_attn_scalar", scalar)?;
    checked.sizes(&[("sliding_window_pattern", pattern, usize::MAX)])?;
    let window = fields.sliding_window.unwrap_or(4096);
    let windows = match fields.layer_types {
        Some(_) => fields.windows(0, checked)?,
        None => (1..=config.n_layer)
            .map(|block| (!block.is_multiple_of(pattern)).then_some(window))
            .collect(),
    };
    Ok(Config {
        windows,
        norm_places: NormPlaces::Around,
        attention_scale: scalar.sqrt().recip() as f32,
        attention_soft_cap: fields.attn_logit_softcapping,
        logit_soft_cap: fields.final_logit_softcapping,
        ..config
    })
}
