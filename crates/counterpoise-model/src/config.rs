//! What a model computes: its sizes and its parts, whichever family it is of.

use std::path::Path;

use burn::tensor::Device;
use serde::{Serialize, Serializer};

use crate::arch::{Family, gpt2, read};
use crate::{Activation, Bias, EndTokens, ModelError, Norm, NormKind, Rotary};

/// What a model computes, as its family's `config.json` says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Which names its fields and weights have.
    pub family: &'static Family,
    /// Number of tokens.
    pub vocab_size: usize,
    /// Longest text, in tokens.
    pub n_positions: usize,
    /// Width of the residual stream.
    pub d_model: usize,
    /// Number of blocks.
    pub n_layer: usize,
    /// Attention heads per block.
    pub n_head: usize,
    /// Heads of keys and values per block; fewer than `n_head` where several heads of queries share them.
    pub n_kv_head: usize,
    /// Width of one attention head.
    pub d_head: usize,
    /// Neurons per MLP.
    pub d_mlp: usize,
    /// How norms scale.
    pub norm: NormKind,
    /// Added to the variance or the mean square in every norm.
    pub norm_epsilon: f64,
    /// Where the norms of a block are.
    pub norm_places: NormPlaces,
    /// Norms of queries and keys.
    pub qk_norm: Option<QkNorm>,
    /// Whether the MLP sees what attention adds.
    pub block_order: BlockOrder,
    /// How tokens know their positions.
    pub positions: PositionEncoding,
    /// The rotation in blocks with a sliding window, where it is another.
    pub local_rotary: Option<Rotary>,
    /// How many columns back a block's attention reaches, its own included; blocks that are not listed reach all.
    pub windows: Vec<Option<usize>>,
    /// What attention scores are multiplied by before the softmax.
    pub attention_scale: f32,
    /// Whether attention scores are also divided by the block's number, counted from 1.
    pub scale_attn_by_inverse_layer_idx: bool,
    /// Attention scores are brought below this by a hyperbolic tangent.
    pub attention_soft_cap: Option<f32>,
    /// Whether the MLP has a gate.
    pub mlp: MlpKind,
    /// The MLP's non-linearity.
    pub activation: Activation,
    /// Which layers add a bias.
    pub biases: Biases,
    /// What token embeddings are multiplied by.
    pub embed_scale: Option<f32>,
    /// Logits are brought below this by a hyperbolic tangent.
    pub logit_soft_cap: Option<f32>,
    /// Whether the output head is the token embedding.
    pub tie_word_embeddings: bool,
    /// The token that begins a text; nothing here uses it.
    pub bos_token_id: Option<u32>,
    /// The tokens that end a text.
    pub eos_token_id: Option<EndTokens>,
}

/// Where the norms of a block are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NormPlaces {
    /// Before attention and before the MLP.
    Before,
    /// After each, before its output is added to the residual stream.
    After,
    /// Before and after each.
    Around,
}

/// What a norm of queries and keys is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QkNorm {
    /// Each head alone.
    PerHead,
    /// All heads together.
    Whole,
}

/// Whether a block's MLP sees what its attention adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockOrder {
    /// It does.
    Sequential,
    /// It does not: both read what enters the block.
    Parallel,
}

/// How tokens know their positions.
#[derive(Debug, Clone, PartialEq)]
pub enum PositionEncoding {
    /// By an embedding that is added to the token's. Its first `offset` rows belong to no position.
    Learned {
        /// Rows before that of position 0.
        offset: usize,
    },
    /// By rotating queries and keys.
    Rotary(Rotary),
}

/// Whether an MLP has a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MlpKind {
    /// `act(h·up)·down`
    Plain,
    /// `(act(h·gate)·(h·up))·down`
    Gated,
}

/// Which layers of a block add a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Biases {
    /// Queries, keys and values.
    pub qkv: Bias,
    /// The output of attention.
    pub attn_out: Bias,
    /// Both sides of the MLP.
    pub mlp: Bias,
    /// Norms.
    pub norm: Bias,
}

impl Config {
    /// A GPT-2 of the given sizes, everything else as published.
    pub fn new(
        vocab_size: usize,
        n_positions: usize,
        d_model: usize,
        n_layer: usize,
        n_head: usize,
    ) -> Self {
        let d_head = d_model.checked_div(n_head).unwrap_or(0);
        Self {
            family: &gpt2::FAMILY,
            vocab_size,
            n_positions,
            d_model,
            n_layer,
            n_head,
            n_kv_head: n_head,
            d_head,
            d_mlp: 4 * d_model,
            norm: NormKind::Layer,
            norm_epsilon: 1e-5,
            norm_places: NormPlaces::Before,
            qk_norm: None,
            block_order: BlockOrder::Sequential,
            positions: PositionEncoding::Learned { offset: 0 },
            local_rotary: None,
            windows: Vec::new(),
            attention_scale: (d_head as f32).sqrt().recip(),
            scale_attn_by_inverse_layer_idx: false,
            attention_soft_cap: None,
            mlp: MlpKind::Plain,
            activation: Activation::GeluTanh,
            biases: Biases {
                qkv: Bias::Added,
                attn_out: Bias::Added,
                mlp: Bias::Added,
                norm: Bias::Added,
            },
            embed_scale: None,
            logit_soft_cap: None,
            tie_word_embeddings: true,
            bos_token_id: None,
            eos_token_id: None,
        }
    }

    /// Reads `config.json` from a file, or from the folder that holds it.
    ///
    /// # Errors
    /// A file that cannot be read, is not such JSON, or describes a model that would be computed wrongly here.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        match path.is_dir() {
            true => read(&path.join("config.json")),
            false => read(path),
        }
    }

    /// How many columns back the attention of block `layer` reaches.
    pub fn window(&self, layer: usize) -> Option<usize> {
        self.windows.get(layer).copied().flatten()
    }

    /// What the attention scores of block `layer` are multiplied by before the softmax.
    pub(crate) fn scale(&self, layer: usize) -> f32 {
        match self.scale_attn_by_inverse_layer_idx {
            true => self.attention_scale / (layer + 1) as f32,
            false => self.attention_scale,
        }
    }

    /// A new norm of the residual stream.
    pub(crate) fn norm_of(&self, width: usize, device: &Device) -> Norm {
        Norm::init(
            self.norm,
            self.norm_epsilon,
            width,
            self.biases.norm,
            device,
        )
    }
}

/// As `config.json` of a GPT-2, the only family of which new models are made; a tuned model of any family has the file of
/// its base.
impl Serialize for Config {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        gpt2::serialize(self, serializer)
    }
}
