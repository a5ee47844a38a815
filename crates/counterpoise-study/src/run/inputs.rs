//! Everything a study reads except weights: hashed, checked and encoded before any model runs.

use std::ffi::OsStr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::error::{Context, Result};
use counterpoise_data::read_text;
use counterpoise_eval::{LexicalScorer, ToxicityScorer};
use counterpoise_probe::Probe;

use crate::hashing::{HashedFile, files_of, hash_file};
use crate::model_files::ModelFiles;
use crate::progress::{self, Progress};
use crate::prompts::{Prompts, Samples, challenge_prompts, samples};
use crate::study::{ScorerTable, Study};

/// The inputs of a study.
pub struct Inputs {
    /// The base model's configuration and tokenizer.
    pub model: ModelFiles,
    /// The toxicity probe.
    pub probe: Probe,
    /// The challenge prompts.
    pub prompts: Prompts,
    /// The samples for F1.
    pub samples: Samples,
    /// The tokens of the text for perplexity.
    pub text: Vec<u32>,
    /// What scores toxicity.
    pub scorer: Box<dyn ToxicityScorer>,
    /// Every file that was read, or will be.
    pub hashes: Vec<HashedFile>,
}

impl Inputs {
    /// Reads and hashes them.
    ///
    /// # Errors
    /// The first that is missing or broken.
    pub fn read(
        study: &Study,
        limit: Option<NonZeroUsize>,
        progress: &mut dyn Progress,
    ) -> Result<Self> {
        let limit = limit.map(NonZeroUsize::get);
        let model = ModelFiles::read_pair(&study.base, &study.tuned)?;
        let tokenizer = &model.tokenizer;
        let probe = Probe::load(&study.probe, model.config.n_embd)?;
        let max_prompt_tokens = study.decoding.max_prompt_tokens;
        let prompts = challenge_prompts(&study.prompts, tokenizer, max_prompt_tokens, limit)?;
        let samples = samples(&study.samples, tokenizer, limit)?;
        let text = tokenizer
            .encode(&read_text(&study.text)?)
            .with_context(|| study.text.display().to_string())?;
        let scorer: Box<dyn ToxicityScorer> = match &study.scorer {
            ScorerTable::Lexical { file } => Box::new(LexicalScorer::load(file)?),
        };
        let hashes = hash_all(study, progress)?;
        Ok(Self {
            model,
            probe,
            prompts,
            samples,
            text,
            scorer,
            hashes,
        })
    }
}

fn hash_all(study: &Study, progress: &mut dyn Progress) -> Result<Vec<HashedFile>> {
    let mut files: Vec<(&str, PathBuf)> = vec![("study", study.file.path.clone())];
    for (role, path) in [("base model", &study.base), ("tuned model", &study.tuned)] {
        let kept = model_files(files_of(path)?);
        files.extend(kept.into_iter().map(|file| (role, file)));
    }
    files.extend([
        ("probe", study.probe.clone()),
        ("prompts", study.prompts.clone()),
        ("text", study.text.clone()),
        ("samples", study.samples.clone()),
        ("scorer", study.scorer.file().to_owned()),
    ]);
    files.extend(
        study
            .intervention_files()
            .map(|file| ("intervention", file)),
    );
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let bytes = files.iter().map(|(_, file)| size(file)).sum();
    progress::step(progress, "hash inputs", bytes, |mut advance| {
        files
            .iter()
            .map(|(role, file)| hash_file(role, file, &mut advance))
            .collect()
    })
}

/// Of a model folder's files those that a model is loaded from; safetensors win over pickles.
fn model_files(files: Vec<PathBuf>) -> Vec<PathBuf> {
    let is = |file: &Path, kind: &str| file.extension() == Some(OsStr::new(kind));
    if files.len() == 1 {
        return files;
    }
    let safetensors = files.iter().any(|file| is(file, "safetensors"));
    let read = |file: &PathBuf| {
        is(file, "json")
            || file.ends_with("merges.txt")
            || is(file, "safetensors")
            || (!safetensors && is(file, "bin"))
    };
    files.into_iter().filter(read).collect()
}

#[cfg(test)]
mod tests {
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
        let read = files(&["config.json", "merges.txt", "model.safetensors"]);
        assert_eq!(model_files(files(&folder)), read);
        let pickle = ["config.json", "notes.md", "pytorch_model.bin"];
        let read = files(&["config.json", "pytorch_model.bin"]);
        assert_eq!(model_files(files(&pickle)), read);
        assert_eq!(model_files(files(&["tuned.pt"])), files(&["tuned.pt"]));
    }
}
