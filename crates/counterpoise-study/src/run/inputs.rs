//! Everything a study reads except weights: hashed, checked and encoded before any model runs.

use std::ffi::OsStr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::Device;
use counterpoise_eval::{Metric, MetricInputs, Progress, Prompts, challenge_prompts, progress};
use counterpoise_probe::Probe;
use counterpoise_registry::Resources;
use counterpoise_score::ToxicityScorer;

use crate::error::{Result, refuse};
use crate::hashing::{HashedFile, files_of, hash_file};
use crate::model_files::ModelFiles;
use crate::study::Study;

/// The inputs of a study.
#[derive(Debug)]
pub struct Inputs {
    /// The base model's configuration and tokenizer.
    pub model: ModelFiles,
    /// The toxicity probe.
    pub probe: Probe,
    /// The challenge prompts.
    pub prompts: Prompts,
    /// What scores texts, by name, in the order of the study.
    pub scorers: Vec<(String, Arc<dyn ToxicityScorer>)>,
    /// What is measured, ready to be asked.
    pub metrics: Vec<Box<dyn Metric>>,
    /// Every file that was read, or will be.
    pub hashes: Vec<HashedFile>,
}

impl Inputs {
    /// Reads and hashes them. A scorer that runs a model runs it on `device`.
    ///
    /// # Errors
    /// The first that is missing or broken; two metrics of one name.
    pub fn read(
        study: &Study,
        device: &Device,
        limit: Option<NonZeroUsize>,
        progress: &mut dyn Progress,
    ) -> Result<Self> {
        study.check_tuned()?;
        let limit = limit.map(NonZeroUsize::get);
        let model = ModelFiles::read_pair(&study.base, &study.tuned)?;
        let probe = Probe::load(&study.probe, model.config.d_model)?;
        let sizes = study.decoding;
        let prompts = challenge_prompts(&study.prompts, &model.tokenizer, sizes, limit)?;
        let scorers = open_scorers(study, &Resources::new().with(device.clone()))?;
        let metrics = open_metrics(study, &model, &scorers, limit)?;
        let hashes = hash_all(study, progress)?;
        Ok(Self {
            model,
            probe,
            prompts,
            scorers,
            metrics,
            hashes,
        })
    }

    /// The names of the metrics, in the order of the study.
    pub fn metric_names(&self) -> impl Iterator<Item = &str> {
        self.metrics.iter().map(|metric| metric.name())
    }
}

fn open_scorers(
    study: &Study,
    resources: &Resources,
) -> Result<Vec<(String, Arc<dyn ToxicityScorer>)>> {
    let mut scorers = Vec::new();
    for (name, scorer) in &study.scorers {
        scorers.push((name.clone(), Arc::from(scorer.part.open(resources)?)));
    }
    Ok(scorers)
}

fn open_metrics(
    study: &Study,
    model: &ModelFiles,
    scorers: &[(String, Arc<dyn ToxicityScorer>)],
    limit: Option<usize>,
) -> Result<Vec<Box<dyn Metric>>> {
    let inputs = MetricInputs {
        tokenizer: &model.tokenizer,
        sizes: study.decoding,
        scorers,
        limit,
    };
    let mut metrics: Vec<Box<dyn Metric>> = Vec::new();
    for part in &study.metrics {
        let metric = part.part.open(&inputs)?;
        if metrics.iter().any(|known| known.name() == metric.name()) {
            refuse!(
                "{}: two metrics are called `{}`; give one of them another `name`",
                study.file.path.display(),
                metric.name()
            );
        }
        metrics.push(metric);
    }
    Ok(metrics)
}

fn hash_all(study: &Study, progress: &mut dyn Progress) -> Result<Vec<HashedFile>> {
    let mut files: Vec<(String, PathBuf)> = vec![("study".into(), study.file.path.clone())];
    for (role, path) in [("base model", &study.base), ("tuned model", &study.tuned)] {
        let kept = model_files(path)?;
        files.extend(kept.into_iter().map(|file| (role.into(), file)));
    }
    files.push(("probe".into(), study.probe.clone()));
    files.push(("prompts".into(), study.prompts.clone()));
    for (part, path) in study.part_inputs() {
        let kept = if path.is_dir() {
            model_files(&path)?
        } else {
            vec![path]
        };
        files.extend(kept.into_iter().map(|file| (part.clone(), file)));
    }
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let bytes = files.iter().map(|(_, file)| size(file)).sum();
    progress::step(progress, "hash inputs", bytes, |mut advance| {
        files
            .iter()
            .map(|(role, file)| hash_file(role, file, &mut advance))
            .collect()
    })
}

/// Of the files of the model at `path` those that it is loaded from, or compared with: in a folder, weights, configurations and
/// tokenizers; beside a single file, the settings of a LoRA adapter in it.
///
/// # Errors
/// A path that is missing or cannot be read.
pub fn model_files(path: &Path) -> Result<Vec<PathBuf>> {
    Ok(read_of(files_of(path)?))
}

fn read_of(files: Vec<PathBuf>) -> Vec<PathBuf> {
    let is_read = |file: &PathBuf| {
        let kinds = ["json", "safetensors", "bin"];
        let has_kind = |kind: &&str| file.extension() == Some(OsStr::new(kind));
        ["merges.txt", "vocab.txt"]
            .iter()
            .any(|name| file.ends_with(name))
            || kinds.iter().any(has_kind)
    };
    match &files[..] {
        [file] => {
            let settings = file.with_file_name("adapter_config.json");
            let beside = Some(settings).filter(|settings| settings != file && settings.is_file());
            files.into_iter().chain(beside).collect()
        }
        _ => files.into_iter().filter(is_read).collect(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_files_that_are_read_are_hashed() {
        let files = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        let folder = [
            "config.json",
            "merges.txt",
            "model.safetensors",
            "notes.md",
            "pytorch_model.bin",
        ];
        let read = files(&[
            "config.json",
            "merges.txt",
            "model.safetensors",
            "pytorch_model.bin",
        ]);
        assert_eq!(read_of(files(&folder)), read);
        assert_eq!(read_of(files(&["tuned.pt"])), files(&["tuned.pt"]));
        // The factors of an adapter in a state dict are scaled as the file beside it says.
        let folder = tempfile::tempdir().unwrap();
        let [state, settings] =
            ["policy.pt", "adapter_config.json"].map(|name| folder.path().join(name));
        std::fs::write(&settings, "{}").unwrap();
        assert_eq!(read_of(vec![state.clone()]), [state, settings]);
    }
}
