//! The files of a study's two models: parsed, their weights checked by name and shape alone.

use std::path::{Path, PathBuf};

use anyhow::Result;
use burn::tensor::Device;
use counterpoise_model::{
    Config, ModelError, Tokenizer, check_tuned_weights, check_weights, differs_from_base,
};
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

/// The base model, as far as it can be read.
pub(super) struct Base<'a> {
    folder: &'a Path,
    /// Its configuration.
    pub(super) config: Option<Config>,
    /// With its tokenizer.
    files: Option<ModelFiles>,
}

/// The base model's files.
///
/// # Errors
/// As for [`Finding::of`].
pub(super) fn base(folder: &Path) -> Result<(Vec<Finding>, Base<'_>)> {
    const ROLE: &str = "base model";
    let (config, tokenizer) = (Config::read(folder), Tokenizer::read(folder));
    let mut findings = vec![
        Finding::of(ROLE, &folder.join("config.json"), || sizes(&config))?,
        Finding::of(ROLE, &tokenizer_of(folder), || match &tokenizer {
            Ok(tokenizer) => Ok(tokens(tokenizer, config.as_ref().ok())),
            Err(error) => Err(error.to_string()),
        })?,
    ];
    let config = config.ok();
    findings.extend(weights(ROLE, folder, None, config.as_ref())?);
    let files = match (config.clone(), tokenizer.ok()) {
        (Some(config), Some(tokenizer)) => Some(ModelFiles { config, tokenizer }),
        _ => None,
    };
    let base = Base {
        folder,
        config,
        files,
    };
    Ok((findings, base))
}

/// How many tokens there are, which stands before each text, and how many more the model has.
fn tokens(tokenizer: &Tokenizer, config: Option<&Config>) -> String {
    let count = tokenizer.vocab_size();
    let tokens = match tokenizer.beginning() {
        None => format!("{count} tokens"),
        Some(beginning) => format!("{count} tokens, of them {beginning} before each text"),
    };
    match config.map(|config| config.vocab_size) {
        Some(known) if known > count => format!(
            "{tokens}; the model has {known}, and where it writes one beyond these there is no text to score"
        ),
        _ => tokens,
    }
}

/// The tuned model's files: a folder's, or the one weight file that it is.
///
/// # Errors
/// As for [`Finding::of`].
pub(super) fn tuned(path: &Path, base: &Base<'_>) -> Result<Vec<Finding>> {
    const ROLE: &str = "tuned model";
    let config_file = path.join("config.json");
    // What is read of a text is told of the tokenizer, or else of the first file that says where a text ends.
    let files = [tokenizer_of(path), path.join("generation_config.json")];
    let of_texts = files.into_iter().find(|file| file.exists());
    let mut findings = Vec::new();
    let mut config = base.config.clone();
    if config_file.exists() {
        let own = Config::read(path);
        findings.push(Finding::of(ROLE, &config_file, || {
            let sizes = sizes(&own)?;
            match (&own, &base.config) {
                (Ok(own), Some(base)) if !same_shape(own, base) => Err(format!(
                    "{sizes}; the base model has {}; they have to be of one shape",
                    shape(base)
                )),
                (Ok(_), Some(_)) if of_texts.is_none() => {
                    compared(base, path)?;
                    Ok(sizes)
                }
                _ => Ok(sizes),
            }
        })?);
        config = own.ok();
    }
    if let Some(file) = of_texts {
        // A fault of another file is told there, and not again here.
        let comparable = config.is_some();
        findings.push(Finding::of(ROLE, &file, || match comparable {
            true => compared(base, path),
            false => Ok(UNCOMPARED.to_owned()),
        })?);
    }
    findings.extend(weights(ROLE, path, Some(base.folder), config.as_ref())?);
    Ok(findings)
}

/// Whether a tuned model reads texts as the base model does.
fn compared(base: &Base<'_>, tuned: &Path) -> Result<String, String> {
    let Some(files) = &base.files else {
        return Ok(UNCOMPARED.to_owned());
    };
    let foreign = files
        .compare(base.folder, tuned)
        .map_err(|error| error.to_string())?;
    Ok(match foreign.len() {
        0 => "does what the base model's does".to_owned(),
        count => format!(
            "does what the base model's does; {count} tokens more, which no text may have, `{}` first",
            foreign[0]
        ),
    })
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
        Some(config) if whole => {
            let remarks = match base {
                None => check_weights(config, path, &Device::flex()),
                Some(base) => check_tuned_weights(base, config, path, &Device::flex()),
            };
            remarks
                .map_err(|error| error.to_string())
                .and_then(|remarks| {
                    refuse_untuned(base, config, path)?;
                    let matching = "the tensors of this model, by name and shape".to_owned();
                    Ok([vec![matching], remarks].concat().join("; "))
                })
        }
        Some(_) => Ok("there, but not checked: a shard is missing".to_owned()),
        None => Ok(UNCHECKED.to_owned()),
    };
    files
        .iter()
        .map(|file| Finding::of(role, file, || checked.clone()))
        .collect()
}

/// Refuses a tuned model with the values of its base. What is wrong with the base's own files is told there.
fn refuse_untuned(base: Option<&Path>, config: &Config, path: &Path) -> Result<(), String> {
    let differs = base.map(|base| differs_from_base(base, config, path, &Device::flex()));
    match differs {
        Some(Ok(false)) => Err(
            "the weights are those of the base model, value for value: nothing was tuned, or the wrong file was \
             copied; give the tuned weights"
                .to_owned(),
        ),
        _ => Ok(()),
    }
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
        "{} blocks, {} wide, {} neurons and {} heads each, {} positions",
        config.n_layer, config.d_model, config.d_mlp, config.n_head, config.n_positions
    )
}

/// Whether two models have the same neurons. One may have more tokens: tuning often adds one to fill up texts with.
fn same_shape(one: &Config, two: &Config) -> bool {
    let sizes = |config: &Config| {
        let width = (config.d_model, config.d_mlp, config.n_head);
        (config.n_layer, width, config.n_positions)
    };
    sizes(one) == sizes(two)
}
