//! The fields of `config.json` that Llama's family and those after it share.

use std::path::Path;

use counterpoise_data::read_json;
use serde::Deserialize;

use super::Family;
use super::rope::{RopeFields, RopeParameters};
use super::sizes::{Checked, LARGEST_SIZE, MOST_LAYERS};
use crate::{
    Activation, Bias, Biases, BlockOrder, Config, EndTokens, MlpKind, ModelError, NormKind,
    NormPlaces, PositionEncoding,
};

/// What the file is, in errors.
const SHAPE: &str = "a configuration with vocab_size, hidden_size, intermediate_size, num_hidden_layers, \
     num_attention_heads and max_position_embeddings";

/// The fields that decide what a model computes.
#[derive(Deserialize)]
pub(super) struct DecoderFields {
    pub(super) vocab_size: usize,
    pub(super) hidden_size: usize,
    pub(super) intermediate_size: usize,
    pub(super) num_hidden_layers: usize,
    pub(super) num_attention_heads: usize,
    #[serde(default)]
    pub(super) num_key_value_heads: Option<usize>,
    #[serde(default)]
    pub(super) head_dim: Option<usize>,
    pub(super) max_position_embeddings: usize,
    #[serde(default)]
    pub(super) rms_norm_eps: Option<f64>,
    #[serde(default)]
    pub(super) layer_norm_eps: Option<f64>,
    #[serde(default)]
    pub(super) hidden_act: Option<String>,
    #[serde(default)]
    pub(super) hidden_activation: Option<String>,
    #[serde(default)]
    pub(super) rope_theta: Option<f64>,
    #[serde(default)]
    pub(super) rope_local_base_freq: Option<f64>,
    #[serde(default)]
    pub(super) rope_scaling: Option<RopeFields>,
    #[serde(default)]
    pub(super) rope_parameters: Option<RopeParameters>,
    #[serde(default)]
    pub(super) partial_rotary_factor: Option<f64>,
    #[serde(default)]
    pub(super) rotary_pct: Option<f64>,
    #[serde(default)]
    pub(super) rotary_emb_base: Option<f64>,
    #[serde(default)]
    pub(super) use_parallel_residual: Option<bool>,
    #[serde(default)]
    pub(super) query_pre_attn_scalar: Option<f64>,
    #[serde(default)]
    pub(super) attn_logit_softcapping: Option<f32>,
    #[serde(default)]
    pub(super) final_logit_softcapping: Option<f32>,
    #[serde(default)]
    pub(super) sliding_window_pattern: Option<usize>,
    #[serde(default)]
    pub(super) use_bidirectional_attention: Option<bool>,
    #[serde(default)]
    pub(super) attention_bias: Option<bool>,
    #[serde(default)]
    pub(super) mlp_bias: Option<bool>,
    #[serde(default)]
    pub(super) sliding_window: Option<usize>,
    #[serde(default)]
    pub(super) use_sliding_window: Option<bool>,
    #[serde(default)]
    pub(super) max_window_layers: Option<usize>,
    #[serde(default)]
    pub(super) layer_types: Option<Vec<String>>,
    #[serde(default)]
    pub(super) tie_word_embeddings: Option<bool>,
    #[serde(default)]
    pub(super) bos_token_id: Option<u32>,
    #[serde(default)]
    pub(super) eos_token_id: Option<EndTokens>,
}

/// Whether a layer has a bias, by a field of the file that may be absent.
pub(super) fn bias(field: Option<bool>) -> Bias {
    match field {
        Some(true) => Bias::Added,
        Some(false) | None => Bias::Absent,
    }
}

impl DecoderFields {
    pub(super) fn read(path: &Path) -> Result<Self, ModelError> {
        read_json(path, SHAPE).map_err(ModelError::from)
    }

    /// A model of `family`: root-mean-square norms before attention and a gated MLP, rotary positions, every column
    /// attended to, biases in attention and MLP where the file says so, a head of its own unless the file says otherwise.
    pub(super) fn config(
        &self,
        family: &'static Family,
        path: &Path,
    ) -> Result<Config, ModelError> {
        let checked = Checked(path);
        let n_head = self.num_attention_heads;
        let n_kv_head = self.num_key_value_heads.unwrap_or(n_head);
        checked.sizes(&[
            ("vocab_size", self.vocab_size, LARGEST_SIZE),
            (
                "max_position_embeddings",
                self.max_position_embeddings,
                LARGEST_SIZE,
            ),
            ("hidden_size", self.hidden_size, LARGEST_SIZE),
            ("intermediate_size", self.intermediate_size, LARGEST_SIZE),
            ("num_hidden_layers", self.num_hidden_layers, MOST_LAYERS),
            ("num_attention_heads", n_head, LARGEST_SIZE),
            ("num_key_value_heads", n_kv_head, LARGEST_SIZE),
            ("head_dim", self.head_dim.unwrap_or(1), LARGEST_SIZE),
        ])?;
        let Some(epsilon) = self.rms_norm_eps else {
            return checked.unsupported("rms_norm_eps", "a number above 0", "not there");
        };
        checked.positive("rms_norm_eps", epsilon)?;
        let heads = ("num_attention_heads", n_head);
        checked.divisor("num_key_value_heads", n_kv_head, heads)?;
        let d_head = match self.head_dim {
            Some(d_head) => d_head,
            None => {
                let width = ("hidden_size", self.hidden_size);
                checked.divisor("num_attention_heads", n_head, width)?;
                self.hidden_size / n_head
            }
        };
        let name = self.hidden_activation.as_ref().or(self.hidden_act.as_ref());
        let Some(activation) = name.and_then(|name| Activation::named(name)) else {
            let found = name.map_or("not there", String::as_str);
            return checked.unsupported("hidden_act", Activation::names(), found);
        };
        let attention = bias(self.attention_bias);
        Ok(Config {
            family,
            d_mlp: self.intermediate_size,
            n_kv_head,
            d_head,
            norm: NormKind::Rms,
            norm_epsilon: epsilon,
            norm_places: NormPlaces::Before,
            block_order: BlockOrder::Sequential,
            positions: PositionEncoding::Rotary(self.rope().rotary(
                self.rope_theta,
                1.0,
                d_head,
                self.max_position_embeddings,
                checked,
            )?),
            attention_scale: (d_head as f32).sqrt().recip(),
            mlp: MlpKind::Gated,
            activation,
            biases: Biases {
                qkv: attention,
                attn_out: attention,
                mlp: bias(self.mlp_bias),
                norm: Bias::Absent,
            },
            tie_word_embeddings: self.tie_word_embeddings.unwrap_or(false),
            bos_token_id: self.bos_token_id,
            eos_token_id: self.eos_token_id.clone(),
            ..Config::new(
                self.vocab_size,
                self.max_position_embeddings,
                self.hidden_size,
                self.num_hidden_layers,
                n_head,
            )
        })
    }

    /// What is said of the rotation in all blocks.
    pub(super) fn rope(&self) -> RopeFields {
        match (&self.rope_parameters, &self.rope_scaling) {
            (Some(RopeParameters::OfAll(fields)), _) | (None, Some(fields)) => fields.clone(),
            _ => RopeFields::default(),
        }
    }

    /// What is said of the rotation in blocks of this kind, as `layer_types` names it; before `transformers` 5, a scaling
    /// was that of `full_attention`.
    pub(super) fn rope_of(&self, kind: &str) -> Option<RopeFields> {
        match (&self.rope_parameters, &self.rope_scaling) {
            (Some(RopeParameters::OfKinds(kinds)), _) => kinds.get(kind).cloned(),
            (_, Some(fields)) if kind == "full_attention" => Some(fields.clone()),
            _ => None,
        }
    }

    /// Which blocks attend to a window alone: by `layer_types`, or else those from `first` on.
    pub(super) fn windows(
        &self,
        first: usize,
        checked: Checked<'_>,
    ) -> Result<Vec<Option<usize>>, ModelError> {
        if let Some(0) = self.sliding_window {
            return checked.unsupported("sliding_window", "null, or at least 1", 0);
        }
        let Some(types) = &self.layer_types else {
            let window = |layer| self.sliding_window.filter(|_| layer >= first);
            return Ok((0..self.num_hidden_layers).map(window).collect());
        };
        if types.len() != self.num_hidden_layers {
            let expected = format!("one for each of {} blocks", self.num_hidden_layers);
            return checked.unsupported("layer_types", expected, types.len());
        }
        let window = |kind: &String| match (kind.as_str(), self.sliding_window) {
            ("full_attention", _) => Ok(None),
            ("sliding_attention", Some(window)) => Ok(Some(window)),
            ("sliding_attention", None) => {
                checked.unsupported("sliding_window", "a number, as layer_types has it", "null")
            }
            (other, _) => {
                let expected = "full_attention or sliding_attention for each block";
                checked.unsupported("layer_types", expected, other)
            }
        };
        types.iter().map(window).collect()
    }
}
