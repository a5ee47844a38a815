//! Loading a Hugging Face GPT-2 checkpoint.

use std::path::Path;

use burn::tensor::{DType, Device, TensorData};
use burn_store::burn_pack::{Error as StoreError, Tensor as StoredTensor};
use burn_store::{ApplyError, ModuleSnapshot, bridge};

use crate::parameters::shapes;
use crate::stored::{StoredTensors, is_float, to_f32};
use crate::{Config, Gpt2, ModelError, WrongShape};

/// A loaded model and its configuration.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// `config.json`.
    pub config: Config,
    /// The weights, in `f32`.
    pub model: Gpt2,
}

/// Loads the model of a Hugging Face folder: `config.json` and `model.safetensors`,
/// `pytorch_model.bin`, or the shards of either.
///
/// Names may carry `transformer.` or not; values may be F64, F32, F16 or BF16; the causal-mask
/// buffers of old checkpoints are passed over.
///
/// # Errors
/// Files that are missing or broken; tensors that are missing, unexpected or of another shape, all
/// of them by name; a tensor stored twice; values that are not numbers; an `lm_head` that is not the token embedding.
pub fn load(dir: &Path, device: &Device) -> Result<Checkpoint, ModelError> {
    let config = Config::read(dir)?;
    let model = load_weights(&config, dir, device)?;
    Ok(Checkpoint { config, model })
}

/// Loads a tuned version of a model whose configuration is known: another folder, or a single
/// weight file (`.safetensors`, or a PyTorch `.pt`/`.bin`, bare or wrapped as
/// `{"state": {…}}`).
///
/// # Errors
/// As for [`load`].
pub fn load_tuned(base: &Config, path: &Path, device: &Device) -> Result<Checkpoint, ModelError> {
    let config = if path.join("config.json").is_file() {
        Config::read(path)?
    } else {
        base.clone()
    };
    let model = load_weights(&config, path, device)?;
    Ok(Checkpoint { config, model })
}

/// Checks the weight files of a folder, or a single one, as far as that goes without reading a
/// value: names, shapes and element types.
///
/// What is left to [`load`]: whether values are finite, and whether an `lm_head` is the token
/// embedding.
///
/// # Errors
/// As for [`load`].
pub fn check_weights(config: &Config, path: &Path, device: &Device) -> Result<(), ModelError> {
    let mut stored = StoredTensors::open(path)?;
    stored.tensors.remove("lm_head.weight");
    check_names_and_shapes(&Gpt2::undrawn(config, device), &stored)?;
    check_elements(&stored)
}

fn load_weights(config: &Config, path: &Path, device: &Device) -> Result<Gpt2, ModelError> {
    let mut stored = StoredTensors::open(path)?;
    check_head(&mut stored)?;
    let mut model = Gpt2::undrawn(config, device);
    check_names_and_shapes(&model, &stored)?;
    check_elements(&stored)?;
    let StoredTensors { path, tensors } = stored;
    let tensors = tensors
        .into_iter()
        .map(|(name, tensor)| as_finite_f32(name, tensor))
        .collect();
    let result = model.apply(tensors, None, None, false);
    match result.errors.into_iter().next() {
        None => Ok(model),
        Some(ApplyError::LoadError {
            path: tensor,
            message,
        }) => Err(match message.split_once(NOT_FINITE) {
            Some((_, count)) => ModelError::NotFinite {
                path,
                tensor,
                count: leading_number(count),
            },
            None => ModelError::Unreadable {
                path,
                format: "weight",
                reason: format!("`{tensor}`: {}; copy the file again", bare(&message)),
            },
        }),
        Some(other) => Err(ModelError::Unreadable {
            path,
            format: "weight",
            reason: other.to_string(),
        }),
    }
}

/// Takes `lm_head.weight` out, after making sure that it is the token embedding.
fn check_head(stored: &mut StoredTensors) -> Result<(), ModelError> {
    let Some(head) = stored.tensors.remove("lm_head.weight") else {
        return Ok(());
    };
    let Some(embedding) = stored.tensors.get("wte.weight") else {
        return Ok(()); // reported as missing
    };
    let bytes = |tensor: &StoredTensor| {
        tensor.to_bytes().map_err(|error| ModelError::Unreadable {
            path: stored.path.clone(),
            format: "weight",
            reason: format!("`{}`: {error}", tensor.name),
        })
    };
    let tied = head.dtype == embedding.dtype && *bytes(&head)? == *bytes(embedding)?;
    if tied {
        Ok(())
    } else {
        Err(ModelError::UntiedHead {
            path: stored.path.clone(),
        })
    }
}

/// Compares the stored names and shapes with the model's, and reports every difference at once.
fn check_names_and_shapes(model: &Gpt2, stored: &StoredTensors) -> Result<(), ModelError> {
    let expected = shapes(model);
    let found = &stored.tensors;
    let missing: Vec<String> = expected
        .keys()
        .filter(|name| !found.contains_key(*name))
        .cloned()
        .collect();
    let unexpected: Vec<String> = found
        .keys()
        .filter(|name| !expected.contains_key(*name))
        .cloned()
        .collect();
    let misshapen: Vec<WrongShape> = expected
        .into_iter()
        .filter_map(|(name, expected)| {
            let found = found.get(&name)?.shape.to_vec();
            (found != expected).then_some(WrongShape {
                name,
                expected,
                found,
            })
        })
        .collect();
    if missing.is_empty() && unexpected.is_empty() && misshapen.is_empty() {
        return Ok(());
    }
    Err(ModelError::Tensors {
        path: stored.path.clone(),
        missing,
        unexpected,
        misshapen,
    })
}

/// Refuses tensors that are no floats.
fn check_elements(stored: &StoredTensors) -> Result<(), ModelError> {
    let whole = |(_, tensor): &(&String, &StoredTensor)| !is_float(tensor.dtype);
    match stored.tensors.iter().find(whole) {
        None => Ok(()),
        Some((name, tensor)) => Err(ModelError::Elements {
            path: stored.path.clone(),
            tensor: name.clone(),
            found: format!("{:?}", tensor.dtype),
        }),
    }
}

/// A message without what the store wraps it in.
fn bare(message: &str) -> String {
    let said = message
        .split_once("(\"")
        .and_then(|(_, said)| said.strip_suffix("\")"));
    said.unwrap_or(message).replace("\\\"", "\"")
}

/// Marks, in the one string a store error can carry, that values were not finite.
const NOT_FINITE: &str = "values not finite: ";

/// The stored tensor, to be read as `f32` and refused if any value is NaN or infinite.
fn as_finite_f32(name: String, tensor: StoredTensor) -> StoredTensor {
    let shape = tensor.shape.clone();
    bridge::deferred(name, DType::F32, shape.clone(), None, move || {
        let values = to_f32(&tensor).map_err(StoreError::ValidationError)?;
        let count = values.iter().filter(|value| !value.is_finite()).count();
        if count > 0 {
            return Err(StoreError::ValidationError(format!("{NOT_FINITE}{count}.")));
        }
        Ok(TensorData::new(values, shape.clone()))
    })
}

fn leading_number(text: &str) -> usize {
    text.chars()
        .map_while(|character| character.to_digit(10))
        .fold(0, |number, digit| 10 * number + digit as usize)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;

    use super::*;
    use crate::save;

    /// A small configuration, and the bytes of a checkpoint of it.
    fn checkpoint() -> (Config, Vec<u8>) {
        let config = Config::new(11, 6, 4, 1, 2);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        save(&Gpt2::init(&config, 1, &Device::flex()), &path).unwrap();
        (config, fs::read(path).unwrap())
    }

    fn check(config: &Config, bytes: &[u8]) -> Result<(), ModelError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        fs::write(&path, bytes).unwrap();
        check_weights(config, &path, &Device::flex())
    }

    #[test]
    fn a_check_reads_no_value() {
        let (config, mut bytes) = checkpoint();
        let last = bytes.len() - 4;
        bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes());
        check(&config, &bytes).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        fs::write(&path, &bytes).unwrap();
        let loaded = load_tuned(&config, &path, &Device::flex());
        assert!(matches!(loaded, Err(ModelError::NotFinite { .. })));
    }

    #[test]
    fn a_check_knows_names_shapes_and_element_types() {
        let (config, bytes) = checkpoint();
        check(&config, &bytes).unwrap();
        let longer = Config {
            n_positions: 7,
            ..config.clone()
        };
        let error = check(&longer, &bytes).unwrap_err().to_string();
        assert!(
            error.contains("wpe.weight is [6, 4], expected [7, 4]"),
            "{error}"
        );
        let deeper = Config {
            n_layer: 2,
            ..config.clone()
        };
        let error = check(&deeper, &bytes).unwrap_err().to_string();
        assert!(error.contains("missing: h.1.attn.c_attn.bias"), "{error}");
        // In the header of the file, as long as before.
        let length = usize::from(bytes[0]) + (usize::from(bytes[1]) << 8);
        let header = String::from_utf8(bytes[8..8 + length].to_vec()).unwrap();
        let mut integers = bytes.clone();
        integers[8..8 + length].copy_from_slice(header.replacen("F32", "I32", 1).as_bytes());
        let error = check(&config, &integers).unwrap_err().to_string();
        assert!(error.contains("I32"), "{error}");
    }
}
