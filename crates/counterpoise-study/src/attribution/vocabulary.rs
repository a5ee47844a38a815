//! Vectors of the residual stream read as tokens: the probe, and the value vectors of the most toxic neurons.
//!
//! A vector `v` gives token `t` the score `v·W_U[t]`: raw, with neither the last norm's weight nor a soft cap, as Lee et al.
//! read value vectors.

use burn::tensor::Tensor;
use counterpoise_groups::{Measurements, NeuronId};
use counterpoise_model::{Tokenizer, Transformer};
use counterpoise_probe::Probe;
use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use super::AttributionSettings;
use crate::error::{Result, StudyError};

/// Rows of the unembedding that are held in `f64` at once.
const ROWS_TOGETHER: usize = 4096;

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
    let top = top_tokens(model, &vectors, settings.vocabulary_tokens, ROWS_TOGETHER)?;
    let token = |&(id, score): &(u32, f64)| VocabularyToken {
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

/// For each vector the `count` tokens with the highest scores; ties by number. The unembedding is read by `rows_together`.
fn top_tokens(
    model: &Transformer,
    vectors: &[(String, f64, Vec<f64>)],
    count: usize,
    rows_together: usize,
) -> Result<Vec<Vec<(u32, f64)>>> {
    let d_model = model.d_model();
    let onto = Array2::from_shape_fn((d_model, vectors.len()), |(x, k)| vectors[k].2[x]);
    let unembedding = model.unembedding(); // [vocab_size, d_model]
    let [vocab_size, _] = unembedding.dims();
    let mut best: Vec<Vec<(u32, f64)>> = vec![Vec::new(); vectors.len()];
    for start in (0..vocab_size).step_by(rows_together) {
        let rows = rows_together.min(vocab_size - start);
        let part = read(unembedding.clone().narrow(0, start, rows))?;
        let part =
            Array2::from_shape_fn((rows, d_model), |(t, x)| f64::from(part[t * d_model + x]));
        let scores = part.dot(&onto); // [rows, vectors]
        for (best, scores) in best.iter_mut().zip(scores.axis_iter(Axis(1))) {
            let found = scores.iter().enumerate();
            best.extend(found.map(|(row, &score)| ((start + row) as u32, score)));
            best.sort_by(|a, b| b.1.total_cmp(&a.1)); // stable
            best.truncate(count);
        }
    }
    Ok(best)
}

fn text_of(tokenizer: &Tokenizer, id: u32) -> Option<String> {
    let text = tokenizer.decode(&[id]).ok()?;
    (!text.contains(char::REPLACEMENT_CHARACTER)).then_some(text)
}

fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    tensor.try_into_vec_as::<f32>().map_err(|error| {
        StudyError::Refused(format!(
            "weights could not be read from their device: {error}"
        ))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;
    use counterpoise_model::Config;

    use super::*;

    #[test]
    fn the_unembedding_may_be_read_in_parts() {
        let model = Transformer::init(&Config::new(50, 8, 4, 1, 2), 3, &Device::flex());
        let vectors = [("v".to_owned(), 1.0, vec![1.0, -2.0, 0.5, 0.25])];
        let top = |rows| top_tokens(&model, &vectors, 6, rows).unwrap().remove(0);
        let whole = top(50);
        assert_eq!(whole.len(), 6);
        assert!(whole.is_sorted_by(|a, b| a.1 >= b.1));
        for rows in [1, 7, 49] {
            for (part, whole) in top(rows).iter().zip(&whole) {
                assert_eq!(part.0, whole.0);
                assert!((part.1 - whole.1).abs() < 1e-12);
            }
        }
    }
}
