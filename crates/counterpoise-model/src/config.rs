//! `config.json`: the sizes of a GPT-2 model.

use std::path::{Path, PathBuf};

use counterpoise_data::read_json;
use serde::{Deserialize, Serialize};

use crate::activation::Activation;
use crate::stored_config::Stored;
use crate::{EndTokens, ModelError};

/// The fields of a Hugging Face GPT-2 `config.json` that decide what the model computes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Config {
    /// `gpt2`; what a folder without it is taken for.
    pub model_type: String,
    /// Number of tokens.
    pub vocab_size: usize,
    /// Longest text, in tokens.
    pub n_positions: usize,
    /// Width of the residual stream, `d_model`.
    pub n_embd: usize,
    /// Number of blocks.
    pub n_layer: usize,
    /// Attention heads per block.
    pub n_head: usize,
    /// Neurons per MLP, `d_mlp`; `4 * n_embd` when absent.
    pub n_inner: Option<usize>,
    /// Added to the variance in every layer norm.
    pub layer_norm_epsilon: f64,
    /// The MLP's non-linearity by its name in `transformers`; GPT-2's is `gelu_new`.
    pub activation_function: String,
    /// The token that begins a text; nothing here uses it.
    pub bos_token_id: Option<u32>,
    /// The tokens that end a text.
    pub eos_token_id: Option<EndTokens>,
    /// Whether `lm_head` shares the token embedding, as in every published GPT-2.
    pub tie_word_embeddings: bool,
    /// Whether attention scores are divided by the square root of `d_head`.
    pub scale_attn_weights: bool,
    /// Whether attention scores are also divided by the block's number, counted from 1; not in GPT-2.
    pub scale_attn_by_inverse_layer_idx: bool,
}

/// What the file is, in errors.
const SHAPE: &str =
    "a GPT-2 configuration with vocab_size, n_positions, n_embd, n_layer and n_head";

/// Far above any GPT-2, and small enough to be multiplied without overflow.
const LARGEST_SIZE: usize = 1 << 24;

/// Far above any GPT-2, and few enough to be set up before the weights are looked at.
const MOST_LAYERS: usize = 1 << 12;

impl Config {
    /// A GPT-2 of the given sizes, everything else as published.
    pub fn new(
        vocab_size: usize,
        n_positions: usize,
        n_embd: usize,
        n_layer: usize,
        n_head: usize,
    ) -> Self {
        Self {
            model_type: "gpt2".to_owned(),
            vocab_size,
            n_positions,
            n_embd,
            n_layer,
            n_head,
            n_inner: None,
            layer_norm_epsilon: 1e-5,
            activation_function: "gelu_new".to_owned(),
            bos_token_id: None,
            eos_token_id: None,
            tie_word_embeddings: true,
            scale_attn_weights: true,
            scale_attn_by_inverse_layer_idx: false,
        }
    }

    /// Reads `config.json` from a file, or from the folder that holds it.
    ///
    /// # Errors
    /// A file that cannot be read, is not such JSON, or describes a model that is not a GPT-2.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let path = if path.is_dir() {
            path.join("config.json")
        } else {
            path.to_owned()
        };
        let config: Self = read_json(&path, SHAPE)?;
        config.check(&path)?;
        Ok(config)
    }

    /// Neurons per MLP.
    pub fn d_mlp(&self) -> usize {
        self.n_inner.unwrap_or(4 * self.n_embd)
    }

    /// Width of one attention head.
    pub fn d_head(&self) -> usize {
        self.n_embd / self.n_head
    }

    /// The MLP's non-linearity: GPT-2's, unless the name is that of another one.
    pub(crate) fn activation(&self) -> Activation {
        Activation::named(&self.activation_function).unwrap_or(Activation::GeluTanh)
    }

    /// What the attention scores of block `layer` are multiplied by before the softmax.
    pub(crate) fn attention_scale(&self, layer: usize) -> f32 {
        let scale = match self.scale_attn_weights {
            true => (self.d_head() as f32).sqrt().recip(),
            false => 1.0,
        };
        match self.scale_attn_by_inverse_layer_idx {
            true => scale / (layer + 1) as f32,
            false => scale,
        }
    }

    /// Refuses what this model would silently compute differently.
    fn check(&self, path: &Path) -> Result<(), ModelError> {
        let unsupported = |field: &'static str, expected: &str, found: String| {
            Err(ModelError::Unsupported {
                path: PathBuf::from(path),
                field,
                expected: expected.to_owned(),
                found,
            })
        };
        for (field, size, most) in [
            ("vocab_size", self.vocab_size, LARGEST_SIZE),
            ("n_positions", self.n_positions, LARGEST_SIZE),
            ("n_embd", self.n_embd, LARGEST_SIZE),
            ("n_layer", self.n_layer, MOST_LAYERS),
            ("n_head", self.n_head, LARGEST_SIZE),
            ("n_inner", self.n_inner.unwrap_or(1), LARGEST_SIZE),
        ] {
            if !(1..=most).contains(&size) {
                return unsupported(field, &format!("1 to {most}"), size.to_string());
            }
        }
        if self.layer_norm_epsilon <= 0.0 {
            let found = self.layer_norm_epsilon.to_string();
            return unsupported("layer_norm_epsilon", "a number above 0", found);
        }
        if self.model_type != "gpt2" {
            return unsupported("model_type", "gpt2", self.model_type.clone());
        }
        if !self.n_embd.is_multiple_of(self.n_head) {
            let expected = format!("a divisor of n_embd = {}", self.n_embd);
            return unsupported("n_head", &expected, self.n_head.to_string());
        }
        if Activation::named(&self.activation_function).is_none() {
            let found = self.activation_function.clone();
            return unsupported("activation_function", &Activation::names(), found);
        }
        Ok(())
    }
}
