//! Vectors of the residual stream read as tokens: the probe, and the value vectors of the most toxic neurons.
//!
//! A vector `v` gives token `t` the score `v·W_U[t]`: raw, with neither the last norm's weight nor a soft cap, as Lee et al.
//! read value vectors.

use counterpoise_groups::{Measurements, NeuronId};
use counterpoise_model::{Tokenizer, Transformer};
use counterpoise_probe::Probe;
use serde::{Deserialize, Serialize};

use super::AttributionSettings;
use super::nearest_tokens::{ScoredToken, Unembedding, read};
use crate::error::Result;

/// What vectors say in tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VocabularyResults {
    /// What scores are.
    pub score: String,
    /// Whose unembedding it is: the base model's token embedding, or a head of its own.
    pub unembedding: String,
    /// The probe, then neurons, the most toxic first.
    pub rows: Vec<VocabularyRow>,
}

/// One vector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VocabularyRow {
    /// `probe`, or the neuron whose value vector it is.
    pub vector: String,
    /// Its cosine to the probe.
    pub cosine: f64,
    /// The tokens with the highest scores, highest first.
    pub tokens: Vec<VocabularyToken>,
}

/// One token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VocabularyToken {
    /// Its number.
    pub id: u32,
    /// Its text; none where a token alone is no text, as a part of a character is not.
    pub text: Option<String>,
    /// Its score.
    pub score: f64,
}

impl VocabularyToken {
    /// Its text in quotes, so that its spaces are seen; its number where it is no text.
    pub(crate) fn shown(&self) -> String {
        match &self.text {
            Some(text) => format!("{text:?}"),
            None => format!("#{}", self.id),
        }
    }
}

/// Reads the probe and the value vectors of the most toxic neurons of the base model as tokens; `None` if the study asks
/// for none.
///
/// # Errors
/// Weights that cannot be read.
pub fn vocabulary(
    model: &Transformer,
    tokenizer: &Tokenizer,
    probe: &Probe,
    neurons: &Measurements,
    settings: AttributionSettings,
) -> Result<Option<VocabularyResults>> {
    if settings.vocabulary_neurons == 0 {
        return Ok(None);
    }
    let mut vectors = vec![("probe".to_owned(), 1.0, probe.unit())];
    for (id, cosine) in most_toxic(neurons, settings.vocabulary_neurons) {
        let value = value_vector(model, id)?;
        vectors.push((id.to_string(), cosine, value));
    }
    let all: Vec<f64> = vectors
        .iter()
        .flat_map(|(_, _, vector)| vector.clone())
        .collect();
    let top = Unembedding::of(model)?.nearest(&all, settings.vocabulary_tokens)?;
    let token = |&(id, score): &ScoredToken| VocabularyToken {
        id,
        text: text_of(tokenizer, id),
        score,
    };
    let rows = vectors.into_iter().zip(top);
    let rows = rows.map(|((vector, cosine, _), tokens)| VocabularyRow {
        vector,
        cosine,
        tokens: tokens.iter().map(token).collect(),
    });
    let tied = match model.unembed {
        None => "the token embedding, which is the head too",
        Some(_) => "a matrix of its own",
    };
    Ok(Some(VocabularyResults {
        score: "v·W_U[t], of the unit probe and of raw value vectors; the last norm's weight is not folded in"
            .to_owned(),
        unembedding: format!("the base model's: {tied}"),
        rows: rows.collect(),
    }))
}

/// The toxic neurons with the highest cosines, ties by layer, then neuron.
fn most_toxic(neurons: &Measurements, count: usize) -> Vec<(NeuronId, f64)> {
    let layers = neurons.cosine.iter().enumerate();
    let mut toxic: Vec<(NeuronId, f64)> = layers
        .flat_map(|(layer, cosines)| {
            let cosines = cosines.iter().enumerate();
            cosines.map(move |(neuron, &cosine)| (NeuronId { layer, neuron }, cosine))
        })
        .filter(|(_, cosine)| *cosine > 0.0)
        .collect();
    toxic.sort_by(|a, b| b.1.total_cmp(&a.1)); // stable
    toxic.truncate(count);
    toxic
}

/// A value vector. `[d_model]`
fn value_vector(model: &Transformer, id: NeuronId) -> Result<Vec<f64>> {
    let values = model.neurons(id.layer).values; // [d_mlp, d_model]
    let value = read(values.narrow(0, id.neuron, 1))?;
    Ok(value.into_iter().map(f64::from).collect())
}

/// A token's text; none where it alone is no text.
pub(super) fn text_of(tokenizer: &Tokenizer, id: u32) -> Option<String> {
    let text = tokenizer.decode(&[id]).ok()?;
    (!text.contains(char::REPLACEMENT_CHARACTER)).then_some(text)
}
