//! `config.json` of a sequence classifier.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use counterpoise_data::read_json;
use counterpoise_model::Activation;
use serde::Deserialize;
use serde_json::Value;

use crate::EncoderError;
use crate::labels::{Labels, ProblemType};

/// What the file is, in errors.
const SHAPE: &str = "the configuration of a sequence classifier with model_type, vocab_size, hidden_size, num_hidden_layers, \
                     num_attention_heads, intermediate_size and max_position_embeddings";

/// Far above any encoder, and small enough to be multiplied without overflow.
const LARGEST_SIZE: usize = 1 << 24;

/// Far above any encoder, and few enough to be listed before the weights are looked at.
const MOST_LAYERS: usize = 1 << 12;

/// The families of encoders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `BertForSequenceClassification`: positions from 0; a pooler, then a classifier, on `[CLS]`.
    Bert,
    /// `RobertaForSequenceClassification`: positions after the padding token's; a classifier of two layers on `<s>`.
    Roberta,
}

impl Family {
    /// The class of `transformers`.
    pub fn architecture(self) -> &'static str {
        match self {
            Self::Bert => "BertForSequenceClassification",
            Self::Roberta => "RobertaForSequenceClassification",
        }
    }

    /// `model_type`, which is also what the encoder's weights are named under.
    pub fn model_type(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::Roberta => "roberta",
        }
    }
}

/// The fields of `config.json` that decide what the model computes.
#[derive(Debug, Clone)]
pub struct EncoderConfig {
    /// The family.
    pub family: Family,
    /// Number of tokens.
    pub vocab_size: usize,
    /// Width of the residual stream.
    pub hidden_size: usize,
    /// Number of blocks.
    pub num_hidden_layers: usize,
    /// Attention heads per block.
    pub num_attention_heads: usize,
    /// Neurons per MLP.
    pub intermediate_size: usize,
    /// The MLP's non-linearity.
    pub hidden_act: Activation,
    /// Rows of the position embedding.
    pub max_position_embeddings: usize,
    /// Rows of the token type embedding; a text is of type 0.
    pub type_vocab_size: usize,
    /// Added to the variance in every layer norm.
    pub layer_norm_eps: f64,
    /// The padding token, after which RoBERTa counts its positions.
    pub pad_token_id: u32,
    /// What the outputs are called.
    pub labels: Labels,
    /// How logits become scores, where the file says so.
    pub problem_type: Option<ProblemType>,
    /// The file.
    pub path: PathBuf,
    architectures: Option<Vec<String>>,
}

/// The file as it is written.
#[derive(Deserialize)]
struct Stored {
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    #[serde(default)]
    type_vocab_size: Option<usize>,
    #[serde(default)]
    hidden_act: Option<String>,
    #[serde(default)]
    layer_norm_eps: Option<f64>,
    #[serde(default)]
    pad_token_id: Option<u32>,
    #[serde(default)]
    position_embedding_type: Option<String>,
    #[serde(default)]
    is_decoder: Option<bool>,
    #[serde(default)]
    add_cross_attention: Option<bool>,
    #[serde(default)]
    problem_type: Option<String>,
    #[serde(default)]
    id2label: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    label2id: Option<BTreeMap<String, Value>>,
}

/// What says which model it is, read before anything that only classifiers have.
#[derive(Deserialize)]
struct Kind {
    #[serde(default)]
    model_type: Option<String>,
    #[serde(default)]
    architectures: Option<Vec<String>>,
}

impl EncoderConfig {
    /// Reads `config.json` in a folder.
    ///
    /// # Errors
    /// A file that cannot be read, is of another model, or describes one that would be computed wrongly.
    pub fn read(folder: &Path) -> Result<Self, EncoderError> {
        let path = folder.join("config.json");
        let kind: Kind = read_json(&path, SHAPE)?;
        let family = match kind.model_type.as_deref() {
            Some("bert") => Family::Bert,
            Some("roberta") => Family::Roberta,
            other => {
                let named = |name: &str| format!("`model_type` {name}");
                let found = other.map_or("no `model_type`".to_owned(), named);
                return Err(EncoderError::NotAClassifier { path, found });
            }
        };
        let stored: Stored = read_json(&path, SHAPE)?;
        stored.check(&path)?;
        let activation = stored.hidden_act.as_deref().unwrap_or("gelu");
        let hidden_act = Activation::named(activation)
            .ok_or_else(|| unsupported(&path, "hidden_act", Activation::names(), activation))?;
        let pad_token_id = stored.pad_token_id.unwrap_or(match family {
            Family::Bert => 0,
            Family::Roberta => 1,
        });
        let problem_type =
            match stored.problem_type.as_deref() {
                None => None,
                Some(name) => Some(ProblemType::named(name).ok_or_else(|| {
                    unsupported(&path, "problem_type", ProblemType::names(), name)
                })?),
            };
        let config = Self {
            labels: Labels::of_config(&path, stored.id2label, stored.label2id)?,
            family,
            vocab_size: stored.vocab_size,
            hidden_size: stored.hidden_size,
            num_hidden_layers: stored.num_hidden_layers,
            num_attention_heads: stored.num_attention_heads,
            intermediate_size: stored.intermediate_size,
            hidden_act,
            max_position_embeddings: stored.max_position_embeddings,
            type_vocab_size: stored.type_vocab_size.unwrap_or(2),
            layer_norm_eps: stored.layer_norm_eps.unwrap_or(1e-12),
            pad_token_id,
            problem_type,
            architectures: kind.architectures,
            path,
        };
        if config.max_tokens() < 2 {
            let least = format!("more than {}", config.max_position_embeddings);
            let found = config.max_position_embeddings;
            return Err(unsupported(
                &config.path,
                "max_position_embeddings",
                least,
                found,
            ));
        }
        Ok(config)
    }

    /// Refuses a model whose own weights are not a classifier's.
    ///
    /// # Errors
    /// `architectures` that name another class.
    pub(crate) fn check_architecture(&self) -> Result<(), EncoderError> {
        let expected = self.family.architecture();
        match &self.architectures {
            Some(names) if !names.iter().any(|name| name == expected) => {
                Err(EncoderError::NotAClassifier {
                    path: self.path.clone(),
                    found: format!("`architectures` {}", names.join(", ")),
                })
            }
            _ => Ok(()),
        }
    }

    /// Positions before the first that a text may use.
    pub(crate) fn first_position(&self) -> usize {
        match self.family {
            Family::Bert => 0,
            Family::Roberta => self.pad_token_id as usize + 1,
        }
    }

    /// The longest text, in tokens, special ones included.
    pub fn max_tokens(&self) -> usize {
        self.max_position_embeddings
            .saturating_sub(self.first_position())
    }
}

impl Stored {
    /// Refuses what would silently be computed differently.
    fn check(&self, path: &Path) -> Result<(), EncoderError> {
        for (field, size, most) in [
            ("vocab_size", self.vocab_size, LARGEST_SIZE),
            ("hidden_size", self.hidden_size, LARGEST_SIZE),
            ("num_hidden_layers", self.num_hidden_layers, MOST_LAYERS),
            (
                "num_attention_heads",
                self.num_attention_heads,
                LARGEST_SIZE,
            ),
            ("intermediate_size", self.intermediate_size, LARGEST_SIZE),
            (
                "max_position_embeddings",
                self.max_position_embeddings,
                LARGEST_SIZE,
            ),
            (
                "type_vocab_size",
                self.type_vocab_size.unwrap_or(2),
                LARGEST_SIZE,
            ),
        ] {
            if !(1..=most).contains(&size) {
                return Err(unsupported(path, field, format!("1 to {most}"), size));
            }
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            let expected = format!(
                "a multiple of num_attention_heads ({})",
                self.num_attention_heads
            );
            return Err(unsupported(path, "hidden_size", expected, self.hidden_size));
        }
        if let Some(eps) = self
            .layer_norm_eps
            .filter(|eps| !(*eps >= 0.0 && eps.is_finite()))
        {
            return Err(unsupported(
                path,
                "layer_norm_eps",
                "0 or more".to_owned(),
                eps,
            ));
        }
        if let Some(kind) = self
            .position_embedding_type
            .as_deref()
            .filter(|kind| *kind != "absolute")
        {
            return Err(unsupported(
                path,
                "position_embedding_type",
                "absolute".to_owned(),
                kind,
            ));
        }
        for (field, set) in [
            ("is_decoder", self.is_decoder),
            ("add_cross_attention", self.add_cross_attention),
        ] {
            if set == Some(true) {
                return Err(unsupported(path, field, "false".to_owned(), "true"));
            }
        }
        Ok(())
    }
}

fn unsupported(
    path: &Path,
    field: &'static str,
    expected: String,
    found: impl ToString,
) -> EncoderError {
    EncoderError::Unsupported {
        path: path.to_owned(),
        field,
        expected,
        found: found.to_string(),
    }
}
