//! Weights of a classifier: opened, checked by name and shape, and made into the model.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use counterpoise_model::PostNorm;
use counterpoise_weights::Weights;

use crate::EncoderError;
use crate::attention::Attention;
use crate::block::Block;
use crate::classifier::{Embeddings, SequenceClassifier};
use crate::config::EncoderConfig;
use crate::linear::Linear;
use crate::parameters::{head_names, is_unused_pooler, layout, shapes, without_old_name};

/// Opens the weights at `path`, a folder or a file, for a model of so many `labels`: names, shapes and element types are
/// checked, values are not read.
///
/// # Errors
/// Files that are missing or broken; tensors that are missing, unexpected or of another shape, all of them by name.
pub(crate) fn open(
    config: &EncoderConfig,
    labels: usize,
    path: &Path,
) -> Result<Weights, EncoderError> {
    let mut weights = Weights::open(path, &layout(config, labels))?;
    rename_norms(&mut weights);
    leave_pooler_out(config, &mut weights);
    check(config, labels, &weights)?;
    weights.check_elements()?;
    Ok(weights)
}

/// Gives layer norms the names that they have today, unless those are there too.
fn rename_norms(weights: &mut Weights) {
    let old: Vec<(String, String)> = (weights.tensors.keys())
        .filter_map(|name| Some((name.clone(), without_old_name(name)?)))
        .filter(|(_, new)| !weights.tensors.contains_key(new))
        .collect();
    for (old, new) in old {
        if let Some(tensor) = weights.tensors.remove(&old) {
            weights.tensors.insert(new, tensor);
        }
    }
}

fn leave_pooler_out(config: &EncoderConfig, weights: &mut Weights) {
    let before = weights.tensors.len();
    weights
        .tensors
        .retain(|name, _| !is_unused_pooler(config.family, name));
    if weights.tensors.len() < before {
        let remark = "left out, a pooler that RobertaForSequenceClassification does not use: `roberta.pooler.dense`";
        weights.remarks.push(remark.to_owned());
    }
}

/// Compares the stored names and shapes with the model's, and reports every difference at once.
fn check(config: &EncoderConfig, labels: usize, stored: &Weights) -> Result<(), EncoderError> {
    let expected = shapes(config, labels);
    let found = &stored.tensors;
    let missing: Vec<String> = (expected.keys())
        .filter(|name| !found.contains_key(*name))
        .cloned()
        .collect();
    let unexpected: Vec<String> = (found.keys())
        .filter(|name| !expected.contains_key(*name))
        .cloned()
        .collect();
    let misshapen: Vec<String> = (expected.iter())
        .filter_map(|(name, shape)| {
            let found = &found.get(name)?.shape;
            (found != shape).then(|| format!("{name} is {found:?}, expected {shape:?}"))
        })
        .collect();
    if missing.is_empty() && unexpected.is_empty() && misshapen.is_empty() {
        return Ok(());
    }
    Err(EncoderError::Tensors {
        path: stored.path.clone(),
        architecture: config.family.architecture(),
        missing,
        unexpected,
        misshapen,
    })
}

/// The model with the values of `weights`, in 32-bit floats on `device`.
///
/// # Errors
/// Values that cannot be read, or are not finite.
pub(crate) fn build(
    config: &EncoderConfig,
    weights: &Weights,
    device: &Device,
) -> Result<SequenceClassifier, EncoderError> {
    let reader = Reader { weights, device };
    let root = config.family.model_type();
    let head = head_names(config.family);
    let layers = (0..config.num_hidden_layers).map(|layer| {
        let name = |part: &str| format!("{root}.encoder.layer.{layer}.{part}");
        Ok(Block {
            attention: Attention {
                qkv: reader.side_by_side(
                    ["query", "key", "value"].map(|part| name(&format!("attention.self.{part}"))),
                )?,
                n_head: config.num_attention_heads,
            },
            attention_out: reader.weight(&name("attention.output.dense"))?,
            attention_norm: reader.post_norm(&name("attention.output"), config)?,
            up: reader.linear(&name("intermediate.dense"))?,
            activation: config.hidden_act,
            down: reader.weight(&name("output.dense"))?,
            output_norm: reader.post_norm(&name("output"), config)?,
        })
    });
    let layers = layers.collect::<Result<Vec<_>, EncoderError>>()?;
    Ok(SequenceClassifier {
        embeddings: reader.embeddings(root, config)?,
        layers,
        dense: reader.linear(head.dense)?,
        out: reader.linear(head.out)?,
        vocab_size: config.vocab_size,
        first_position: config.first_position(),
        padding: matches!(config.family, crate::Family::Roberta).then_some(config.pad_token_id),
        max_tokens: config.max_tokens(),
    })
}

/// Reads tensors by name.
struct Reader<'a> {
    weights: &'a Weights,
    device: &'a Device,
}

impl Reader<'_> {
    fn values(&self, name: &str) -> Result<Vec<f32>, EncoderError> {
        let failed = |reason: String| EncoderError::Values {
            path: self.weights.path.clone(),
            tensor: name.to_owned(),
            reason,
        };
        let stored = self.weights.tensors.get(name);
        let stored = stored.ok_or_else(|| failed("not there".to_owned()))?;
        let values = stored.values().map_err(failed)?;
        match values.iter().filter(|value| !value.is_finite()).count() {
            0 => Ok(values),
            count => Err(EncoderError::NotFinite {
                path: self.weights.path.clone(),
                tensor: name.to_owned(),
                count,
            }),
        }
    }

    fn tensor<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
        Tensor::from_data(TensorData::new(values, shape), self.device)
    }

    fn vector(&self, name: &str) -> Result<Tensor<1>, EncoderError> {
        let values = self.values(name)?;
        let length = values.len();
        Ok(self.tensor(values, [length]))
    }

    /// A table as it is stored, `[rows, width]`.
    fn table(&self, name: &str, width: usize) -> Result<Tensor<2>, EncoderError> {
        let values = self.values(name)?;
        let rows = values.len() / width;
        Ok(self.tensor(values, [rows, width]))
    }

    /// The weights of several layers of the same input, `[out, in]` each, as one matrix `[in, all outs]`.
    fn transposed(&self, modules: &[String]) -> Result<Tensor<2>, EncoderError> {
        let parts = modules.iter().map(|module| {
            let name = format!("{module}.weight");
            let shape = self
                .weights
                .tensors
                .get(&name)
                .map(|stored| stored.shape.clone());
            Ok((
                self.values(&name)?,
                shape.and_then(|shape| shape.last().copied()).unwrap_or(1),
            ))
        });
        let parts = parts.collect::<Result<Vec<_>, EncoderError>>()?;
        let inputs = parts.first().map_or(1, |(_, inputs)| *inputs);
        let outs: usize = parts
            .iter()
            .map(|(values, inputs)| values.len() / inputs)
            .sum();
        let mut matrix = vec![0.0; inputs * outs];
        let mut first = 0;
        for (values, inputs) in parts {
            transpose(&values, inputs, &mut matrix[first..], outs);
            first += values.len() / inputs;
        }
        Ok(self.tensor(matrix, [inputs, outs]))
    }

    fn weight(&self, module: &str) -> Result<Tensor<2>, EncoderError> {
        self.transposed(&[module.to_owned()])
    }

    fn linear(&self, module: &str) -> Result<Linear, EncoderError> {
        Ok(Linear {
            weight: self.weight(module)?,
            bias: self.vector(&format!("{module}.bias"))?,
        })
    }

    /// Layers of the same input as one.
    fn side_by_side(&self, modules: [String; 3]) -> Result<Linear, EncoderError> {
        let mut bias = Vec::new();
        for module in &modules {
            bias.extend(self.values(&format!("{module}.bias"))?);
        }
        let length = bias.len();
        Ok(Linear {
            weight: self.transposed(&modules)?,
            bias: self.tensor(bias, [length]),
        })
    }

    /// The bias of a part's `dense` layer and its layer norm.
    fn post_norm(&self, part: &str, config: &EncoderConfig) -> Result<PostNorm, EncoderError> {
        Ok(PostNorm {
            bias: self.vector(&format!("{part}.dense.bias"))?,
            weight: self.vector(&format!("{part}.LayerNorm.weight"))?,
            shift: self.vector(&format!("{part}.LayerNorm.bias"))?,
            epsilon: config.layer_norm_eps,
        })
    }

    fn embeddings(&self, root: &str, config: &EncoderConfig) -> Result<Embeddings, EncoderError> {
        let d = config.hidden_size;
        let name = |part: &str| format!("{root}.embeddings.{part}");
        let mut types = self.values(&name("token_type_embeddings.weight"))?;
        types.truncate(d); // a text is of type 0
        Ok(Embeddings {
            word: self.table(&name("word_embeddings.weight"), d)?,
            position: self.table(&name("position_embeddings.weight"), d)?,
            norm: PostNorm {
                bias: self.tensor(types, [d]),
                weight: self.vector(&name("LayerNorm.weight"))?,
                shift: self.vector(&name("LayerNorm.bias"))?,
                epsilon: config.layer_norm_eps,
            },
        })
    }
}

/// Writes `matrix`, `[rows, columns]`, as `[columns, rows]` into `to`, whose rows are `stride` apart. In squares, so that
/// what is read and written stays in the processor's cache.
fn transpose(matrix: &[f32], columns: usize, to: &mut [f32], stride: usize) {
    const SIDE: usize = 32;
    let rows = matrix.len() / columns;
    for top in (0..rows).step_by(SIDE) {
        for left in (0..columns).step_by(SIDE) {
            for row in top..rows.min(top + SIDE) {
                for column in left..columns.min(left + SIDE) {
                    to[column * stride + row] = matrix[row * columns + column];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_is_transposed_beside_others() {
        // [[1, 2, 3], [4, 5, 6]] as the columns 1 and 2 of four.
        let mut to = [0.0; 12];
        transpose(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3, &mut to[1..], 4);
        assert_eq!(
            to,
            [0.0, 1.0, 4.0, 0.0, 0.0, 2.0, 5.0, 0.0, 0.0, 3.0, 6.0, 0.0]
        );
        let (rows, columns) = (70, 45);
        let matrix: Vec<f32> = (0..rows * columns).map(|i| i as f32).collect();
        let (mut once, mut twice) = (vec![0.0; matrix.len()], vec![0.0; matrix.len()]);
        transpose(&matrix, columns, &mut once, rows);
        assert_eq!(once[rows], 1.0);
        transpose(&once, rows, &mut twice, columns);
        assert_eq!(twice, matrix);
    }
}
