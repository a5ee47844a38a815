//! A sequence classifier of the BERT family: embeddings, blocks, and a head on each text's first token.

use burn::tensor::activation::tanh;
use burn::tensor::{Device, Tensor};
use counterpoise_model::{PostNorm, norm_of_sum};

use crate::EncoderError;
use crate::block::Block;
use crate::linear::Linear;
use crate::rows::Rows;

/// A BERT or RoBERTa with a classification head, for inference.
///
/// Texts are laid end to end and never padded: what a text gives depends on its own tokens alone.
#[derive(Debug)]
pub struct SequenceClassifier {
    pub(crate) embeddings: Embeddings,
    pub(crate) layers: Vec<Block>,
    /// The layer before the hyperbolic tangent: BERT's pooler, RoBERTa's `classifier.dense`.
    pub(crate) dense: Linear,
    /// The layer that gives the logits.
    pub(crate) out: Linear,
    pub(crate) vocab_size: usize,
    pub(crate) first_position: usize,
    /// A token that does not count as a position, where there is one.
    pub(crate) padding: Option<u32>,
    pub(crate) max_tokens: usize,
}

/// What tokens and positions begin as.
#[derive(Debug)]
pub(crate) struct Embeddings {
    /// `[vocab_size, d]`
    pub(crate) word: Tensor<2>,
    /// `[max_position_embeddings, d]`
    pub(crate) position: Tensor<2>,
    /// Its bias is the embedding of token type 0.
    pub(crate) norm: PostNorm,
}

impl Embeddings {
    /// `[1, rows, d]`
    fn forward(&self, rows: &Rows) -> Tensor<3> {
        let words = self.word.clone().select(0, rows.tokens.clone());
        let positions = self.position.clone().select(0, rows.positions.clone());
        norm_of_sum(words.unsqueeze(), positions.unsqueeze(), &self.norm)
    }
}

/// Where an activation stands in the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The embeddings' layer norm, `[1, rows, d]`: the rows of all texts, one after the other.
    Embeddings,
    /// What a block gives, `[1, rows, d]`; the last one `[1, texts, d]`, as the head reads only each text's first token.
    Layer(usize),
    /// The hyperbolic tangent that the logits are taken of, `[1, texts, d]`.
    Pooled,
}

impl SequenceClassifier {
    /// The logits of each text, in order: one for each label.
    ///
    /// # Errors
    /// A text without tokens, longer than [`max_tokens`](Self::max_tokens), or with a token that the model does not know;
    /// logits that cannot be read back from the device.
    pub fn logits(&self, texts: &[&[u32]]) -> Result<Vec<Vec<f32>>, EncoderError> {
        self.watched(texts, &mut |_, _| {})
    }

    /// [`logits`](Self::logits), each activation shown on the way.
    ///
    /// # Errors
    /// As for [`logits`](Self::logits).
    pub fn watched(
        &self,
        texts: &[&[u32]],
        seen: &mut dyn FnMut(Stage, &Tensor<3>),
    ) -> Result<Vec<Vec<f32>>, EncoderError> {
        self.check(texts)?;
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let rows = Rows::new(texts, self.first_position, self.padding, &self.device());
        let mut hidden = self.embeddings.forward(&rows);
        seen(Stage::Embeddings, &hidden);
        let last = self.layers.len() - 1;
        for (layer, block) in self.layers.iter().enumerate() {
            hidden = match layer == last {
                true => block.at_firsts(hidden, &rows), // [1, texts, d]
                false => block.forward(hidden, &rows),
            };
            seen(Stage::Layer(layer), &hidden);
        }
        let pooled = tanh(self.dense.forward(hidden));
        seen(Stage::Pooled, &pooled);
        let logits = self.out.forward(pooled); // [1, texts, labels]
        let [_, _, labels] = logits.dims();
        let logits = logits.try_into_vec_as::<f32>();
        let logits = logits.map_err(|error| EncoderError::Output(error.to_string()))?;
        Ok(logits.chunks(labels).map(<[f32]>::to_vec).collect())
    }

    /// The longest text that it reads, in tokens, special ones included.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// The number of outputs.
    pub fn labels(&self) -> usize {
        self.out.bias.dims()[0]
    }

    /// The device that the weights are on.
    pub fn device(&self) -> Device {
        self.embeddings.word.device()
    }

    fn check(&self, texts: &[&[u32]]) -> Result<(), EncoderError> {
        let unknown = |text: &&[u32]| {
            text.iter()
                .find(|&&token| token as usize >= self.vocab_size)
                .copied()
        };
        let found = texts.iter().find_map(|text| match text.len() {
            0 => Some("no tokens".to_owned()),
            length if length > self.max_tokens => Some(format!("{length} tokens")),
            _ => Some(format!("token {}", unknown(text)?)),
        });
        match found {
            None => Ok(()),
            Some(found) => Err(EncoderError::Tokens {
                found,
                most: self.max_tokens,
                vocab_size: self.vocab_size,
            }),
        }
    }
}
