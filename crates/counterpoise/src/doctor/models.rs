//! The files of a study's two models: parsed, their weights checked by name and shape alone.

use std::path::{Path, PathBuf};

use anyhow::Result;
use burn::tensor::Device;
use counterpoise_model::{Config, ModelError, Tokenizer, check_tuned_weights, check_weights};
use counterpoise_study::ModelFiles;
use counterpoise_weights::{WeightsError, weight_files};

use super::finding::Finding;

/// What a folder without weights lacks first of all.
const WEIGHTS: &str = "model.safetensors";

/// What is said of a file that is there but could only be checked beside another.
pub(super) const UNCHECKED: &str =
    "there, but not checked: that takes the base model's config.json";

/// What is said of a tokenizer that could not be compared.
const UNCOMPARED: &str =
    "there, but not compared: that takes config.json and the base model's tokenizer";

/// The base model's files, and its configuration if that can be read.
///
/// # Errors
/// As for [`Finding::of`].
pub(super) fn base(folder: &Path) -> Result<(Vec<Finding>, Option<Config>)> {
    const ROLE: &str = "base model";
    let config = Config::read(folder);
    let mut findings = vec![
        Finding::of(ROLE, &folder.join("config.json"), || sizes(&config))?,
        Finding::of(ROLE, &tokenizer_of(folder), || {
            let tokenizer = match &config {
                Ok(_) => ModelFiles::read(folder).map(|files| files.tokenizer),
                Err(_) => Tokenizer::read(folder).map_err(Into::into),
            };
            let tokens = tokenizer.map(|tokenizer| format!("{} tokens", tokenizer.vocab_size()));
            tokens.map_err(|error| format!("{error:#}"))
        })?,
    ];
    let config = config.ok();
    findings.extend(weights(ROLE, folder, None, config.as_ref())?);
    Ok((findings, config))
}

/// The tuned model's files: a folder's, or the one weight file that it is.
///
/// # Errors
/// As for [`Finding::of`].
pub(super) fn tuned(
    path: &Path,
    base: &Path,
    base_config: Option<&Config>,
) -> Result<Vec<Finding>> {
    const ROLE: &str = "tuned model";
    let (config_file, tokenizer) = (path.join("config.json"), tokenizer_of(path));
    let mut findings = Vec::new();
    let mut config = base_config.cloned();
    if config_file.exists() {
        let own = Config::read(path);
        findings.push(Finding::of(ROLE, &config_file, || {
            let sizes = sizes(&own)?;
            match (&own, base_config) {
                (Ok(own), Some(base)) if !same_shape(own, base) => Err(format!(
                    "{sizes}; the base model has {}; they have to be of one shape",
                    shape(base)
                )),
                _ => Ok(sizes),
            }
        })?);
        config = own.ok();
    }
    if tokenizer.exists() {
        // A fault of another file is told there, and not again here.
        let comparable = config.is_some() && ModelFiles::read(base).is_ok();
        findings.push(Finding::of(ROLE, &tokenizer, || match comparable {
            true => ModelFiles::read_pair(base, path)
                .map(|_| "does what the base model's does".to_owned())
                .map_err(|error| error.to_string()),
            false => Ok(UNCOMPARED.to_owned()),
        })?);
    }
    findings.extend(weights(ROLE, path, Some(base), config.as_ref())?);
    Ok(findings)
}

/// The weight files at `path`, tuned from those of `base` if that is given: checked by their headers. Values are read only
/// to compare two sets of weights in one folder, or a stored head with the embedding.
fn weights(
    role: &str,
    path: &Path,
    base: Option<&Path>,
    config: Option<&Config>,
) -> Result<Vec<Finding>> {
    if !path.exists() {
        // A folder that is not there lacks its weights, a file itself.
        let is_folder = base.is_none();
        let missing = if is_folder {
            path.join(WEIGHTS)
        } else {
            path.to_owned()
        };
        return Ok(vec![Finding::missing(role, &missing)?]);
    }
    let files = match weight_files(path) {
        Ok(files) => files,
        Err(WeightsError::NoWeights { .. }) if !path.join("adapter_config.json").exists() => {
            return Ok(vec![Finding::missing(role, &path.join(WEIGHTS))?]);
        }
        Err(WeightsError::File(error)) => {
            return Ok(vec![Finding::of(role, error.path(), || {
                Err(error.to_string())
            })?]);
        }
        Err(other) => return Ok(vec![Finding::wrong(role, path, &other.to_string())]),
    };
    let whole = files.iter().all(|file| file.is_file());
    let checked = match config {
        Some(config) if whole => match base {
            None => check_weights(config, path, &Device::flex()),
            Some(base) => check_tuned_weights(base, config, path, &Device::flex()),
        }
        .map(|remarks| {
            let matching = "the tensors of this model, by name and shape".to_owned();
            [vec![matching], remarks].concat().join("; ")
        })
        .map_err(|error| error.to_string()),
        Some(_) => Ok("there, but not checked: a shard is missing".to_owned()),
        None => Ok(UNCHECKED.to_owned()),
    };
    files
        .iter()
        .map(|file| Finding::of(role, file, || checked.clone()))
        .collect()
}

/// The file that a folder's tokenizer is named by: `vocab.json` where that is in place of `tokenizer.json`.
fn tokenizer_of(folder: &Path) -> PathBuf {
    let [one, vocab] = ["tokenizer.json", "vocab.json"].map(|name| folder.join(name));
    if !one.exists() && vocab.exists() {
        vocab
    } else {
        one
    }
}

fn sizes(config: &Result<Config, ModelError>) -> Result<String, String> {
    match config {
        Ok(config) => Ok(shape(config)),
        Err(error) => Err(error.to_string()),
    }
}

fn shape(config: &Config) -> String {
    format!(
        "{} blocks, {} wide, {} neurons each",
        config.n_layer, config.d_model, config.d_mlp
    )
}

fn same_shape(one: &Config, two: &Config) -> bool {
    let sizes = |config: &Config| {
        let width = (config.d_model, config.d_mlp, config.n_head);
        (config.n_layer, width, config.vocab_size, config.n_positions)
    };
    sizes(one) == sizes(two)
}
