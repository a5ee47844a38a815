//! The nearest tokens of every neuron's value vector, and the file that has them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use counterpoise_data::{Number, ParquetColumn, ParquetFile, write_parquet};
use counterpoise_model::{Tokenizer, Transformer};

use super::nearest_tokens::{Unembedding, read};
use super::vocabulary::text_of;
use crate::error::{Result, refuse};

/// The file's name.
pub(crate) const NEURON_TOKENS_FILE: &str = "neuron_tokens.parquet";

/// Value vectors that are multiplied with the unembedding at once.
const VECTORS_TOGETHER: usize = 2048;

/// The tokens of every neuron, by the score that `vocabulary.md` has: `v_i·W_U[t]` of the base model.
#[derive(Clone, Debug, PartialEq)]
pub struct NeuronTokens {
    /// Neurons of a layer.
    pub d_mlp: usize,
    /// Tokens of a neuron.
    pub each: usize,
    /// Their numbers, by layer, neuron and place, the highest score first. `[n_layer * d_mlp * each]`
    pub ids: Vec<u32>,
    /// Their scores; none if they were read for their texts alone.
    pub scores: Vec<f64>,
    /// The text of each token that is among them; none where a token alone is no text.
    pub texts: BTreeMap<u32, Option<String>>,
}

/// Reads the value vector of every neuron of `model` as the `each` tokens with the highest scores, or as all tokens if there
/// are fewer. `advance` is told of neurons that are done.
///
/// # Errors
/// Weights that cannot be read.
pub fn neuron_tokens(
    model: &Transformer,
    tokenizer: &Tokenizer,
    each: usize,
    advance: &mut dyn FnMut(usize),
) -> Result<NeuronTokens> {
    let (unembedding, d_model) = (Unembedding::of(model)?, model.d_model());
    let [vocab_size, _] = model.unembedding().dims();
    let mut found = NeuronTokens {
        d_mlp: 0,
        each: each.min(vocab_size),
        ids: Vec::new(),
        scores: Vec::new(),
        texts: BTreeMap::new(),
    };
    for layer in 0..model.n_layer() {
        let values = read(model.neurons(layer).values)?; // [d_mlp, d_model]
        found.d_mlp = values.len() / d_model;
        for block in values.chunks(VECTORS_TOGETHER * d_model) {
            let block: Vec<f64> = block.iter().map(|&x| f64::from(x)).collect();
            for (id, score) in unembedding.nearest(&block, each)?.into_iter().flatten() {
                found.ids.push(id);
                found.scores.push(score);
            }
            advance(block.len() / d_model);
        }
    }
    let ids: BTreeSet<u32> = found.ids.iter().copied().collect();
    found.texts = ids
        .into_iter()
        .map(|id| (id, text_of(tokenizer, id)))
        .collect();
    Ok(found)
}

impl NeuronTokens {
    /// Writes a row for each token of each neuron: `layer_idx`, `neuron_idx`, `place` from 0, `token_id`, `token` and
    /// `score`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let whole = |value: &dyn Fn(usize) -> usize| {
            let values = (0..self.ids.len()).map(|row| value(row) as i64);
            ParquetColumn::Whole(values.collect())
        };
        let texts = self
            .ids
            .iter()
            .map(|id| self.texts.get(id).cloned().flatten());
        let columns = [
            ("layer_idx", whole(&|row| row / self.each / self.d_mlp)),
            ("neuron_idx", whole(&|row| row / self.each % self.d_mlp)),
            ("place", whole(&|row| row % self.each)),
            ("token_id", whole(&|row| self.ids[row] as usize)),
            ("token", ParquetColumn::OptionalText(texts.collect())),
            ("score", ParquetColumn::Float(self.scores.clone())),
        ];
        Ok(write_parquet(path, &columns)?)
    }

    /// Reads numbers and texts of a file that [`Self::write`] wrote, of a model with this many neurons, `d_mlp` in each
    /// layer.
    ///
    /// # Errors
    /// A file that is broken, or of another model.
    pub(crate) fn read(path: &Path, neurons: usize, d_mlp: usize) -> Result<Self> {
        let file = ParquetFile::read(path)?;
        let (rows, each) = (file.rows(), file.rows() / neurons.max(1));
        if each == 0 || rows != each * neurons {
            refuse!(
                "{}: expected as many rows for each of {neurons} neurons, found {rows} rows; run the study again",
                path.display()
            );
        }
        let [layers, places_in_layer, places, ids] =
            ["layer_idx", "neuron_idx", "place", "token_id"].map(|name| whole(path, &file, name));
        let (layers, places_in_layer, places) = (layers?, places_in_layer?, places?);
        let in_order = |row: usize| {
            let neuron = row / each;
            [layers[row], places_in_layer[row], places[row]].map(|it| it as usize)
                == [neuron / d_mlp, neuron % d_mlp, row % each]
        };
        if let Some(row) = (0..rows).find(|&row| !in_order(row)) {
            refuse!(
                "{}: row {}: expected token {} of neuron L{}.{}, found another; run the study again",
                path.display(),
                row + 1,
                row % each,
                row / each / d_mlp,
                row / each % d_mlp
            );
        }
        let ids = ids?;
        let texts = ids.iter().copied().zip(file.texts("token")?);
        Ok(Self {
            d_mlp,
            each,
            texts: texts.collect(),
            scores: Vec::new(),
            ids,
        })
    }
}

/// A column of whole numbers of 32 bits.
fn whole(path: &Path, file: &ParquetFile, name: &str) -> Result<Vec<u32>> {
    let numbers = file.numbers(name)?.into_iter().zip(1..);
    let whole = numbers.map(|(number, row)| match number {
        Some(Number::Whole(value)) if u32::try_from(value).is_ok() => Ok(value as u32),
        found => refuse!(
            "{}: row {row}: expected a whole number as `{name}`, found {found:?}; run the study again",
            path.display()
        ),
    });
    whole.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Two layers of three neurons, two tokens each.
    fn tokens() -> NeuronTokens {
        let text = |id: u32| (!id.is_multiple_of(3)).then(|| format!(" t{id}"));
        NeuronTokens {
            d_mlp: 3,
            each: 2,
            ids: (0..12).map(|i| i * 5 % 7).collect(),
            scores: (0..12).map(|i| 1.0 / f64::from(i + 1)).collect(),
            texts: (0..7).map(|id| (id, text(id))).collect(),
        }
    }

    #[test]
    fn what_is_written_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NEURON_TOKENS_FILE);
        tokens().write(&path).unwrap();
        let back = NeuronTokens::read(&path, 6, 3).unwrap();
        let scores = Vec::new();
        assert_eq!(back, NeuronTokens { scores, ..tokens() });
        let file = ParquetFile::read(&path).unwrap();
        let column = |name: &str| -> Vec<f64> {
            let numbers = file.numbers(name).unwrap().into_iter();
            let number = |number| match number {
                Some(Number::Whole(value)) => value as f64,
                Some(Number::Float(value)) => value,
                None => f64::NAN,
            };
            numbers.map(number).collect()
        };
        assert_eq!(column("score"), tokens().scores);
        assert_eq!(column("layer_idx")[5..8], [0.0, 1.0, 1.0]);
        assert_eq!(column("neuron_idx")[5..8], [2.0, 0.0, 0.0]);
        assert_eq!(column("place")[5..8], [1.0, 0.0, 1.0]);
    }

    #[test]
    fn the_tokens_of_another_model_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NEURON_TOKENS_FILE);
        tokens().write(&path).unwrap();
        let error = |neurons, d_mlp| {
            let error = NeuronTokens::read(&path, neurons, d_mlp).unwrap_err();
            let message = error.to_string();
            assert!(
                message.starts_with(&path.display().to_string()),
                "{message}"
            );
            message
        };
        assert!(error(5, 5).contains("expected as many rows for each of 5 neurons, found 12 rows"));
        assert!(error(6, 2).contains("row 5: expected token 0 of neuron L1.0, found another"));
        assert!(error(12, 6).contains("row 2: expected token 0 of neuron L0.1, found another"));
        std::fs::write(&path, "no table").unwrap();
        assert!(error(6, 3).contains("expected a Parquet file"));
    }
}
