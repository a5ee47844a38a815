//! Loading a Hugging Face checkpoint.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use burn::tensor::Device;
use burn_store::{ApplyError, ModuleSnapshot};
use counterpoise_hooks::in_memory;
use counterpoise_weights::{
    Head, Layout, Precision, Rounding, Stored, Tying, Weights, WeightsError, count_not_finite,
    count_too_large,
};

use crate::arch::{Place, fields, into_parameters, is_buffer, places};
use crate::{Config, ModelError, Transformer, WrongShape};

/// A loaded model and its configuration.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// `config.json`.
    pub config: Config,
    /// The model: vectors in `f32`, matrices in the precision that was asked for.
    pub model: Transformer,
    /// What a reader of the results should know of the files: what was left out, merged, or lies beside and differs.
    pub remarks: Vec<String>,
}

/// Loads the model of a Hugging Face folder: `config.json` and the weights that `transformers` would take.
///
/// Names may be wrapped as trainers wrap them; values may be F64, F32, F16 or BF16; the causal-mask
/// buffers of old checkpoints are left out. A head that differs from the embedding is used as it is stored, also where
/// the configuration ties them, as `transformers` does since 5.0.
///
/// # Errors
/// Files that are missing or broken; tensors that are missing, unexpected or of another shape, all
/// of them by name; a tensor stored twice; values that are not numbers.
pub fn load(dir: &Path, device: &Device) -> Result<Checkpoint, ModelError> {
    load_in(dir, Precision::F32, device)
}

/// The same with the matrices kept in `precision`, which takes half the memory in 16 bits; they are widened to `f32` where they
/// are computed with. Every value that `precision` has gives the bits that it gives in `f32`; others are rounded, which is a
/// remark.
///
/// # Errors
/// As for [`load`]; 16 bits on another device than the CPU, or with gradients; values too large for them.
pub fn load_in(
    dir: &Path,
    precision: Precision,
    device: &Device,
) -> Result<Checkpoint, ModelError> {
    load_from(Config::read(dir)?, dir, precision, device, Weights::open)
}

/// Loads a tuned version of a model whose configuration is known: another folder, or a single
/// weight file (`.safetensors`, or a PyTorch `.pt`/`.bin`, bare or in dictionaries).
///
/// # Errors
/// As for [`load`]; a LoRA adapter, which [`load_tuned_from`] adds to its base.
pub fn load_tuned(base: &Config, path: &Path, device: &Device) -> Result<Checkpoint, ModelError> {
    let config = own_config(path, base)?;
    load_from(config, path, Precision::F32, device, Weights::open)
}

/// Loads a tuned version of the model in the folder `base`: as [`load_tuned`], or a LoRA adapter, which is added to the
/// base's weights.
///
/// # Errors
/// As for [`load`]; an adapter that is not plain LoRA.
pub fn load_tuned_from(
    base: &Path,
    path: &Path,
    device: &Device,
) -> Result<Checkpoint, ModelError> {
    load_tuned_in(base, path, Precision::F32, device)
}

/// The same with the matrices kept in `precision`.
///
/// # Errors
/// As for [`load_in`] and [`load_tuned_from`].
pub fn load_tuned_in(
    base: &Path,
    path: &Path,
    precision: Precision,
    device: &Device,
) -> Result<Checkpoint, ModelError> {
    let config = own_config(path, &Config::read(base)?)?;
    load_from(config, path, precision, device, |path, layout| {
        Weights::open_onto(base, path, layout)
    })
}

fn own_config(path: &Path, base: &Config) -> Result<Config, ModelError> {
    if path.join("config.json").is_file() {
        Config::read(path)
    } else {
        Ok(base.clone())
    }
}

/// Checks the weight files of a folder, or a single one, by names, shapes and element types; values are read only where
/// two sets of weights, or a head and its embedding, have to be compared.
///
/// What is left to [`load`]: whether values are finite.
///
/// # Errors
/// As for [`load`].
pub fn check_weights(
    config: &Config,
    path: &Path,
    device: &Device,
) -> Result<Vec<String>, ModelError> {
    check_from(config, path, device, Weights::open)
}

/// The same for a tuned version of the model in the folder `base`.
///
/// # Errors
/// As for [`load_tuned_from`].
pub fn check_tuned_weights(
    base: &Path,
    config: &Config,
    path: &Path,
    device: &Device,
) -> Result<Vec<String>, ModelError> {
    check_from(config, path, device, |path, layout| {
        Weights::open_onto(base, path, layout)
    })
}

/// Whether a tuned version of the model in the folder `base` has other weights than that model. Values are read up to the
/// first difference, small tensors first.
///
/// # Errors
/// As for [`load_tuned_from`].
pub fn differs_from_base(
    base: &Path,
    config: &Config,
    path: &Path,
    device: &Device,
) -> Result<bool, ModelError> {
    let (_, ours) = opened(config, base, device, Weights::open)?;
    let (_, theirs) = opened(config, path, device, |path, layout| {
        Weights::open_onto(base, path, layout)
    })?;
    Ok(ours.difference(&theirs).is_some())
}

fn check_from(
    config: &Config,
    path: &Path,
    device: &Device,
    open: impl FnOnce(&Path, &Layout) -> Result<Weights, WeightsError>,
) -> Result<Vec<String>, ModelError> {
    let (_, weights) = opened(config, path, device, open)?;
    Ok(weights.remarks)
}

/// An undrawn model and the weights for it, checked.
fn opened(
    config: &Config,
    path: &Path,
    device: &Device,
    open: impl FnOnce(&Path, &Layout) -> Result<Weights, WeightsError>,
) -> Result<(Transformer, Weights), ModelError> {
    let mut model = Transformer::undrawn(config, device);
    let layout = layout(&model);
    let mut weights = open(path, &layout)?;
    check_names_and_shapes(&model, &weights)?;
    weights.check_elements()?;
    if let Head::Differs(head) = weights.take_head(&layout)? {
        model = model.with_own_head(device);
        weights.remarks.push(format!(
            "`{}` differs from the embedding, though config.json ties them; it is used as stored, as `transformers` 5 does \
             (set tie_word_embeddings to false, or leave the tensor out)",
            head.name
        ));
        weights.tensors.insert(layout.head.to_owned(), head);
        check_names_and_shapes(&model, &weights)?;
    }
    Ok((model, weights))
}

/// The names that the weights of `model` go by.
fn layout(model: &Transformer) -> Layout {
    let (config, names) = (model.config(), &model.config().family.names);
    let mut fields = fields(&places(model));
    fields.remove(names.head);
    Layout {
        fields: fields.into_keys().collect(),
        embedding: names.embed,
        head: names.head,
        tying: match config.tie_word_embeddings {
            true => Tying::Tied,
            false => Tying::Untied,
        },
        matrices: names.matrices,
        is_buffer,
    }
}

fn load_from(
    config: Config,
    path: &Path,
    precision: Precision,
    device: &Device,
    open: impl FnOnce(&Path, &Layout) -> Result<Weights, WeightsError>,
) -> Result<Checkpoint, ModelError> {
    if precision != Precision::F32 && !in_memory(device) {
        return Err(ModelError::HalfDevice { precision });
    }
    let (mut model, weights) = opened(&config, path, device, open)?;
    let Weights {
        path,
        tensors,
        mut remarks,
        ..
    } = weights;
    let places = places(&model);
    let rounding = Arc::new(Rounding::default());
    let parameters = into_parameters(&places, &tensors, precision, &rounding);
    let result = model.apply(parameters, None, None, false);
    remarks.extend(rounding.remark(precision));
    let unreadable = |reason| {
        WeightsError::Unreadable {
            path: path.clone(),
            format: "weight",
            reason,
            remedy: "copy the file again",
        }
        .into()
    };
    match result.errors.into_iter().next() {
        None => Ok(Checkpoint {
            config,
            model,
            remarks,
        }),
        Some(ApplyError::LoadError {
            path: parameter,
            message,
        }) => {
            if let Some(count) = count_too_large(&message) {
                let too_large = |value| precision.is_too_large(value);
                let (tensor, own) = at_fault(&places, &tensors, &parameter, too_large);
                return Err(ModelError::TooLarge {
                    path,
                    tensor,
                    count: own.unwrap_or(count),
                    precision,
                });
            }
            let not_finite = |value: f32| !value.is_finite();
            let (tensor, own) = at_fault(&places, &tensors, &parameter, not_finite);
            Err(match count_not_finite(&message) {
                Some(count) => ModelError::NotFinite {
                    path,
                    tensor,
                    count: own.unwrap_or(count),
                },
                None => unreadable(format!("`{tensor}`: {}", bare(&message))),
            })
        }
        Some(other) => Err(unreadable(other.to_string())),
    }
}

/// The field because of which a parameter cannot be loaded, and how many of its values are `wrong`.
fn at_fault(
    places: &[Place],
    tensors: &BTreeMap<String, Stored>,
    parameter: &str,
    wrong: impl Fn(f32) -> bool,
) -> (String, Option<usize>) {
    let place = places.iter().find(|place| place.parameter == parameter);
    let mut parts = place.into_iter().flat_map(|place| &place.parts);
    let count = |field: &String| {
        let values = tensors.get(field)?.values().ok()?;
        Some(values.iter().filter(|value| wrong(**value)).count())
    };
    let fault = parts.find_map(|part| match count(&part.field) {
        Some(0) => None,
        count => Some((part.field.clone(), count)),
    });
    fault.unwrap_or_else(|| (parameter.to_owned(), None))
}

/// Compares the stored names and shapes with the model's, and reports every difference at once.
fn check_names_and_shapes(model: &Transformer, stored: &Weights) -> Result<(), ModelError> {
    let expected = fields(&places(model));
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

/// A message without what the store wraps it in.
fn bare(message: &str) -> String {
    let said = message
        .split_once("(\"")
        .and_then(|(_, said)| said.strip_suffix("\")"));
    said.unwrap_or(message).replace("\\\"", "\"")
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
        save(&Transformer::init(&config, 1, &Device::flex()), &path).unwrap();
        (config, fs::read(path).unwrap())
    }

    fn check(config: &Config, bytes: &[u8]) -> Result<(), ModelError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        fs::write(&path, bytes).unwrap();
        check_weights(config, &path, &Device::flex()).map(drop)
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
